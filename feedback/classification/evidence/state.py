"""State: the answer forgot, contradicted or asked again for what an earlier turn had settled."""

import re
from collections.abc import Iterator

from feedback.classification.evidence.knowledge import denies_knowledge, speaks_of
from feedback.classification.evidence.limits import breaks, last_limits
from feedback.classification.evidence.view import View, finding
from feedback.classification.evidence.wishes import asked_form, asked_language
from feedback.domain.finding import Finding
from feedback.domain.measure import Pattern, Phrases, Text, language, list_items

__all__ = ["RULES", "find"]

RULES = (
    "state.asked_again", "state.correction_lost", "state.forgotten", "state.reminded", "state.standing_dropped",
    "state.told_and_denied",
)  # fmt: skip
_CATEGORY = "multi_turn_state_failure"

_REMINDS = Phrases(
    """
    as i said | like i said | as i told you | i already told you | i already said | i already gave |
    i've already told | i've already given | i've already said | i just told you | i just said | i told you |
    i said that already | i already mentioned | as i mentioned | as mentioned earlier | as mentioned before |
    i mentioned earlier | i mentioned before | you already asked | you asked me that already |
    already answered that | already provided | you forgot | did you forget | scroll up | i've told you |
    i have already | wie gesagt | wie schon gesagt | wie bereits gesagt | wie ich schon | wie bereits erwähnt |
    habe ich schon gesagt | hab ich schon gesagt | habe ich doch gesagt | hab ich doch gesagt |
    habe ich bereits | hatte ich schon | habe ich doch schon | hast du vergessen | comme je l'ai dit |
    je l'ai déjà dit | je vous l'ai déjà | je t'ai déjà | je vous ai déjà | tu as oublié | vous avez oublié |
    comme dit plus haut | ya te dije | ya le dije | ya te lo dije | ya lo dije | como dije | como te dije |
    ya te di | ya te he dicho | te olvidaste | 我刚才说过 | 我刚说过 | 我已经说过 | 我说过了 | 刚才说了 | 刚刚说了 | 前面说过 | 前面说了 | 我不是说 |
    不是说过 | 之前说过 | 我告诉过你 | 已经告诉你 | 已经给过 | 你忘了 | 又忘了 | さっき言 | 先ほど言 | 先ほどお伝え | もう言い | すでに伝え | 既に伝え | もう伝え | 忘れま |
    아까 말 | 이미 말 | 방금 말 | 말했잖아 | 잊으셨
    """
)
_FORGETS = Phrases(
    """
    forgot the | forgot that | forgot my | forgot what | forgets | forgotten | lost track | lost the context |
    earlier turn | previous turn | earlier in the conversation | earlier in the chat | earlier message |
    previous message | earlier instruction | ignored my correction | ignored the correction |
    ignores the correction | after i corrected | asked again | asks again | asking again | asked me again |
    asked twice | re-asked | does not remember | doesn't remember | didn't remember | state not carried |
    carry over | carried over | first turn | second turn | went back to the old | reverted to the | vergessen |
    vergisst | nochmal gefragt | noch einmal gefragt | erneut gefragt | frühere nachricht |
    vorherigen nachricht | a oublié | oublie | redemandé | tour précédent | olvidó | se olvida |
    volvió a preguntar | turno anterior | mensaje anterior | 忘了 | 忘记 | 又问 | 再次询问 | 重复询问 | 上一轮 | 前一轮 | 前面的对话 |
    前文的 | 忘れ | もう一度聞 | 前のターン | 잊어버 | 다시 물 | 이전 대화
    """
)

_CODE = r"[a-z]{0,6}[-#/ ]{0,2}\d[\w/-]{2,24}"
_SLOTS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (name, re.compile(asked), re.compile(given))
    for name, asked, given in (
        ("email", r"e-?mail|邮箱|メールアドレス|이메일|correo", r"[\w.+-]{1,40}@[\w-]{1,40}\.\w"),
        (
            "phone",
            r"phone number|telefonnummer|numéro de téléphone|teléfono|电话|手机号|電話番号|전화번호",
            r"\+?\d[\d ()/-]{6,20}\d",
        ),
        (
            "number",
            (
                r"(?:order|booking|account|ticket|customer|invoice|reference|case|reservation|tracking|policy"
                r"|member(?:ship)?|serial)[ -]"
                r"(?:number|id|no\b|code)|(?:bestell|kunden|rechnungs|auftrags|buchungs|ticket|vertrags)-?nummer"
                r"|numéro (?:de|d'|du) ?(?:commande|client|réservation|facture|dossier|compte)"
                r"|número (?:de|del) (?:pedido|cliente|reserva|factura|cuenta)|订单号|订单编号|账号|客户编号|单号|注文番号|予約番号|주문 ?번호|예약 ?번호"
            ),
            (
                rf"(?:order|booking|account|ticket|customer|invoice|reference|case|reservation|tracking|policy|member"
                rf"|serial|nummer|commande|client"
                rf"|facture|dossier|pedido|reserva|factura|cuenta|number|号|编号|番号|번호)\D{{0,20}}{_CODE}"
            ),
        ),
        (
            "name",
            r"(?:your|full) name\b|\b(?:ihr|dein) name|votre nom|ton nom|su nombre|tu nombre|您的姓名|你的名字|您贵姓|您的名字|お名前|성함",
            (
                r"my name is|name's|\bi'm called|ich hei(?:ß|ss)e|mein name ist|je m'appelle|mon nom est|me llamo"
                r"|mi nombre es|我叫|我的名字|我姓"
                r"|と申します|名前は|제 이름은"
            ),
        ),
        (
            "date",
            (
                r"(?:what|which) (?:date|day)|date (?:would|do|are)|\bwhen (?:would|do|are) you|welche[sn]? (?:datum"
                r"|tag)|quelle date|quel jour"
                r"|qué (?:fecha|día)|哪天|什么日期|哪一天|什么时候|何日|いつ|며칠|날짜"
            ),
            (
                r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
                r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december) \d"
                r"|\d{1,2}(?:st|nd|rd|th)?"
                r" (?:of )?(?:january|february|march|april|may|june|july|august|september|october|november|december)"
                r"|\d{1,2}\. ?(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)"
                r"|\d{1,2} (?:de )?(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
                r"|diciembre)|\d{1,2}月\d{1,2}"
            ),
        ),
        (
            "budget",
            r"budget|presupuesto|预算|予算|예산",
            r"(?:budget|presupuesto|预算|予算|예산)\D{0,25}\d|[€$£¥]\s?\d|\d\s?(?:€|euros?|dollars?|usd|eur|元|块|円|원)",
        ),
        (
            "party",
            (
                r"how many (?:people|persons|guests|adults|travell?ers)|wie viele (?:personen|gäste)"
                r"|combien de personnes|cuántas personas"
                r"|几个人|几位|多少人|何名|何人|몇 ?(?:명|분)"
            ),
            (
                r"(?:\d|two|three|four|five|six|zwei|drei|vier|deux|trois|quatre|dos|tres|cuatro)\s"
                r"(?:people|persons|guests|adults|travell?ers|of us|personen|erwachsene|personnes|personas|adultos)"
                r"|[\d一二两三四五六七八]\s?(?:个人|位|人|名|명)"
            ),
        ),
        (
            "address",
            (
                r"(?:your|delivery|shipping|postal|billing) address|(?:liefer)?adresse|votre adresse|su dirección"
                r"|tu dirección|地址|住所|주소"
            ),
            (
                r"\b\d{1,5} [a-z]{2,20}(?: [a-z]{2,20})? (?:street|st|avenue|ave|road|rd|lane|drive)\b"
                r"|[a-zäöüß]{3,25}(?:straße|strasse|str\.|weg|gasse) \d"
                r"|\b\d{1,4},? (?:rue|avenue|boulevard)|\b(?:calle|avenida) [^\d\n]{2,30}\d|[路街道]\s?\d{1,5}\s?号"
            ),
        ),
    )
)
_SENTENCE = re.compile(r"[^.!?？。！\n]{1,400}[.!?？。！]?")
_ASKING = ("could ", "can you", "please", "bitte", "pourriez", "por favor", "请", "麻烦", "ください")
_SHORT = 2
_STOPS = ".:/-"
_MOST_QUESTIONS = 8

_THING = r"[\"'“「]?(?P<{}>[\w€$£%:./-]{{1,30}}(?: [\w€$£%:./-]{{1,20}}){{0,2}}?)[\"'”」]?"
_END = r"(?=[.,;!?\n]|$)"


def _corrected(form: str) -> Pattern:
    """Return a pattern in which `{old}` and `{new}` stand for the two values."""
    triggers = "not meant instead actually correction sorry rather make statt sondern nicht meinte sino no pas mais but isn wasn"
    return Pattern(triggers, form.replace("{old}", _THING.format("old")).replace("{new}", _THING.format("new")) + _END)


_CORRECTIONS = (
    _corrected(r"\b(?:not|isn't|wasn't) {old},? (?:but|it's|i meant|make it) {new}"),
    _corrected(
        r"\b(?:actually|sorry|correction|rather|i meant|make (?:it|that))[,:]? {new},? (?:not|instead of|rather than) {old}"
    ),
    _corrected(r"\bnicht {old},? sondern {new}"),
    _corrected(r"\b{new} statt {old}"),
    _corrected(r"\bno {old},? sino {new}"),
    _corrected(r"\bpas {old},? mais {new}"),
    Pattern("", r"不是(?P<old>[^\s，。,.是]{1,12})[，,]?\s?(?:而)?是(?P<new>[^\s，。,.！]{1,12})"),
    Pattern("", r"(?P<old>[^\s、。は]{1,12})ではなく、?(?P<new>[^\s、。でに]{1,12})"),
)

_STANDING = Phrases(
    """
    from now on | from here on | going forward | for the rest of this | in all your answers |
    in all your replies | in every answer | in every reply | always answer | always reply | always respond |
    always use | always write | every time | keep answering | keep replying | ab jetzt | von jetzt an |
    von nun an | ab sofort | in zukunft | antworte immer | immer auf | à partir de maintenant | désormais |
    dorénavant | réponds toujours | a partir de ahora | de ahora en adelante | responde siempre | siempre en |
    从现在开始 | 从现在起 | 以后都 | 以后请 | 接下来都 | 之后都 | 一直用 | 每次都 | これから | 今後は | 以後 | 앞으로 | 지금부터 | 항상
    """
)


def find(view: View) -> Iterator[Finding]:
    """Yield what earlier turns had settled, and what people say about it."""
    reminded = _REMINDS.search(view.last) if view.last else None
    if reminded and len(view.request.messages) > 1:
        yield finding("state.reminded", _CATEGORY, reminded, view.last.where, locus="reminded")
    elif view.comment and (reminded := _REMINDS.search(view.comment)):
        yield finding("state.reminded", _CATEGORY, reminded, view.comment.where, locus="reminded")
    for text in view.remarks:
        phrase = _FORGETS.search(text)
        if phrase:
            yield finding("state.forgotten", _CATEGORY, text.full, text.where, locus="forgotten")
            break
    if view.earlier and view.answer:
        if view.asks or not view.answer.raw.isascii():
            yield from _asked_again(view)
        yield from _correction_lost(view)
        yield from _told_and_denied(view)
        yield from _standing_dropped(view)


def _told_and_denied(view: View) -> Iterator[Finding]:
    """Yield an earlier turn that speaks of what was asked, where the answer says it knows nothing of it."""
    if not denies_knowledge(view.answer):
        return
    told = next((text for text in view.earlier if speaks_of(text, view.last)), None)
    if told:
        yield finding("state.told_and_denied", _CATEGORY, told.full, told.where, locus="told_and_denied")


def _asked_again(view: View) -> Iterator[Finding]:
    sentences = _SENTENCE.findall(view.answer.low)
    asking = [text for text in sentences if text[-1] in "?？" or any(sign in text for sign in _ASKING)]
    asked = "\n".join(asking[:_MOST_QUESTIONS])
    for slot, asks, gives in _SLOTS:
        if not asks.search(asked):
            continue
        for text in view.earlier:
            match = gives.search(text.low)
            if match:
                yield finding(
                    "state.asked_again", _CATEGORY, f"{slot}: {match[0]}", text.where, locus=f"asked_again:{slot}"
                )
                break


def _correction_lost(view: View) -> Iterator[Finding]:
    """Yield a correction whose old value is in the answer and whose new one is not."""
    for text in view.users[1:]:
        match = next(filter(None, (form.search(text) for form in _CORRECTIONS)), None)
        if not match:
            continue
        new, old = match["new"].rstrip(_STOPS), match["old"].rstrip(_STOPS)
        said = view.answer.full.lower()
        if _tells(old) and _holds(said, old) and not _holds(said, new):
            check = {"type": "contains", "text": new} if new not in view.answer.full else None
            yield finding(
                "state.correction_lost", _CATEGORY, f"{new}, not {old}", text.where, locus="correction", check=check
            )
            return


def _tells(value: str) -> bool:
    """Tell whether a value is no mere article or preposition."""
    return len(value) > _SHORT or not value.isascii() or any(map(str.isdigit, value))


def _holds(text: str, value: str) -> bool:
    position = text.find(value)
    while position >= 0:
        end = position + len(value)
        if not value.isascii() or not (
            (position and text[position - 1].isalnum()) or (end < len(text) and text[end].isalnum())
        ):
            return True
        position = text.find(value, end)
    return False


def _standing_dropped(view: View) -> Iterator[Finding]:
    """Yield a standing wish of an earlier turn that a later one did not change and the answer does not keep."""
    for text in view.earlier:
        if not _STANDING.search(text) or view.refused:
            continue
        later = view.users[view.users.index(text) + 1 :]
        yield from _dropped(view, text, later)


def _dropped(view: View, text: Text, later: tuple[Text, ...]) -> Iterator[Finding]:
    wished, found = asked_language(text), language(view.answer)
    if wished and found and found != wished and not any(map(asked_language, later)):
        check = {"type": "language", "language": wished} if view.answer.raw is view.answer.full else None
        yield finding(
            "state.standing_dropped", _CATEGORY, f"{found} instead of {wished}", text.where,
            locus="standing:language", check=check,
        )  # fmt: skip
    changed = last_limits(later)
    for key, limit in last_limits((text,)).items():
        size = breaks(limit, view) if key not in changed else None
        if size is not None:
            name = f"{limit.bound}_{limit.unit}"
            checked = name in {"max_words", "min_words", "max_characters"}
            yield finding(
                "state.standing_dropped", _CATEGORY, f"{size} {limit.unit}, {limit.bound} {limit.number}", text.where,
                locus=f"standing:{name}", check={"type": name, "limit": limit.number} if checked else None,
            )  # fmt: skip
    form = asked_form(text)
    if form and not any(map(asked_form, later)) and _form_dropped(view, form):
        check = {"type": "is_json"} if form == "json" else None
        yield finding(
            "state.standing_dropped", _CATEGORY, f"no {form}", text.where, locus=f"standing:{form}", check=check
        )


def _form_dropped(view: View, form: str) -> bool:
    answer = view.answer.full
    if form == "json":
        return view.value is ...
    if form == "table":
        return "|" not in answer
    return not list_items(answer) if form == "list" else list_items(answer) > 1
