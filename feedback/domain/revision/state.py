"""State: which facts and wishes of earlier turns hold, how a correction counts, and one turn that shows it."""

from collections.abc import Iterator, Sequence
from functools import partial

from feedback.domain.loci.seen import NAME_SIGNS
from feedback.domain.loci.vocabulary import Vocabulary
from feedback.domain.measure import Text
from feedback.domain.revision.clauses import with_clause
from feedback.domain.revision.evidence import Clue, Draft, Evidence, Failed, counted

__all__ = ["state_clause"]

_SLOTS = Vocabulary(
    budget="budget | price limit | maximum price | spending limit | preisgrenze | höchstpreis | presupuesto | 预算 | 以内 | 元以内 | 予算",
    size="size | sizes | length | width | measurements | größe | maße | taille | talla | 尺寸 | 大小 | 一米 | サイズ",
    address="address | street | house number | postcode | adresse | hausnummer | dirección | 地址 | 门牌 | 住址 | 住所",
    exclusion="allerg* | intoleran* | vegetarian | vegan | avoid | without | exclude* | unverträglich* | sans | sin | 过敏 | 忌口 | 不要 | 避开 | アレルギー",
    name="name | names | called | vorname | nombre | 姓名 | 名字 | 称呼 | 名前",
    date="date | dates | day | weekday | deadline | appointment | termin | datum | tag | fecha | jour | 日期 | 哪天 | 时间 | 日付",
    people="guests | persons | people | passengers | participants | personen | gäste | personas | 人数 | 几个人 | 人数",
    reference="order number | booking number | account number | reference number | customer number | bestellnummer | kundennummer | 订单号 | 单号",
    method="method | approach | decimals | fractions | rechenweg | methode | 方法 | 步骤 | 方式",
    choice="decision | decided | chosen | choice | option | variant | preference | preferred | entscheidung | auswahl | 选择 | 决定 | 选了 | 偏好",
    unit="unit | units | metric | imperial | celsius | fahrenheit | currency | einheit* | währung | 单位 | 货币",
)
_FOUND = {
    "email": "address", "phone": "reference", "number": "reference", "name": "name", "date": "date", "budget": "budget",
    "party": "people", "address": "address",
}  # fmt: skip
_MOST_SLOTS = 6
_LEAST_SHARE = 0.1
_TO_WRITE = (
    "The turns are described, not written out: write samples of several turns that carry {names}, with a correction in at"
    " least one."
)
_NOT_NAMED = (
    "No failure names what was dropped. Let a comment or the failed check say which fact or wish of an earlier turn was lost"
    " (the budget, the address, the language), and send all turns in request.messages."
)


def state_clause(evidence: Evidence) -> Draft:
    """Return which facts and wishes hold until they are changed, with a turn of each kind that was lost."""
    slots = evidence.tally(_slots, least_share=_LEAST_SHARE)[:_MOST_SLOTS]
    if not slots:
        return Draft(missing=(_NOT_NAMED,))
    kinds = evidence.tally(_kinds)
    clause = _clause(evidence, slots, [clue.what for clue in kinds])
    return Draft(
        changes=with_clause(evidence.template, clause),
        clues=(*(Clue(f"dropped: {clue.what}", clue.failures, clue.event_ids) for clue in slots), *kinds),
        missing=(_TO_WRITE.format(names=", ".join(clue.what for clue in slots)),),
        summary=f"What earlier turns had settled and later ones dropped: {counted(slots)}.",
    )


def _slots(one: Failed) -> Iterator[str]:
    """Yield what a failure dropped, in general words: from the rules of state, else from what is said of it."""
    for found in one.findings:
        kind, _, slot = (found.locus or "").partition(":")
        if kind == "asked_again" and slot in _FOUND:
            yield _FOUND[slot]
        if kind == "standing":
            yield "language" if slot == "language" else "form"
    if _kind(one) in {"language", "form"}:
        yield _kind(one)
    yield from list(_SLOTS.counts(Text(_remarks(one))))[:2]


def _remarks(one: Failed) -> str:
    signals = one.event.signals
    if signals is None:
        return ""
    checks = [
        f"{check.name.translate(NAME_SIGNS)} {check.detail or ''}" for check in signals.checks if not check.passed
    ]
    return "\n".join([signals.comment or "", *checks])


def _kind(one: Failed) -> str:
    return one.locus.split(":")[1] if one.locus.startswith("lost:") else "told"


def _kinds(one: Failed) -> Iterator[str]:
    yield {"asked_again": "asked for again", "update": "correction lost"}.get(_kind(one), "not kept")
    if one.locus.endswith(":far"):
        yield "more than four turns back"


def _clause(evidence: Evidence, slots: Sequence[Clue], kinds: Sequence[str]) -> str:
    words = evidence.words
    lines = [words("state_heading"), *(f"- {words(f'slot_{clue.what}')}" for clue in slots)]
    lines += [words("state_far")] if "more than four turns back" in kinds else []
    lines += [words("state_asked")] if "asked for again" in kinds else []
    lines.append(words("state_update"))
    wishes = [clue.what for clue in slots if clue.what in {"language", "form"}]
    lines += [words("state_wish", names=words.listed(words(f"slot_{name}") for name in wishes))] if wishes else []
    return "\n".join(dict.fromkeys([*lines, *_examples(evidence, slots, kinds)]))


def _examples(evidence: Evidence, slots: Sequence[Clue], kinds: Sequence[str]) -> Iterator[str]:
    """Yield a turn for each kind of loss, with what was dropped most in failures of that kind."""
    words = evidence.words
    for kind, key in (("asked for again", "turn_asked"), ("correction lost", "turn_update"), ("not kept", "turn_kept")):
        if kind in kinds:
            dropped = evidence.tally(partial(_slots_of, kind))
            slot = dropped[0].what if dropped else slots[0].what
            yield words("turn_wish" if slot in {"language", "form"} else key, slot=words(f"slot_{slot}"))


def _slots_of(kind: str, one: Failed) -> Iterator[str]:
    if kind in _kinds(one):
        yield from _slots(one)
