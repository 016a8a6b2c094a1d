"""What the training samples cover, where failures come up, and what is missing: fetch what is labelled, and sort it."""

from dataclasses import asdict, dataclass
from typing import Any

from feedback.domain.coverage import (
    Cell,
    Counts,
    Expected,
    RiskyPattern,
    cells_of,
    expected_cells,
    gathered,
    rare,
    total,
)
from feedback.service.bootstrap import Service
from feedback.storage import coverage as stored

__all__ = ["CoverageReport", "cell_rows", "coverage", "coverage_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """One look at a store: its cells, what is expected, and the rare patterns of high risk."""

    cells: tuple[Cell, ...]
    expected: tuple[Expected, ...]
    rare: tuple[RiskyPattern, ...]
    totals: Counts
    min_samples: int
    rare_units: int
    by_knowledge_point: bool


def coverage(service: Service, *, by_knowledge_point: bool = False) -> CoverageReport:
    """Return what stands in each cell, by the settings in `[coverage]`."""
    settings = service.settings.coverage
    labelled = gathered(stored.labelled(service.store))
    wanted = settings.descriptions
    cells = cells_of(labelled, wanted, min_samples=settings.min_samples, by_knowledge_point=by_knowledge_point)
    return CoverageReport(
        cells=tuple(cells),
        expected=tuple(expected_cells(labelled, wanted, min_samples=settings.min_samples)),
        rare=tuple(rare(stored.risky_patterns(service.store), settings.rare_units)),
        totals=total(counts for _, counts in labelled),
        min_samples=settings.min_samples,
        rare_units=settings.rare_units,
        by_knowledge_point=by_knowledge_point,
    )


def cell_rows(report: CoverageReport) -> list[dict[str, Any]]:
    """Return the cells as flat rows of labels, counts, status and whether they are expected."""
    rows = []
    for cell in report.cells:
        labels = cell.place._asdict()
        if not report.by_knowledge_point:
            del labels["knowledge_point"]
        rows.append(labels | cell.counts._asdict() | {"status": cell.status, "expected": cell.expected})
    return rows


def coverage_data(report: CoverageReport) -> dict[str, Any]:
    """Return a report as JSON values."""
    return {
        "min_samples": report.min_samples,
        "rare_units": report.rare_units,
        "totals": report.totals._asdict(),
        "cells": cell_rows(report),
        "expected": [
            one.description._asdict() | one.counts._asdict() | {"status": one.status} for one in report.expected
        ],
        "rare_high_risk": [asdict(pattern) for pattern in report.rare],
    }
