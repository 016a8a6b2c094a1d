"""Length rule: the limits that were exceeded, what was too much, and a demonstration that keeps them."""

import re
from collections.abc import Iterator
from typing import Any

from feedback.domain.measure import characters, list_items, paragraphs, sentences, words
from feedback.domain.revision.clauses import with_clause
from feedback.domain.revision.demonstration import value_of
from feedback.domain.revision.evidence import Clue, Draft, Evidence, Failed
from feedback.domain.revision.shortening import shortened_to

__all__ = ["length_rule"]

_MEASURES = {
    "words": words, "characters": characters, "sentences": sentences, "items": list_items, "paragraphs": paragraphs
}  # fmt: skip
_DETAIL = re.compile(r"(\d+) (words|characters|sentences|items|paragraphs), max (\d+)")
_SAID = re.compile(
    r"\b(?:limit(?: of| is)?|at most|max(?:imum)?(?: of)?|no more than|under|up to)\W{0,3}(\d{1,5}) (words|characters|sentences|items)"
    r"|(\d{1,5})[- ](word|character|sentence)s? limit", re.IGNORECASE
)  # fmt: skip
_ZH = re.compile(
    r"(?:不超过|不得超过|不要超过|至多|最多|控制在|限)\s?(\d{1,5}|[一二两三四五六七八九十百]{1,5})\s?(?:个)?(字符|字|句|条|段)"
)
_ZH_UNITS = {"字": "words", "字符": "characters", "句": "sentences", "条": "items", "段": "paragraphs"}
_DE = re.compile(r"(?:höchstens|maximal|nicht mehr als) (\d{1,5}) (Wörter|Zeichen|Sätze|Punkte|Absätze)", re.IGNORECASE)
_DE_UNITS = {
    "wörter": "words",
    "zeichen": "characters",
    "sätze": "sentences",
    "punkte": "items",
    "absätze": "paragraphs",
}
_SURPLUS = {
    "length.preamble": "no_preamble", "length.closing": "no_offers", "count": "one_only", "code:explanation": "code_alone",
    "list:length": "no_extra_items",
}  # fmt: skip
_FEW_REFERENCES = 2
_MOST_OWN_LIMITS = 0.5
_NO_LIMIT = (
    "No failure shows a limit: none is stated in the prompts, in a check's detail, or by the length of an expected answer."
    " Write the limit into the template, name it in the check that fails, or send a reference of the right length."
)


def length_rule(evidence: Evidence) -> Draft:
    """Return a rule with the limit that was exceeded and a stop rule, and the demonstration cut to it where it breaks it."""
    seen = evidence.tally(_limits)
    if not seen:
        stated_limits = _of_template(evidence)
        seen = evidence.tally(lambda one: _exceeded(one, stated_limits))
    stated, chosen = bool(seen), _chosen(seen) if seen else _of_references(evidence)
    if chosen is None and not seen:
        return Draft(missing=(_NO_LIMIT,))
    longest = _longest(evidence)
    surplus = evidence.tally(_surplus)
    demonstration, missing = _demonstration(evidence, chosen)
    changes: dict[str, Any] = with_clause(evidence.template, _clause(evidence, chosen, seen, surplus))
    if changes and demonstration:
        changes["response"] = demonstration
    where = "seen" if stated else "of the longest expected answer"
    limit = f"at most {chosen[1]} {chosen[0]} ({where})" if chosen else "the limit that each request states"
    return Draft(
        changes=changes,
        clues=(*(Clue(f"limit: {clue.what}", clue.failures, clue.event_ids) for clue in seen), *surplus),
        missing=missing,
        summary=f"Length rule: {limit}; answers had up to {longest} words."
        + (" The demonstration broke the rule itself and is cut." if demonstration else ""),
    )


def _limits(one: Failed) -> Iterator[str]:
    """Yield the upper limits that a failure shows, such as `80 words`."""
    for found in one.findings:
        if found.rule.startswith("limit.max") and (match := _DETAIL.search(found.detail)):
            yield f"{match[3]} {match[2]}"
    signals = one.event.signals
    details = (
        [f"{check.name} {check.detail}" for check in signals.checks if not check.passed and check.detail]
        if signals
        else []
    )
    for match in _SAID.finditer("\n".join([*details, (signals.error or "") if signals else ""])):
        number, unit = (match[1], match[2]) if match[1] else (match[3], f"{match[4]}s")
        yield f"{number} {unit.lower()}"


def _of_template(evidence: Evidence) -> list[tuple[int, str]]:
    """Return number and unit of the upper limits that the template states."""
    text = f"{evidence.template.system}\n{evidence.template.instruction}"
    found = [(int(match[1]), match[2].lower()) for match in _SAID.finditer(text) if match[1]]
    found += [(int(match[1]), _DE_UNITS[match[2].lower()]) for match in _DE.finditer(text)]
    return found + [(_number(match[1]), _ZH_UNITS[match[2]]) for match in _ZH.finditer(text)]


def _exceeded(one: Failed, limits: list[tuple[int, str]]) -> Iterator[str]:
    """Yield those of the limits that the answer of a failure exceeds."""
    answer = (one.event.response.content or "") if one.event.response else ""
    yield from (f"{number} {unit}" for number, unit in limits if _MEASURES[unit](answer) > number)


def _number(text: str) -> int:
    """Return a number in digits or in Chinese numerals up to 999."""
    if text.isdigit():
        return int(text)
    total = digit = 0
    for sign in text:
        if sign in "十百":
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            digit = "一二三四五六七八九".find("二" if sign == "两" else sign) + 1
    return total + digit


def _chosen(seen: list[Clue]) -> tuple[str, int] | None:
    """Return unit and number of the limit that half of the failures with a limit share, else None: each has its own."""
    top, total = seen[0], sum(clue.failures for clue in seen)
    number, unit = top.what.split(" ", 1)
    return (unit, int(number)) if top.failures >= _MOST_OWN_LIMITS * total else None


def _of_references(evidence: Evidence) -> tuple[str, int] | None:
    sizes = [words(one.event.reference) for one in evidence.failed if isinstance(one.event.reference, str)]
    return ("words", max(sizes)) if len(sizes) >= _FEW_REFERENCES else None


def _longest(evidence: Evidence) -> int:
    answers = (one.event.response.content or "" for one in evidence.failed if one.event.response)
    return max(map(words, answers), default=0)


def _surplus(one: Failed) -> Iterator[str]:
    """Yield what a failure says too much of, by the names of `_SURPLUS`."""
    yield from (name for name in (one.locus, *(found.rule for found in one.findings)) if name in _SURPLUS)


def _clause(evidence: Evidence, chosen: tuple[str, int] | None, seen: list[Clue], surplus: list[Clue]) -> str:
    say = evidence.words
    if chosen:
        unit, number = chosen
        lines = [say("at_most", number=number, unit=say(f"unit_{unit}"))]
    else:
        lines = [say("own_limit", ranges=say.listed(_ranges(evidence, seen)))]
    lines.append(say("stop_rule"))
    lines += [say(_SURPLUS[clue.what]) for clue in sorted(surplus, key=lambda clue: list(_SURPLUS).index(clue.what))]
    return "\n".join([say("length_heading"), *(f"- {line}" for line in lines)])


def _ranges(evidence: Evidence, seen: list[Clue]) -> Iterator[str]:
    """Yield the limits that were seen, from the lowest to the highest of each unit."""
    found: dict[str, list[int]] = {}
    for clue in seen:
        number, unit = clue.what.split(" ", 1)
        found.setdefault(unit, []).append(int(number))
    for unit in sorted(found, key=list(_MEASURES).index):
        low, high = min(found[unit]), max(found[unit])
        ends = str(low) if low == high else f"{low}-{high}"
        yield evidence.words("range", ends=ends, unit=evidence.words(f"unit_{unit}"))


def _demonstration(evidence: Evidence, chosen: tuple[str, int] | None) -> tuple[str | None, tuple[str, ...]]:
    """Return a demonstration cut to the limit, where it breaks it and can be cut; and what a person has to do."""
    response = evidence.template.response
    if chosen is None or not response.strip():
        return None, ()
    unit, number = chosen
    size = _MEASURES[unit](response)
    if size <= number:
        return None, ()
    fault = f"The demonstration breaks the rule itself: {size} {unit}, at most {number}."
    short = (
        None if value_of(response) is not ... else shortened_to(response, lambda text: _MEASURES[unit](text) <= number)
    )
    if short is None:
        return None, (f"{fault} It cannot be cut at the end of a sentence: write a shorter one.",)
    return short, (f"{fault} It is cut at the end of a sentence, by length alone: read whether it still answers.",)
