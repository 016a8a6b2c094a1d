"""Format clause: the exact form that was broken, with one example that keeps it, and nothing outside the structure."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from feedback.domain.measure import LANGUAGES, list_items
from feedback.domain.revision.clauses import with_clause
from feedback.domain.revision.demonstration import value_of
from feedback.domain.revision.evidence import Clue, Draft, Evidence, Failed, counted
from feedback.domain.revision.instances import instance_of, is_valid
from feedback.domain.revision.schema_parts import fields_of

__all__ = ["format_clause"]

_ROW = re.compile(r"[^|\n]*\|[^|\n]+\|[^\n]*")
_COMMENT = re.compile(r"(?:^|[\s,{])//|/\*")
_SEEN = {
    "fenced": "no_fence", "prose": "nothing_outside", "quotes": "double_quotes", "comments": "no_comments", "commas": "no_last_comma",
    "python": "json_names", "truncated": "closed", "list": "no_list_instead",
}  # fmt: skip
_TOLD = {
    "fenced": "a code fence around it", "prose": "words around it", "quotes": "single quotes", "comments": "comments inside it",
    "commas": "a comma behind the last value", "python": "None, True or False", "truncated": "its end is missing",
    "list": "a list of lines in its place",
}  # fmt: skip
_LONGEST_EXAMPLE = 900
_LONGEST_ROW = 500
_NOT_NAMED = (
    "Neither the template nor the failures tell the form that was meant. Name it in labels.output_format, in an output_schema,"
    " or in the name of the check that fails (is_json, only_structure, table, language)."
)


def format_clause(evidence: Evidence) -> Draft:
    """Return the exact form of the answer with what was seen to break it, and a demonstration that keeps it."""
    form, seen = _form(evidence), evidence.tally(_faults)
    told = [Clue(_TOLD.get(clue.what, clue.what), clue.failures, clue.event_ids) for clue in seen]
    if form is None:
        return Draft(missing=(_NOT_NAMED,))
    rules = [evidence.words("form_heading"), *_rules(evidence, form, [clue.what for clue in seen])]
    example, response, missing = _example(evidence, form)
    rules += [evidence.words("form_example"), example] if example else []
    changes: dict[str, Any] = with_clause(evidence.template, "\n".join(rules))
    if changes and response is not None:
        changes["response"] = response
    return Draft(
        changes=changes,
        clues=tuple(told),
        missing=missing,
        summary=f"Exact format clause ({form}) against what was seen: {counted(told)}."
        + (" The demonstration broke the form itself and is mended." if response is not None else ""),
    )


def _form(evidence: Evidence) -> str | None:
    """Return the form that was meant: by the schema, what fails, the template's words, or its label."""
    label = (evidence.template.labels.output_format or "").lower()
    if evidence.template.output_schema or "json" in label:
        return "json"
    found = evidence.tally(_forms)
    if _row(evidence) and (not found or found[0].what in {"table", "list", "rows"}):
        return "rows"
    if found:
        return "table" if found[0].what == "rows" else found[0].what
    return next((form for form in ("table", "list") if form in label), None)


def _forms(one: Failed) -> Iterator[str]:
    for locus in (one.locus, *(found.locus or "" for found in one.findings)):
        kind = locus.partition(":")[0]
        if kind in {"json", "table", "list", "language", "label"}:
            yield kind
        elif locus.endswith(":*:invalid"):
            yield "arguments"
    for check in (found.check or {} for found in one.findings):
        if check.get("type") == "only_structure" and check.get("format") in {"json", "table", "list"}:
            yield str(check["format"])


def _row(evidence: Evidence) -> str | None:
    """Return the line of the template that shows what stands between bars, or None."""
    for text in (evidence.template.system, evidence.template.instruction):
        for line in text.splitlines():
            found = _ROW.match(line) if len(line) <= _LONGEST_ROW else None
            if found:
                inner = re.search(r"\|.*\|", found[0])
                return inner[0].strip() if inner and found[0].strip()[-1:] in {"|", ",", "."} else found[0].strip()
    return None


def _faults(one: Failed) -> Iterator[str]:
    """Yield what an answer does wrong, by the names of `_SEEN`, else its locus."""
    answer = (one.event.response.content or "") if one.event.response else ""
    kinds = {
        (found.locus or "").removeprefix("json:") for found in one.findings if (found.locus or "").startswith("json:")
    }
    named: list[str] = [kind for kind in ("fenced", "prose", "truncated") if kind in kinds]
    if "invalid" in {one.locus.removeprefix("json:"), *kinds} and not named:
        signs = {
            "quotes": re.search(r"[{,]\s*'", answer), "comments": _COMMENT.search(answer), "commas": re.search(r",\s*[}\]]", answer),
            "python": re.search(r":\s*(?:None|True|False)\b", answer), "list": list_items(answer) > 1 and "{" not in answer,
        }  # fmt: skip
        named = [name for name, sign in signs.items() if sign]
    yield from named or [one.locus]


def _rules(evidence: Evidence, form: str, seen: Sequence[str]) -> Iterator[str]:
    words = evidence.words
    if form == "language":
        yield words("form_language", language=words(f"language_{_language(evidence)}"))
    elif form == "rows":
        yield words("form_rows", row=_row(evidence))
    elif form == "json" and (evidence.template.output_schema or {}).get("type") == "array":
        yield words("form_json_list")
    else:
        yield words(f"form_{form}")
    if form in {"json", "arguments"}:
        yield from (words(_SEEN[fault]) for fault in _SEEN if fault in seen and fault != "prose")
    if form != "language":
        yield words("nothing_outside")


def _language(evidence: Evidence) -> str:
    asked = evidence.tally(lambda one: [str((f.check or {}).get("language", "")) for f in one.findings if f.check])
    wanted = next((clue.what for clue in asked if clue.what in LANGUAGES), evidence.words.code)
    return wanted if wanted in LANGUAGES else "en"


def _example(evidence: Evidence, form: str) -> tuple[str, str | None, tuple[str, ...]]:
    """Return an example, the demonstration where it has to change, and what a person has to do."""
    response = evidence.template.response.strip()
    if form == "json":
        return _json_example(evidence, response)
    if form == "rows" and response and "|" not in response:
        return "", None, ("The demonstration holds no line between bars itself: rewrite it in the form of the clause.",)
    if form in {"list", "table"} and response and not (list_items(response) if form == "list" else "|" in response):
        return "", None, (f"The demonstration is no {form} itself: rewrite it in the form of the clause.",)
    return "", None, ()


def _json_example(evidence: Evidence, response: str) -> tuple[str, str | None, tuple[str, ...]]:
    schema, shown = evidence.template.output_schema or {}, value_of(response)
    if shown is not ... and is_valid(schema, shown):
        text = json.dumps(shown, ensure_ascii=False)
        plain = response.startswith(("{", "[")) and response.endswith(("}", "]"))
        return (text if len(text) <= _LONGEST_EXAMPLE else ""), (None if plain else f"{text}\n"), ()
    made = instance_of(schema) if fields_of(schema) else ...
    if made is ...:
        return "", None, ("No valid example can be made: give the template a demonstration that its schema permits.",)
    text = json.dumps(made, ensure_ascii=False)
    fault = "The demonstration is not valid" if response else "The template has no demonstration"
    return text, f"{text}\n", (f"{fault}: an example made from the schema stands in its place. Give it real values.",)
