"""Knowledge: an answer that says it does not know, and whether a text speaks of what was asked."""

import re

from feedback.classification.evidence.topic import alike, topic
from feedback.domain.measure import Phrases, Text

__all__ = ["denies_knowledge", "speaks_of", "touches"]

_DENIES = Phrases(
    """
    do not know | don't know | i do not have | i don't have | does not contain | do not contain | doesn't contain | no information |
    does not mention | do not mention | doesn't mention | not mentioned | not provide | cannot answer | can't answer |
    unable to answer | unable to find | unable to determine | cannot determine | could not find | couldn't find | no record | no memory |
    not sure which | i'm not aware | i am not aware | not specified | no mention of | haven't told me | have not told me |
    haven't mentioned | you didn't mention | weiß ich nicht | ich weiß es nicht | keine information | keine angaben | nicht erwähnt |
    nicht bekannt | je ne sais pas | aucune information | pas d'information | pas mentionné | no lo sé | no sé | no tengo información |
    no se menciona | ninguna información | 不知道 | 不清楚 | 没有相关 | 没有提到 | 没有提及 | 未提及 | 没有记录 | 没有信息 | 无法确定 | 无法回答 | 您没有告诉 |
    わかりません | 分かりません | 情報がありません | 記録がありません | 記載がありません | 存じません | 모르겠 | 정보가 없 | 언급되지 않
    """
)
_SENTENCE = re.compile(r"[^.!?？。！\n]{1,600}")
_SHARE = 0.34
_MOST_SENTENCES = 120


def denies_knowledge(answer: Text) -> bool:
    """Tell whether an answer says that it does not know, or that nothing was said of it."""
    return _DENIES.search(answer) is not None


def speaks_of(text: Text, question: Text) -> bool:
    """Tell whether a sentence of `text` shares much of what the last sentence of `question` is about."""
    asked = [part for part in _SENTENCE.findall(question.low) if part.strip()]
    about, han = topic(asked[-1]) if asked else (frozenset(), False)
    sentences = _SENTENCE.findall(text.low)[:_MOST_SENTENCES] if about else []
    return any(
        alike(about, told, _SHARE, han=han) for told, _ in map(topic, sentences) if len(told) >= _SHARE * len(about)
    )


def touches(text: Text, question: Text) -> bool:
    """Tell whether `text` has anything that carries meaning in common with `question`."""
    return not topic(question.low)[0].isdisjoint(topic(text.low)[0])
