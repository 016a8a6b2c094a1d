import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from feedback.domain.template import Template, is_at_least, version_key, version_order
from tests.builders import a_sample, a_template, a_training_version

_IN_ORDER = [
    "1.0.0-1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.9.0", "1.10.0",
    "2.0.0", "10.0.0-rc.1+build", "10.0.0",
]  # fmt: skip
_AS_SHOWN = [None, "2.0", "latest", "v1.0.0", *_IN_ORDER, "10.0.0+a", "10.0.0+b", "10.0.1-rc.1"]


@pytest.mark.parametrize(("older", "newer"), list(pairwise(_IN_ORDER)))
def test_versions_are_ordered_by_meaning_not_by_letters(older: str, newer: str) -> None:
    assert is_at_least(newer, older)
    assert not is_at_least(older, newer)


@pytest.mark.parametrize("version", _IN_ORDER)
def test_a_version_is_at_least_itself(version: str) -> None:
    assert is_at_least(version, version)


@pytest.mark.parametrize(
    ("version", "fix"), [(None, "1.0.0"), ("", "1.0.0"), ("latest", "1.0.0"), ("v2.0.0", "1.0.0"), ("2.0.0", "one")]
)
def test_what_cannot_be_ordered_is_never_at_least_the_fix(version: str | None, fix: str) -> None:
    assert not is_at_least(version, fix)


@pytest.mark.parametrize(
    ("left", "right"), [("1.0.0+a", "1.0.0+b"), ("1.0.0", "1.0.0+a"), ("1.0.0-rc.1+b", "1.0.0-rc.1")]
)
def test_build_metadata_has_no_place_in_the_order(left: str, right: str) -> None:
    assert is_at_least(left, right)
    assert is_at_least(right, left)


@given(st.permutations(_AS_SHOWN))
def test_versions_are_shown_in_one_order_whatever_order_they_come_in(versions: list[str | None]) -> None:
    assert sorted(versions, key=version_order) == _AS_SHOWN


@pytest.mark.parametrize("version", ["2.1", "2", "v2.1.0", "02.1.0", "2.1.0 ", "", "latest"])
def test_a_text_that_is_no_semantic_version_has_no_place_in_the_order(version: str) -> None:
    assert version_key(version) is None


@pytest.mark.parametrize("version", ["2.1", 2.1, 2, None, "", "latest"])
def test_a_template_without_a_semantic_version_is_refused(version: Any) -> None:
    with pytest.raises(ValidationError, match=r"expected a semantic version such as 2\.1\.0"):
        a_template(version=version)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "poem"}, "single_turn"),
        ({"name": ""}, "at least 1 character"),
        ({"name": "n" * 201}, "at most 200 characters"),
        ({"prompt": "x"}, "Extra inputs"),
        ({"labels": {"risk_level": "extreme"}}, "'low', 'medium' or 'high'"),
        ({"labels": {"riskiness": "high"}}, "Extra inputs"),
        ({"resolves": "TR-1"}, "tuple"),
        ({"system": ["x"]}, "string"),
    ],
)
def test_a_faulty_template_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        a_template(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "2.0.1"},
        {"instruction": "Extract the payment terms."},
        {"labels": {"risk_level": "high"}},
        {"output_schema": {"type": "object"}},
        {"tools": [{"type": "function", "function": {"name": "book"}}]},
        {"resolves": ["TR-3f9a2c"]},
        {"notes": "shorter"},
        {"annotation_spec_version": "1.4"},
    ],
)
def test_every_change_of_a_template_changes_its_content_hash(changes: dict[str, Any]) -> None:
    assert a_template(**changes).content_hash != a_template().content_hash


def test_a_null_inside_an_output_schema_is_part_of_the_content() -> None:
    either, none = ({"properties": {"due": schema}} for schema in ({"const": None}, {}))
    assert a_template(output_schema=either).content_hash != a_template(output_schema=none).content_hash


def test_the_content_hash_does_not_depend_on_the_order_of_keys() -> None:
    body = json.loads(a_template(labels={"scenario": "legal", "risk_level": "high"}).model_dump_json())
    turned = dict(reversed(body.items()))
    assert Template.model_validate_json(json.dumps(turned)).content_hash == (
        Template.model_validate_json(json.dumps(body)).content_hash
    )


def test_a_template_reads_back_from_its_json_with_the_same_content_hash() -> None:
    schema = {"type": "object", "properties": {"due": {"enum": ["now", None], "default": None}}}
    template = a_template(output_schema=schema, tools=[{"type": "function", "function": {"name": "f", "strict": None}}])
    again = Template.model_validate_json(template.model_dump_json(exclude_none=True))
    assert again.content_hash == template.content_hash
    assert again == template


def test_a_sample_names_its_template_in_full() -> None:
    with pytest.raises(ValidationError, match="version"):
        a_sample(template={"name": "payment_terms"})


def test_a_training_version_needs_at_least_one_template() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        a_training_version(templates=[])


def test_a_training_version_is_built_from_one_version_of_each_template() -> None:
    twice = [{"name": "payment_terms", "version": "2.0.0"}, {"name": "payment_terms", "version": "2.1.0"}]
    with pytest.raises(ValidationError, match="a name stands twice"):
        a_training_version(templates=twice)


def test_trained_at_needs_an_offset() -> None:
    with pytest.raises(ValidationError, match="RFC 3339"):
        a_training_version(trained_at="2026-04-20T00:00:00")
