"""The classifier: what it is worth, where it errs, and what people have told it since."""

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response

from feedback.classification.card import Card
from feedback.errors import NotFound
from feedback.service.assessor import classifier_card
from feedback.service.classifiers import classifier_view
from feedback.web.charts import CALIBRATION_SIZE, calibration
from feedback.web.lending import Reading
from feedback.web.pages.drawings import Drawing, Size, drawn, hash_of
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router
from feedback.web.pages.words import percent

__all__ = ["router"]

router = page_router()
_SHADES = 5


@router.get("/classifier")
def classifier(request: Request, service: Reading) -> Response:
    """Show the classifier that assesses."""
    view = classifier_view(service)
    matrix = drawing = None
    if view.card is not None:
        matrix, drawing = _matrix(view.card), calibration_drawing(view.card)
    return page(request, "classifier.html", view=view, matrix=matrix, calibration=drawing)


@router.get("/charts/calibration/{version}.svg")
def calibration_chart(version: str, v: Annotated[str, Query(max_length=64)] = "") -> Response:
    """Draw how far the probabilities of a classifier hold."""
    card = classifier_card(version)
    if card is None:
        raise NotFound("card of classifier", version, "its figures were measured on another machine, or never")
    return drawn(calibration(_points(card)), kept=v == hash_of(card.reliability))


def calibration_drawing(card: Card) -> Drawing:
    """Return the drawing of how far the probabilities of a classifier hold."""
    said, was, cases = card.reliability[-1]
    finding = (
        f"Of the {cases:,} cases it was surest of it had {percent(was)} right, and had said {percent(said)}; over all, its"
        f" probabilities are off by {card.figures['calibration_error']:.3f} on average."
    )
    address = f"/charts/calibration/{card.classifier_version}.svg?v={hash_of(card.reliability)}"
    return Drawing(finding, (), Size(address, *CALIBRATION_SIZE, None))


def _points(card: Card) -> tuple[tuple[float, float, int], ...]:
    return tuple((said, was, cases) for said, was, cases in card.reliability)


def _matrix(card: Card) -> list[dict[str, Any]]:
    """Return the rows of the confusion matrix: by what a case is, how it was answered, each count with its shade of 0 to 5."""
    rows = []
    for truth, answers in card.confusion.items():
        cases = sum(answers.values())
        cells = [
            {
                "answer": answer,
                "count": count,
                "shade": -(-_SHADES * count // cases) if cases else 0,
                "right": answer == truth,
            }
            for answer, count in answers.items()
        ]
        rows.append({"truth": truth, "cases": cases, "cells": cells})
    return rows
