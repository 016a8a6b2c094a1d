"""Whatever a template and its failures look like, a proposal is made or refused, and what is made is a template."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.domain.failure import FailureEvent
from feedback.domain.finding import Finding
from feedback.domain.revision import REVISIONS, draft
from feedback.domain.revision.evidence import Failed
from feedback.domain.revision.next_version import next_version
from feedback.domain.template import Template
from feedback.domain.template_file import template_yaml
from feedback.intake.templates import parse_template
from tests.builders import a_failure, a_template

_NAMES = st.sampled_from(["ring", "when", "day", "sum"])
_PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-3, 99)
    | st.sampled_from(["string", "null", "number", "a. b", "{{ x }}", "：用"])
    | _NAMES
)
_ANY = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3), max_leaves=6
)
_KEYS = (
    "properties",
    "required",
    "enum",
    "type",
    "items",
    "description",
    "pattern",
    "examples",
    "anyOf",
    "default",
    "minimum",
)
_SCHEMAS = st.recursive(
    st.fixed_dictionaries({}, optional=dict.fromkeys(_KEYS, _ANY)),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(_NAMES, inner | _ANY, max_size=3),
            "items": inner,
            "required": st.lists(_NAMES, max_size=2),
        },
    ),
    max_leaves=5,
)
_TOOLS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"function": st.fixed_dictionaries({}, optional={"name": _NAMES, "parameters": _SCHEMAS})}
    ),
    max_size=2,
)
_TEXTS = st.lists(
    st.sampled_from(["You may explain tax.", "Never name a price.", "Be careful.", "At most 3 words.", "a | b | c", "{{ day }}", "Found:\n{{ found }}", "Length:", '{"day": 1}', "每次不超过三个字。", "Der Kunde und die Frau sind das nicht."]), max_size=4
).map("\n".join)  # fmt: skip
_PLACES = ["/day:type", "/day/*/sum:enum", "/*:value", "ring:when", "ring:when:missing", "ring:*:invalid", "label:unknown", "line:finance+law", "lost:told:text:far", "lost:language", "clash:limit", "missing:attachment", "extent:edit", "acted", "asked", "json:invalid", "count", "form:list", "check:1f"]  # fmt: skip
_RULES = ["limit.max_words", "tool.asked_instead", "schema.type", "instructions.polarity_clash", "instructions.limit_clash", "context.empty", "tool.value_not_given"]  # fmt: skip
_FINDINGS = st.builds(
    lambda rule, detail, locus: Finding(rule=rule, category="any", detail=detail, where="any", locus=locus),
    st.sampled_from(_RULES), st.sampled_from(["9 words, max 3", "never name a price / be careful", "x"]),
    st.sampled_from([*_PLACES, "limit:system/user", "context:empty", "standing:language", "asked_again:date"]) | st.none(),
)  # fmt: skip


@st.composite
def _templates(draw: st.DrawFn) -> Template:
    texts = {name: draw(_TEXTS) for name in ("system", "instruction", "context", "response")}
    return a_template(**texts, output_schema=draw(st.none() | _SCHEMAS), tools=draw(_TOOLS))


@st.composite
def _failed(draw: st.DrawFn) -> Failed:
    call = {"function": {"name": draw(_NAMES), "arguments": json.dumps(draw(_ANY))}}
    event: dict[str, Any] = a_failure(
        request={
            "messages": [{"role": "user", "content": draw(_TEXTS)}],
            "output_schema": draw(st.none() | _SCHEMAS),
            "tools": draw(st.none() | _TOOLS),
        },
        response={"content": draw(_TEXTS), "tool_calls": [call]},
        signals={"comment": draw(_TEXTS)},
        reference=draw(_NAMES | st.dictionaries(_NAMES, _ANY, max_size=2)),
    )
    read = FailureEvent.model_validate_json(json.dumps(event))
    findings = tuple(draw(st.lists(_FINDINGS, max_size=3)))
    return Failed(event_id="e-1", event=read, locus=draw(st.sampled_from(_PLACES)), findings=findings)


@settings(max_examples=300)
@given(st.sampled_from(sorted(REVISIONS)), _templates(), st.lists(_failed(), max_size=3))
def test_any_evidence_gives_a_template_or_says_what_is_missing(
    category: str, template: Template, failed: list[Failed]
) -> None:
    found = draft(category, template, failed)
    assert draft(category, template, failed) == found
    if not found.changes:
        assert found.missing or found.summary
        return
    revised = next_version(template, "TR-1", found, "some failures")
    assert parse_template(template_yaml(revised).encode(), "proposal").content_hash == revised.content_hash
    again = draft(category, revised, failed)
    assert {"instruction", "system"}.isdisjoint(again.changes)
