"""Evaluating: figures that follow from the cases, on small corpora and once through the real command."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedback.classification.cases import CORPUS, LabelledCase, load_corpus
from feedback.classification.evaluation import faithfulness, labelled_file, learning_curve, what_corrections_add
from feedback.classification.model import fit
from feedback.classification.training import described, held_out
from feedback.cli import main
from feedback.domain.failure import FailureEvent
from feedback.errors import InvalidInput
from tests.builders import a_failure

SMALL = (
    "agents_and_rules",
    "annotation_desk",
    "campus_and_press",
    "customer_voices",
    "document_desk",
    "evaluation_lab",
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledCase]:
    folder = tmp_path_factory.mktemp("corpus")
    for name in SMALL:
        shutil.copy(CORPUS / f"{name}.jsonl", folder)
    return load_corpus(folder)


def _case(number: int, comment: str, category: str) -> LabelledCase:
    request = {"messages": [{"role": "user", "content": f"Please see to item {number}."}]}
    failure = a_failure(
        event_id=f"s-{number}",
        request=request,
        response=None,
        signals={"comment": comment},
        template=None,
        reference=None,
    )
    return LabelledCase(FailureEvent.model_validate_json(json.dumps(failure)), category, "stream")


STREAM = [
    _case(
        n, "zorbled again" if n % 2 else "quimped again", "insufficient_context" if n % 2 else "missing_tool_parameters"
    )
    for n in range(80)
]
"""A team's own words, which nobody else uses."""


def test_corrections_teach_a_team_its_own_words(small: list[LabelledCase]) -> None:
    (found,) = what_corrections_add((small, described(small)), (STREAM, described(STREAM)), weight=3.0)
    assert found.stream == "stream"
    assert 20 <= found.tested <= 60
    assert found.with_corrections == 0 < found.without


def test_a_stream_that_is_too_short_or_of_one_category_is_left_out(small: list[LabelledCase]) -> None:
    known = (small, described(small))
    assert what_corrections_add(known, (STREAM[:39], described(STREAM[:39])), weight=3.0) == []
    alike = [case for case in STREAM if case.category == "insufficient_context"]
    assert what_corrections_add(known, (alike, described(alike)), weight=3.0) == []


def test_the_learning_curve_has_a_score_for_every_size(small: list[LabelledCase]) -> None:
    curve = learning_curve(small, described(small), (1, 2))
    assert [size for size, _ in curve] == [1, 2]
    assert 0.1 < curve[0][1] < curve[1][1] < 1


def test_where_one_word_decides_the_explanation_is_faithful() -> None:
    known = load_corpus()[:600]
    out = held_out(known, described(known), 0.8)
    taught = fit(described([*known, *STREAM]), [case.category for case in [*known, *STREAM]])
    found = faithfulness(taught, out.calibration, described(STREAM), 3)
    assert found.cases == 80
    assert found.share > 0.95
    assert found.lost_named > found.lost_random


@pytest.mark.parametrize("line", ["no json", "{}", '{"event": {}, "category": "x"}', "[1]"])
def test_a_line_that_is_no_labelled_failure_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    good = json.dumps({"event": a_failure(), "category": "insufficient_context"})
    file.write_text(f"{good}\n{line}\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"mine\.jsonl:2"):
        labelled_file(file)


def test_the_command_prints_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    lines = [
        json.dumps({"event": a_failure(event_id=f"m-{n}"), "category": "field_definition_ambiguity"}) for n in range(3)
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    result = CliRunner().invoke(main, ["evaluate", "--quick", "--on", str(file), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["corpus"]["macro_f1"] > 0.72
    assert found["corpus"]["calibration_error"] < 0.05
    assert found["corpus"]["answered"] > 0.7
    assert found["corpus"]["triage_recall"] > 0.7
    assert found["aside"]["macro_f1"] > 0.75
    assert found["labelled"]["accuracy"] == 1.0
    assert found["faithful"]["share"] >= 0.9
    assert {one["rule"] for one in found["rules"]} >= {"schema.enum", "tool.missing", "limit.max_words"}
