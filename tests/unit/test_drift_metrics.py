"""What the recorder's metrics name of a look for drift."""

from collections.abc import Iterable

from feedback.domain.drift import Change, Held, Watched
from feedback.domain.significance import Mean
from feedback.service.drift import DriftReport
from streams.metrics import Metrics
from streams.watching import MOST_TEMPLATES, show_drift


def _report(templates: Iterable[str], *, alarming: str = "", units: int = 60) -> DriftReport:
    named = list(templates)
    held = {
        name: Held(count, {"needs_triage": 15.0}, Mean(count, 0.5 * count, 0.3 * count))
        for count, name in enumerate(named, start=units)
    }
    return DriftReport(
        windows=None,
        watched=tuple(Watched(scope="template", name=name, recent=held[name], baseline=held[name]) for name in named),
        changes=tuple(
            Change(
                kind="triage_share",
                scope="template",
                name=name,
                before=0,
                now=0,
                difference=0,
                probability=1,
                is_alarm=name == alarming,
            )
            for name in named
        ),
    )


def _shown(metrics: Metrics, name: str) -> dict[str, float]:
    (family,) = [one for one in metrics.registry.collect() if one.name == name]
    return {sample.labels.get("template") or sample.labels["name"]: sample.value for sample in family.samples}


def test_the_largest_templates_are_named_and_no_more_than_a_bounded_number() -> None:
    metrics = Metrics("record")
    show_drift(_report(f"t{n}" for n in range(MOST_TEMPLATES + 50)), metrics)
    wanted = {f"t{n}" for n in range(50, MOST_TEMPLATES + 50)}
    assert set(_shown(metrics, "feedback_triage_share_template")) == wanted
    assert set(_shown(metrics, "feedback_drift_alarm")) == wanted


def test_an_alarm_is_named_however_small_its_template() -> None:
    metrics = Metrics("record")
    show_drift(_report((f"t{n}" for n in range(MOST_TEMPLATES + 50)), alarming="t0"), metrics)
    shown = _shown(metrics, "feedback_drift_alarm")
    assert len(shown) == MOST_TEMPLATES
    assert [name for name, value in shown.items() if value] == ["t0"]
    assert _shown(metrics, "feedback_triage_share_template")["t0"] == 15 / 60


def test_what_is_no_longer_compared_is_no_longer_shown() -> None:
    metrics = Metrics("record")
    show_drift(_report(["gone"]), metrics)
    show_drift(_report(["here"]), metrics)
    assert set(_shown(metrics, "feedback_drift_alarm")) == {"here"}
