"""Task: the answer asks where it could act, or people say that it did another task than the one meant."""

from collections.abc import Iterator

from feedback.classification.evidence.context import admits_lack
from feedback.classification.evidence.view import View, finding
from feedback.domain.finding import Finding
from feedback.domain.measure import Pattern, Phrases, Text

__all__ = ["RULES", "find"]

RULES = ("task.asks_back", "task.reported", "task.reported_question")
_CATEGORY = "unclear_task_boundary"
_END = 700
_MOST_WORDS = 110  # a longer answer has answered, and offers more at its end

_ASKS_FOR = Pattern(
    "could can would please need which what prefer like clarify specify confirm welche welcher welches könnten könntest bitte "
    "pourriez pouvez quel quelle souhaitez podría podrías puede puedes cuál qué",
    r"\b(?:could|can|would) you (?:please |kindly )?(?:provide|tell|specify|clarify|share|confirm|give|let me know|be more|elaborate)\b",
    r"\bplease (?:provide|specify|clarify|confirm|share|let me know|tell me|choose|indicate)\b",
    r"\bi(?:'ll| will|'d| would)? (?:just |still |first )?need (?:to know|to clarify|to confirm|a (?:bit|few|little) more|some more|more|one detail)\b",
    r"\b(?:which|what) (?:\w+ ){1,5}(?:would|do|are|should) (?:you|i)\b|\bwould you (?:like|prefer)\b|\bdo you (?:want|prefer|mean)\b",
    r"\b(?:könnten sie|könntest du|kannst du|können sie)\b[^?\n]{0,80}\?|\bwelche[rsn]?\b[^?\n]{2,80}\?",
    r"\b(?:pourriez-vous|pouvez-vous|peux-tu|souhaitez-vous)\b[^?\n]{0,80}\?|\bquel(?:le)?s?\b[^?\n]{2,80}\?",
    r"(?:¿)?\b(?:podría|podrías|puede|puedes)\b[^?\n]{0,80}\?|¿(?:cuál|qué)\b[^?\n]{2,80}\?",
    r"请(?:问|提供|告诉|说明|确认)[^。\n]{0,40}[？?]|您(?:想|希望|需要)[^。\n]{0,30}[？?]|(?:教えて|ご指定|お知らせ)(?:いただけますか|ください)|どの[^。\n]{1,30}か[？?]|알려 ?주(?:시겠|세요)",
)
_SAID = Phrases(
    """
    not what i asked | not what was asked | isn't what i asked | wasn't what i asked |
    didn't ask you to | did not ask you to | only asked | only wanted |
    i just wanted | just wanted | was only supposed to | only supposed to | out of scope | outside the scope | scope creep | overstepped | went ahead and | went ahead without |
    wrong task | different task | another task | other task | did something else | wrong deliverable |
    misunderstood the task | misunderstood the request | misread the task | misses the point of the task |
    open to interpretation | can be read two ways | could be read two ways | two readings | two ways to read |
    depends on how you read | how far to go | where to stop | half the job | only did half | only half of |
    asked to suggest | asked to review | asked to summarise | asked to summarize | asked to list | instead of just |
    rewrote instead | translated instead | summarised instead | answered instead | acted instead | nicht gefragt |
    nicht verlangt | darum ging es nicht | war nicht gefragt | wollte nur | sollte nur | ungefragt | falsche aufgabe |
    eigenmächtig | pas demandé | rien demandé | je voulais juste | je voulais seulement | hors sujet | n'a pas demandé |
    no pedí | no te pedí | no le pedí | solo quería | sólo quería | solo pedí | fuera de alcance | 没让你 | 没叫你 | 没要求 | 我只是想 | 我只要 | 只是让 |
    不是让你 | 不是要你 | 答非所问 | 超出范围 | 多此一举 | 自作主张 | 擅自 | 任务理解 | 理解成 | 頼んでいない | 頼んでない | 求めていない | だけでよかった | だけ欲しかった |
    勝手に | 依頼と違 | 시키지 않 | 요청하지 않 | 물어본 게 아니
    """
)
_SAID_OF_ASKING = Phrases(
    """
    should have asked | should've asked | should ask first | never asked which | never asked what | never asked about | never asked the user |
    did not ask which | didn't ask which | didn't ask what |
    without asking | asks a question instead | asked a question instead | instead of asking | clarifying question |
    clarifying questions | clarification question | clarification needed | needs clarification | needed clarification |
    no clarification | asked for clarification | asks for clarification | needless question | pointless question |
    unnecessary question | unnecessary questions | asks unnecessary | too many questions | stop asking | just do it |
    everything was given | everything it needed | all the details were | all details were | had everything | had all it needed |
    task is vague | vague request | request was vague | request is vague | annotated as vague | annotated as clear | underspecified |
    under-specified | ambiguous request | request is ambiguous | request was ambiguous | question is ambiguous | hätte fragen |
    hätte nachfragen | ohne nachzufragen | ohne rückfrage | rückfrage | nachgefragt statt | unnötige frage | aurait dû demander |
    sans demander | question inutile | au lieu de demander | debió preguntar | debería haber preguntado | sin preguntar |
    pregunta innecesaria | 应该先问 | 应先问 | 应该问 | 没有追问 | 没追问 | 没有澄清 | 未澄清 | 不必要的提问 | 不用问 | 别问了 | 直接做 | 问题不明确 | 需求不明确 | 指令模糊 |
    確認すべき | 聞くべき | 確認せずに | 聞かずに | 曖昧 | 不要な質問 | 물어봤어야 | 확인하지 않고 | 애매
    """
)


def find(view: View) -> Iterator[Finding]:
    """Yield an answer that asks back at first contact, and what people say of the task and of asking."""
    first = view.answer and not view.earlier and view.asks and not view.refused and not admits_lack(view.answer)
    if first and view.size <= _MOST_WORDS:
        ending = Text(view.answer.raw[-_END:])
        asked = _ASKS_FOR.search(ending)
        if asked:
            yield finding("task.asks_back", _CATEGORY, asked[0], "response.content", locus="asks_back")
    for rule, phrases, locus in (
        ("task.reported", _SAID, "task:reported"),
        ("task.reported_question", _SAID_OF_ASKING, "question:reported"),
    ):
        said = next((text for text in view.remarks if phrases.search(text)), None)
        if said:
            yield finding(rule, _CATEGORY, said.full, said.where, locus=locus)
