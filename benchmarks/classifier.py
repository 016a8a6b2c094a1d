"""The model card: runs the whole evaluation and writes `docs/classifier.md`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from feedback.classification.evaluation import Corrected
from feedback.classification.evidence import RULES
from feedback.classification.measures import Measured, RuleMeasured
from feedback.service.evaluate import Report, evaluate

__all__ = ["card", "main"]

CARD = Path(__file__).parent.parent / "docs" / "classifier.md"
_FIGURES = (
    ("macro-F1", "macro_f1"),
    ("right first guesses", "accuracy"),
    ("mean of that over batches or origins", "mean_over_groups"),
    ("right, more probable half", "half"),
    ("expected calibration error", "calibration_error"),
    ("answered", "answered"),
    ("right of those answered", "right_of_answered"),
    ("undecidable cases sent to triage", "triage_recall"),
    ("cases", "cases"),
    ("undecidable cases", "triage_cases"),
)


def main(labelled: str | None = None) -> None:
    """Evaluate, with labelled failures where a file is named, and write the card."""
    found = evaluate(Path(labelled) if labelled else None, progress=_say)
    CARD.write_text(card(found), encoding="utf-8")
    print(f"wrote {CARD}")


def _say(step: str, done: int, _of: int) -> None:
    if done == 0:
        print(f"{step} ...", file=sys.stderr)


def card(found: Report) -> str:
    """Return the model card of a report, as Markdown."""
    parts = [_WHAT, _figures(found), _by_category(found), _groups(found), _reliability(found), _WHERE_IT_FAILS]
    parts += [_explained(found), _curves(found), _rules(found.rules, found.rules_labelled), _AGAIN]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


_WHAT = """
# The classifier: a model card

*Written by `make evaluate`; figures are as measured in one run, never edited.*

**What it does.** Names the root cause of one failure among the ten fixed categories, or says `needs_triage`. It reads the
texts of a failure in five views (signals, answer, last user turn, rules given, earlier user turns), what the evidence rules prove
or make likely, and how answer and prompt relate. Two linear models are averaged; probabilities are calibrated on batches the model had not seen;
each category answers only above the confidence at which the stated share of its answers was right. Decisions
[5](decisions/0005-the-first-classifier.md) and [7](decisions/0007-the-second-classifier.md) tell why.

**What it is for.** Sorting failures so that people look at patterns. Not for judging single users, models or answers; a person's
correction always stands above it.

**What it learned from.** The corpus in `feedback/classification/corpus` ([how it was made](../feedback/classification/corpus/README.md)):
24 batches by authors who did not see each other's work. The labelled file below is the development half of a bench of
real failures of public benchmarks; nothing of it is in this repository and nothing was trained on it, but evidence rules were
chosen with its failures in sight, so its figures are those of a development set.
"""
_WHERE_IT_FAILS = """
## Where it fails

- *It does not reason.* A wrong sum without a reference, a misread passage, an invented fact that looks like a given one: it guesses from
  the kind of task. `model_capability_gap` and `insufficient_context` are taken for each other most often.
- *Two clauses that clash in meaning, not in words.* Only limits, languages, formats, tones, and a demand and a ban in the same words
  are found by rule.
- *Long dialogues*: what was said ten turns ago and dropped is found only where a rule knows its kind. The batch of annotated dialogues is
  its worst.
- *An answer that did another task than meant*, where nobody says so.
- *Languages*: rules know English, German, French, Spanish, Chinese, Japanese and partly Korean; elsewhere words alone speak.
- *Probabilities* are those of a corpus in which all categories are equally frequent. Where one category rules, they are too low for
  it and too high for the rest, until corrections teach it.
- *Other sources*: on origins unlike the corpus the calibration error is several times that of unseen batches (see the table).
"""
_AGAIN = """
## Again

`make evaluate` evaluates and writes this page; `feedback evaluate --on FILE` prints the same on labelled failures of your own,
`--quick` leaves out the curves.
"""


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    aligned = "|".join("---" if n == 0 else "---:" for n in range(len(columns)))
    lines = [f"| {' | '.join(columns)} |", f"|{aligned}|"]
    return "\n".join(lines + [f"| {' | '.join(map(_text, row))} |" for row in rows])


def _text(value: object) -> str:
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def _figures(found: Report) -> str:
    measured: list[tuple[str, Measured]] = [("unseen batches", found.corpus), ("two batches set aside", found.aside)]
    if found.labelled:
        measured.append(("labelled file", found.labelled))
    rows = [(name, *(getattr(one, field) for _, one in measured)) for name, field in _FIGURES]
    speed = found.speed
    return f"""## Figures

Classifier `{found.classifier_version}`, stated precision {found.precision:g}.

{_table(("", *(name for name, _ in measured)), rows)}

*Unseen batches*: each batch of the corpus judged by a model that saw nothing of it. *Set aside*: two further batches, by the
classifier itself.

Speed: {speed.events_per_second:,.0f} distinct events of {speed.mean_bytes:,.0f} bytes a second of processor time, rules and
explanations included and nothing cached; the bare vectorizers alone {speed.bare_per_second:,.0f}. Memory: {speed.model_megabytes:.0f} MB."""


def _by_category(found: Report) -> str:
    rows = [
        (f"`{one.category}`", one.cases, one.precision, one.recall, one.f1, found.thresholds[one.category], one.answered,
         one.right_of_answered)
        for one in found.corpus.by_category
    ]  # fmt: skip
    columns = ("category", "cases", "precision", "recall", "F1", "threshold", "answered", "right of answered")
    return f"## By category, unseen batches\n\n{_table(columns, rows)}"


def _groups(found: Report) -> str:
    text = "## Right first guesses by batch and origin\n\n" + _table(
        ("batch", "right"), list(found.corpus.by_group.items())
    )
    if found.labelled:
        text += "\n\n" + _table(("origin of the labelled file", "right"), list(found.labelled.by_group.items()))
    return text


def _reliability(found: Report) -> str:
    rows = [(said, was, n) for said, was, n in found.reliability]
    chart = _chart(
        "said and true", "probability said", [f"{said:.2f}" for said, _, _ in rows], [was for _, was, _ in rows]
    )
    return f"""## Said and true, unseen batches

{_table(("probability said (mean)", "share right", "cases"), rows)}

{chart}"""


def _chart(title: str, across: str, names: Sequence[str], values: Sequence[float]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    heights = ", ".join(f"{value:.3f}" for value in values)
    return f"""```mermaid
xychart-beta
    title "{title}"
    x-axis "{across}" [{quoted}]
    y-axis 0 --> 1
    line [{heights}]
```"""


def _explained(found: Report) -> str:
    one = found.faithful
    return f"""## Explanations

In {one.share:.1%} of {one.cases} unseen cases the named terms and rules carried more of the first category's probability than as
many others drawn at random (ten draws): without them it lost {one.lost_named:.3f} in the mean, without the others {one.lost_random:.3f}."""


def _curves(found: Report) -> str:
    if found.curves is None:
        return ""
    learning = found.curves.learning
    chart = _chart(
        "macro-F1 on four other batches", "batches", [str(n) for n, _ in learning], [f1 for _, f1 in learning]
    )
    return f"""## Learning

{_table(("batches learned from", "macro-F1 on four other batches"), learning)}

{chart}

{_corrected("batches of the corpus", found.curves.corrected_batches)}

{_corrected("origins of the labelled file with 40 items and two categories", found.curves.corrected_origins)}"""


def _corrected(where: str, found: Sequence[Corrected]) -> str:
    if not found:
        return ""
    before = sum(one.without for one in found) / len(found)
    after = sum(one.with_corrections for one in found) / len(found)
    rows = [(one.stream, one.tested, one.without, one.with_corrections) for one in found]
    columns = ("stream", "tested", "error without", "error with half as corrections")
    return f"""What corrections add, {where}: half of a stream is given as corrections, the other half is tested; what shares a request stays
together. Mean error {before:.3f} without, {after:.3f} with.

{_table(columns, rows)}"""


def _rules(corpus: Sequence[RuleMeasured], labelled: Sequence[RuleMeasured]) -> str:
    here, there = ({(one.rule, one.category): one for one in some} for some in (corpus, labelled))
    rows: list[tuple[object, ...]] = []
    for rule, category in sorted(here.keys() | there.keys()):
        pair = (here.get((rule, category)), there.get((rule, category)))
        figures = [
            value for one in pair for value in ((one.fired, one.precision, one.recall) if one else (0, None, None))
        ]
        rows.append((f"`{rule}`", f"`{category}`", *figures))
    silent = sorted(set(RULES) - {rule for rule, _ in here.keys() | there.keys()})
    rows += [(f"`{rule}`", "", 0, None, None, 0, None, None) for rule in silent]
    columns = ("rule", "speaks for", "fired, corpus", "precision", "recall", "fired, labelled", "precision", "recall")
    return f"""## Rules

Each is a small pure function that names its evidence and place. They are features with learned weights, never verdicts; precision is the
share of the cases it fired on that carry the category, recall the share of the category's cases it fired on. A rule
without a category (`reported.neutral`) only describes.

{_table(columns, rows)}"""


if __name__ == "__main__":
    main(*sys.argv[1:])
