"""Priority: which of two instructions of a template holds where both cannot be met."""

from collections.abc import Iterator, Mapping, Sequence

from feedback.domain.loci.conflict import ABOUT
from feedback.domain.measure import Text
from feedback.domain.revision.clauses import Statement, statements, with_clause
from feedback.domain.revision.evidence import Clue, Draft, Evidence, Failed
from feedback.domain.revision.likeness import Likeness

__all__ = ["priority_clause"]

_MOST_PAIRS = 3
_LEAST_SHARE = 0.1
_KINDS = {"language": "language", "format": "format", "limit": "limit", "length": "limit", "tone": "tone"}
_SUBJECTS = (
    "null", "explanation", "language", "sources", "asking", "tools", "units", "tone", "limit", "format"
)  # fmt: skip
_QUOTED = 40
_PAIR = 2
_TO_DECIDE = (
    "Which instruction wins is yours to decide: proposed is the system's before the task's, and the earlier one of two in one"
    " place. Turn a line round where the other should win; where both can be worded so that they never meet, change them and"
    " drop the line."
)
_NOT_FOUND = (
    "No failure tells which two instructions of this template clash. Let a comment or the detail of the failed check name"
    " both in the template's own words, or correct the category where no two instructions clash."
)


def priority_clause(evidence: Evidence) -> Draft:
    """Return an order between the instructions of the template that clash, quoted from it, the system's first."""
    found = statements(evidence.template)
    likeness, about = Likeness(found), {kind: _speaking(kind, found) for kind in _SUBJECTS}
    pairs = evidence.tally(lambda one: _pairs(one, found, likeness, about))
    told = [clue for clue in pairs if clue.failures >= _LEAST_SHARE * pairs[0].failures][:_MOST_PAIRS]
    if not told:
        return Draft(missing=(_NOT_FOUND,))
    lines = [_line(evidence, clue.what, found) for clue in told]
    names = [_shown(clue.what, found) for clue in told]
    return Draft(
        changes=with_clause(evidence.template, "\n".join([evidence.words("priority_heading"), *lines])),
        clues=tuple(Clue(name, clue.failures, clue.event_ids) for name, clue in zip(names, told, strict=True)),
        missing=(_TO_DECIDE,),
        summary="Priority between instructions that cannot both be met: " + "; ".join(names) + ".",
    )


def _speaking(kind: str, found: Sequence[Statement]) -> list[int]:
    return [index for index, statement in enumerate(found) if ABOUT.names(kind, Text(statement.text))]


def _pairs(
    one: Failed, found: Sequence[Statement], likeness: Likeness, about: Mapping[str, Sequence[int]]
) -> Iterator[str]:
    """Yield the pair of statements that a failure is about, as two indices, or an index and `wish:` and its kind."""
    subject = about.get(one.locus.removeprefix("clash:"), ())
    pair = _opposed(one, found) or likeness.best_two(_remarks(one), subject)
    if pair is not None:
        yield f"{pair[0]} {pair[1]}"
        return
    for clash in one.findings:
        kind = _KINDS.get((clash.locus or "").partition(":")[0])
        if kind is None or not clash.rule.endswith("_clash"):
            continue
        speaking = about[kind]
        if len(speaking) == _PAIR:
            yield f"{speaking[0]} {speaking[1]}"
        elif len(speaking) == 1 and (clash.locus or "").endswith("/user"):
            yield f"{speaking[0]} wish:{kind}"


def _opposed(one: Failed, found: Sequence[Statement]) -> tuple[int, int] | None:
    """Return the two statements that a rule found to demand and to forbid the same."""
    detail = next((clash.detail for clash in one.findings if clash.rule == "instructions.polarity_clash"), "")
    places = []
    for part in detail.split(" / "):
        start = part.strip().rstrip("…")[:_QUOTED]
        places += [
            index for index, statement in enumerate(found) if start and statement.text.lower().startswith(start)
        ][:1]
    return (min(places), max(places)) if len(set(places)) == _PAIR else None


def _remarks(one: Failed) -> str:
    signals = one.event.signals
    if signals is None:
        return ""
    checks = [f"{check.name} {check.detail or ''}" for check in signals.checks]
    return "\n".join([signals.comment or "", *checks])


def _line(evidence: Evidence, pair: str, found: Sequence[Statement]) -> str:
    first, _, second = pair.partition(" ")
    words = evidence.words
    other = (
        words(f"wish_{second[5:]}") if second.startswith("wish:") else words("quoted", text=_bare(found[int(second)]))
    )
    return words("before", first=words("quoted", text=_bare(found[int(first)])), second=other)


def _shown(pair: str, found: Sequence[Statement]) -> str:
    first, _, second = pair.partition(" ")
    other = f"a wish of the user ({second[5:]})" if second.startswith("wish:") else f'"{_bare(found[int(second)])}"'
    return f'"{_bare(found[int(first)])}" against {other}'


def _bare(statement: Statement) -> str:
    return statement.text.rstrip(".。")
