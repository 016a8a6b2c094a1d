"""The storms of patterns: fetch what repeats and what was deployed, and name it. Computed when read; nothing is stored."""

from collections.abc import Sequence

from feedback.domain.storms import Storm, deployment_storms, unit_storms
from feedback.service.bootstrap import Service
from feedback.storage import storms as stored
from feedback.storage.patterns import JudgedPattern

__all__ = ["storms"]


def storms(service: Service, found: Sequence[JudgedPattern]) -> dict[str, list[Storm]]:
    """Return the storms of each of these patterns by its id: those of units first, then those of training versions."""
    store, least = service.store, service.settings.recurrence.storm_failures
    large = [pattern for pattern in found if pattern.failures >= least]
    ids = [pattern.pattern_id for pattern in large]
    repeated = stored.repeated(store, ids, least=least)
    in_use = stored.in_use(store, dict.fromkeys(pattern.template_name for pattern in large))
    several = [pattern for pattern in large if len(in_use.get(pattern.template_name, ())) > 1]
    deployed = stored.deployed(store, [pattern.pattern_id for pattern in several], below=least)
    return {pattern.pattern_id: [] for pattern in found} | {
        pattern.pattern_id: [
            *unit_storms(repeated.get(pattern.pattern_id, ()), failures=pattern.failures),
            *deployment_storms(
                deployed.get(pattern.pattern_id, ()),
                in_use.get(pattern.template_name, ()),
                least=least,
                others=pattern.pattern_id in repeated,
            ),
        ]
        for pattern in large
    }
