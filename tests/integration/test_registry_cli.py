"""`feedback templates` as a user calls it, where versions are known from failures alone or compared by meaning."""

from pathlib import Path

import pytest

from feedback.storage.database import open_store
from tests.builders import TEMPLATE, a_failure, a_template, register, take_in
from tests.commands import printed, run


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with two registered versions of a template, and three failures on versions nobody registered."""
    path = tmp_path / "feedback.db"
    store = open_store(path)
    tool = {"type": "function", "function": {"name": "book"}}
    register(
        store,
        a_template(version="2.10.0", tools=[tool], output_schema={"type": "object", "required": ["a"]}),
        a_template(version="2.9.0", output_schema={"required": ["a"], "type": "object"}),
    )
    named = [(TEMPLATE, "2.10.0-rc.1"), (TEMPLATE, "2.11.0"), ("nobodys", None)]
    take_in(
        store,
        *(
            a_failure(event_id=f"e-{n}", template={"name": name} | ({"version": version} if version else {}))
            for n, (name, version) in enumerate(named)
        ),
    )
    store.close()
    return path


def test_registered_and_unregistered_versions_are_listed_together_in_semantic_order(db: Path) -> None:
    listed = printed("templates", "list", "--db", db)
    assert [(one["name"], one["version"], one["registered"]) for one in listed] == [
        ("nobodys", None, False),
        (TEMPLATE, "2.9.0", True),
        (TEMPLATE, "2.10.0-rc.1", False),
        (TEMPLATE, "2.10.0", True),
        (TEMPLATE, "2.11.0", False),
    ]
    lines = run("templates", "list", "--db", db).stdout.splitlines()
    assert lines[0].strip() == "2 template versions"
    assert [("not registered" in line) for line in lines[2:]] == [True, False, True, False, True]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("show", "nobodys"), "nobodys"),
        (("show", TEMPLATE, "2.11.0"), f"{TEMPLATE} 2.11.0"),
        (("diff", TEMPLATE, "2.11.0"), f"{TEMPLATE} 2.11.0"),
        (("diff", TEMPLATE, "2.9.0", "2.11.0"), f"{TEMPLATE} 2.11.0"),
    ],
)
def test_what_only_failures_name_cannot_be_shown_and_the_error_says_what_is_known(
    db: Path, words: tuple[str, ...], named: str
) -> None:
    error = run("templates", *words, "--db", db, code=2).stderr
    assert error.startswith(
        f"Error: no registered template '{named}': it is known from 1 failure and was never registered;"
    )
    assert "`feedback templates register FILE` registers its file" in error


def test_a_version_that_nobody_named_is_simply_not_there(db: Path) -> None:
    error = run("templates", "diff", "nobodys", "1.0.0", "--db", db, code=2).stderr
    assert error == "Error: no template 'nobodys 1.0.0': `feedback templates list` shows all\n"


def test_a_diff_names_added_tools_and_takes_the_order_of_keys_for_no_difference(db: Path) -> None:
    found = printed("templates", "diff", TEMPLATE, "2.9.0", "2.10.0", "--db", db)
    assert found == {"name": TEMPLATE, "old": "2.9.0", "new": "2.10.0", "changes": {"tools": ["added: book"]}}
    assert run("templates", "diff", TEMPLATE, "2.10.0", "2.9.0", "--db", db).stdout == "tools\n  removed: book\n"
