import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.template_diff import changes_between
from tests.builders import a_template

_SCHEMA = {
    "type": "object",
    "required": ["currency", "amount"],
    "properties": {"currency": {"enum": ["CNY", None]}, "amount": {"type": ["number", "null"]}},
}


def _turned(value: Any) -> Any:
    """Return the same JSON value with all keys in the other order."""
    if isinstance(value, dict):
        return {key: _turned(inner) for key, inner in reversed(value.items())}
    return [_turned(inner) for inner in value] if isinstance(value, list) else value


def _tool(name: str, **parameters: Any) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Does {name}.",
            "parameters": {"type": "object", "properties": parameters},
        },
    }


_BOOK, _FIND, _SEND = _tool("book", city={"type": "string"}), _tool("find", day={"type": "string"}), _tool("send")


def test_a_version_does_not_differ_from_another_with_the_same_content() -> None:
    assert changes_between(a_template(), a_template(version="2.1.0")) == {}


def test_texts_come_first_in_their_order_then_the_other_parts_by_name() -> None:
    new = a_template(
        version="2.1.0", response="{}", system="Be brief.", notes="shorter", kind="single_turn", output_schema=_SCHEMA
    )
    assert list(changes_between(a_template(), new)) == ["system", "response", "kind", "notes", "output_schema"]


def test_a_changed_text_comes_as_the_lines_of_a_diff_between_the_versions() -> None:
    old = a_template(instruction="One.\nTwo.\nThree.\n")
    new = a_template(version="2.1.0", instruction="One.\nZwei.\nThree.\n")
    assert changes_between(old, new)["instruction"] == [
        "--- 2.0.0", "+++ 2.1.0", "@@ -1,3 +1,3 @@", " One.", "-Two.", "+Zwei.", " Three.",
    ]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [("Be brief.", "Be brief.\n"), ("a\nb", "a\r\nb"), ("a\nb", "a\u2028b")])
def test_texts_that_differ_in_line_ends_only_are_told_to_differ_in_them(old: str, new: str) -> None:
    assert changes_between(a_template(system=old), a_template(system=new)) == {
        "system": ["only the ends of lines differ"]
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"output_schema": _SCHEMA}, {"output_schema": _turned(_SCHEMA)}),
        ({"tools": [_BOOK]}, {"tools": [_turned(_BOOK)]}),
    ],
)
def test_the_order_of_keys_is_no_difference(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert json.dumps(old) != json.dumps(new)
    assert changes_between(a_template(**old), a_template(**new)) == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"labels": {"ability_tags": []}}, {}),
        ({"labels": {"risk_level": None}}, {}),
        ({"output_schema": None}, {}),
        ({"tools": [], "notes": "", "resolves": []}, {}),
        ({"tools": [{"function": {"name": "f"}}]}, {"tools": [{"type": "function", "function": {"name": "f"}}]}),
    ],
)
def test_what_is_written_out_and_what_is_left_out_do_not_differ_where_they_mean_the_same(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert changes_between(a_template(**old), a_template(**new)) == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"const": None}, {}),
        ({"const": True}, {"const": 1}),
        ({"const": "1"}, {"const": 1}),
        ({"const": "null"}, {"const": None}),
        ({"enum": ["a", "b"]}, {"enum": ["b", "a"]}),
        ({"enum": ["a", "b"]}, {"enum": "- a\n- b"}),
        ({"const": ""}, {"const": []}),
    ],
)
def test_schemas_that_say_something_else_differ_and_both_sides_are_shown(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    lines = changes_between(a_template(output_schema={"x": old}), a_template(output_schema={"x": new}))["output_schema"]
    assert any(line.startswith("-") for line in lines[2:])
    assert any(line.startswith("+") for line in lines[2:])


def test_a_schema_that_came_or_went_is_shown_whole() -> None:
    bare, with_schema = a_template(), a_template(output_schema={"type": "object"})
    assert changes_between(bare, with_schema)["output_schema"][3:] == ["+type: object"]
    assert changes_between(with_schema, bare)["output_schema"][3:] == ["-type: object"]


def test_tools_added_and_removed_are_named() -> None:
    lines = changes_between(a_template(tools=[_BOOK, _FIND]), a_template(tools=[_FIND, _SEND]))["tools"]
    assert lines == ["removed: book", "added: send"]


def test_a_changed_tool_is_named_with_its_changes_and_the_others_are_not() -> None:
    changed = _tool("book", city={"type": "string"}, nights={"type": "integer"})
    lines = changes_between(a_template(tools=[_FIND, _BOOK]), a_template(tools=[_FIND, changed]))["tools"]
    assert lines[0] == "changed: book"
    assert [line.strip() for line in lines if line.strip().startswith("+ ")] == [
        "+      nights:",
        "+        type: integer",
    ]
    assert all(line.startswith("  ") for line in lines[1:])


def test_tools_in_another_order_differ_in_their_order_alone() -> None:
    lines = changes_between(a_template(tools=[_BOOK, _FIND, _SEND]), a_template(tools=[_SEND, _FIND]))["tools"]
    assert lines == ["removed: book", "order: find, send became send, find"]


def test_tools_that_share_a_name_or_have_none_are_told_apart_by_their_number() -> None:
    nameless = {"type": "retrieval"}
    old, new = a_template(tools=[_BOOK, nameless]), a_template(tools=[_BOOK, _BOOK, nameless, nameless])
    assert changes_between(old, new)["tools"] == ["added: book (no. 2)", "added: retrieval without a name (no. 2)"]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "a", "a\n", "null", "1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=5,
)
_TOOLS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"type": st.sampled_from(["function", "other"]), "strict": _VALUES}
        | {"function": st.dictionaries(st.sampled_from(["name", "parameters"]), _VALUES, max_size=2)},
    ),
    max_size=3,
)  # fmt: skip
_TEMPLATES = st.fixed_dictionaries(
    {},
    optional={
        "system": st.sampled_from(["", "a", "a\n", "b"]),
        "labels": st.fixed_dictionaries({}, optional={"ability_tags": st.lists(st.sampled_from("ab"), max_size=2)}),
        "output_schema": st.none() | st.dictionaries(st.sampled_from("ab"), _VALUES, max_size=2),
        "tools": _TOOLS,
        "annotation_spec_version": st.none() | st.just("1.4"),
    },
)


@given(_TEMPLATES, _TEMPLATES)
def test_two_versions_differ_exactly_where_their_content_hashes_do(left: dict[str, Any], right: dict[str, Any]) -> None:
    old, new = a_template(**left), a_template(**right)
    changes = changes_between(old, new)
    assert (changes == {}) == (old.content_hash == new.content_hash)
    assert all(changes.values())
