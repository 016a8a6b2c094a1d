"""Reference: other values, or the same in another form."""

import pytest

from tests.unit.test_evidence_find import event, failed, one, rules


@pytest.mark.parametrize(
    ("answer", "reference"),
    [("It is 194 minutes.", "184"), ("So we get 12.5", "#### 13.5"), ("The sum is 1,200.", "1300"), ("答案是5。", "6")],
)
def test_another_number_than_expected_is_a_gap(answer: str, reference: str) -> None:
    found = one(event("Compute.", answer=answer, reference=reference), "reference.number_differs")
    assert found.category == "model_capability_gap"


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("5 March 2024 is 2024-03-05", "x"),
        ("The sum is 1,300.", "1300"),
        ("205 - 21 = 184", "184"),
        ("It is 12.50", "12.5"),
    ],
)
def test_the_expected_number_in_the_answer_is_no_gap(answer: str, reference: str) -> None:
    assert "reference.number_differs" not in rules(event("Compute.", answer=answer, reference=reference))


@pytest.mark.parametrize(
    ("answer", "reference"),
    [("05.03.2024", "2024-03-05"), ("1,300 EUR", "1300"), ("NEW YORK", "new_york"), ("2024/3/5", "2024-03-05")],
)
def test_the_same_value_in_another_form_is_a_matter_of_the_field(answer: str, reference: str) -> None:
    found = one(event("Extract.", answer=answer, reference=reference), "reference.other_form")
    assert found.category == "field_definition_ambiguity"


def test_objects_are_compared_field_by_field() -> None:
    schema = {"type": "object", "properties": {"due": {"type": "string"}, "sum": {"type": "number"}}}
    failure = event(
        "Go", schema=schema, answer='{"due": "5.3.2024", "sum": 7}', reference={"due": "2024-03-05", "sum": 8}
    )
    assert one(failure, "reference.other_form").locus == "/due:form"
    assert one(failure, "reference.field_differs").locus == "/sum:value"


def test_an_answer_with_none_of_the_words_expected_is_told() -> None:
    reference = "the tenant pays the repairs of the heating"
    assert "reference.no_overlap" in rules(event("Who?", answer="Nobody knows.", reference=reference))
    assert "reference.no_overlap" not in rules(event("Who?", answer="The tenant.", reference=reference))


def test_expected_and_got_are_read_from_checks() -> None:
    assert "reference.number_differs" in rules(event("Go", signals=failed("exact_match", "expected 42, got 41")))
    assert "reference.number_differs" in rules(event("Go", signals=failed("exact", "应为42，实际41")))
    assert "reference.other_form" in rules(event("Go", signals=failed("exact_match", "expected 1,300 got 1300")))
    assert rules(event("Go", signals=failed("exact_match", "expected 42 got 42"))) == set()


@pytest.mark.parametrize(
    "comment", ["The result is wrong.", "算错了。", "Falsch berechnet.", "Arithmetic error in line 2."]
)
def test_people_say_when_an_answer_is_wrong(comment: str) -> None:
    assert "reference.reported" in rules(event("Go", signals={"comment": comment}))


def test_an_answer_that_knows_nothing_of_what_its_material_says_is_found() -> None:
    material = "The red brick warehouse in the harbour was built as a customs store. " + "It has two floors. " * 12
    prompt = f"Question: What was the brick warehouse built as?\n\nPassages:\n{material}"
    assert "reference.denied_though_there" in rules(event(prompt, answer="I don't know."))
    elsewhere = prompt.replace("brick warehouse in the harbour", "old mill by the river")
    assert "reference.denied_though_there" not in rules(event(elsewhere, answer="I don't know."))


@pytest.mark.parametrize(
    "report",
    [
        "Invalid value for parameter 'time': '12:00 PM'. Expected one of ['12pm', '12:00']. Case insensitive.",
        "Invalid value for parameter 'city': 'Marshall, MN'. Expected one of ['Marshall'].",
        "argument amount: got 10800, expected 108",
        "field rate: expected 0.07 but got 7.0",
        "start_date parameter: got '10th December 2022', expected '2022-12-10'",
    ],
)
def test_a_report_of_one_value_in_two_notations_speaks_of_the_field(report: str) -> None:
    found = rules(event("Do it.", answer="Done.", signals=failed("arguments", report)))
    assert "reference.other_form" in found
    assert "reference.number_differs" not in found


@pytest.mark.parametrize("report", ["expected 108 but got 10800", "grade: got 41, expected 42"])
def test_a_report_of_two_numbers_speaks_of_a_wrong_answer(report: str) -> None:
    found = rules(event("Add them.", answer="Done.", signals=failed("sum", report)))
    assert "reference.number_differs" in found
    assert "reference.other_form" not in found
