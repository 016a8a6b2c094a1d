"""Form: rules about the surface of the answer, stated in the prompt and broken or kept."""

import pytest

from tests.unit.test_evidence_find import event, one, rules

BROKEN = [
    ("form.signs", "Write a riddle but make sure you don't use any commas.", "What flies, sings, and sleeps?"),
    ("form.signs", "Erzähle etwas über Bienen, ohne Kommas zu verwenden.", "Bienen summen, tanzen und sammeln."),
    ("form.signs", "Décrivez la mer sans utiliser de virgules.", "La mer est bleue, calme et vaste."),
    ("form.signs", "Describe el mar sin usar comas.", "El mar es azul, sereno y vasto."),
    ("form.signs", "写一句话，不要使用逗号。", "春天来了，花开了。"),
    ("form.signs", "読点を用いずに春について書いてください。", "春が来て、花が咲く。"),
    ("form.signs", "Thank the donor. Do not use emojis.", "Thank you so much 🎉"),
    ("form.signs", "Ne mets aucun point d'exclamation.", "Bravo !"),
    ("form.signs", "応答ではひらがなを一文字も使用しないでください。", "音楽の特徴"),
    ("form.case", "Write a compliment in all lowercase letters.", "You are Kind."),
    ("form.case", "Rédigez un essai sans utiliser de majuscules.", "Le froid est rude."),
    ("form.case", "ANSWER IN ALL CAPS please.", "The answer is no."),
    ("form.wrapped", "Wrap your entire response with double quotation marks.", "A poem about rain"),
    ("form.wrapped", "回答全体を鉤括弧で囲んでください。", "雨の詩です。"),
    ("form.separator", "Give two answers. Separate them with ******", "First.\n\nSecond."),
    ("form.separator", "Da dos respuestas. Separa cada respuesta con 6 asteriscos: ******.", "Uno.\n\nDos."),
    ("form.highlight", "Highlight at least 2 sections like *this*.", "One *part* only."),
    ("form.placeholders", "Write a letter with at least 3 placeholders in square brackets.", "Dear [name], hello."),
    ("form.title", "Give it a title wrapped in double angular brackets, such as <<poem of joy>>.", "Joy is here."),
    ("form.postscript", "At the end, add a postscript starting with P.S.", "See you soon."),
    ("form.starts", 'Begin your answer with "Dear colleague".', "Hello there, all is well."),
    ("form.ends", 'Finish your reply with the exact phrase "Is there anything else?".', "Your parcel is on its way."),
    ("form.ends", "文章以“谢谢大家”结尾。", "今天就到这里。"),
    (
        "form.fixed_answer",
        'Respond with either "Yes, it is there" or "I don\'t know".',
        "Yes, it is there. Page 4 says so.",
    ),
    ("form.fixed_answer", "「はい。」「いいえ。」のいずれかで答えてください。", "いいえ、そのようなことはありません。"),
    ("form.word_missing", 'Write a slogan. Include the keyword "harvest".', "Bread that tastes of summer."),
    ("form.word_banned", 'Describe the flat. Do not use the word "cosy".', "A cosy flat by the park."),
    ("form.tags", "Put the final answer in <answer> tags.", "The answer is 12."),
    ("form.code_block", "Give the fix in a fenced code block.", "Use x = 1."),
    (
        "form.parts",
        "Write a report with the sections: Findings, Risks and Next steps.",
        "Findings\nNone.\n\nRisks\nFew.",
    ),
    ("form.line_form", "List books in the format '[Title] - [Reason]'.", "Dune is a good one because of its scope."),
]
KEPT = [
    ("Write a riddle but make sure you don't use any commas.", "What flies and sings?"),
    ("Put a comma after the greeting.", "Dear Ann, hello."),
    ("Write a compliment in all lowercase letters.", "you are kind."),
    ("ANSWER IN ALL CAPS please.", "NO."),
    ("Wrap your entire response with double quotation marks.", '"A poem about rain"'),
    ("Give two answers. Separate them with ******", "First.\n******\nSecond."),
    ("Highlight at least 2 sections like *this*.", "*One* and *two*."),
    ("Give it a title wrapped in double angular brackets, such as <<poem of joy>>.", "<<Joy>> is here."),
    ("At the end, add a postscript starting with P.S.", "See you soon.\nP.S. Bring a coat."),
    ('Begin your answer with "Dear colleague".', "Dear colleague, all is well."),
    ('Finish your reply with the exact phrase "Is there anything else?".', "Sent. Is there anything else?"),
    ('Respond with either "Yes, it is there" or "I don\'t know".', "I don't know."),
    ('Write a slogan. Include the keyword "harvest".', "Taste the harvest."),
    ('Describe the flat. Do not use the word "cosy".', "A snug flat by the park."),
    ("Put the final answer in <answer> tags.", "<answer>12</answer>"),
    ("Give the fix in a fenced code block.", "```\nx = 1\n```"),
    ("Write a report with the sections: Findings, Risks and Next steps.", "Findings: a. Risks: b. Next steps: c."),
    ("List books in the format '[Title] - [Reason]'.", "Dune - for its scope"),
    ('Is "rain" a word? What about "snow"?', "Both are."),
]


@pytest.mark.parametrize(("rule", "prompt", "answer"), BROKEN)
def test_a_broken_rule_of_form_is_found(rule: str, prompt: str, answer: str) -> None:
    assert rule in rules(event(prompt, answer=answer))


@pytest.mark.parametrize(("prompt", "answer"), KEPT)
def test_a_kept_rule_of_form_is_not(prompt: str, answer: str) -> None:
    assert not {rule for rule in rules(event(prompt, answer=answer)) if rule.startswith("form.")}


def test_a_rule_of_form_in_the_system_message_counts_too() -> None:
    found = one(event("Hello", system="Never use commas.", answer="Hi, there."), "form.signs")
    assert found.where == "request.messages[0].content"
    assert found.locus == "signs:comma"


def test_a_refusal_breaks_no_rule_of_form() -> None:
    assert "form.signs" not in rules(event("Write it without commas.", answer="I'm sorry, but I can't help with that."))


def test_a_json_value_breaks_no_rule_of_form() -> None:
    assert "form.signs" not in rules(event("Write it without commas.", answer='{"a": 1, "b": 2}'))


def test_what_can_be_checked_by_program_comes_with_its_check() -> None:
    assert one(event("Use no commas.", answer="a, b"), "form.signs").check == {"type": "not_contains", "text": ","}
    separated = one(event("Separate both with ******", answer="a b"), "form.separator")
    assert separated.check == {"type": "contains", "text": "******"}
