"""Structure: containers asked for and not given."""

import pytest

from tests.unit.test_evidence_find import event, one, rules

JSON = "Return valid JSON."


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ('```json\n{"a": 1}\n```', "fenced"),
        ('Here it is: {"a": 1}', "prose"),
        ('{"a": 1}\n\nLet me know!', "prose"),
        ('Sure.\n```json\n{"a": 1}\n```\nDone.', "prose"),
        ('{"a": 1, "b": "unfin', "truncated"),
        ('{"a": [1, 2', "truncated"),
        ("{'a': 1}", "invalid"),
        ('{"a": 1,}', "invalid"),
        ("The value is 1.", "invalid"),
        ('{"a": NaN}', "invalid"),
    ],
)
def test_what_keeps_json_from_parsing_is_told(answer: str, kind: str) -> None:
    found = one(event(JSON, answer=answer), f"structure.json_{kind}")
    assert found.locus == f"json:{kind}"
    assert found.check == {"type": "is_json"}


def test_an_answer_cut_by_the_length_limit_is_truncated() -> None:
    assert "structure.json_truncated" in rules(event(JSON, answer='{"a": {"b": 1}', finish="length"))
    assert "structure.json_invalid" in rules(event(JSON, answer='{"a": {"b": 1},,}', finish="stop"))


@pytest.mark.parametrize(
    "prompt",
    [
        "Output must be valid JSON.",
        "Answer as JSON.",
        "Respond with a JSON object only.",
        "Antworte nur als JSON.",
        "以 JSON 格式输出。",
        "Réponds au format JSON.",
        "Devuelve la lista en formato JSON.",
        "JSON形式で出力してください。",
    ],
)
def test_a_prompt_asks_for_json_in_many_languages(prompt: str) -> None:
    assert "structure.json_invalid" in rules(event(prompt, answer="The value is 1."))


@pytest.mark.parametrize(
    "prompt",
    [
        "What is JSON?",
        "Explain this JSON file to me.",
        "Do not return JSON, write a sentence.",
        "Translate the comment in the json below.",
    ],
)
def test_a_prompt_that_only_speaks_of_json_asks_for_none(prompt: str) -> None:
    assert not any(rule.startswith("structure.json") for rule in rules(event(prompt, answer="It is a format.")))


def test_labels_and_schemas_ask_for_json_too() -> None:
    assert "structure.json_invalid" in rules(event("Go", answer="no", labels={"output_format": "json"}))
    assert "structure.json_invalid" in rules(event("Go", answer="no", schema={"type": "object"}))
    assert rules(event("Go", answer='{"a": 1}', schema={"type": "object"})) == set()


@pytest.mark.parametrize(
    ("prompt", "answer", "rule"),
    [
        ("Compare them in a table.", "A is cheaper than B.", "structure.table_missing"),
        ("Stelle es als Tabelle dar.", "A kostet weniger.", "structure.table_missing"),
        ("请以表格形式输出。", "甲比乙便宜。", "structure.table_missing"),
        ("List the risks as bullet points.", "Fire and flood.", "structure.list_missing"),
        ("Fasse es in Stichpunkten zusammen.", "Feuer und Flut.", "structure.list_missing"),
        ("請用箇条書きで書いてください。", "火と水です。", "structure.list_missing"),
    ],
)
def test_a_table_or_list_that_is_not_there_is_missed(prompt: str, answer: str, rule: str) -> None:
    assert rule in rules(event(prompt, answer=answer))


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Compare them in a table.", "| A | B |\n|---|---|\n| 1 | 2 |"),
        ("Compare them in a table.", "Which columns do you want?"),
        ("List the risks as bullet points.", "- fire\n- flood"),
        ("Book a table for two.", "Done, at eight."),
        ("No bullet points, please.", "Fire and flood."),
        ("Where is the table of contents?", "On page two."),
    ],
)
def test_what_is_there_or_was_not_asked_is_not_missed(prompt: str, answer: str) -> None:
    assert not {"structure.table_missing", "structure.list_missing"} & rules(event(prompt, answer=answer))


LABEL = "Classify. Answer with only the label, one of: refund, exchange, complaint."


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("The right label for this message is refund.", "structure.label_sentence"),
        ("money back", "structure.label_unknown"),
    ],
)
def test_a_label_in_a_sentence_is_form_and_an_unknown_one_is_a_field(answer: str, rule: str) -> None:
    assert rule in rules(event(LABEL, answer=answer))


@pytest.mark.parametrize("answer", ["refund", "Refund.", "`exchange`", "I can't help with that."])
def test_a_permitted_label_or_a_refusal_is_no_wrong_label(answer: str) -> None:
    assert not any("label" in rule for rule in rules(event(LABEL, answer=answer)))


def test_labels_can_come_from_the_schema() -> None:
    schema = {"type": "string", "enum": ["hoch", "niedrig"]}
    assert one(event("Wie hoch?", schema=schema, answer="mittel"), "structure.label_unknown").locus == "label:unknown"


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Please answer in German: where is it?", "It is in the old town and not far from you."),
        ("请用中文回答。", "It is in the old town and not far from you."),
        ("Antworte auf Englisch.", "Das ist in der Altstadt und nicht weit von dir."),
        ("Responde en español.", "It is in the old town and not far from you."),
    ],
)
def test_another_language_than_asked_is_seen(prompt: str, answer: str) -> None:
    found = one(event(prompt, answer=answer), "structure.language_differs")
    assert found.locus == "language"


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Please answer in German.", "Das ist in der Altstadt und nicht weit von dir."),
        ("How do you say it in German?", "You say it with the word that is in the list."),
        ("Please answer in German.", "OK"),
    ],
)
def test_the_language_asked_or_none_asked_is_fine(prompt: str, answer: str) -> None:
    assert "structure.language_differs" not in rules(event(prompt, answer=answer))
