"""How `feedback train` shows what came of a comparison, a promotion and a replay."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from feedback.cli.shared import print_json, table

if TYPE_CHECKING:
    from feedback.service.challenge import Challenged, Promoted  # bring scikit-learn, which is slow to import
    from feedback.service.reassess import Reassessed

__all__ = ["show_challenge", "show_promotion", "show_replay"]


def show_challenge(done: "Challenged", *, json_wanted: bool) -> None:
    """Print what came of a training with corrections."""
    if json_wanted:
        print_json(_challenge_data(done))
        return
    if done.trained is not None and done.compared is not None:
        figures = done.compared.figures
        click.echo(
            f"Classifier {done.trained.classifier.version}, from {done.trained.cases} cases, {done.corrections} of them"
            f" corrections; compared with {done.champion_version}, each on what it was not taught."
        )
        table(
            "Corrections answered rightly, by category",
            ("category", "corrections", "before", "after"),
            [(one.category, one.corrections, one.right_before, one.right_after) for one in done.compared.by_category],
            right=("corrections", "before", "after"),
        )
        for what, name in (("Corrections", ""), ("Corpus", "corpus_")):
            before, after = figures[f"champion_{name}macro_f1"], figures[f"challenger_{name}macro_f1"]
            click.echo(f"{what}: macro-F1 {before:.3f} before, {after:.3f} after.")
    click.echo(_sentence(done))


def _challenge_data(done: "Challenged") -> dict[str, Any]:
    compared, trained = done.compared, done.trained
    return {
        "classifier_version": trained.classifier.version if trained else None,
        "champion_version": done.champion_version,
        "cases": trained.cases if trained else None,
        "corrections": done.corrections,
        "upto": done.upto,
        "figures": compared.figures if compared else None,
        "by_category": [asdict(one) for one in compared.by_category] if compared else [],
        "better": compared.better if compared else False,
        "promoted": done.promoted,
        "sentence": _sentence(done),
    }


def _sentence(done: "Challenged") -> str:
    """Return in a sentence whether the challenger was promoted, and why."""
    if not done.corrections:
        return "There is nothing to learn from: nobody has corrected a failure yet (`feedback corrections add`)."
    if done.trained is None or done.compared is None:
        return (
            f"There is nothing new to learn: {done.champion_version} is made of these {done.corrections} corrections."
        )
    version, figures = done.trained.classifier.version, done.compared.figures
    if not done.compared.discordant:
        return (
            f"Not promoted: of {done.corrections} corrections there is none that only one of the two answers rightly, which"
            " is too few to tell. What is learned from one template (else session) is tested on others: correct failures of"
            " several."
        )
    alone = f"{figures['only_challenger_right']:.0f} corrections are right only now, {figures['only_champion_right']:.0f} were right only before"
    tested = f"{alone} (exact McNemar test, one-sided: p = {figures['p_value']:.3g})"
    by_hand = f"`feedback train --promote {version}` does so all the same"
    if done.promoted:
        return f"Promoted: {tested}, and the corpus does not suffer."
    if done.replaced_by is not None:
        return f"Not promoted, though better: {done.replaced_by} has put another in its place before; {by_hand}."
    return f"Not promoted: {tested}, {_why_not(figures)}; {by_hand}."


def _why_not(figures: dict[str, float]) -> str:
    from feedback.classification.comparing import MOST_LOST, SURE  # noqa: PLC0415  scikit-learn is slow to import

    if figures["p_value"] >= SURE:
        return f"which may be chance (p must be below {SURE:g})"
    return f"but the corpus loses more than {MOST_LOST:g} of its macro-F1"


def show_promotion(done: "Promoted", *, json_wanted: bool) -> None:
    """Print which classifier assesses now."""
    if json_wanted:
        print_json(asdict(done))
    elif done.classifier_version == done.previous:
        click.echo(f"{done.classifier_version} assesses already: nothing is recorded.")
    else:
        click.echo(f"{done.classifier_version} assesses from now on; before, {done.previous} did.")


def show_replay(done: "Reassessed", version: str, *, write: bool, json_wanted: bool) -> None:
    """Print what changed by assessing again, or what would."""
    if json_wanted:
        print_json(
            {
                "classifier_version": version,
                "written": write,
                "failures": done.failures,
                "changed": done.changed,
                "kept": done.kept,
                "kept_otherwise": done.kept_otherwise,
                "changes": [
                    {"from": one.said, "to": one.category, "failures": one.failures, "examples": list(one.examples)}
                    for one in done.changes
                ],
            }
        )
        return
    rows = [
        (
            one.said,
            one.category if one.category != one.said else "(another place)",
            one.failures,
            ", ".join(one.examples),
        )
        for one in done.changes
    ]
    title = f"{done.changed} of {done.failures} failures " + ("were changed" if write else "would change")
    table(f"{title} by {version}", ("from", "to", "failures", "such as"), rows, right=("failures",))
    click.echo(f"{done.kept} stay as people said; of {done.kept_otherwise} of them the classifier says otherwise.")
    if done.changed and not write:
        click.echo("Nothing is recorded: `feedback train --replay --write` does.")
