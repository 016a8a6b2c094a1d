"""The small parts of proposals: gaps in prompts, shortened demonstrations, instances of schemas, statements."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.measure import words
from feedback.domain.revision.clauses import placeholders, statements
from feedback.domain.revision.gaps import is_lacking, label_of, values_in
from feedback.domain.revision.instances import instance_of, is_valid
from feedback.domain.revision.shortening import shortened_to
from tests.builders import a_template

_CONTEXT = "Rules found:\n{{ rules }}\n\nQuestion: {{ question }}"


def test_the_values_of_a_prompt_are_those_between_the_fixed_words() -> None:
    prompt = "Hello.\n\nRules found:\n  One.\nTwo.\n\nQuestion:  How long? "
    assert values_in(_CONTEXT, prompt) == {"rules": "One. Two.", "question": "How long?"}


@pytest.mark.parametrize("prompt", ["", "Rules found: one", "Question: what?"])
def test_a_prompt_that_lacks_the_fixed_words_tells_nothing(prompt: str) -> None:
    assert values_in(_CONTEXT, prompt) == {}


@given(st.lists(st.from_regex(r"[a-z]{1,8}( [a-z]{1,8}){0,3}", fullmatch=True), min_size=2, max_size=2))
def test_what_was_put_into_the_places_is_read_back(given_values: list[str]) -> None:
    rules, question = given_values
    prompt = _CONTEXT.replace("{{ rules }}", rules).replace("{{ question }}", question)
    assert values_in(_CONTEXT, prompt) == {"rules": rules, "question": question}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "[]",
        "(no passage found)",
        "（没有检索到相关内容）",
        "For sheds the following holds:",
        "One. [truncated]",
        "no results",
        "未找到",
        "keine Treffer",
    ],
)
def test_a_value_without_content_or_without_its_end_is_lacking(value: str) -> None:
    assert is_lacking(value)


@pytest.mark.parametrize(
    "value", ["Films are lent for a week.", "Nora Nolan, no. 5", "7.1 Theft (from the locked home)"]
)
def test_a_value_with_content_is_not(value: str) -> None:
    assert not is_lacking(value)


def test_a_place_is_called_as_the_heading_before_it_else_by_its_name() -> None:
    assert label_of(_CONTEXT, "rules") == "Rules found"
    assert label_of(_CONTEXT, "question") == "Question"
    assert label_of("{{ order_facts }}", "order_facts") == "order facts"


def test_statements_are_sentences_without_numbers_headings_and_data() -> None:
    template = a_template(
        system="House rules: all in English; at most 60 signs.\n2. No prices!",
        instruction="Read {{ text }} well. Ok.",
        context="{{ data }}",
    )
    assert [one.text for one in statements(template)] == ["all in English", "at most 60 signs.", "No prices!"]
    assert placeholders("{{a}} {{ b }} {{a}}") == ["a", "b"]


@given(
    st.lists(st.from_regex(r"[A-Z][a-z]{1,6}( [a-z]{1,6}){0,9}[.!?]", fullmatch=True), min_size=1, max_size=8),
    st.integers(1, 40),
)
def test_a_shortened_text_fits_and_is_made_of_the_first_sentences(sentences: list[str], limit: int) -> None:
    found = shortened_to(" ".join(sentences), lambda text: words(text) <= limit)
    if found is None:
        assert words(sentences[0]) > limit
    else:
        assert words(found) <= limit
        assert " ".join(sentences).startswith(found.strip())


def test_greeting_and_closing_stay() -> None:
    text = "Dear reader,\n\nIt is open. It is large. It is old.\n\nKind regards,\nThe desk"
    assert (
        shortened_to(text, lambda short: words(short) <= 10)
        == "Dear reader,\n\nIt is open.\n\nKind regards,\nThe desk\n"
    )


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": ["null", "integer"], "minimum": 2}}, "required": ["b"]},
        {"type": "object", "properties": {"a": {"type": "array", "items": {"const": 4}}, "b": {"anyOf": [{"type": "boolean"}]}}},
        {"properties": {"day": {"type": ["string", "null"], "pattern": "^[0-9]{4}$"}, "n": {"default": 7, "type": "number"}}},
        {"type": "object", "properties": {"a": {"examples": ["x"]}, "b": {"type": "object", "properties": {"c": {"enum": [1, 2]}}}}},
    ],
)  # fmt: skip
def test_an_instance_is_valid_and_has_every_property(schema: dict[str, Any]) -> None:
    found = instance_of(schema)
    assert is_valid(schema, found)
    assert set(found) == set(schema["properties"])


def test_where_no_instance_is_found_none_is_made_up() -> None:
    assert instance_of({"type": "object", "properties": {"a": {"type": "string", "pattern": "^[A-Z]{3}$"}}}) is ...
