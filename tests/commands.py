"""Running a command of the line in the test's own process, and files of lines for it."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from feedback.cli import main
from tests.builders import raw

__all__ = ["lines_file", "printed", "run"]


def run(*words: str | Path, code: int = 0, stdin: bytes | None = None) -> Result:
    """Run a command, and check its exit code; an error is never a traceback."""
    result = CliRunner().invoke(main, [str(word) for word in words], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == code, result.output
    return result


def printed(*words: str | Path, code: int = 0) -> Any:
    """Return what a command prints as JSON."""
    return json.loads(run(*words, "--json", code=code).stdout)


def lines_file(folder: Path, *lines: Any, name: str = "lines.jsonl") -> Path:
    """Write a file of JSON lines and return its path; bytes stay as they are."""
    path = folder / name
    path.write_bytes(b"".join((line if isinstance(line, bytes) else raw(line)) + b"\n" for line in lines))
    return path
