"""The verdicts on patterns: what was seen of their templates, laid against what is usual in the whole store."""

from collections.abc import Mapping, Sequence

from feedback.domain.faults import Track, fault_probabilities
from feedback.domain.recurrence import Verdict, verdict_of
from feedback.domain.tracks import tracks_of
from feedback.domain.usual import Usual
from feedback.service.bootstrap import Service
from feedback.storage.judging import interactions_by_template, seen_template, units_by_category
from feedback.storage.patterns import JudgedPattern

__all__ = ["verdicts_of"]

_UNITS_OF_BELIEF = 200
_LEAST_SHARE = 0.02
"""No category is taken for rarer than this among the failures of a template: few failures cannot tell."""


def verdicts_of(service: Service, found: Sequence[JudgedPattern]) -> dict[str, Verdict]:
    """Return the verdict on each of these patterns, by pattern id; all of them must have failures."""
    store, policy = service.store, service.settings.recurrence.policy
    by_category = units_by_category(store)
    shares, rates = _usual_shares(service, by_category), _usual_rates(service, by_category)
    tracks: dict[tuple[str, str], Track] = {}
    for name in sorted({pattern.template_name for pattern in found}):
        seen = seen_template(store, name, policy.history_hours)
        of_template = tracks_of(
            seen,
            rates={category: usual.beside(name) for category, usual in rates.items()},
            shares={category: max(_LEAST_SHARE, usual.beside(name)) for category, usual in shares.items()},
        )
        tracks |= {(category, name): track for category, track in of_template.items()}
    judged = [pattern for pattern in found if (pattern.category, pattern.template_name) in tracks]
    of_judged = [tracks[pattern.category, pattern.template_name] for pattern in judged]
    patterns = sum(len(templates) for templates in by_category.values())
    probabilities = fault_probabilities(of_judged, policy.model, prior=policy.prior(patterns))
    return {
        pattern.pattern_id: verdict_of(track, each, policy, high_risk=pattern.high_risk, patterns=patterns)
        for pattern, track, each in zip(judged, of_judged, probabilities, strict=True)
    }


def _usual_shares(service: Service, by_category: Mapping[str, Mapping[str, int]]) -> dict[str, Usual]:
    """Return by category its share in the failing units of a template; at first all categories have the same."""
    totals: dict[str, int] = {}
    for by_template in by_category.values():
        for name, units in by_template.items():
            totals[name] = totals.get(name, 0) + units
    names = [category.id for category in service.taxonomy.categories]
    return {
        category: Usual(
            {name: (by_category.get(category, {}).get(name, 0), total) for name, total in totals.items()},
            belief=1 / len(names),
            weight=_UNITS_OF_BELIEF,
        )
        for category in names
    }


def _usual_rates(service: Service, by_category: Mapping[str, Mapping[str, int]]) -> dict[str, Usual]:
    """Return by category how many units fail in an interaction, of the templates whose exposures were reported."""
    exposed = interactions_by_template(service.store)
    belief = service.settings.recurrence.accident_rate
    return {
        category.id: Usual(
            {name: (by_category.get(category.id, {}).get(name, 0), of) for name, of in exposed.items()},
            belief=belief,
            weight=1 / belief,
        )
        for category in service.taxonomy.categories
    }
