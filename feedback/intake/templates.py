"""Template files (YAML), and the JSONL of sample and version registrations."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from feedback.domain.template import Template
from feedback.errors import Fault, InvalidInput
from feedback.intake.native import Model, canonical, parse_json, validate

__all__ = [
    "parse_template",
    "read_registrations",
    "read_template",
    "read_templates",
    "template_files",
    "template_values",
    "templates_of",
]

_MOST_VALUES = 100_000
_UNREADABLE = (ValueError, RecursionError, yaml.YAMLError, InvalidInput)


def read_template(path: Path) -> Template:
    """
    Return the template in a YAML file.

    Raises:
        InvalidInput: The file cannot be read, is no YAML, or breaks the contract; every fault begins with the file.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InvalidInput(Fault(str(path), f"cannot be read: {error.strerror}")) from error
    return parse_template(raw, str(path))


def parse_template(raw: bytes, place: str) -> Template:
    """
    Return the template in the bytes of a YAML file.

    Raises:
        InvalidInput: They are no YAML, or break the contract; every fault begins with `place`.
    """
    try:
        value = yaml.safe_load(raw.decode("utf-8"))
        _refuse_bombs(value)
    except _UNREADABLE as error:
        raise _no_yaml(place, error) from error
    return _template(value, place)


def template_values(raw: bytes, *, is_json: bool = False) -> list[Any]:
    """
    Return what should be templates, in YAML or in JSON: one, a list of them, or (of YAML) several documents, in order.

    Raises:
        InvalidInput: It cannot be read.
    """
    if is_json:
        documents = [parse_json(raw)]
    else:
        try:
            documents = list(yaml.safe_load_all(raw.decode("utf-8")))
            _refuse_bombs(documents)
        except _UNREADABLE as error:
            raise _no_yaml("", error) from error
    return [one for document in documents for one in (document if isinstance(document, list) else [document])]


def templates_of(values: Sequence[Any]) -> list[Template]:
    """
    Return values as templates, in order.

    Raises:
        InvalidInput: Some break the contract; the faults of all are named, each behind its number.
    """
    found: list[Template] = []
    faults: list[Fault] = []
    for n, value in enumerate(values):
        try:
            found.append(_template(value, f"[{n}]"))
        except InvalidInput as error:
            faults += error.faults
    if faults:
        raise InvalidInput(*faults)
    return found


def _no_yaml(place: str, error: Exception) -> InvalidInput:
    return InvalidInput(Fault(place, f"cannot be read as YAML of plain values: {error}"))


def _template(value: Any, place: str) -> Template:
    try:
        content = canonical(value)
    except _UNREADABLE as error:
        raise _no_yaml(place, error) from error
    try:
        return validate(Template, content)
    except InvalidInput as error:
        raise InvalidInput(*(Fault(place, str(fault)) for fault in error.faults)) from error


def template_files(folder: Path) -> list[Path]:
    """Return the `*.yaml` and `*.yml` files of a folder and of the folders in it, sorted."""
    return sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")])


def read_templates(paths: list[Path]) -> list[Template]:
    """
    Return the templates in files, and in the `*.yaml` and `*.yml` files of folders, ordered by path.

    Raises:
        InvalidInput: A file is faulty; the faults of all files are named.
    """
    files = []
    for path in paths:
        files += template_files(path) if path.is_dir() else [path]
    templates: list[Template] = []
    faults: list[Fault] = []
    for file in files:
        try:
            templates.append(read_template(file))
        except InvalidInput as error:
            faults += error.faults
    if faults:
        raise InvalidInput(*faults)
    return templates


def read_registrations(path: Path, model: type[Model]) -> list[Model]:
    """
    Return the registrations in a JSONL file, in order.

    Raises:
        InvalidInput: A line is faulty; the faults of all lines are named.
    """
    found: list[Model] = []
    faults: list[Fault] = []
    for number, raw in _lines(path):
        try:
            found.append(validate(model, canonical(parse_json(raw))))
        except InvalidInput as error:
            faults += [Fault(f"{path}:{number}", str(fault)) for fault in error.faults]
    if faults:
        raise InvalidInput(*faults)
    return found


def _refuse_bombs(value: Any) -> None:
    """Refuse a value whose aliases, written out, would hold more than `_MOST_VALUES` values, or themselves."""
    sizes: dict[int, int] = {}

    def size(one: Any) -> int:
        if not isinstance(one, dict | list):
            return 1
        if id(one) not in sizes:
            sizes[id(one)] = _MOST_VALUES  # what holds itself never ends
            sizes[id(one)] = 1 + sum(map(size, one.values() if isinstance(one, dict) else one))
        return sizes[id(one)]

    if size(value) >= _MOST_VALUES:
        message = f"more than {_MOST_VALUES} values, its aliases written out"
        raise ValueError(message)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                raw = line.removeprefix(b"\xef\xbb\xbf").strip()
                if raw:
                    yield number, raw
    except OSError as error:
        raise InvalidInput(Fault(str(path), f"cannot be read: {error.strerror}")) from error
