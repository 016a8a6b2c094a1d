"""Folders of template files, looked at again and again: which files have come or changed since."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from feedback.domain.template import Template
from feedback.errors import Fault, InvalidInput
from feedback.intake.templates import parse_template, template_files

__all__ = ["Folders"]


class Folders:
    """Folders, and what their template files held at the last look; files are compared by content, not by time."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Have every file in `folders`, and in the folders in them, as new."""
        self._folders = folders
        self._given: dict[Path, str] = {}
        self._seen: dict[Path, str] = {}

    def look(self) -> dict[Path, Template | InvalidInput]:
        """
        Return the files that have come or changed, sorted, each with its template or with why it holds none.

        A content is given once, at the second look in a row that finds it. Of a file that someone is still writing half
        might be a whole template, and what is registered under a version can never be mended.
        """
        found: dict[Path, Template | InvalidInput] = {}
        seen: dict[Path, str] = {}
        for path, content in self._contents():
            raw = content if isinstance(content, bytes) else str(content).encode(errors="backslashreplace")
            seen[path] = hashlib.sha256(raw).hexdigest()
            if self._seen.get(path) == seen[path] != self._given.get(path):
                found[path] = content if isinstance(content, InvalidInput) else _template(path, content)
                self._given[path] = seen[path]
        self._given = {path: given for path, given in self._given.items() if path in seen}
        self._seen = seen
        return found

    def _contents(self) -> Iterator[tuple[Path, bytes | InvalidInput]]:
        for path in sorted({file for folder in self._folders for file in template_files(folder) if file.is_file()}):
            try:
                yield path, path.read_bytes()
            except FileNotFoundError:
                continue  # gone since it was listed
            except OSError as error:
                yield path, InvalidInput(Fault(str(path), f"cannot be read: {error.strerror}"))


def _template(path: Path, content: bytes) -> Template | InvalidInput:
    try:
        return parse_template(content, str(path))
    except InvalidInput as error:
        return error
