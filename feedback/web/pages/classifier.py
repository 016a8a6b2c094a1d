"""The classifier: what it is worth, where it errs, and what people have told it since."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from feedback.classification.card import Card
from feedback.service.classifiers import classifier_view
from feedback.web.lending import Reading
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router

__all__ = ["router"]

router = page_router()
_SHADES = 5


@router.get("/classifier")
def classifier(request: Request, service: Reading) -> Response:
    """Show the classifier that assesses."""
    view = classifier_view(service)
    matrix = None if view.card is None else _matrix(view.card)
    return page(request, "classifier.html", view=view, matrix=matrix)


def _matrix(card: Card) -> list[dict[str, Any]]:
    """Return the rows of the confusion matrix: by what a case is, how it was answered, each count with its shade of 0 to 5."""
    rows = []
    for truth, answers in card.confusion.items():
        cases = sum(answers.values())
        cells = [
            {"answer": answer, "count": count, "shade": -(-_SHADES * count // cases) if cases else 0, "right": answer == truth}
            for answer, count in answers.items()
        ]
        rows.append({"truth": truth, "cases": cases, "cells": cells})
    return rows
