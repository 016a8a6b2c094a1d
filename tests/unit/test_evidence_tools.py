"""Tools: calls that lack, invent or mistype, and calls not made."""

from typing import Any

import pytest

from tests.unit.test_evidence_find import BOOKING, event, one, rules


def called(arguments: str, *turns: str, **parts: Any) -> set[str]:
    """Return the rules that fire on one call of the booking tool."""
    return rules(
        event(*(turns or ("Book at dm411 for two.",)), tools=[BOOKING], calls=[("book_table", arguments)], **parts)
    )


@pytest.mark.parametrize(
    ("arguments", "rule", "locus"),
    [
        ('{"restaurant_id": "dm411"}', "tool.missing", "book_table:guests:missing"),
        ('{"restaurant_id": "", "guests": 2}', "tool.empty", "book_table:restaurant_id:empty"),
        ('{"restaurant_id": null, "guests": 2}', "tool.empty", "book_table:restaurant_id:empty"),
        (
            '{"restaurant_id": "your_restaurant_id", "guests": 2}',
            "tool.placeholder",
            "book_table:restaurant_id:placeholder",
        ),
        ("", "tool.missing", "book_table:restaurant_id:missing"),
    ],
)
def test_a_required_parameter_can_be_missing_empty_or_a_placeholder(arguments: str, rule: str, locus: str) -> None:
    failure = event("Book at dm411 for two.", tools=[BOOKING], calls=[("book_table", arguments)])
    found = one(failure, rule)
    assert (found.locus, found.category) == (locus, "missing_tool_parameters")
    assert found.check is not None
    assert found.check["type"] == "required_tool_parameters"


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ("{restaurant", "tool.arguments_invalid"),
        ('{"restaurant_id": "dm411", "guests": "two"}', "tool.type"),
        ('{"restaurant_id": "dm411", "guests": 2, "area": "roof"}', "tool.enum"),
        ('{"restaurant_id": "dm411", "guests": 2, "mood": "good"}', "tool.unknown_argument"),
        ('{"restaurant_id": "ZX-9080", "guests": 2}', "tool.value_not_given"),
    ],
)
def test_other_faults_of_arguments_have_their_rules(arguments: str, rule: str) -> None:
    assert rule in called(arguments)


@pytest.mark.parametrize(
    ("arguments", "turn"),
    [
        ('{"restaurant_id": "dm411", "guests": 2, "area": "inside"}', "Book at DM-411 for two, inside."),
        ('{"restaurant_id": "dm411", "guests": 2}', "Book at dm411 for two."),
        ('{"restaurant_id": "dm411", "guests": 2}', "请在第一家餐厅订位。"),
    ],
)
def test_a_good_call_gives_no_evidence(arguments: str, turn: str) -> None:
    assert called(arguments, turn) == set()


def test_a_tool_nobody_offered_is_unknown_and_unnamed() -> None:
    failure = event("Go", tools=[BOOKING], calls=[("order_pizza", "{}")])
    assert one(failure, "tool.unknown_tool").locus == "*:*:unknown_tool"


def test_the_sample_of_the_description_is_a_placeholder_unless_the_user_said_it() -> None:
    spec = {"type": "string", "description": "City, e.g. Springfield"}
    tool = {
        "type": "function",
        "function": {"name": "w", "parameters": {"properties": {"city": spec}, "required": ["city"]}},
    }
    calls = [("w", '{"city": "Springfield"}')]
    assert "tool.placeholder" in rules(event("Weather?", tools=[tool], calls=calls))
    assert "tool.placeholder" not in rules(event("Weather in Springfield?", tools=[tool], calls=calls))


def test_a_value_of_an_earlier_turn_that_is_not_passed_is_told() -> None:
    turns = ("The restaurant id is dm411.", "Thanks.", "Now book for two.")
    assert "tool.in_dialogue_not_passed" in called('{"guests": 2}', *turns)
    assert "tool.in_dialogue_not_passed" not in called('{"guests": 2}', "Hi.", "Hello.", "Now book for two.")


def test_asking_although_everything_was_given_is_told() -> None:
    assert "tool.asked_instead" not in rules(event("A table, please.", tools=[BOOKING], answer="Which restaurant?"))
    found = one(
        event("Restaurant dm411, guests: 44.", tools=[BOOKING], answer="Which restaurant?"), "tool.asked_instead"
    )
    assert found.category == "unclear_task_boundary"


@pytest.mark.parametrize(
    ("error", "locus"),
    [
        ("TypeError: book_table() missing 1 required positional argument: 'guests'", "book_table:guests:missing"),
        ("missing required parameter: guests", "book_table:guests:missing"),
        ("Required parameter 'guests' was not provided", "book_table:guests:missing"),
        ("'guests' is a required property", "book_table:guests:missing"),
        ("missing required argument 'secret_4711'", "*:*:missing"),
    ],
)
def test_what_the_runtime_missed_is_read(error: str, locus: str) -> None:
    assert one(event("Book", tools=[BOOKING], signals={"error": error}), "tool.reported_missing").locus == locus


def test_a_required_property_of_the_answer_is_no_parameter() -> None:
    signals = {"error": "'due' is a required property"}
    assert "tool.reported_missing" not in rules(
        event("Extract", schema={"type": "object"}, answer="{}", signals=signals)
    )


def asking_for(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Build a tool with one required parameter."""
    return {
        "type": "function",
        "function": {"name": "t", "parameters": {"properties": {name: spec}, "required": [name]}},
    }


@pytest.mark.parametrize(
    ("name", "value", "turn", "made_up"),
    [
        ("date", "2024-05-01", "Book it, please.", True),
        ("date", "2024-05-01", "Book it for tomorrow.", False),
        ("date", "2024-05-01", "Book it for the 1st.", False),
        ("city", "Springfield", "What is the weather like?", True),
        ("city", "Vienna", "What is the weather like in Viennese streets?", False),
        ("city", "NYC", "Weather in New York?", False),
        ("query", "Springfield", "What is the weather like?", False),
        ("order_id", "AB-1234", "Where is ab 1234?", False),
    ],
)
def test_a_value_is_made_up_when_nothing_like_it_was_said(name: str, value: str, turn: str, made_up: bool) -> None:
    tool = asking_for(name, {"type": "string"})
    found = rules(event(turn, tools=[tool], calls=[("t", f'{{"{name}": "{value}"}}')]))
    assert ("tool.value_not_given" in found) is made_up


@pytest.mark.parametrize(
    ("spec", "value"),
    [({"enum": ["unknown", "known"]}, '"unknown"'), ({"type": ["string", "null"]}, "null"), ({"type": "null"}, "null")],
)
def test_what_the_schema_permits_is_no_placeholder(spec: dict[str, Any], value: str) -> None:
    assert rules(event("Go", tools=[asking_for("state", spec)], calls=[("t", f'{{"state": {value}}}')])) == set()


@pytest.mark.parametrize(
    ("name", "spec", "turn"),
    [
        ("seat", {"enum": ["window", "aisle"]}, "A window seat."),
        ("email", {"type": "string"}, "Write to anna@firm.at, please."),
        ("orderId", {"type": "string"}, "It is about order 4711."),
    ],
)
def test_values_given_are_recognised_by_enumeration_form_and_word(name: str, spec: dict[str, Any], turn: str) -> None:
    assert "tool.asked_instead" in rules(event(turn, tools=[asking_for(name, spec)], answer="Which one?"))


def test_a_name_without_a_telling_word_is_never_seen_given() -> None:
    assert rules(event("Name 4711.", tools=[asking_for("name", {"type": "string"})], answer="Which one?")) == set()


def test_a_reported_argument_that_the_call_lacks_can_be_checked() -> None:
    signals = {"error": "missing required parameter: guests"}
    for arguments in ('{"restaurant_id": "dm411", "guests": []}', "{broken"):
        failure = event("dm411", tools=[BOOKING], calls=[("book_table", arguments)], signals=signals)
        assert one(failure, "tool.reported_missing").check is not None
    given = event(
        "dm411", tools=[BOOKING], calls=[("book_table", '{"restaurant_id": "dm411", "guests": 2}')], signals=signals
    )
    assert one(given, "tool.reported_missing").check is None
