"""Task boundary: what each task includes and leaves out, when to act, to answer or to ask, and where to stop."""

from collections.abc import Iterator, Sequence

from feedback.domain.loci.names import identifier
from feedback.domain.loci.vocabulary import Vocabulary
from feedback.domain.measure import Text
from feedback.domain.revision.clauses import with_clause
from feedback.domain.revision.evidence import Clue, Draft, Evidence, Failed, counted
from feedback.domain.revision.schema_parts import required_of
from feedback.domain.revision.schemas import known_tools, parameters_of

__all__ = ["task_boundary"]

_KINDS = ("summarise", "edit", "extract", "write", "translate", "plan", "choose", "code")
_SAID = Vocabulary(
    summarise="summary | summaries | summari* | zusammenfass* | résum* | resum* | 总结 | 摘要 | 概括 | 要約",
    edit="edit* | spelling | rewrite* | rewrote | rephras* | proofread* | correct the | überarbeit* | umgeschrieben | reformul* | 改写 | 润色 | 改动"
    " | 错别字 | 書き換え",
    extract="list | listed | listing | lists | extract* | auflist* | liste | extraire | extraer | 列出 | 抽取 | 提取 | 抽出",
    write="letter | letters | email | e-mail | essay | draft | drafted | brief | anschreiben | lettre | carta | 写信 | 撰写 | 作文 | 手紙",
    translate="translat* | übersetz* | tradui* | traduc* | 翻译 | 翻訳",
    plan="plan | plans | planning | planned | treatment | recommend* | suggest* | vorschl* | empf* | plan d'action | 计划 | 方案 | 建议 | 計画",
    choose="classif* | categor* | einordn* | klassifi* | 分类 | 归类 | 分類",
    code="refactor* | patch | implement* | code | 代码 | 重构 | コード",
)
_MOST_REMARKS = 2_000
_LEAST_SHARE = 0.1
_TO_READ = (
    "What each task includes is the common meaning of the word: put in what it means to your users, and take out the tasks"
    " that this template is not for."
)
_NOT_NAMED = (
    "No failure tells which task was meant and which one was done. Let a comment or the failed check name both (asked for a"
    " summary, got a plan), and send request and answer; a call that was due or not due shows in response.tool_calls."
)


def task_boundary(evidence: Evidence) -> Draft:
    """Return the tasks that were mixed up, each with what it includes and leaves out, and when to act, answer or ask."""
    tasks = evidence.tally(_tasks, least_share=_LEAST_SHARE)
    tools = evidence.tally(lambda one: _tools(evidence, one), least_share=_LEAST_SHARE)
    if not tasks and not tools:
        return Draft(missing=(_NOT_NAMED,))
    ways = evidence.tally(_ways)
    return Draft(
        changes=with_clause(evidence.template, _clause(evidence, tasks, tools, [clue.what for clue in ways])),
        clues=(*(Clue(f"task: {clue.what}", clue.failures, clue.event_ids) for clue in tasks), *tools, *ways),
        missing=(_TO_READ,),
        summary=f"Boundary of the task: {counted([*tasks, *tools])}; the answers {counted(ways)}.",
    )


def _tasks(one: Failed) -> Iterator[str]:
    """Yield the kinds of task that a failure is about: by its locus, and by what is said of it."""
    kind = one.locus.removeprefix("extent:")
    if kind in _KINDS:
        yield kind
    signals = one.event.signals
    if signals:
        details = [check.detail or "" for check in signals.checks if not check.passed]
        said = "\n".join([signals.comment or "", *details])[:_MOST_REMARKS]
        yield from _SAID.counts(Text(said))


def _tools(evidence: Evidence, one: Failed) -> Iterator[str]:
    """Yield `tool called` or `tool not called` of the tools that a failure called without need, or should have."""
    for found in one.findings:
        tool = (found.locus or "").partition(":")[0]
        if found.rule == "tool.asked_instead" and identifier(tool):
            yield f"{tool} not called"
    known = known_tools(evidence.template.tools, evidence.failed)
    if one.locus == "acted" and one.event.response:
        yield from (
            f"{name} called" for call in one.event.response.tool_calls or () if (name := call.function.name) in known
        )


def _ways(one: Failed) -> Iterator[str]:
    yield {"acted": "acted", "asked": "asked"}.get(one.locus, "did another task, or more or less of it")


def _clause(evidence: Evidence, tasks: Sequence[Clue], tools: Sequence[Clue], ways: Sequence[str]) -> str:
    words = evidence.words
    kinds = [clue.what for clue in tasks]
    lines = []
    if kinds:
        lines = [words("task_heading"), *(words(f"task_{kind}") for kind in kinds)]
        lines.append(words("task_one" if len(kinds) == 1 else "task_several"))
    else:
        lines = [words("task_tools_heading")]
    lines += filter(None, (_of_tool(evidence, clue.what) for clue in tools))
    if "asked" in ways and not tools:
        lines.append(words("ask_only"))
    return "\n".join([*lines, words("task_stop")])


def _of_tool(evidence: Evidence, told: str) -> str | None:
    """Return when a tool is called; None where it takes nothing that could be waited for."""
    name, _, way = told.partition(" ")
    if way == "called":
        return evidence.words("call_only", tool=name)
    tool = known_tools(evidence.template.tools, evidence.failed).get(name)
    required = required_of(parameters_of(tool)) if tool else []
    return evidence.words("call_when_given", tool=name, names=evidence.words.listed(required)) if required else None
