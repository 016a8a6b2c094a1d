"""Marks of drafts and test traffic: how they are read, and which events they fit."""

from typing import Any

import pytest

from feedback.domain.ignored import Mark, is_marked, mark_of
from feedback.errors import InvalidSettings
from feedback.settings import load_settings
from tests.builders import ABSENT, a_failure, settings_with


def _fits(mark: str, **changes: Any) -> bool:
    return is_marked(a_failure(**changes), [mark_of(mark)])


def test_a_mark_is_a_path_and_a_pattern_parted_by_the_first_equals_sign() -> None:
    assert mark_of("metadata.flag=a=b") == Mark("metadata.flag", "a=b")


@pytest.mark.parametrize("text", ["metadata.draft", "metadata.draft=", "=true", "", "metadata..draft=true", ".draft=x"])
def test_a_mark_without_path_or_pattern_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected PATH=PATTERN such as metadata\.environment=test, found"):
        mark_of(text)


def test_a_mark_on_a_field_that_no_event_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no event has a field 'environment'"):
        mark_of("environment=test")


def test_settings_with_a_faulty_mark_are_refused_by_name(tmp_path: Any) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[recurrence]\nignored = ["draft=true"]\n')
    with pytest.raises(InvalidSettings, match=r"recurrence\.ignored"):
        load_settings(path)


def test_the_settings_give_their_marks_in_order() -> None:
    settings = settings_with(recurrence={"ignored": ["dataset=a*", "metadata.x=1"]})
    assert settings.recurrence.marks == (Mark("dataset", "a*"), Mark("metadata.x", "1"))


@pytest.mark.parametrize(
    ("mark", "changes"),
    [
        ("metadata.environment=test", {"metadata": {"environment": "test"}}),
        ("metadata.environment=test*", {"metadata": {"environment": "testing"}}),
        ("metadata.environment=[ts]*", {"metadata": {"environment": "staging"}}),
        ("metadata.draft=true", {"metadata": {"draft": True}}),
        ("metadata.draft=true", {"metadata": {"draft": "true"}}),
        ("metadata.run=7", {"metadata": {"run": 7}}),
        ("metadata.deployment.environment=test", {"metadata": {"deployment": {"environment": "test"}}}),
        ("metadata.deployment.environment=test", {"metadata": {"deployment.environment": "test"}}),
        ("metadata.a.b.c=x", {"metadata": {"a.b": {"c": "x"}}}),
        ("metadata.tags=test", {"metadata": {"tags": ["fast", "test"]}}),
        ("metadata.hops.name=test", {"metadata": {"hops": [{"name": "a"}, {"name": "test"}]}}),
        ("template.version=*-draft*", {"template": {"name": "a", "version": "2.1.0-draft.3"}}),
        ("labels.ability_tags=draft", {"labels": {"ability_tags": ["draft"]}}),
        ("session_id=load-test-*", {"session_id": "load-test-17"}),
        ("metadata.empty=*", {"metadata": {"empty": ""}}),
    ],
)
def test_a_mark_fits(mark: str, changes: dict[str, Any]) -> None:
    assert _fits(mark, **changes)


@pytest.mark.parametrize(
    ("mark", "changes"),
    [
        ("metadata.environment=test", {}),
        ("metadata.environment=test", {"metadata": {"environment": "Test"}}),
        ("metadata.environment=test", {"metadata": {"environment": "testing"}}),
        ("metadata.environment=test", {"metadata": {"environment": {"test": True}}}),
        ("metadata.environment=*", {"metadata": {"environment": None}}),
        ("metadata.environment=*", {"metadata": {"environment": []}}),
        ("metadata.environment=*", {"metadata": {"environment": {}}}),
        ("metadata.draft=true", {"metadata": {"draft": False}}),
        ("metadata.draft=true", {"metadata": {"draft": 1}}),
        ("metadata.draft.deep=true", {"metadata": {"draft": "true"}}),
        ("template.version=*-draft*", {"template": ABSENT}),
        ("template.version=*-draft*", {"template": {"name": "a-draft", "version": "2.1.0"}}),
    ],
)
def test_a_mark_does_not_fit(mark: str, changes: dict[str, Any]) -> None:
    assert not _fits(mark, **changes)


def test_one_mark_of_several_is_enough_and_without_marks_nothing_is_marked() -> None:
    event = a_failure(metadata={"draft": True})
    assert is_marked(event, [Mark("metadata.environment", "test"), Mark("metadata.draft", "true")])
    assert not is_marked(event, [])
