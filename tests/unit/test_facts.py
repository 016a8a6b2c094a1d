import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from feedback.domain.facts import FACT, Fact, TicketFact, stream_of

_STORED = sorted((Path(__file__).parents[1] / "examples" / "facts").glob("*.json"))
_TYPES = {kind.model_fields["type"].default: kind for kind in get_args(Fact)}
_STREAMS = {
    "FailureReported": "failure:prod-eu-7f3a",
    "FailureAssessed": "failure:prod-eu-7f3a",
    "AssessmentCorrected": "failure:prod-eu-7f3a",
    "ClassifierTrained": "classifier:c1:51f0a2b3c4d5e6f7",
    "ClassifierPromoted": "classifier",
    "TemplateRegistered": "template:payment_terms",
    "SamplesRegistered": "samples:sft_zh",
    "TrainingVersionRegistered": "training-version:assistant-2026-04-20",
    "ExposureReported": "exposure:gateway-2026-W17",
    "PatternJudged": "pattern:P-0123456789ab",
    "GroupingRuleSet": "grouping:P-0123456789ab",
    "LocusSplit": "grouping:P-0123456789ab",
    "CaseProposed": "case:RC-0123456789ab",
    "CaseRemoved": "case:RC-0123456789ab",
} | {kind.__name__: "ticket:TR-aa0569733b37" for kind in get_args(TicketFact)}


def _example(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", _STORED, ids=lambda path: path.stem)
def test_a_stored_fact_is_read_by_today_s_code_without_loss(path: Path) -> None:
    fact = FACT.validate_json(path.read_bytes())
    assert json.loads(fact.model_dump_json(exclude_none=True)) == _example(path)


@pytest.mark.parametrize("path", _STORED, ids=lambda path: path.stem)
def test_a_fact_belongs_to_its_stream(path: Path) -> None:
    assert stream_of(FACT.validate_json(path.read_bytes())) == _STREAMS[_example(path)["type"]]


def test_there_is_an_example_of_every_type_and_version_and_its_file_says_which() -> None:
    stored = {path.stem for path in _STORED}
    assert stored == {f"{one['type']}-{one['v']}" for one in map(_example, _STORED)}
    versions = {
        f"{name}-{version}" for name, kind in _TYPES.items() for version in get_args(kind.model_fields["v"].annotation)
    }
    assert stored == versions


@pytest.mark.parametrize("path", _STORED, ids=lambda path: path.stem)
def test_a_fact_with_an_unknown_key_is_not_read(path: Path) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        FACT.validate_python(_example(path) | {"text": "of a producer"})


@pytest.mark.parametrize("path", _STORED, ids=lambda path: path.stem)
def test_a_fact_of_a_version_that_is_not_known_is_not_read(path: Path) -> None:
    with pytest.raises(ValidationError, match=r"\.v\n"):
        FACT.validate_python(_example(path) | {"v": 99})


@pytest.mark.parametrize("name", ["Taken", "Assigned", "Commented", "Approved", "Rejected", "Reopened", "Snoozed"])
def test_what_a_person_does_with_a_ticket_may_point_at_their_words(name: str) -> None:
    words = {"id": 17, "hash": "sha256:0"}
    example = next(_example(path) for path in _STORED if path.stem == f"Ticket{name}-1") | {"payload": words}
    assert json.loads(FACT.validate_python(example).model_dump_json(exclude_none=True)) == example


def test_a_fact_of_an_unknown_type_is_not_read() -> None:
    with pytest.raises(ValidationError, match="does not match any of the expected tags"):
        FACT.validate_python({"type": "FailureForgotten", "v": 1})


def test_a_stored_type_is_the_name_of_its_class() -> None:
    assert {name: kind.__name__ for name, kind in _TYPES.items()} == {name: name for name in _TYPES}
