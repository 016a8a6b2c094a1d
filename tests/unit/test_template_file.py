"""A template's file: one for one content, and read back to the same."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.template import Template
from feedback.domain.template_file import file_diff, template_yaml
from feedback.intake.templates import parse_template, read_template
from tests.builders import a_template

_SHIPPED = sorted((Path(__file__).parents[2] / "config" / "templates").glob("*.yaml"))
_SIGNS = st.text(st.sampled_from("ab:#-|>{}[]'\"%@`!&*?= \n\t\r\u0085\u2028\ufeff\x07用\U0001f600"), max_size=40)
_TEXTS = st.text(st.characters(codec="utf-8"), max_size=40) | _SIGNS
_PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS
_VALUES = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3), max_leaves=8
)
_SCHEMAS = st.dictionaries(_TEXTS, _VALUES, max_size=3)
_FUNCTIONS = st.fixed_dictionaries({"name": _TEXTS, "parameters": _SCHEMAS})


def _same(template: Template) -> None:
    text = template_yaml(template)
    again = parse_template(text.encode(), "again")
    assert again.content_hash == template.content_hash
    assert template_yaml(again) == text


@given(
    st.fixed_dictionaries(dict.fromkeys(("system", "instruction", "context", "response", "notes"), _TEXTS)),
    _SCHEMAS,
    st.lists(_FUNCTIONS, max_size=2),
    st.lists(_TEXTS, max_size=3),
)
def test_what_is_written_reads_back_to_the_same_content(
    texts: dict[str, str], schema: dict[str, object], functions: list[dict[str, object]], tags: list[str]
) -> None:
    tools = [{"type": "function", "function": function} for function in functions]
    _same(a_template(**texts, output_schema=schema, tools=tools, labels={"ability_tags": tags}, resolves=tags))


@pytest.mark.parametrize("path", _SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_templates_are_written_as_they_were_read(path: Path) -> None:
    _same(read_template(path))


def test_texts_of_several_lines_stand_as_blocks() -> None:
    assert "system: |\n  One.\n  Two.\n" in template_yaml(a_template(system="One.\nTwo.\n"))


def test_the_diff_names_both_files_and_holds_what_changed() -> None:
    old = a_template(system="One.\nTwo.\n")
    new = a_template(version="2.1.0", system="One.\nThree.\n")
    lines = file_diff(old, new).splitlines()
    assert lines[:2] == ["--- payment_terms-2.0.0.yaml", "+++ payment_terms-2.1.0.yaml"]
    assert "-  Two." in lines
    assert "+  Three." in lines
    assert file_diff(old, old) == ""
