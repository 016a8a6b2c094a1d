"""What belongs to a ticket: split, merged and corrected by plain forms, without a script."""

from playwright.sync_api import Page, expect

from tests.browser.visits import Visit, ticket_ids


def _open(visit: Visit, address: str, queue: str) -> Page:
    page = visit.page(address, queue, scripts=False)
    page.goto(f"/tickets/{ticket_ids(page)[0]}")
    return page


def test_places_are_split_off_and_put_back(visit: Visit, own: str) -> None:
    page = _open(visit, own, "/tickets?category=field_definition_ambiguity&template=contract_payment_terms")
    before = page.locator(".answers .big").first.inner_text()
    page.get_by_text("No: some places are a fault of their own").click()
    page.locator("fieldset input[name=locus]").last.check()
    page.get_by_role("button", name="Split them off").click()
    expect(page.locator(".said")).to_contain_text("became a fault of its own")
    page.get_by_role("button", name="Put them back").click()
    expect(page.locator(".said")).to_contain_text("went back to where they came from")
    page.goto(f"/tickets/{ticket_ids(visit.page(own, '/tickets?template=contract_payment_terms'))[0]}")
    assert page.locator(".answers .big").first.inner_text() == before


def test_a_duplicate_is_merged_and_a_wrong_id_is_refused(visit: Visit, own: str) -> None:
    page = _open(visit, own, "/tickets?category=over_elaborated_response")
    other = ticket_ids(visit.page(own, "/tickets?category=missing_tool_parameters"))[0]
    mine = page.url.rpartition("/")[2]
    page.get_by_text("It is the same as another ticket").click()
    page.get_by_label("Id of the other ticket").fill("TR-nobody")
    page.get_by_role("button", name="Merge into it").click()
    expect(page.locator("main")).to_contain_text("No ticket 'TR-nobody'")
    page.go_back()
    page.get_by_text("It is the same as another ticket").click()
    page.get_by_label("Id of the other ticket").fill(other)
    page.get_by_role("button", name="Merge into it").click()
    expect(page).to_have_url(f"{own}/tickets/{other}")
    expect(page.locator(".said")).to_contain_text(f"{mine} is a duplicate of this ticket now")


def test_all_failures_of_a_ticket_are_corrected_and_the_ticket_stays(visit: Visit, own: str) -> None:
    page = _open(visit, own, "/tickets?category=over_elaborated_response")
    page.get_by_text("Its failures are something else").click()
    page.get_by_label("Category", exact=True).select_option("output_format_violation")
    page.get_by_role("button", name="Say so").click()
    expect(page.locator(".said")).to_contain_text("failures corrected, 0 confirmed.")
    expect(page.locator(".answers .big").first).to_have_text("0 failures")
