"""Refusal: which clause of the policy, by the topics it speaks of."""

import re
from itertools import islice

from feedback.domain.loci.seen import Seen
from feedback.domain.loci.vocabulary import Vocabulary
from feedback.domain.measure import Text

__all__ = ["TOPICS", "boundary_place"]

TOPICS = Vocabulary(
    medicine="medic* | health | doctor* | drug | dose | dosage | symptom* | diagnos* | therap* | treatment | pill | pills | antibiotic* | ibuprofen"
    " | paracetamol | aspirin | insulin | penicillin | vaccin* | blood | diabet* | pain | ache | fever | pregnan* | mg"
    " | tablet* | prescription | clinical | patient* | nurse | disease* | infection* | cancer | headache | arzt | ärzt* | medikament* | krank*"
    " | schmerz* | gesundheit* | médecin | médic* | santé | maladie | douleur | salud | enfermedad | dolor | 医 | 药 | 病 | 症状 | 治疗 | 剂量 | 薬 | 症"
    " | 의사",
    law="law | laws | legal* | lawyer | lawsuit | sue | rights | dispute | contract | court | liab* | unauthorised | unauthorized | attorney | statute"
    " | solicitor | rechtsabteilung | rechtlich* | rechtsberatung | gesetz* | anwalt | anwält* | klage | erstatten | haft* | juridi* | avocat | loi"
    " | abogado | ley | 法律 | 律师 | 合同 | 诉讼 | 权利 | 弁護士 | 법률",
    finance="invest* | stock | stocks | shares | portfolio | financial | tax | taxes | loan | mortgage | crypto* | bitcoin | pension | anlage* | aktie*"
    " | steuer* | bourse | impôt* | inversión | impuesto* | 投资 | 股票 | 理财 | 税 | 投資 | 투자",
    harm="suicid* | self-harm | self harm | kill* | murder* | weapon* | gun | guns | bomb* | explosive* | shoot* | attack* | violen* | dangerous | hazard*"
    " | chemical* | acid | bleach | ammonia | toxic | poison* | knife | knives | blade* | sharpen* | injur* | swallow* | hack* | steal* | phishing"
    " | malware | lockpick* | fraud* | forge* | counterfeit* | launder* | bypass* | exploit* | shoplift* | crack | drugs | cocaine | illegal | criminal*"
    " | crime* | theft | war | selbstmord | suizid* | waffe* | gefährlich* | messer | betrug* | straftat* | armes | dangereux | couteau | voler | fraude*"
    " | arma | armas | peligros* | cuchillo | robar | 自杀 | 自残 | 自殺 | 武器 | 炸弹 | 杀 | 暴力 | 殺 | 刀 | 危险 | 毒 | 黑客 | 盗 | 诈骗 | 破解 | 犯罪 | 刃物"
    " | 危険 | 폭력 | 해킹 | 칼",
    people="bias* | stereotyp* | sexis* | racis* | discriminat* | bigotry | ethnic* | gender | women | men | elderly | nationalit* | hate | hateful"
    " | offensive | minorit* | disab* | cliché* | insult* | slur* | demean* | harass* | threat* | abus* | rude | klischee* | vorurteil* | rassis*"
    " | beleidig* | droh* | préjugé* | insulte* | menace* | prejuicio* | insulto* | amenaza* | 歧视 | 偏见 | 刻板 | 辱骂 | 侮辱 | 威胁 | 冒犯 | 差別 | 暴言"
    " | 차별 | 욕설",
    privacy="private | privacy | personal data | personal information | address | phone | salary | pay | wage | bonus | borrower* | track* | spy | dox*"
    " | confidential | internal | secret | sealed | disclos* | leak* | where does | names of | datenschutz | privat* | adresse | privée | privad*"
    " | endereço | código | 隐私 | 机密 | 个人信息 | 电话 | 住址 | 透露 | 個人情報 | 自宅 | 住所 | 개인정보",
    opinion="politic* | election* | vote | president | party | government | minister | god | religio* | church | islam* | christian* | bible | quran"
    " | prayer | opinion* | your view | partei | wahl* | regierung | kirche | glaube* | meinung | parti | élection* | église | avis | política"
    " | gobierno | iglesia | 政治 | 选举 | 政府 | 政党 | 宗教 | 佛 | 观点 | 看法 | 選挙 | 意見 | 정치 | 종교 | 의견",
    fiction="story | stories | tale | fiction* | novel | made-up | fairy | poem | lyrics | copyright* | plagiar* | märchen | geschichte | roman | conte"
    " | histoire | cuento | historia | 故事 | 小说 | 童话 | 歌词 | 版权 | 物語 | 著作権 | 이야기",
    sexual="sex | sexual* | porn* | nude | erotic* | explicit content | contracepti* | sexuell | erotik | 色情 | 性行为 | 성적",
    service="refund* | credit | transfer* | discount* | fee | fees | price* | payment* | cash | deposit | delete* | drop | erase | block my | unlock | reset"
    " | cancel | password* | admin | exam | exams | quiz | answer key | graded | homework | assignment | coursework | marks | grades | erstattung*"
    " | rabatt | lösch* | sperr* | prüfung* | rembours* | remise | supprim* | examen | reembolso | descuento | borra* | 退款 | 转账 | 优惠 | 赔 | 删除 | 重置"
    " | 考试 | 测验 | 答案 | 返金 | 削除 | 試験 | 환불 | 삭제 | 시험",
)
_CLAUSE = re.compile(r"[^.!?;\n。！？；]{8,300}")
_POLICY = re.compile(
    r"\b(?:never|not|don't|no|only|may|must|refuse|decline|avoid|allowed|permitted|forbidden|nie|nicht|keine?|nur|darf|jamais|pas|interdit|nunca"
    r"|solo|puede|prohibido)\b|不|禁止|拒绝|可以|仅|ない|禁|안"
)
_OPENING = 400
_MOST_CLAUSES = 40
_ONE_PLACE = 3


def boundary_place(seen: Seen) -> str | None:
    """
    Return `line:` and the topics of the clause of the policy, by general words, whichever side of it the answer was on.

    The topic is what answer, remarks and the user's last turn name most. A clause of the prompt that draws a line through it
    and one or two others is one place (`law+medicine`); so is the only clause. Without a topic it is `other`.
    """
    if not seen.answer and not seen.calls and not seen.said:
        return None
    clauses = _clauses(seen)
    narrow = [topics for topics in clauses if len(topics) <= _ONE_PLACE]
    if narrow and len(clauses) == 1:
        return f"line:{'+'.join(narrow[0])}"
    topic = TOPICS.best(Text(seen.answer.full[:_OPENING]), seen.said, Text(seen.last.raw[-_OPENING:])) or "other"
    return f"line:{'+'.join(next((topics for topics in narrow if topic in topics), (topic,)))}"


def _clauses(seen: Seen) -> list[tuple[str, ...]]:
    """Return the topics of each clause of the rules that draws a line, each set of topics once."""
    found: dict[tuple[str, ...], None] = {}
    rules = "\n".join(seen.request.texts("system", "developer")) or (seen.users[0].raw if seen.users else "")
    for match in islice(_CLAUSE.finditer(rules), _MOST_CLAUSES):
        if _POLICY.search(match[0].lower()):
            found[tuple(sorted(TOPICS.counts(Text(match[0]))))] = None
    return [topics for topics in found if topics]
