"""Failures of few patterns and places, so that they meet what people say of places."""

from typing import Any

from hypothesis import strategies as st

from tests.builders import a_failure, a_sample, told

__all__ = ["CATEGORIES", "LOCI", "SAMPLES", "TEMPLATES", "events_of_few_places"]

CATEGORIES = ("field_definition_ambiguity", "insufficient_context", "needs_triage")
TEMPLATES = ("contract", "claim", None)
LOCI = ("/a:enum", "/b:enum", "/c:type")
SAMPLES = [a_sample(sample_id=f"sample-{n}", template={"name": "claim", "version": "2.0.0"}) for n in range(2)]


@st.composite
def events_of_few_places(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw up to 30 failures by text alone; some are of `SAMPLES`, some are drafts."""
    seen = draw(st.lists(st.tuples(*(st.integers(0, most) for most in (2, 2, 2, 30, 9, 5))), min_size=1, max_size=30))
    return [
        a_failure(
            event_id=f"e-{n}",
            occurred_at=f"2026-04-{1 + hour:02}T10:00:00+00:00" if hour < 30 else "2026-05-01T10:00:00+00:00",
            channel="offline",
            source="spot_check",
            session_id=f"s-{session}",
            sample_id=f"sample-{session % 4}",
            template=None,
            metadata=told(CATEGORIES[category], LOCI[locus], **_by_text(template)) | {"draft": draft == 0},
        )
        for n, (category, template, locus, hour, session, draft) in enumerate(seen)
    ]


def _by_text(template: int) -> dict[str, Any]:
    name = TEMPLATES[template]
    return {} if name is None else {"template": (name, "1.0.0")}
