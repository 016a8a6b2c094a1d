"""Refusal rule: the policy of the template on both sides of the line, with the topics that fell on the wrong one."""

import re
from collections.abc import Iterator, Sequence
from functools import partial

from feedback.domain.loci.refusal import TOPICS
from feedback.domain.measure import Text, refuses
from feedback.domain.revision.clauses import Statement, statements, with_clause
from feedback.domain.revision.evidence import Clue, Draft, Evidence, Failed, counted

__all__ = ["refusal_rule"]

_FORBIDS = re.compile(
    r"\b(?:never|not|don't|no|refuse|decline|avoid|forbidden|prohibited|nie|niemals|nicht|keine?n?|darf nicht|ablehnen|jamais|pas|interdit"
    r"|nunca|prohibido)\b|不|禁止|拒绝|严禁|请勿|ない|금지"
)
_PERMITS = re.compile(
    r"\b(?:may|can|allowed|permitted|is fine|are fine|welcome|darf|dürfen|erlaubt|können|peut|autorisé|puede|permitido)\b|可以|允许|许可|可能|가능"
)
_VAGUE = re.compile(
    r"\b(?:sensitive|careful|carefully|caution|cautious|appropriate|inappropriate|harmful|unsafe|advice|should not|shouldn't|heikel\w*"
    r"|vorsicht\w*|angemessen\w*|unangemessen\w*|sensible[sn]?)\b|敏感|谨慎|慎重|不当|不适当|合适"
)
_MOST_QUOTES = 2
_NO_POLICY = (
    "The template draws no line that could be quoted: no sentence of it permits or forbids anything on {topics}. Write the"
    " policy into it (what is permitted, what is not), then the proposal can set samples on both sides."
)
_NO_TOPIC = (
    "The failures name no topic, so there is no telling where the line is drawn otherwise. Send the request and the answer,"
    " or a comment that says what the policy permits or forbids."
)


def refusal_rule(evidence: Evidence) -> Draft:
    """Return one rule with the sentences of the template that permit and forbid, and the topics on each side of the line."""
    declined, answered = (evidence.tally(partial(_topics, refused=refused)) for refused in (True, False))
    topics = list(dict.fromkeys(clue.what for clue in (*declined, *answered)))
    if not topics:
        return Draft(missing=(_NO_TOPIC,))
    policy = [one for one in statements(evidence.template) if TOPICS.counts(Text(one.text)) and _side(one)]
    if not policy:
        return Draft(missing=(_NO_POLICY.format(topics=", ".join(topics)),))
    permits, forbids = (_quotes(policy, topics, side) for side in ("permits", "forbids"))
    clause = "\n".join([
        evidence.words("line_heading"),
        _half(evidence, "line_help", [clue.what for clue in declined], permits),
        _half(evidence, "line_decline", [clue.what for clue in answered], forbids),
        evidence.words("line_equal"),
    ])  # fmt: skip
    return Draft(
        changes=with_clause(evidence.template, clause),
        clues=(
            *(
                Clue(f"declined, and should have been helped: {one.what}", one.failures, one.event_ids)
                for one in declined
            ),
            *(
                Clue(f"answered, and should have been declined: {one.what}", one.failures, one.event_ids)
                for one in answered
            ),
        ),
        missing=(*_vague(evidence, policy), *_to_do(declined, answered, permits, forbids)),
        summary=f"One refusal rule from the template's own policy. Declined though permitted: {counted(declined) or 'none'};"
        f" answered though forbidden: {counted(answered) or 'none'}.",
    )


def _topics(one: Failed, *, refused: bool) -> Iterator[str]:
    """Yield the topics of a failure whose answer was on this side."""
    content = (one.event.response.content or "") if one.event.response else ""
    if one.locus.startswith("line:") and content and refuses(Text(content)) is refused:
        yield from (topic for topic in one.locus.removeprefix("line:").split("+") if topic != "other")


def _side(statement: Statement) -> str | None:
    low = statement.text.lower()
    if _FORBIDS.search(low):
        return "forbids"
    return "permits" if _PERMITS.search(low) else None


def _quotes(policy: Sequence[Statement], topics: Sequence[str], side: str) -> list[str]:
    """Return the sentences on one side, those on the topics that failed first."""
    found = [one for one in policy if _side(one) == side]
    found.sort(key=lambda one: -len(set(TOPICS.counts(Text(one.text))) & set(topics)))
    return [one.text.rstrip(".。") for one in found[:_MOST_QUOTES]]


def _half(evidence: Evidence, key: str, topics: Sequence[str], quotes: Sequence[str]) -> str:
    words = evidence.words
    about = words.listed(words(f"topic_{topic}") for topic in topics)
    if quotes:
        quoted = words.listed(words("quoted", text=text) for text in quotes)
        return words(key, quotes=quoted, about=words("line_also", about=about) if about else "")
    return words(key, quotes=words("fill_policy", about=about or words("line_rest")), about="")


def _vague(evidence: Evidence, policy: Sequence[Statement]) -> Iterator[str]:
    """Yield which sentences draw a line without saying where."""
    found = [one.text for one in statements(evidence.template) if one not in policy and _VAGUE.search(one.text.lower())]
    if found:
        quoted = "; ".join(f'"{text}"' for text in found)
        yield f"These draw a line and do not say where; word them or take them out: {quoted}"


def _to_do(
    declined: Sequence[Clue], answered: Sequence[Clue], permits: Sequence[str], forbids: Sequence[str]
) -> tuple[str, ...]:
    unsaid = [word for word, quotes in (("permitted", permits), ("forbidden", forbids)) if not quotes]
    sides = [f"one on {clue.what} that is helped" for clue in declined[:2]]
    sides += [f"one on {clue.what} that is declined" for clue in answered[:2]]
    steps = [f"The template does not say what is {word}: fill the marked place in." for word in unsaid]
    return (*steps, f"Write paired samples that differ in the line alone: {'; '.join(sides)}.")
