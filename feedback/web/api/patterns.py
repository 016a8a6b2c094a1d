"""Patterns, what they are measured by, and what is covered."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from feedback.domain.recurrence import VerdictValue
from feedback.service.coverage import coverage, coverage_data
from feedback.service.patterns import pattern_list, pattern_view
from feedback.web.access import may
from feedback.web.answers import Seen, json_answer
from feedback.web.api.cursors import Cursor, Limit, sliced
from feedback.web.api.shapes import CoverageAnswer, PatternDetail, PatternPage, TaxonomyAnswer
from feedback.web.lending import Reading
from feedback.web.openapi import plain, problems, tagged

__all__ = ["router"]

router = APIRouter(tags=["patterns"], dependencies=[may("read")])
Name = Annotated[str | None, Query(max_length=200)]


@router.get(
    "/v1/patterns",
    summary="List patterns",
    responses=tagged(PatternPage, "Patterns, most failures first.") | problems(404),
)
def list_patterns(
    service: Reading,
    seen: Seen,
    category: Name = None,
    template: Name = None,
    verdict: VerdictValue | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Return patterns with their verdicts and tickets, a page at a time, and what waits beside all of them."""
    found = pattern_list(service, category=category, template=template, verdict=verdict)
    return seen.answer(found | sliced(found.pop("patterns"), limit, cursor))


@router.get(
    "/v1/patterns/{pattern_id}",
    summary="Show a pattern",
    responses=plain(PatternDetail, "The pattern, and why it is a ticket or is none.") | problems(404),
)
def show_pattern(service: Reading, pattern_id: str) -> Response:
    """Return all that is known of a pattern, by its id or that of one of its tickets."""
    return json_answer(pattern_view(service, pattern_id))


@router.get(
    "/v1/coverage",
    summary="Show coverage",
    responses=tagged(CoverageAnswer, "What samples cover, and what is missing.") | problems(),
)
def show_coverage(
    service: Reading,
    seen: Seen,
    *,
    by_knowledge_point: Annotated[bool, Query(description="Cells by knowledge point too.")] = False,
) -> Response:
    """Return samples, failures, cases and templates by task, scenario and output format, and what is empty or thin."""
    return seen.answer(coverage_data(coverage(service, by_knowledge_point=by_knowledge_point)))


@router.get(
    "/v1/taxonomy",
    summary="Show the categories",
    responses=tagged(TaxonomyAnswer, "The fixed categories.") | problems(),
)
def show_taxonomy(service: Reading, seen: Seen) -> Response:
    """Return the ten categories with meaning and remedy, and their order of precedence."""
    return seen.answer(service.taxonomy.model_dump(mode="json"))
