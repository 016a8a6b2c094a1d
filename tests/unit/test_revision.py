"""What each category proposes for a template, from the evidence of its failures and from nothing else."""

import json
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.canonical import canonical_json
from feedback.domain.failure import FailureEvent
from feedback.domain.finding import Finding
from feedback.domain.revision import REVISIONS, draft
from feedback.domain.revision.evidence import Draft, Failed
from feedback.domain.revision.next_version import marks_left, next_version
from feedback.domain.revision.wording import MARKS, WORDINGS
from feedback.domain.template import Template
from feedback.settings import load_taxonomy
from tests.builders import a_failure, a_template
from tests.revision_cases import CASES, failed


def _one(locus: str, *findings: tuple[str, str, str], event_id: str = "e-1", **event: Any) -> Failed:
    """Return a failure with findings `(rule, detail, locus)`, and an event with nothing but what is given."""
    sent = a_failure(**({"request": {"messages": []}, "response": {"content": ""}, "signals": {"rating": 1}} | event))
    read = FailureEvent.model_validate_json(json.dumps(sent))
    found = tuple(Finding(rule=r, category="any", detail=d, where="any", locus=at) for r, d, at in findings)
    return Failed(event_id=event_id, event=read, locus=locus, findings=found)


def _answered(content: str, locus: str, *findings: tuple[str, str, str], **event: Any) -> Failed:
    return _one(locus, *findings, response={"content": content}, **event)


def _said(comment: str) -> dict[str, Any]:
    return {"signals": {"comment": comment}}


def _asked(*turns: str) -> dict[str, Any]:
    return {"request": {"messages": [{"role": "user", "content": turn} for turn in turns]}}


def _clause(found: Draft) -> str:
    return str(found.changes.get("instruction") or found.changes.get("system") or "")


# What holds for all of them.


def test_every_category_that_opens_a_revision_has_one_to_propose() -> None:
    taxonomy = load_taxonomy()
    assert set(REVISIONS) == {name for name in taxonomy.ids if taxonomy[name].opens_revision}


@pytest.mark.parametrize("code", WORDINGS)
def test_every_language_has_the_same_words_with_the_same_places(code: str) -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

    english = WORDINGS["en"]
    assert set(WORDINGS[code]) == set(english)
    assert [key for key in english if places(english[key]) != places(WORDINGS[code][key])] == []


@pytest.mark.parametrize("code", WORDINGS)
def test_what_is_to_be_filled_in_begins_with_a_mark(code: str) -> None:
    fills = [text for key, text in WORDINGS[code].items() if key.startswith("fill_")]
    assert len(fills) == 6
    assert [text for text in fills if not text.startswith(MARKS)] == []


@given(
    st.sampled_from(sorted(CASES)),
    st.from_regex(r"[A-Z][a-z]{6,9}[0-9]{2}|\{[a-z]{6,9}\}|用户[甲乙丙丁]{5}", fullmatch=True),
)
def test_no_word_of_a_user_stands_in_a_proposal(what: str, word: str) -> None:
    case = CASES[what]
    event = json.loads(json.dumps(case.failure(), ensure_ascii=False).replace("Zebulon", word))
    assert word in json.dumps(event, ensure_ascii=False)
    found = draft(case.category, case.built, failed(case, [event]))
    assert found.changes
    told = [found.summary, *found.missing, *(clue.what for clue in found.clues)]
    assert word not in canonical_json([dict(found.changes), told])


@pytest.mark.parametrize("what", CASES)
def test_a_proposal_changes_elements_of_the_template_and_keeps_its_words(what: str) -> None:
    case = CASES[what]
    found = draft(case.category, case.built, failed(case, [case.failure()]))
    revised = next_version(case.built, "TR-1", found, "1 of 1 failures")
    assert set(found.changes) <= {"system", "instruction", "context", "response", "output_schema", "tools"}
    for element in ("system", "instruction"):
        assert getattr(revised, element).startswith(getattr(case.built, element))
    assert draft(case.category, revised, failed(case, [case.failure()])).changes == {}


def test_a_clause_goes_behind_the_instruction_or_where_that_holds_the_data_into_the_system_prompt() -> None:
    one = _answered("x", "lost:language")
    for instruction, element in (
        ("Answer.", "instruction"),
        ("Answer: {{ text }}", "system"),
        ("INPUT:", "system"),
        ("", "system"),
    ):
        found = draft("multi_turn_state_failure", a_template(instruction=instruction), [one])
        assert set(found.changes) == {element}
    bare = draft("multi_turn_state_failure", a_template(system="", instruction="INPUT:"), [one])
    assert set(bare.changes) == {"system"}


def test_clauses_are_in_the_language_of_the_template_else_in_english_and_say_so() -> None:
    one = _answered("x", "lost:language")
    german = a_template(system="Sie antworten der Kundin und nicht dem Roboter, das ist wichtig für die Firma.")
    assert "gilt, bis der Nutzer es ändert:\n- Sprache\n" in _clause(draft("multi_turn_state_failure", german, [one]))
    french = a_template(system="Vous êtes un assistant pour les clients de la banque et vous répondez dans une phrase.")
    found = draft("multi_turn_state_failure", french, [one])
    assert "language" in _clause(found)
    assert found.missing[-1].endswith("translate them.")


def test_a_clause_that_people_have_edited_keeps_their_words_and_gets_what_is_new() -> None:
    one, other = _answered("{}", "/amount:type"), _answered("{}", "/due_days:type")
    template = a_template(output_schema=_SCHEMA)
    first = next_version(template, "TR-1", draft(_FIELDS, template, [one]), "1 of 1 failures")
    filled = first.model_copy(
        update={"instruction": first.instruction.replace("[fill in: what amount means]", "the price")}
    )
    again = draft(_FIELDS, filled, [one, other])
    lines = _clause(again).splitlines()
    assert [line[:20] for line in lines if line.startswith("- ")] == ["- amount: the price;", "- due_days: [fill in"]
    assert _clause(again).count("Fields. Each") == 1


def test_marks_are_counted_in_every_language() -> None:
    assert marks_left("[fill in: a] [ergänzen: b] [待补充：c] [other]") == 3


# Fields.

_FIELDS = "field_definition_ambiguity"
_SCHEMA = {
    "type": "object",
    "required": ["amount"],
    "properties": {
        "amount": {"type": "number"},
        "due_days": {"type": ["integer", "null"]},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"unit": {"enum": ["kg", "l"]}}}},
    },
}


def test_a_field_has_what_the_schema_proves_and_a_mark_for_what_it_does_not() -> None:
    one = _answered('{"amount": "3 euros"}', "/amount:type")
    found = draft(_FIELDS, a_template(output_schema=_SCHEMA), [one])
    expected = (
        "- amount: [fill in: what amount means]; a bare number without unit or currency; [fill in: the unit of amount]"
    )
    assert expected in _clause(found)
    assert "never null" in _clause(found)
    assert "Always there: amount." in _clause(found)
    assert any("The unit of amount" in text for text in found.missing)


def test_fields_stand_in_the_order_of_the_schema_and_are_counted_by_failures() -> None:
    rules = [("schema.required", "any", "/due_days:required"), ("schema.type", "any", "/amount:type")]
    found = draft(_FIELDS, a_template(output_schema=_SCHEMA), [_answered("{}", "/due_days:required", *rules)] * 2)
    assert _clause(found).index("- amount:") < _clause(found).index("- due_days:")
    assert {clue.what: clue.failures for clue in found.clues} == {"amount: type": 2, "due_days: required": 2}
    assert found.changes["output_schema"]["required"] == ["amount", "due_days"]
    due_days = found.changes["output_schema"]["properties"]["due_days"]
    assert due_days["description"] == "in days; null where the material does not state it"


def test_a_field_inside_a_list_is_found_and_so_are_surplus_keys() -> None:
    rules = [("schema.additional", "any", "/lines:additional")]
    found = draft(_FIELDS, a_template(output_schema=_SCHEMA), [_answered("{}", "/lines/*/unit:enum", *rules)])
    assert '- lines.unit: [fill in: what lines.unit means]; exactly one of "kg", "l"' in _clause(found)
    assert "No other keys than amount, due_days, lines." in _clause(found)


def test_the_schema_of_the_requests_stands_in_for_one_that_the_template_lacks() -> None:
    request = {"messages": [], "output_schema": _SCHEMA}
    one = _answered("{}", "/due_days:type", request=request)
    assert draft(_FIELDS, a_template(), [one]).changes["output_schema"]["required"] == ["amount"]
    other = _answered("{}", "/due_days:type", request={"messages": [], "output_schema": {"type": "object"}})
    assert "output_schema" not in draft(_FIELDS, a_template(), [one, other]).changes


def test_a_field_that_neither_template_nor_schema_knows_is_not_defined() -> None:
    found = draft(_FIELDS, a_template(), [_answered("{}", "/grade:value")])
    assert found.changes == {}
    assert "neither the template nor a schema knows them: grade." in found.missing[0]
    named = draft(_FIELDS, a_template(instruction="Give the grade."), [_answered("{}", "/grade:value")])
    assert "- grade: [fill in: what grade means]." in _clause(named)


def test_an_argument_of_a_tool_is_a_field_too() -> None:
    request = {"messages": [], "tools": [_tool(when={"type": "string", "description": "Hour as HH:MM"})]}
    found = draft(_FIELDS, a_template(), [_one("ring:when:format", request=request)])
    assert "- ring.when: Hour as HH:MM; a text" in _clause(found)


def test_an_example_comes_from_a_demonstration_that_is_valid_or_is_a_permitted_value() -> None:
    schema = {"type": "object", "properties": {"unit": {"enum": ["kg", "l"]}}}
    one = _answered("{}", "/unit:enum", reference={"unit": "l", "note": "of the user"})
    shown = draft(_FIELDS, a_template(output_schema=schema, response='{"unit": "kg"}'), [one])
    assert 'for example "kg"' in _clause(shown)
    broken = draft(_FIELDS, a_template(output_schema=schema, response='{"unit": "pounds"}'), [one])
    assert 'for example "l"' in _clause(broken)


def test_an_unknown_label_gives_the_list_of_those_that_references_and_template_name() -> None:
    template = a_template(instruction="Say whether the tone is glad, sad or flat.")
    events = [_answered("happy", "label:unknown", reference=label) for label in ("glad", "sad", "Zebulon")]
    found = draft(_FIELDS, template, events)
    assert "exactly one of these labels, written as here: glad, sad." in _clause(found)
    assert draft(_FIELDS, template, events[:1]).changes == {}


# Tool parameters.

_TOOLS = "missing_tool_parameters"


def _tool(**properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "required": [], "properties": properties}
    return {"type": "function", "function": {"name": "ring", "parameters": parameters}}


def _call(arguments: str) -> dict[str, Any]:
    return {"response": {"tool_calls": [{"function": {"name": "ring", "arguments": arguments}}]}}


def test_a_parameter_that_failed_becomes_required_and_says_so() -> None:
    template = a_template(
        tools=[_tool(when={"type": "string", "description": "Hour of the call."}, who={"type": "string"})]
    )
    found = draft(_TOOLS, template, [_one("ring:when"), _one("ring:who")])
    parameters = found.changes["tools"][0]["function"]["parameters"]
    assert parameters["required"] == ["when", "who"]
    assert (
        parameters["properties"]["when"]["description"]
        == "Hour of the call. Mandatory: ask for it where it was not given."
    )
    assert found.missing == ("The tools do not say what these hold and in which form: ring.who. Describe them.",)


def test_a_sample_that_was_sent_as_a_value_leaves_the_description() -> None:
    template = a_template(tools=[_tool(when={"type": "string", "description": "Hour, for example 09:30"})])
    found = draft(_TOOLS, template, [_one("ring:when", **_call('{"when": "09:30"}'))])
    assert "09:30" not in canonical_json([found.changes["tools"], _clause(found)])
    assert [clue.what for clue in found.clues] == ["ring.when", "ring.when: sample sent as a value"]
    kept = draft(_TOOLS, template, [_one("ring:when", **_call('{"when": ""}'))])
    assert "09:30" in canonical_json(kept.changes["tools"])


def test_a_value_of_an_earlier_turn_is_taken_from_there() -> None:
    rules = [("tool.in_dialogue_not_passed", "any", "ring:when:not_passed")]
    found = draft(_TOOLS, a_template(tools=[_tool(when={"type": "string"})]), [_one("ring:when", *rules)])
    assert "- when, mandatory: taken from an earlier turn where the user gave it there" in _clause(found)


def test_tools_that_only_the_requests_define_are_proposed_where_all_are_alike() -> None:
    request = {"messages": [], "tools": [_tool(when={"type": "string", "description": "Hour"})]}
    found = draft(_TOOLS, a_template(), [_one("ring:when", request=request)])
    assert found.changes["tools"][0]["function"]["name"] == "ring"
    assert "The template lists no tools" in found.missing[0]
    unknown = draft(_TOOLS, a_template(), [_one("ring:when")])
    assert "tools" not in unknown.changes
    assert "define ring" in unknown.missing[0]


@pytest.mark.parametrize("locus", ["ring:*", "*:*", "ring:*:invalid", "check:1f", "/when:type"])
def test_a_place_without_a_parameter_gives_no_proposal(locus: str) -> None:
    assert draft(_TOOLS, a_template(tools=[_tool()]), [_one(locus)]).changes == {}


# Length.

_LENGTH = "over_elaborated_response"


def _exceeded(detail: str) -> tuple[str, str, str]:
    return "limit.max_words", detail, "max_words"


def test_limits_that_differ_by_request_are_no_limit_of_the_template() -> None:
    events = [_answered("x", "text:length", _exceeded(f"99 words, max {n}")) for n in (20, 30, 40)]
    found = draft(_LENGTH, a_template(), events)
    assert "A limit that the request states (20-40 words so far) is an upper limit" in _clause(found)


@pytest.mark.parametrize(
    ("detail", "rule"),
    [
        ("over the limit of 50 words", "At most 50 words"),
        ("at most 3 sentences", "At most 3 sentences"),
        ("120 character limit exceeded", "At most 120 characters"),
    ],
)
def test_a_failed_check_may_tell_the_limit(detail: str, rule: str) -> None:
    signals = {"checks": [{"name": "size", "passed": False, "detail": detail}]}
    assert rule in _clause(draft(_LENGTH, a_template(), [_answered("x", "text:length", signals=signals)]))


@pytest.mark.parametrize(
    ("system", "answer", "rule"),
    [
        ("你是店铺的客服。每次回复不超过六十个字。", "好" * 61, "整个回答不超过60个字。"),
        ("你是店铺的客服。每次回复不超过一百二十个字。", "好" * 121, "整个回答不超过120个字。"),
        ("Sie antworten nicht mit mehr, das ist für die Kundin. Höchstens 5 Wörter.", "ja " * 6, "Höchstens 5 Wörter"),
        ("You answer in at most 5 words.", "yes " * 6, "At most 5 words"),
    ],
)
def test_the_template_itself_may_tell_it(system: str, answer: str, rule: str) -> None:
    template = a_template(system=system, instruction="")
    assert rule in _clause(draft(_LENGTH, template, [_answered(answer, "text:length")]))
    assert draft(_LENGTH, template, [_answered("x", "text:length")]).changes == {}


def test_two_expected_answers_tell_it_where_nothing_else_does() -> None:
    events = [_answered("x " * 90, "text:length", reference="one two three" + " four" * n) for n in (0, 1)]
    found = draft(_LENGTH, a_template(), events)
    assert "At most 4 words" in _clause(found)
    assert "of the longest expected answer" in found.summary
    assert draft(_LENGTH, a_template(), events[:1]).changes == {}


def test_what_was_too_much_is_named() -> None:
    rules = [
        _exceeded("99 words, max 20"),
        ("length.closing", "any", "closing"),
        ("length.preamble", "any", "preamble"),
    ]
    found = draft(_LENGTH, a_template(), [_answered("x", "count", *rules)])
    assert [line[:12] for line in _clause(found).splitlines()[-3:]] == ["- No thanks,", "- No offer o", "- One answer"]


def test_a_demonstration_that_is_an_object_or_one_long_sentence_is_not_cut() -> None:
    for response in ('{"a": "one two three four five"}', "one two three four five"):
        found = draft(
            _LENGTH, a_template(response=response), [_answered("x", "text:length", _exceeded("99 words, max 3"))]
        )
        assert "response" not in found.changes
        assert "write a shorter one" in found.missing[0]


# Clashing instructions.

_CLASH = "conflicting_instructions"


def test_clauses_of_which_one_demands_what_the_other_forbids_are_ordered() -> None:
    template = a_template(
        system="1. Always give the exact dose of a medicine.\n2. Never give the exact dose of a medicine."
    )
    rule = (
        "instructions.polarity_clash",
        "always give the exact dose of a medicine / never give the exact",
        "polarity:system/system",
    )
    found = draft(_CLASH, template, [_one("clash:other", rule)])
    assert '"Always give the exact dose of a medicine" before "Never give the exact dose of a medicine"' in _clause(
        found
    )


def test_a_wish_of_the_user_comes_behind_the_instruction_that_it_clashes_with() -> None:
    template = a_template(system="You are a guide. Every answer is in English.", instruction="Help the visitor.")
    found = draft(
        _CLASH, template, [_one("clash:language", ("instructions.language_clash", "en and de", "language:system/user"))]
    )
    assert '"Every answer is in English" before a wish of the user for another language' in _clause(found)


def test_the_two_statements_of_one_subject_are_a_pair() -> None:
    template = a_template(system="Answer as a table.", instruction="Write plain text alone.")
    rule = ("instructions.format_clash", "table and text", "format:system/user")
    assert '"Answer as a table" before "Write plain text alone"' in _clause(
        draft(_CLASH, template, [_one("clash:format", rule)])
    )


def test_several_clashes_are_told_apart_those_of_few_failures_left_out() -> None:
    template = a_template(
        system="Titles have at most sixty characters. No prices stand in the text.",
        instruction="The title holds the full product name. The campaign line stays exactly as given.",
    )
    title = _one("clash:limit", **_said("sixty characters for titles against the full product name"))
    price = _one("clash:other", **_said("prices in the text, though the campaign line stays exactly"))
    found = draft(_CLASH, template, [title] * 10 + [price])
    assert [clue.failures for clue in found.clues] == [10, 1]
    assert len(draft(_CLASH, template, [title] * 11 + [price]).clues) == 1


# Refusals.

_LINE = "inconsistent_refusal_boundary"
_REFUSED = "I'm sorry, but I can't help with that."


def test_sentences_that_draw_a_line_without_saying_where_are_named() -> None:
    template = a_template(system="You may explain invoices and tax. Be careful with sensitive matters.")
    found = draft(_LINE, template, [_answered(_REFUSED, "line:finance")])
    assert '"Be careful with sensitive matters."' in found.missing[0]
    assert "[fill in: the policy on everything else]" in _clause(found)
    assert "does not say what is forbidden" in found.missing[1]


def test_without_a_policy_in_the_template_none_is_made_up() -> None:
    found = draft(_LINE, a_template(), [_answered(_REFUSED, "line:harm")])
    assert found.changes == {}
    assert "permits or forbids anything on harm" in found.missing[0]


def test_the_side_of_a_failure_is_told_by_its_answer() -> None:
    template = a_template(system="You may explain tax. You may not recommend an investment.")
    found = draft(_LINE, template, [_answered(_REFUSED, "line:finance"), _answered("Buy it.", "line:finance+law")])
    assert {clue.what: clue.failures for clue in found.clues} == {
        "declined, and should have been helped: finance": 1,
        "answered, and should have been declined: finance": 1,
        "answered, and should have been declined: law": 1,
    }


# Missing material.

_MATERIAL = "insufficient_context"


def test_an_attachment_that_is_not_there_gets_a_place() -> None:
    found = draft(_MATERIAL, a_template(), [_answered("x", "missing:attachment")])
    assert found.changes["context"] == "Attachment: {{ attachment }}\n"
    named = a_template(context="{{ attached_file }}")
    assert draft(_MATERIAL, named, [_answered("x", "missing:attachment")]).changes == {}


def test_made_up_fields_have_the_answer_to_give_without_evidence() -> None:
    schema = {
        "type": "object",
        "properties": {
            "paid": {"enum": ["yes", "no", "open"]},
            "day": {"type": ["string", "null"]},
            "sum": {"type": "number"},
        },
    }
    answer = '{"paid": "yes", "day": "Monday", "sum": 4}'
    found = draft(
        _MATERIAL,
        a_template(output_schema=schema),
        [_answered(answer, "missing:facts:field", **_said("day and sum: from nowhere"))],
    )
    lines = _clause(found).splitlines()
    assert {
        "- day is null",
        "- sum is [fill in: what sum holds when the material does not say it]",
        '- paid is "open"',
    } <= set(lines)
    assert "Source for day: {{ day_source }}" in found.changes["context"]


def test_the_expected_answers_tell_what_a_field_holds_without_evidence_where_the_schema_permits_it() -> None:
    schema = {"type": "object", "properties": {"paid": {"enum": ["yes", "no", "later"]}}}
    one = _answered('{"paid": "yes"}', "missing:facts:field", reference={"paid": "later"})
    assert '- paid is "later"' in _clause(draft(_MATERIAL, a_template(output_schema=schema), [one]))


def test_a_parameter_without_a_source_is_asked_for() -> None:
    found = draft(
        _MATERIAL, a_template(), [_one("missing:argument", ("tool.value_not_given", "any", "ring:when:invented"))]
    )
    assert "- call no tool; ask for when in one question" in _clause(found)
    assert found.changes["context"] == "when: {{ when }}\n"


def test_a_full_place_is_no_gap() -> None:
    template = a_template(context="Found:\n{{ found }}\nQuestion: {{ question }}")
    full = "Found:\nFilms are lent for a week, books for a month, both can be renewed.\nQuestion: How long?"
    assert draft(_MATERIAL, template, [_answered("x", "missing:facts:text", **_asked(full))]).changes == {}
    cut = "Found:\nFor films the following holds:\nQuestion: How long?"
    found = draft(_MATERIAL, template, [_answered("x", "missing:facts:text", **_asked(cut))])
    assert "{{ found }}\nFound (complete, cut off, or nothing found): {{ found_state }}\n" in found.changes["context"]


# State.

_STATE = "multi_turn_state_failure"


def test_rules_and_remarks_tell_what_was_dropped() -> None:
    asked = _answered("Your address?", "lost:asked_again:far", ("state.asked_again", "any", "asked_again:address"))
    wish = _answered("x", "lost:language", ("state.standing_dropped", "any", "standing:language"))
    found = draft(_STATE, a_template(), [asked, wish])
    clause = _clause(found)
    assert "until the user changes it:\n- address\n- language\n" in clause
    assert "however many turns lie between" in clause
    assert "never asked for again" in clause
    assert "The answer uses the address and does not ask for it." in clause
    assert "A wish on language holds for every later answer" in clause


def test_what_one_failure_of_many_dropped_is_left_out() -> None:
    budget = [_one("lost:told:text", **_said("the budget was ignored")) for _ in range(11)]
    found = draft(_STATE, a_template(), [*budget, _one("lost:told:text", **_said("wrong address"))])
    assert [clue.what for clue in found.clues] == ["dropped: budget", "not kept"]


# Form.

_FORM = "output_format_violation"


def test_lines_between_bars_are_quoted_from_the_template() -> None:
    template = a_template(
        instruction="Answer in the form\nfile:line | low or high | one sentence\nNo other text.",
        response="All is well.",
    )
    found = draft(_FORM, template, [_answered("1. a", "form:list")])
    assert "- Lines of exactly this form: file:line | low or high | one sentence" in _clause(found)
    assert "rewrite it in the form of the clause" in found.missing[0]
    header = a_template(instruction="First a table with | day | sum |, then a sentence.", response="| a | b |")
    assert "this form: | day | sum |" in _clause(draft(_FORM, header, [_answered("x", "form:list")]))


@pytest.mark.parametrize(
    ("locus", "rule"),
    [
        ("table", "- A table: each row a line"),
        ("list", "- A list: each item a line"),
        ("label:sentence", "- The label alone"),
        ("ring:*:invalid", "- The arguments of a tool call are exactly one JSON object"),
        ("json:invalid", "- Exactly one JSON object"),
    ],
)
def test_the_form_that_was_meant_follows_from_what_fails(locus: str, rule: str) -> None:
    assert rule in _clause(draft(_FORM, a_template(), [_answered("x", locus)]))


def test_a_language_that_was_asked_for_is_named() -> None:
    check = Finding(
        rule="structure.language_differs",
        category=_FORM,
        detail="any",
        where="any",
        locus="language",
        check={"type": "language", "language": "de"},
    )
    one = _answered("x", "language")
    found = draft(_FORM, a_template(), [Failed(event_id="e-1", event=one.event, locus="language", findings=(check,))])
    assert "- The whole answer is in German" in _clause(found)


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("{'a': 1}", "Double quotes around keys"),
        ('{"a": 1,}', "No comma behind the last value"),
        ('{"a": 1 // one\n}', "No comments"),
        ('{"a": None}', "never None"),
        ("- a: 1\n- b: 2", "No list of lines in its place"),
    ],
)
def test_what_broke_the_object_is_ruled_out(answer: str, rule: str) -> None:
    clause = _clause(draft(_FORM, a_template(), [_answered(answer, "json:invalid")]))
    assert rule in clause
    assert clause.splitlines()[-1] == "- Nothing outside the structure, neither before nor behind it."


def test_an_example_is_made_from_the_schema_where_the_demonstration_is_none() -> None:
    schema = {
        "type": "object",
        "required": ["day"],
        "properties": {"day": {"enum": ["mon", "tue"]}, "sum": {"type": "integer", "minimum": 3}},
    }
    found = draft(_FORM, a_template(output_schema=schema, response="Monday"), [_answered("x", "form:text")])
    assert json.loads(found.changes["response"]) == {"day": "mon", "sum": 3}
    assert "Give it real values." in found.missing[0]
    hard = {"type": "object", "properties": {"code": {"type": "string", "pattern": "^[A-Z]{3}$"}}}
    none = draft(_FORM, a_template(output_schema=hard), [_answered("x", "form:text")])
    assert "response" not in none.changes
    assert "No valid example can be made" in none.missing[0]


# Tasks.

_TASK = "unclear_task_boundary"


def test_a_tool_that_was_called_without_need_or_not_called_is_told_when() -> None:
    tool = _tool(when={"type": "string"})
    tool["function"]["parameters"]["required"] = ["when"]
    template = a_template(tools=[tool])
    acted = draft(_TASK, template, [_one("acted", **_call("{}"))])
    assert "- ring is called only where the request asks for what it does" in _clause(acted)
    asked = draft(_TASK, template, [_answered("When?", "asked", ("tool.asked_instead", "any", "ring:*:asked_instead"))])
    assert "- ring is called as soon as when are given" in _clause(asked)


def test_a_tool_that_the_template_does_not_know_is_not_named() -> None:
    assert draft(_TASK, a_template(), [_one("acted", **_call("{}"))]).changes == {}


def test_tasks_come_from_the_place_and_from_what_is_said() -> None:
    one = _answered("x", "extent:translate", **_said("Asked for the plan, got a letter."))
    clause = _clause(draft(_TASK, a_template(), [one]))
    assert [line.split(":")[0] for line in clause.splitlines() if line.startswith("- ")] == [
        "- plan or suggest",
        "- translate",
        "- write",
    ]
    assert "several of these, or none, ask one question" in clause


def test_a_template_without_any_text_takes_a_clause_too() -> None:
    empty = Template.model_validate({"name": "x", "version": "1.0.0", "kind": "single_turn"})
    found = draft(_TASK, empty, [_answered("x", "extent:edit")])
    assert str(found.changes["instruction"]).startswith("What the tasks are.")
