"""`feedback train`: the classifier, from the corpus in the package, and from what people corrected."""

from getpass import getuser

import click

from feedback.cli.shared import db_option, json_option, opened, print_json, progress, training_bar
from feedback.cli.training import show_challenge, show_promotion, show_replay
from feedback.domain.correction import CorrectionRequest
from feedback.intake.native import canonical, validate
from feedback.service.review import UNVERIFIED

__all__ = ["train"]


@click.command()
@click.option("--with-corrections", is_flag=True, help="Add what people corrected; promote the result if it is better.")
@click.option("--promote", "version", metavar="VERSION", help="Have a classifier trained before assess from now on.")
@click.option("--rollback", is_flag=True, help="Have the classifier before the promoted one assess again.")
@click.option(
    "--replay", is_flag=True, help="Show what the promoted classifier would say otherwise of stored failures."
)
@click.option("--write", is_flag=True, help="With --replay: record it. A person's word always stands.")
@click.option("--by", "name", metavar="NAME", help="Who promotes or rolls back. [default: your name on this machine]")
@db_option
@json_option
def train(
    version: str | None,
    name: str | None,
    db: str | None,
    *,
    with_corrections: bool,
    rollback: bool,
    replay: bool,
    write: bool,
    json_wanted: bool,
) -> None:
    """
    Train the classifier, from the shipped corpus or with corrections.

    With no option, or with --json alone, from the corpus: it is kept for the other commands, which train it by themselves where none is kept. The same corpus, code and libraries give the same classifier. The
    macro-F1 printed is over batches of the corpus that the model had not seen.

    With --with-corrections the corrections in the store are learned too. The result is compared with the promoted classifier on held-out corrections, and promoted if it is better. Whatever ingests into the store then assesses by it; failures assessed before stay as they are, until --replay --write.
    """
    wanted = (with_corrections, version is not None, rollback, replay)
    if sum(wanted) > 1:
        raise click.UsageError("name one of --with-corrections, --promote, --rollback and --replay")
    if write and not replay:
        raise click.UsageError("--write records what --replay shows: name --replay too")
    if name is not None and not (rollback or version is not None):
        raise click.UsageError("--by says who promotes or rolls back: name --promote VERSION or --rollback too")
    if with_corrections:
        _with_corrections(db, json_wanted=json_wanted)
    elif version is not None or rollback:
        _by_hand(db, version, _actor(name or getuser()), json_wanted=json_wanted)
    elif replay:
        _replay(db, write=write, json_wanted=json_wanted)
    else:
        _shipped(json_wanted=json_wanted)


def _actor(name: str) -> str:
    """Return how a person is named whom nobody verified; a name no correction could carry is refused alike."""
    said = validate(CorrectionRequest, canonical({"event_id": "-", "category": "-", "actor": name}))
    return UNVERIFIED + (said.actor or "").removeprefix(UNVERIFIED)


def _shipped(*, json_wanted: bool) -> None:
    from feedback.service.assessor import cache_dir, train_and_keep  # noqa: PLC0415  scikit-learn is slow to import

    with training_bar() as report:
        trained = train_and_keep(report)
    figures = {
        "classifier_version": trained.classifier.version,
        "cases": trained.cases,
        "macro_f1_unseen_batches": round(trained.macro_f1, 3),
        "kept_in": str(cache_dir()),
    }
    if json_wanted:
        print_json(figures)
        return
    click.echo(f"Classifier {trained.classifier.version}, from {trained.cases} cases; kept in {cache_dir()}.")
    click.echo(f"Macro-F1 over batches it had not seen: {trained.macro_f1:.2f}")


def _with_corrections(db: str | None, *, json_wanted: bool) -> None:
    from feedback.service.challenge import challenge  # noqa: PLC0415  scikit-learn is slow to import

    service = opened(db, create=False)
    with training_bar() as report:
        challenged = challenge(service, report)
    show_challenge(challenged, json_wanted=json_wanted)


def _by_hand(db: str | None, version: str | None, actor: str, *, json_wanted: bool) -> None:
    from feedback.service.challenge import promote, roll_back  # noqa: PLC0415  scikit-learn is slow to import

    service = opened(db, create=False)
    promoted = roll_back(service, actor=actor) if version is None else promote(service, version, actor=actor)
    show_promotion(promoted, json_wanted=json_wanted)


def _replay(db: str | None, *, write: bool, json_wanted: bool) -> None:
    from feedback.service.promotion import made_anew, store_assessor  # noqa: PLC0415  scikit-learn is slow to import
    from feedback.service.reassess import reassess  # noqa: PLC0415  as above

    service = opened(db, create=False)
    with training_bar() as report:
        assessor = store_assessor(service, report)
    if said := made_anew(service, assessor.classifier.version):
        click.echo(said, err=True)
    with progress("Assessing again", None) as advance:
        done = reassess(service, assessor, write=write, progress=advance)
    show_replay(done, assessor.classifier.version, write=write, json_wanted=json_wanted)
