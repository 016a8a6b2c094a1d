from typing import Any, Literal

import pytest

from feedback.domain.assessment import Attribution
from feedback.domain.levels import KnownVersion, sample_level, template_level, training_level
from tests.builders import OTHER_TEMPLATE, TEMPLATE, a_sample, a_training_version

_KNOWN = KnownVersion("sha256:a", "2026-04-25T12:00:00+00:00")


def _origin(version: str | None = "2.0.0", method: Literal["reference", "sample", "text"] = "reference") -> Attribution:
    return Attribution(name=TEMPLATE, version=version, score=0.8, method=method)


def _template(origin: Attribution | None, registered: KnownVersion | None = None, **effective: Any) -> dict[str, Any]:
    unknown: dict[str, Any] = {"effective_version": None, "effective": None, "trained_version": None}
    return template_level(origin, registered, **(unknown | effective))


def test_nothing_known_of_a_failure_is_unknown_on_every_level() -> None:
    template = _template(None)
    assert (template.pop("status"), template.pop("effective_status")) == ("unknown", "unknown")
    assert set(template.values()) == {None}
    assert sample_level(None, None, None, []) == {
        "status": "unknown", "sample_id": None, "dataset": None, "dataset_version": None, "template": None,
        "registrations": [],
    }  # fmt: skip
    assert training_level(None, None) == {
        "status": "unknown", "training_version": None, "dataset_version": None, "templates": [], "trained_at": None,
    }  # fmt: skip


@pytest.mark.parametrize(("registered", "status"), [(_KNOWN, "registered"), (None, "named")])
def test_a_template_is_registered_or_only_named(registered: KnownVersion | None, status: str) -> None:
    level = _template(_origin(), registered)
    assert level["status"] == status
    assert (level["name"], level["version"], level["method"], level["score"]) == (TEMPLATE, "2.0.0", "reference", 0.8)
    assert level["content_hash"] == (registered.content_hash if registered else None)


def test_a_template_without_a_version_is_named_and_its_effective_version_unknown() -> None:
    level = _template(_origin(version=None))
    assert (level["status"], level["version"], level["effective_status"]) == ("named", None, "unknown")
    assert level["effective_from"] is None


@pytest.mark.parametrize("method", ["reference", "sample", "text"])
def test_the_effective_version_comes_from_where_the_template_does_unless_the_model_was_trained_on_it(
    method: Literal["reference", "sample", "text"],
) -> None:
    named = _template(_origin(method=method), effective_version="2.0.0")
    assert (named["effective_from"], named["effective_status"]) == (method, "named")
    trained = _template(_origin(method=method), effective_version="1.5.0", effective=_KNOWN, trained_version="1.5.0")
    assert (trained["effective_from"], trained["effective_status"]) == ("training_version", "registered")
    assert trained["effective_content_hash"] == "sha256:a"


def test_a_sample_only_named_says_what_the_failure_says() -> None:
    level = sample_level("s-1", "sft_en", None, [])
    assert (level["status"], level["dataset"], level["dataset_version"]) == ("named", "sft_en", None)


def test_a_registered_sample_tells_the_dataset_that_the_failure_does_not() -> None:
    level = sample_level("sample-1", None, None, [a_sample(labels={"risk_level": "high"})])
    assert (level["status"], level["dataset"], level["dataset_version"]) == ("registered", "sft_en", "v0.3.0")
    assert level["template"] == {"name": TEMPLATE, "version": "2.0.0"}
    assert level["registrations"][0]["labels"] == {"risk_level": "high"}


def test_a_sample_of_several_datasets_tells_only_what_all_of_them_share() -> None:
    found = [a_sample(), a_sample(dataset_version="v0.4.0", template={"name": OTHER_TEMPLATE, "version": "1.0.0"})]
    level = sample_level("sample-1", None, None, found)
    assert (level["dataset"], level["dataset_version"], level["template"]) == ("sft_en", None, None)
    assert len(level["registrations"]) == 2


def test_a_training_version_only_named_tells_nothing_of_its_data() -> None:
    level = training_level("assistant-1", None)
    assert (level["status"], level["dataset_version"], level["templates"]) == ("named", None, [])


def test_a_registered_training_version_tells_its_data_and_its_templates() -> None:
    level = training_level("assistant-1", a_training_version(trained_at="2026-04-20T00:00:00Z"))
    assert level == {
        "status": "registered", "training_version": "assistant-1", "dataset_version": "v0.3.0",
        "templates": [{"name": TEMPLATE, "version": "2.0.0"}], "trained_at": "2026-04-20T00:00:00Z",
    }  # fmt: skip
