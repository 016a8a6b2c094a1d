"""The verdicts on patterns: what was seen of their templates, laid against what is usual in the whole store."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from feedback.domain.faults import Track, fault_probabilities
from feedback.domain.recurrence import Verdict, verdict_of
from feedback.domain.tracks import SeenTemplate, tracks_of
from feedback.domain.usual import shares_beside, usual_rates, usual_shares
from feedback.service.bootstrap import Service
from feedback.storage.database import Store
from feedback.storage.judging import interactions_by_template, seen_parts, seen_template, units_by_category
from feedback.storage.patterns import JudgedPattern

__all__ = ["verdicts_of"]

_template = attrgetter("template_name")


def verdicts_of(service: Service, found: Sequence[JudgedPattern]) -> dict[str, Verdict]:
    """Return the verdict on each of these patterns, by pattern id; all of them must have failures."""
    store, policy = service.store, service.settings.recurrence.policy
    by_category = units_by_category(store)
    categories = service.taxonomy.ids
    shares = usual_shares(by_category, categories)
    rates = usual_rates(by_category, interactions_by_template(store), categories, accident_rate=policy.accident_rate)
    tracks: dict[str, Track] = {}
    for name, members in groupby(sorted(found, key=_template), key=_template):
        usual = {
            "rates": {category: rate.beside(name) for category, rate in rates.items()},
            "shares": shares_beside(shares, name),
        }
        tracks |= _tracks(store, name, list(members), policy.history_hours, usual)
    judged = [pattern for pattern in found if pattern.pattern_id in tracks]
    of_judged = [tracks[pattern.pattern_id] for pattern in judged]
    patterns = sum(len(templates) for templates in by_category.values())
    probabilities = fault_probabilities(of_judged, policy.model, prior=policy.prior(patterns))
    return {
        pattern.pattern_id: verdict_of(track, each, policy, high_risk=pattern.high_risk, patterns=patterns)
        for pattern, track, each in zip(judged, of_judged, probabilities, strict=True)
    }


def _tracks(
    store: Store, name: str, members: Sequence[JudgedPattern], hours: int, usual: Mapping[str, Mapping[str, float]]
) -> dict[str, Track]:
    """
    Return the tracks of patterns of one template by pattern id.

    Where places were split off, each part is judged as if the others of its category had not failed; beside other
    categories they count together, so that a split changes no verdict but those of the parts.
    """
    seen, parts = seen_template(store, name, hours), seen_parts(store, name, hours)
    together = tracks_of(seen, **usual)
    tracks = {one.pattern_id: together[one.category] for one in members if one.category in together}
    for one in members:
        if one.pattern_id in parts:
            apart = SeenTemplate({**seen.units, one.category: parts[one.pattern_id]}, seen.exposures)
            tracks[one.pattern_id] = tracks_of(apart, **usual)[one.category]
    return tracks
