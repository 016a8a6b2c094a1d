"""Instructions: two that cannot both be met."""

import pytest

from feedback.classification.evidence import find
from tests.unit.test_evidence_find import event, one, rules


@pytest.mark.parametrize(
    ("system", "user", "rule", "locus"),
    [
        (
            "Always answer in English.",
            "Bitte antworte auf Deutsch.",
            "instructions.language_clash",
            "language:system/user",
        ),
        (
            "Return valid JSON.",
            "Show it as a markdown table with columns a, b.",
            "instructions.format_clash",
            "format:system/user",
        ),
        ("At most 50 words.", "Write at least 200 words.", "instructions.limit_clash", "limit:system/user"),
        ("At most 50 words.", "Explain it in detail.", "instructions.length_clash", "length:system/user"),
        ("Keep it short.", "请详细说明。", "instructions.length_clash", "length:system/user"),
        ("Use a formal tone.", "Use emojis, please.", "instructions.tone_clash", "tone:system/user"),
        ("At most 50 words. Write at least 80 words.", "Go.", "instructions.limit_clash", "limit:system/system"),
        ("Hello.", "Be brief, and explain it in detail.", "instructions.length_clash", "length:user/user"),
    ],
)
def test_a_clash_names_its_kind_and_its_sides(system: str, user: str, rule: str, locus: str) -> None:
    assert one(event(user, system=system, answer="Well."), rule).locus == locus


@pytest.mark.parametrize(
    ("system", "user"),
    [
        ("Always answer in English.", "Please answer in English."),
        ("At most 50 words.", "At least 20 words."),
        ("Return valid JSON.", "Extract the terms."),
        ("Use a formal tone.", "Write to the board."),
        ("Between 50 and 80 words.", "Go."),
    ],
)
def test_instructions_that_go_together_do_not_clash(system: str, user: str) -> None:
    assert not any(rule.startswith("instructions") for rule in rules(event(user, system=system)))


@pytest.mark.parametrize(
    "comment",
    [
        "This contradicts the system prompt.",
        "两条要求矛盾。",
        "Die Regeln widersprechen sich.",
        "Las dos reglas se contradicen.",
    ],
)
def test_people_say_when_rules_clash(comment: str) -> None:
    assert "instructions.reported" in rules(event("Go", signals={"comment": comment}))


def test_what_system_and_developer_say_can_clash_as_well() -> None:
    messages = [
        {"role": "system", "content": "Always answer in English."},
        {"role": "developer", "content": "Antworte immer auf Deutsch."},
        {"role": "user", "content": "Go."},
    ]
    failure = event(request={"messages": messages})
    assert one(failure, "instructions.language_clash").locus == "language:system/system"


@pytest.mark.parametrize(
    ("system", "locus"),
    [("Use a formal tone. Use emojis.", "tone:system/system"), ("Write a detailed answer.", "length:system/user")],
)
def test_tone_and_length_clash_in_either_order(system: str, locus: str) -> None:
    assert locus in {found.locus for found in find(event("Be brief.", system=system))}


@pytest.mark.parametrize(
    "system",
    [
        "Always provide specific dosage information. Never provide specific dosage information to anyone.",
        "- Always mention the delivery price to the buyer.\n- Do not mention the delivery price.",
        "必须在每次回答中告知客户退款金额。\n不要在回答中告知客户退款金额。",
    ],
)
def test_a_demand_and_a_ban_of_the_same_thing_clash(system: str) -> None:
    assert (
        one(event("Hello?", system=system, answer="Hi."), "instructions.polarity_clash").locus
        == "polarity:system/system"
    )


@pytest.mark.parametrize(
    "system",
    [
        "Always mention the delivery price. Never promise a delivery date to strangers.",
        "Always greet the customer. If the customer is a minor, never greet the customer by name.",
        "Never mention the price.",
    ],
)
def test_a_ban_of_something_else_or_under_a_condition_does_not(system: str) -> None:
    assert "instructions.polarity_clash" not in rules(event("Hello?", system=system, answer="Hi."))


def test_a_system_message_that_wants_it_short_and_exhaustive_clashes_with_itself() -> None:
    system = "Keep your answers concise.\n\nProvide comprehensive status updates for every step."
    assert "instructions.length_clash" in rules(event("Why test?", system=system, answer="To be sure."))
