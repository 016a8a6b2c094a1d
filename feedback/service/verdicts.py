"""The verdicts on patterns: what was seen of their templates, laid against what is usual in the whole store."""

from collections.abc import Sequence

from feedback.domain.faults import Track, fault_probabilities
from feedback.domain.recurrence import Verdict, verdict_of
from feedback.domain.tracks import tracks_of
from feedback.domain.usual import shares_beside, usual_rates, usual_shares
from feedback.service.bootstrap import Service
from feedback.storage.judging import interactions_by_template, seen_template, units_by_category
from feedback.storage.patterns import JudgedPattern

__all__ = ["verdicts_of"]


def verdicts_of(service: Service, found: Sequence[JudgedPattern]) -> dict[str, Verdict]:
    """Return the verdict on each of these patterns, by pattern id; all of them must have failures."""
    store, policy = service.store, service.settings.recurrence.policy
    by_category = units_by_category(store)
    categories = service.taxonomy.ids
    shares = usual_shares(by_category, categories)
    rates = usual_rates(by_category, interactions_by_template(store), categories, accident_rate=policy.accident_rate)
    tracks: dict[tuple[str, str], Track] = {}
    for name in sorted({pattern.template_name for pattern in found}):
        seen = seen_template(store, name, policy.history_hours)
        of_template = tracks_of(
            seen,
            rates={category: usual.beside(name) for category, usual in rates.items()},
            shares=shares_beside(shares, name),
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
