import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from feedback.errors import InvalidInput
from feedback.intake.exposures import exposure_in, is_exposure
from feedback.intake.native import opened, parse_failure
from feedback.schemas import OPENAPI, SCHEMAS, openapi_text, schema_text
from feedback.settings import config_dir
from tests.builders import an_assessment

_EXAMPLES = Path(__file__).parents[1] / "examples"
_GOOD = sorted((_EXAMPLES / "good").glob("*.json"))
_BAD = sorted((_EXAMPLES / "bad").glob("*.json"))
_GOOD_EXPOSURES = sorted((_EXAMPLES / "exposures" / "good").glob("*.json"))
_BAD_EXPOSURES = sorted((_EXAMPLES / "exposures" / "bad").glob("*.json"))


def _stem(path: Path) -> str:
    return path.stem


def _published(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((config_dir() / "schemas" / f"{name}.json").read_text(encoding="utf-8")))


def _bad_exposure(path: Path) -> dict[str, Any]:
    example: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return example


def _bad(path: Path) -> tuple[dict[str, Any], bytes]:
    example: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    raw = example["raw"] if "raw" in example else json.dumps(example["event"], ensure_ascii=False)
    return example, raw.encode()


def test_there_are_examples() -> None:
    assert len(_GOOD) >= 10
    assert len(_BAD) >= 30
    assert len(_GOOD_EXPOSURES) >= 10
    assert len(_BAD_EXPOSURES) >= 20


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_published_schema_is_the_one_generated_from_the_code(name: str) -> None:
    assert (config_dir() / "schemas" / f"{name}.json").read_text(encoding="utf-8") == schema_text(name)


def test_every_published_schema_is_one_of_ours() -> None:
    assert {path.stem for path in (config_dir() / "schemas").iterdir()} == {*SCHEMAS, OPENAPI}


def test_the_published_openapi_document_is_the_one_generated_from_the_code() -> None:
    assert (config_dir() / "schemas" / f"{OPENAPI}.json").read_text(encoding="utf-8") == openapi_text()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_published_schema_is_a_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(schema_text(name)))


@pytest.mark.parametrize("path", _GOOD, ids=_stem)
def test_a_good_example_is_accepted(path: Path) -> None:
    event = json.loads(path.read_text(encoding="utf-8"))
    assert json.loads(parse_failure(path.read_bytes()).content) == event


@pytest.mark.parametrize("schema", ["failure-event", "interaction"])
@pytest.mark.parametrize("path", _GOOD, ids=_stem)
def test_a_good_example_fits_the_published_schema(path: Path, schema: str) -> None:
    assert _published(schema).is_valid(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", _BAD, ids=_stem)
def test_a_bad_example_is_refused_with_its_place_and_message(path: Path) -> None:
    example, raw = _bad(path)
    with pytest.raises(InvalidInput) as refused:
        parse_failure(raw)
    found = {(fault.path, fault.message[: len(example["message"])]) for fault in refused.value.faults}
    assert found == {(example["path"], example["message"])}


@pytest.mark.parametrize("path", [path for path in _BAD if "beyond_json_schema" not in _bad(path)[0]], ids=_stem)
def test_a_bad_example_does_not_fit_the_published_schema(path: Path) -> None:
    assert not _published("failure-event").is_valid(json.loads(_bad(path)[1]))


@pytest.mark.parametrize("path", _GOOD_EXPOSURES, ids=_stem)
def test_a_good_exposure_is_read_and_fits_the_published_schema(path: Path) -> None:
    body = json.loads(path.read_text(encoding="utf-8"))
    item = opened(path.read_bytes())
    assert is_exposure(item)
    read = exposure_in(item)
    assert (read.exposure_id, read.template.model_dump()) == (body["exposure_id"], body["template"])
    assert (read.interactions, read.sessions) == (body["interactions"], body.get("sessions"))
    assert _published("exposure").is_valid(body)


@pytest.mark.parametrize("path", _BAD_EXPOSURES, ids=_stem)
def test_a_bad_exposure_is_refused_with_its_place_and_message(path: Path) -> None:
    example = _bad_exposure(path)
    item = opened(json.dumps(example["exposure"]).encode())
    assert is_exposure(item)
    with pytest.raises(InvalidInput) as refused:
        exposure_in(item)
    found = {(fault.path, fault.message[: len(example["message"])]) for fault in refused.value.faults}
    assert found == {(example["path"], example["message"])}


@pytest.mark.parametrize(
    "path", [path for path in _BAD_EXPOSURES if "beyond_json_schema" not in _bad_exposure(path)], ids=_stem
)
def test_a_bad_exposure_does_not_fit_the_published_schema(path: Path) -> None:
    assert not _published("exposure").is_valid(_bad_exposure(path)["exposure"])


def test_an_assessment_fits_its_published_schema() -> None:
    for said in (an_assessment(), an_assessment(template=None)):
        assert _published("assessment").is_valid(json.loads(said.model_dump_json()))
