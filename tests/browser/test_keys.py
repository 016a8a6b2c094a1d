"""The keys: what each does, and that none does anything while somebody types."""

from playwright.sync_api import Page, expect

from tests.browser.visits import Visit, ticket_ids


def _focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
    return found


def test_j_and_k_move_through_the_queue_and_o_opens(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/tickets")
    ids = ticket_ids(page)
    for key in "jjjk":
        page.keyboard.press(key)
    assert page.locator("[data-current]").count() == 1
    page.keyboard.press("o")
    expect(page).to_have_url(f"{shown}/tickets/{ids[1]}")


def test_k_stays_at_the_first_and_j_at_the_last(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/")
    page.keyboard.press("k")
    first = page.locator("[data-item]").first
    expect(first).to_have_attribute("data-current", "")
    for _ in range(9):
        page.keyboard.press("j")
    expect(page.locator("[data-item]").last).to_have_attribute("data-current", "")


def test_j_moves_through_the_examples_of_a_ticket_and_o_unfolds_them(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/tickets")
    page.goto(f"/tickets/{ticket_ids(page)[0]}")
    second = page.locator(".example").nth(1)
    expect(second).not_to_have_attribute("open", "")
    for key in "jjo":
        page.keyboard.press(key)
    expect(second).to_have_attribute("open", "")


def test_a_slash_leads_to_the_search_where_keys_are_letters(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/tickets")
    page.keyboard.press("/")
    assert _focused(page) == "search"
    page.keyboard.type("jokra? rail")
    expect(page.locator("#search")).to_have_value("jokra? rail")
    assert page.locator("[data-current]").count() == 0
    page.locator("#search").fill("rail_and")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr").first).to_contain_text("rail_and_hotel_booking")


def test_keys_with_modifiers_are_left_to_the_browser(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/tickets")
    for key in ("Control+j", "Alt+j", "Meta+j"):
        page.keyboard.press(key)
    assert page.locator("[data-current]").count() == 0


def test_a_question_mark_shows_the_keys_and_escape_hides_them(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/tickets")
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()
    page.keyboard.press("j")
    assert page.locator("[data-current]").count() == 0
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()


def test_a_takes_and_approves_r_asks_for_the_reason_c_for_the_comment(visit: Visit, own: str) -> None:
    page = visit.page(own, "/tickets?category=over_elaborated_response")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/tickets/TR-*")
    page.keyboard.press("c")
    assert _focused(page) == "comment-comment"
    page.keyboard.type("a")
    page.locator("main").focus()
    page.keyboard.press("a")
    expect(page.locator(".said")).to_have_text("Taken into review.")
    page.keyboard.press("r")
    assert _focused(page) == "reason"
    page.locator("main").focus()
    page.keyboard.press("a")
    expect(page.locator(".said")).to_have_text("Approved.")


def test_the_first_tab_leads_past_the_frame(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/tickets")
    page.keyboard.press("Tab")
    assert _focused(page) == "Skip to the content"
    page.keyboard.press("Enter")
    assert _focused(page) == "main"
