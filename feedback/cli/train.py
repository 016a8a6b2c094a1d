"""`feedback train`: the classifier, from the corpus in the package."""

import click

from feedback.cli.shared import json_option, print_json, training_bar

__all__ = ["train"]


@click.command()
@json_option
def train(*, json_wanted: bool) -> None:
    """
    Train the classifier from the shipped corpus.

    It is kept for the other commands, which train it by themselves where none is kept. The same corpus, code and libraries give the same classifier. The
    macro-F1 printed is over batches of the corpus that the model had not seen.
    """
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
