import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from feedback.domain.coverage import Description
from feedback.errors import InvalidSettings
from feedback.settings import Settings, config_dir, load_settings
from tests.builders import settings_with


def _file(folder: Path, text: str | bytes) -> Path:
    path = folder / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_defaults_are_those_of_the_shipped_file() -> None:
    shipped = tomllib.loads((config_dir() / "settings.toml").read_text(encoding="utf-8"))
    assert load_settings().model_dump() == shipped


def test_every_setting_stands_in_the_shipped_file_with_a_comment_before_it() -> None:
    lines = (config_dir() / "settings.toml").read_text(encoding="utf-8").splitlines()
    shipped = tomllib.loads("\n".join(lines))
    keys = [key for section in shipped.values() for key in section]
    wanted = []
    for name, section in Settings.model_fields.items():
        assert f"[{name}]" in lines
        model = section.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        wanted += list(model.model_fields)
    assert keys == wanted
    before = dict(zip(lines[1:], lines, strict=False))
    tables = [
        f"[{name}.{key}]" for name, section in shipped.items() for key in section if isinstance(section[key], dict)
    ]
    settings = [line for line in lines if (" = " in line and not line.startswith("#")) or line in tables]
    assert len(settings) >= len(keys)
    assert all(before[line].startswith("#") for line in settings)


def test_a_file_replaces_the_keys_it_names_and_no_others(tmp_path: Path) -> None:
    path = _file(tmp_path, "[recurrence]\nmin_units = 7\n")
    assert load_settings(path) == settings_with(recurrence={"min_units": 7})


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDBACK_SETTINGS", str(_file(tmp_path, "[classifier]\nprecision = 0.7\n")))
    assert load_settings().classifier.precision == 0.7


def test_a_named_file_comes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = load_settings()
    monkeypatch.setenv("FEEDBACK_SETTINGS", str(tmp_path / "missing.toml"))
    assert load_settings(_file(tmp_path, "")) == defaults


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[recurrence]\nmin_units = 1\n", "recurrence.min_units = 1: "),
        ("[recurrence]\nstorm_failures = 1\n", "recurrence.storm_failures = 1: "),
        ("[tickets]\nspecification_templates = 1\n", "tickets.specification_templates = 1: "),
        ("[recurrence]\nmin_unit = 5\n", "recurrence.min_unit = 5: Extra inputs"),
        ("[recurence]\nmin_units = 5\n", "recurence = "),
        ("[classifier]\nprecision = 1.5\n", "classifier.precision = 1.5: "),
        ("[store]\nbusy_timeout_seconds = 0\n", "store.busy_timeout_seconds = 0: "),
        ('[ingest]\nbatch_size = "many"\n', "ingest.batch_size = 'many': "),
        ("[priority]\nrisk_points = 31\n", "risk, scenario, units, trend and age must add up to 100, not 101"),
        ("[priority.scenarios]\nlegal = { insufficient = 1 }\n", "no such category: insufficient; "),
        (
            "[priority.scenarios]\nlegal = { insufficient_context = 2 }\n",
            "priority.scenarios.legal.insufficient_context = 2",
        ),
        ("[[coverage.expected]]\n", "coverage.expected.0 = {}: Value error, name at least one of primary_task, "),
        ("[[coverage.expected]]\ntask = 'a'\n", "coverage.expected.0.task = 'a': Extra inputs"),
        ("min_units = 5\n", "min_units: expected a section such as [min_units]"),
        ('[attribution.aliases]\na = "b"\nb = "c"\n', "'b' is an alias and stands for a template at once"),
        ('[attribution.aliases]\na = "a"\n', "'a' is an alias and stands for a template at once"),
        ('[attribution.aliases]\na = ""\n', "attribution.aliases.a = '': "),
        ("[attribution]\nmin_probability = 2\n", "attribution.min_probability = 2: "),
        ("[recurrence\n", "line 1"),
        (b"\xff\xfe", "utf-8"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_its_file(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = _file(tmp_path, text)
    with pytest.raises(InvalidSettings) as refused:
        load_settings(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert message in str(refused.value)


def test_aliases_of_templates_are_a_table_of_their_own(tmp_path: Path) -> None:
    assert load_settings().attribution.aliases == {}
    path = _file(tmp_path, '[attribution.aliases]\n"old terms" = "payment_terms"\nterms-v0 = "payment_terms"\n')
    assert load_settings(path).attribution.aliases == {"old terms": "payment_terms", "terms-v0": "payment_terms"}


def test_a_missing_settings_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"missing\.toml"):
        load_settings(tmp_path / "missing.toml")


@pytest.mark.parametrize(
    ("keys", "high_risk", "other"),
    [
        ({"min_units": 4, "high_risk_min_units": 3}, 3, 4),
        ({"min_units": 4, "high_risk_min_units": 9}, 4, 4),
        ({"min_units": 2, "high_risk_min_units": 2}, 2, 2),
    ],
)
def test_high_risk_never_needs_more_units_than_other_risk(keys: dict[str, Any], high_risk: int, other: int) -> None:
    policy = settings_with(recurrence=keys).recurrence.policy
    assert (policy.required(high_risk=True), policy.required(high_risk=False)) == (high_risk, other)


def test_scenarios_in_a_file_replace_those_shipped(tmp_path: Path) -> None:
    path = _file(tmp_path, "[priority.scenarios]\ngardening = { insufficient_context = 0.5 }\n")
    assert load_settings(path).priority.policy.weights == {"gardening": {"insufficient_context": 0.5}}


def test_an_expectation_given_twice_is_one(tmp_path: Path) -> None:
    once = "[[coverage.expected]]\nscenario = 'legal'\n"
    path = _file(tmp_path, once + once + "[[coverage.expected]]\nknowledge_point = 'interest'\n")
    assert load_settings(path).coverage.descriptions == (
        Description(scenario="legal"),
        Description(knowledge_point="interest"),
    )


def test_the_window_is_whole_days_in_hours() -> None:
    assert settings_with(recurrence={"window_days": 2}).recurrence.policy.window_hours == 48
