"""Every page at every size, light and dark: nothing is cut off, nothing is hard to read, nothing goes wrong."""

from typing import Literal

import pytest

from tests.browser.visits import SIZES, Visit, grave_violations, overflow, ticket_ids

_PAGES = (
    "/",
    "/tickets",
    "/tickets?state=waiting&sort=failures",
    "/triage",
    "/failures/demo-0025",
    "/templates",
    "/templates/contract_payment_terms",
    "/regression-sets",
    "/classifier",
    "/dead-letters",
    "/webhooks",
    "/keys",
    "/nothing/here",
)
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def _ticket(visit: Visit, address: str) -> str:
    return f"/tickets/{ticket_ids(visit.page(address, '/tickets'))[0]}"


@pytest.mark.parametrize("path", _PAGES)
@pytest.mark.parametrize("size", SIZES)
def test_no_page_is_wider_than_its_window(visit: Visit, shown: str, path: str, size: str) -> None:
    assert overflow(visit.page(shown, path, size=size)) <= 0


@pytest.mark.parametrize("size", SIZES)
def test_no_ticket_is_wider_than_its_window_with_all_unfolded(visit: Visit, shown: str, size: str) -> None:
    page = visit.page(shown, _ticket(visit, shown), size=size)
    page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
    assert overflow(page) <= 0


@pytest.mark.parametrize("scheme", _SCHEMES)
@pytest.mark.parametrize("path", _PAGES)
def test_an_audit_finds_nothing_grave(visit: Visit, shown: str, path: str, scheme: Literal["light", "dark"]) -> None:
    for size in ("desk", "phone"):
        assert grave_violations(visit.page(shown, path, size=size, color_scheme=scheme)) == []


@pytest.mark.parametrize("scheme", _SCHEMES)
def test_an_audit_finds_nothing_grave_on_a_ticket(visit: Visit, shown: str, scheme: Literal["light", "dark"]) -> None:
    path = _ticket(visit, shown)
    for size in ("desk", "phone"):
        page = visit.page(shown, path, size=size, color_scheme=scheme)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
        assert grave_violations(page) == []


def test_drawings_say_in_words_what_they_show_and_come_in_the_size_of_the_window(visit: Visit, shown: str) -> None:
    for size, width in (("phone", "narrow"), ("tablet", "medium"), ("desk", "wide")):
        drawing = visit.page(shown, "/", size=size).locator("figure.chart img")
        assert "failures in 28 days" in str(drawing.get_attribute("alt"))
        assert f"width={width}" in drawing.evaluate("one => one.currentSrc")
        assert drawing.evaluate("one => one.complete && one.naturalWidth > 0")


def test_a_number_of_the_heat_map_leads_to_the_tickets_of_its_pattern(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/")
    page.get_by_title("Missing tool parameters in rail_and_hotel_booking").click()
    assert page.locator("tbody th .code").first.inner_text() == "rail_and_hotel_booking"
    assert {one.inner_text() for one in page.locator("tbody th a").all()} == {"Missing tool parameters"}


def test_the_evidence_of_a_failure_is_marked_where_it_stands(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/tickets?category=over_elaborated_response")
    page.locator("[data-open]").first.click()
    marks = [one.inner_text().lower() for one in page.locator(".example[open] mark.rule").all()]
    assert marks == ["80 words", "do not hesitate to"]
