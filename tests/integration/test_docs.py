"""The documents name everything there is, and nothing that is not."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from feedback.classification.evidence import RULES
from feedback.cli import main
from feedback.settings import load_settings
from feedback.web.app import api_document

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
CARD = (ROOT / "docs" / "classifier.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


def _commands(group: click.Group, path: tuple[str, ...] = ("feedback",)) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(_commands(main))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_named_in_the_reference(command: str) -> None:
    assert f"`{command}" in REFERENCE


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_named_in_the_reference(command: str) -> None:
    options = {name for one in COMMANDS[command].params if isinstance(one, click.Option) for name in one.opts}
    assert not [name for name in options if name not in REFERENCE]


def _keys(section: BaseModel, path: str = "") -> Iterator[str]:
    for name, value in section:
        yield from _keys(value, f"{path}{name}.") if isinstance(value, BaseModel) else (f"{path}{name}",)


@pytest.mark.parametrize("key", list(_keys(load_settings())))
def test_every_setting_is_named_in_the_reference(key: str) -> None:
    assert f"`{key}`" in REFERENCE


@pytest.mark.parametrize(
    "route", [f"{method.upper()} {path}" for path, methods in api_document()["paths"].items() for method in methods]
)
def test_every_route_is_named_in_the_reference(route: str) -> None:
    assert f"`{route}`" in REFERENCE


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_names_a_command_that_is_not_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for called in re.findall(r"(?:^|`)(?:\S*/)?feedback ([a-z][^`#\n]*)", text, re.MULTILINE):
        words = shlex.split(called.replace("'", ""))
        command: click.Command = main
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            assert words[0].rstrip(",") in command.commands, f"{path.name}: feedback {called}"
            command = command.commands[words.pop(0).rstrip(",")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if "://" not in link and not (path.parent / link).exists()]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_its_precision_and_recall_in_the_model_card(rule: str) -> None:
    rows = [line for line in CARD.splitlines() if line.startswith(f"| `{rule}` |")]
    assert rows
    assert all(row.count("|") == 9 for row in rows)


def test_the_readme_names_both_commands_and_every_folder_of_the_package() -> None:
    assert "make demo" in README
    assert "make test" in README
    folders = [one.name for one in (ROOT / "feedback").iterdir() if one.is_dir() and not one.name.startswith("__")]
    assert not [name for name in folders if f"`feedback/{name}/`" not in README]
