"""What all tests share: an environment of their own, and one trained classifier for the whole run."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from feedback.cli import main
from feedback.storage.database import Store, open_store


@pytest.fixture(scope="session", autouse=True)
def _one_training_a_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """
    Keep what is trained in one folder for the whole run; a caller's FEEDBACK_CACHE outlives the run.

    A kept classifier is used only where corpus, code and libraries are the same, so neither can be stale.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FEEDBACK_CACHE", os.environ.get("FEEDBACK_CACHE") or str(tmp_path_factory.mktemp("classifiers")))
        yield


@pytest.fixture(scope="session")
def trained() -> dict[str, Any]:
    """Train the classifier by `feedback train`, once a run, and give what the command printed."""
    result = CliRunner().invoke(main, ["train", "--json"])
    assert result.exit_code == 0, result.output
    printed: dict[str, Any] = json.loads(result.stdout)
    return printed


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the caller's store and settings out of the tests."""
    for name in ("FEEDBACK_DB", "FEEDBACK_SETTINGS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store() -> Iterator[Store]:
    """Give an empty store that lives as long as the test."""
    opened = open_store(":memory:")
    yield opened
    opened.close()
