"""Which part may import what, read from the source itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_MODULES = sorted(path for part in ("feedback", "streams") for path in (_ROOT / part).rglob("*.py"))
_NAMES = [path.relative_to(_ROOT).as_posix() for path in _MODULES]

_ONLY_IN = {
    "sqlite3": ("feedback/storage/",),
    "sqlite_utils": ("feedback/storage/",),
    "sklearn": ("feedback/classification/", "feedback/attribution/"),
    "scipy": ("feedback/classification/", "feedback/attribution/"),
    "skops": ("feedback/classification/", "feedback/attribution/"),
    "faust": ("streams/",),
    "aiokafka": ("streams/",),
    "click": ("feedback/cli/",),
    "rich": ("feedback/cli/",),
    "fastapi": ("feedback/web/",),
    "starlette": ("feedback/web/",),
    "jinja2": ("feedback/web/",),
    "matplotlib": ("feedback/web/",),
    "uvicorn": ("feedback/cli/serve.py",),
    "aiohttp": ("streams/", "feedback/webhooks/"),
}
_DOMAIN_KNOWS = ("feedback.domain", "feedback.errors")
_OUTWARD = {
    "feedback/storage/": ("feedback.service", "feedback.cli", "feedback.intake", "feedback.classification"),
    "feedback/classification/": ("feedback.service", "feedback.cli", "feedback.intake", "feedback.storage"),
    "feedback/attribution/": ("feedback.service", "feedback.cli", "feedback.intake", "feedback.storage"),
    "feedback/intake/": ("feedback.service", "feedback.cli", "feedback.storage"),
    "feedback/service/": ("feedback.cli", "feedback.web"),
    "feedback/web/": ("feedback.cli", "feedback.storage"),
    "feedback/webhooks/": ("feedback.cli", "feedback.storage", "feedback.web"),
    "feedback/export/": ("feedback.service", "feedback.cli", "feedback.storage", "feedback.web"),
    "feedback/pipeline.py": ("feedback.service", "feedback.cli", "feedback.intake", "feedback.storage"),
}


def _tree(name: str) -> ast.Module:
    return ast.parse((_ROOT / name).read_text(encoding="utf-8"))


def _imported(name: str) -> Iterator[str]:
    """Yield the dotted names that a module imports, at its top or inside; `from a import b` gives `a.b`."""
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _within(imported: str, package: str) -> bool:
    return imported == package or imported.startswith(package + ".")


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name for alias in names)
            case ast.If(body=inner, orelse=other):
                yield from _defined([*inner, *other])
            case _:
                pass


def _all(name: str) -> list[str] | None:
    for node in _tree(name).body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "__all__" for target in node.targets):
            found: list[str] = ast.literal_eval(node.value)
            return found
    return None


def test_the_source_is_found() -> None:
    assert "feedback/domain/ticket.py" in _NAMES
    assert len(_NAMES) > 50


@pytest.mark.parametrize("package", _ONLY_IN)
def test_a_foreign_package_is_imported_in_its_own_place_only(package: str) -> None:
    importing = [name for name in _NAMES if any(_within(found, package) for found in _imported(name))]
    assert [name for name in importing if not name.startswith(_ONLY_IN[package])] == []


@pytest.mark.parametrize("name", [name for name in _NAMES if name.startswith("feedback/domain/")])
def test_the_domain_knows_nothing_of_the_other_parts(name: str) -> None:
    ours = [found for found in _imported(name) if _within(found, "feedback")]
    assert [found for found in ours if not any(_within(found, known) for known in _DOMAIN_KNOWS)] == []


@pytest.mark.parametrize("name", [name for name in _NAMES if name.startswith("feedback/domain/")])
def test_the_domain_has_no_clock_no_chance_and_no_files(name: str) -> None:
    foreign = ("random", "secrets", "uuid", "time", "os", "pathlib", "io", "socket", "urllib", "subprocess")
    assert [found for found in _imported(name) if any(_within(found, package) for package in foreign)] == []
    calls = {ast.unparse(node.func) for node in ast.walk(_tree(name)) if isinstance(node, ast.Call)}
    assert calls.isdisjoint({"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "open"})


@pytest.mark.parametrize("part", _OUTWARD)
def test_dependencies_point_inward(part: str) -> None:
    outward = [
        (name, found)
        for name in _NAMES
        if name.startswith(part)
        for found in _imported(name)
        if any(_within(found, package) for package in _OUTWARD[part])
    ]
    assert outward == []


@pytest.mark.parametrize("name", _NAMES)
def test_all_names_what_the_module_holds_each_once(name: str) -> None:
    public = _all(name) or []
    assert sorted(set(public) - set(_defined(_tree(name).body))) == []
    assert len(set(public)) == len(public)


@pytest.mark.parametrize("name", [name for name in _NAMES if not name.endswith(("__init__.py", "__main__.py"))])
def test_a_module_says_what_is_public_and_in_its_first_sentence_what_it_is(name: str) -> None:
    assert _all(name) is not None
    assert ast.get_docstring(_tree(name))


def test_no_module_is_a_drawer_for_anything() -> None:
    drawers = {"utils", "util", "base", "manager", "managers", "helpers", "common", "misc"}
    assert [name for name in _NAMES if Path(name).stem in drawers] == []
