"""`feedback evaluate`: what the classifier is worth, in figures."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedback.cli import watch
from feedback.cli.shared import Family, json_option, print_json, table, training_bar

if TYPE_CHECKING:
    from feedback.classification.evaluation import Corrected
    from feedback.classification.measures import Measured, RuleMeasured
    from feedback.service.evaluate import Report  # brings scikit-learn

__all__ = ["evaluate"]

_FIGURES = ("figure", "unseen batches", "batches set aside", "labelled file")


@click.group(cls=Family, invoke_without_command=True)
@click.option(
    "--on",
    "labelled",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Labelled failures of your own: JSONL of event, category and, where known, origin.",
)
@click.option("--quick", is_flag=True, help="Leave out the learning curves, which take most of the time.")
@json_option
@click.pass_context
def evaluate(ctx: click.Context, *, labelled: Path | None, quick: bool, json_wanted: bool) -> None:
    """
    Print what the classifier is worth.

    On batches of the corpus it has not seen, on the two that nothing was ever trained on, and on labelled failures of your
    own: how often it is right, how sure, how honest, what each rule is worth, and what corrections add.
    """
    if ctx.invoked_subcommand is not None:
        return
    from feedback.service import evaluate as service  # noqa: PLC0415  scikit-learn is slow to import

    with training_bar() as report:
        found = service.evaluate(labelled, curves=not quick, progress=report)
    if json_wanted:
        print_json(asdict(found))
        return
    _print(found)


def _print(found: "Report") -> None:
    click.echo(f"Classifier {found.classifier_version}; stated precision {found.precision:g}\n")
    measured = (found.corpus, found.aside, found.labelled)
    table("How right, how sure", _FIGURES, _figures(measured), right=_FIGURES[1:])
    columns = ("category", "cases", "precision", "recall", "F1", "threshold", "answered", "right of answered")
    rows = [
        (one.category, one.cases, *map(_share, (one.precision, one.recall, one.f1)), f"{found.thresholds[one.category]:.2f}",
         _share(one.answered), _share(one.right_of_answered))
        for one in found.corpus.by_category
    ]  # fmt: skip
    table("\nBy category, unseen batches", columns, rows, right=columns[1:])
    for name, one in (("unseen batches", found.corpus), ("labelled file", found.labelled)):
        if one is not None:
            rows = [(group, _share(value)) for group, value in one.by_group.items()]
            table(f"\nRight first guesses by batch or origin, {name}", ("group", "right"), rows, right=("right",))
    rows = [(f"{said:.2f}", f"{was:.2f}", n) for said, was, n in found.reliability]
    table("\nSaid and true, unseen batches", ("probability said", "share right", "cases"), rows, right=("cases",))
    _print_rules(found.rules, found.rules_labelled)
    click.echo(
        f"\nExplanations: in {found.faithful.share:.1%} of {found.faithful.cases} unseen cases the named terms and rules"
        f" carried more than as many others (mean loss {found.faithful.lost_named:.3f}, at random"
        f" {found.faithful.lost_random:.3f})."
    )
    if found.curves:
        rows = [(batches, _share(score)) for batches, score in found.curves.learning]
        table("\nLearning curve, macro-F1 on four other batches", ("batches learned from", "macro-F1"), rows)
        _print_corrected("batches of the corpus", found.curves.corrected_batches)
        _print_corrected("origins of the labelled file", found.curves.corrected_origins)
    click.echo(
        f"\nSpeed: {found.speed.events_per_second:,.0f} distinct events of {found.speed.mean_bytes:,.0f} bytes a second of"
        f" processor time, rules and explanations included (bare vectorizers: {found.speed.bare_per_second:,.0f});"
        f" {found.speed.model_megabytes:.0f} MB."
    )


def _figures(measured: Sequence["Measured | None"]) -> list[tuple[str, ...]]:
    names = {
        "macro-F1": "macro_f1",
        "right first guesses": "accuracy",
        "mean over groups": "mean_over_groups",
        "right, more probable half": "half",
        "calibration error": "calibration_error",
        "answered": "answered",
        "right of answered": "right_of_answered",
        "undecidable sent to triage": "triage_recall",
        "cases": "cases",
        "undecidable cases": "triage_cases",
    }
    return [
        (name, *("" if one is None else _share(getattr(one, field)) for one in measured))
        for name, field in names.items()
    ]


def _share(value: float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"


def _print_rules(corpus: "Sequence[RuleMeasured]", labelled: "Sequence[RuleMeasured]") -> None:
    other = {(one.rule, one.category): one for one in labelled}
    rows = []
    for one in corpus:
        twin = other.pop((one.rule, one.category), None)
        beside = (twin.fired, _share(twin.precision), _share(twin.recall)) if twin else ("", "", "")
        rows.append((one.rule, one.category, one.fired, _share(one.precision), _share(one.recall), *beside))
    rows += [
        (one.rule, one.category, 0, "", "", one.fired, _share(one.precision), _share(one.recall))
        for one in other.values()
    ]
    columns = ("rule", "speaks for", "fired", "precision", "recall", "fired there", "precision there", "recall there")
    table("\nRules on the corpus, and on the labelled file (there)", columns, rows, right=columns[2:])


def _print_corrected(where: str, found: "Sequence[Corrected]") -> None:
    if not found:
        return
    before = sum(one.without for one in found) / len(found)
    after = sum(one.with_corrections for one in found) / len(found)
    rows = [(one.stream, one.tested, _share(one.without), _share(one.with_corrections)) for one in found]
    columns = ("stream", "tested", "error without", "error with half as corrections")
    table(f"\nWhat corrections add, {where}", columns, rows, right=columns[1:])
    less = 1 - after / before if before else 0.0
    click.echo(f"Mean error {before:.3f} without, {after:.3f} with: {less:.0%} lower.")


for _command in (watch.audit, watch.drift, watch.agreement):
    evaluate.add_command(_command)
