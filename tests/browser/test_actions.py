"""What people do with a ticket: every action by plain forms, without a script."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import Visit, ticket_ids

_SAFE = "/tickets?category=over_elaborated_response"


def _open(visit: Visit, address: str, queue: str = _SAFE, *, name: str = "Ada") -> Page:
    """Return the first ticket of a queue, in a browser without scripts, for a visitor who has said a name."""
    page = visit.page(address, queue, scripts=False)
    page.goto(f"/tickets/{ticket_ids(page)[0]}")
    page.locator(".who summary").click()
    page.get_by_label("Your name, as it stands in the history").fill(name)
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".said")).to_contain_text(f"You act as {name} now.")
    return page


def _primary(page: Page) -> None:
    page.locator(".next button.primary").click()


def _unfold(page: Page, name: str) -> None:
    page.locator(".actions summary", has_text=name).click()


def test_a_newcomer_carries_a_ticket_from_open_to_revised(visit: Visit, own: str) -> None:
    page = _open(visit, own)
    page.get_by_role("button", name="Take it into review").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("link", name="Write the next version").click()
    text = page.locator("#yaml").input_value()
    page.locator("#yaml").fill(text.replace("At most 80 words, counted", "At most 60 words, counted"))
    page.get_by_role("button", name="Register 1.4.0").click()
    expect(page.locator(".said")).to_contain_text("support_ticket_reply 1.4.0 is registered.")
    expect(page.locator(".head .state")).to_contain_text("revised")
    expect(page.locator(".history")).to_contain_text("Ada (unverified): approved")


def test_a_faulty_next_version_is_refused_and_stays_in_its_field(visit: Visit, own: str) -> None:
    page = _open(visit, own)
    _primary(page)
    _primary(page)
    page.locator("#yaml").fill("name: something else\n<script>alert(1)</script>")
    page.get_by_role("button", name="Register 1.4.0").click()
    expect(page.get_by_role("alert")).to_contain_text("That was not done")
    expect(page.locator("#yaml")).to_have_value("name: something else\n<script>alert(1)</script>")
    expect(page.locator(".head .state")).to_contain_text("approved")


def test_the_next_version_is_a_file_too(visit: Visit, own: str) -> None:
    page = _open(visit, own)
    with page.expect_download() as found:
        page.get_by_role("link", name="Download as YAML").click()
    assert found.value.suggested_filename == "support_ticket_reply-1.4.0.yaml"
    assert "resolves:" in found.value.path().read_text(encoding="utf-8")


def test_people_comment_assign_snooze_wake_reject_and_reopen(visit: Visit, own: str) -> None:
    page = _open(visit, own)
    _unfold(page, "Comment")
    page.get_by_label("What you want to say").fill("Is <b>this</b> one fault?")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator(".history blockquote")).to_have_text("Is <b>this</b> one fault?")
    _unfold(page, "Assign")
    page.get_by_label("To whom (empty: to nobody)").fill("Lin")
    page.get_by_role("button", name="Assign").click()
    expect(page.locator(".head")).to_contain_text("with Lin (unverified)")
    _unfold(page, "Snooze")
    page.get_by_label("Until so many failures more").fill("5")
    page.get_by_role("button", name="Snooze").click()
    expect(page.locator(".head .note")).to_contain_text("has grown by 5 failures")
    page.get_by_role("button", name="Wake it").click()
    expect(page.locator(".head .note")).to_have_count(0)
    _unfold(page, "Reject")
    page.get_by_label("Reason").select_option("wont_fix")
    page.get_by_role("button", name="Reject").click()
    expect(page.locator(".head .state")).to_contain_text("rejected")
    _primary(page)
    expect(page.locator(".head .state")).to_contain_text("open")


def test_the_second_of_two_sees_what_changed_and_keeps_what_was_typed(visit: Visit, own: str) -> None:
    late = _open(visit, own, name="Lin")
    _unfold(late, "Reject")
    late.get_by_label("Reason").select_option("wrong_category")
    late.locator("#comment-reject").fill("it is another fault")
    _primary(_open(visit, own, name="Ada"))
    late.get_by_role("button", name="Reject").click()
    expect(late.get_by_role("alert")).to_contain_text("Somebody was faster")
    expect(late.get_by_role("alert")).to_contain_text("Ada (unverified): taken into review")
    expect(late.locator("#comment-reject")).to_have_value("it is another fault")
    expect(late.get_by_label("Reason")).to_have_value("wrong_category")
    late.get_by_role("button", name="Reject").click()
    expect(late.locator(".head .state")).to_contain_text("rejected")


def test_a_ticket_of_high_risk_says_that_it_needs_two_tokens(visit: Visit, own: str) -> None:
    page = _open(visit, own, "/tickets?risk=high")
    _primary(page)
    expect(page.locator(".next")).to_contain_text("two different people must approve, each with a token")
    expect(page.locator(".next button")).to_have_count(0)
    page.get_by_role("link", name="Tickets without high risk").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    expect(page.locator("tbody .risk")).to_have_count(0)


@pytest.mark.parametrize("kind", ["template_revision", "regression_set"])
def test_filters_and_orders_work_as_a_plain_form(visit: Visit, shown: str, kind: str) -> None:
    page = visit.page(shown, f"/tickets?kind={kind}", scripts=False)
    page.locator(".filter summary").click()
    page.get_by_label("Risk").select_option("high")
    page.get_by_label("Order").select_option("failures")
    page.get_by_role("button", name="Show").click()
    failures = [int(one.inner_text()) for one in page.locator('td[data-label="Failures"]').all()]
    assert failures == sorted(failures, reverse=True)
    assert len(failures) >= 5
    assert page.locator("tbody tr").count() == page.locator("tbody .risk").count()
