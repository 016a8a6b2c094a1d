"""How far people agree with the classifier, and with one another, of the failures that they spoke of."""

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from feedback.domain.agreement import Agreement, Labels, agreement, both_ways, by_category
from feedback.service.bootstrap import Service
from feedback.storage.corrections import machine_pairs, pairs

__all__ = ["Agreed", "AgreementReport", "agreement_data", "agreements"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The agreement of two, of whom one may be the machine; over all categories, and by category."""

    overall: Agreement
    by_category: dict[str, Agreement]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementReport:
    """
    Who agrees with whom.

    `machine` is the first assessment against the last word of a person; `people` all pairs of people, where who comes
    first has no bearing; `by_pair` every two people by their names.
    """

    machine: Agreed
    people: Agreed
    by_pair: dict[tuple[str, str], Agreed]


def agreements(service: Service) -> AgreementReport:
    """Return the agreement over all failures that a person spoke of, and that two people spoke of."""
    together: Counter[tuple[str, str]] = Counter()
    each: dict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for pair in pairs(service.store):
        said = pair.first_category, pair.second_category
        together[said] += 1
        each[pair.first, pair.second][said] += 1
    return AgreementReport(
        machine=_agreed(machine_pairs(service.store)),
        people=_agreed(both_ways(together)),
        by_pair={names: _agreed(each[names]) for names in sorted(each)},
    )


def _agreed(labels: Labels) -> Agreed:
    return Agreed(overall=agreement(labels), by_category=by_category(labels))


def agreement_data(report: AgreementReport) -> dict[str, Any]:
    """Return a report as JSON values."""
    return {
        "machine_and_people": asdict(report.machine),
        "people": asdict(report.people),
        "by_pair": [
            {"first": first, "second": second} | asdict(agreed) for (first, second), agreed in report.by_pair.items()
        ],
    }
