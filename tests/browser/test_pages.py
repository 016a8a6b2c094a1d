"""Failures, templates, triage, regression sets, dead letters and the classifier, as a person uses them."""

import httpx
from playwright.sync_api import Page, expect

from tests.browser.visits import Visit


def _waiting(page: Page) -> int:
    return int(page.locator(".lead").inner_text().split(" failure")[0].replace(",", ""))


def test_triage_by_keys_answers_a_whole_group_and_goes_on(visit: Visit, own: str) -> None:
    page = visit.page(own, "/triage")
    before, first = _waiting(page), page.locator("#failure .code").inner_text()
    alike = int(page.locator("label[for=alike]").inner_text().split("all ")[1].split(" ")[0])
    page.keyboard.press("4")
    expect(page.locator(".said")).to_contain_text(f"Over-elaborated demonstration response said of {alike} failures.")
    assert _waiting(page) == before - alike
    expect(page.locator("#failure .code")).not_to_have_text(first)


def test_triage_of_one_alone_and_skipping_by_keys(visit: Visit, own: str) -> None:
    page = visit.page(own, "/triage")
    before = _waiting(page)
    page.keyboard.press("l")
    page.keyboard.press("x")
    expect(page.locator(".said")).to_contain_text("Needs triage said of 1 failure.")
    assert _waiting(page) == before - 1
    page.keyboard.press("s")
    expect(page).to_have_url(f"{own}/triage?skip=1")


def test_triage_works_without_scripts_and_in_a_phone_sized_window(visit: Visit, own: str) -> None:
    page = visit.page(own, "/triage", size="phone", scripts=False)
    before = _waiting(page)
    page.get_by_label("Say it of all").uncheck()
    page.get_by_role("button", name="Insufficient context").click()
    assert _waiting(page) == before - 1


def test_a_failure_is_corrected_by_a_form_and_its_page_tells_who_said_what(visit: Visit, own: str) -> None:
    page = visit.page(own, "/failures/demo-0025", scripts=False)
    expect(page.locator("h1")).to_contain_text("Insufficient context in bank_account_assistant")
    page.locator(".who summary").click()
    page.get_by_label("Your name, as it stands in the history").fill("Ada")
    page.get_by_role("button", name="Keep").click()
    page.get_by_label("Category").select_option("model_capability_gap")
    page.get_by_label("Template (empty").fill("some_other_template")
    page.get_by_label("Its version").fill("")
    page.get_by_role("button", name="Say so").click()
    expect(page.locator(".said")).to_contain_text(
        "Corrected: Model capability gap. Some_other_template is not registered"
    )
    expect(page.locator("h1")).to_contain_text("Model capability gap in some_other_template")
    expect(page.locator("main")).to_contain_text("Ada (unverified) said model capability gap, it had been insufficient")


def test_the_marks_of_a_failure_change_none_of_its_words(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/failures/demo-0025")
    event = httpx.get(f"{shown}/v1/failures/demo-0025").json()["event"]
    said = [message["content"] for message in event["request"]["messages"]]
    texts = [one.inner_text() for one in page.locator(".sides section").first.locator("pre").all()]
    assert ["".join(one.split()) for one in texts] == ["".join(one.split()) for one in said]
    assert page.locator(".sides mark").count() > 0


def test_a_template_shows_rates_by_version_and_what_recurs_in_it(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/templates")
    page.get_by_role("link", name="contract_payment_terms").click()
    expect(page.get_by_role("heading", name="How often each version fails")).to_be_visible()
    rates = page.get_by_role("region", name="Failure rate by version")
    assert "%" in rates.inner_text()
    page.get_by_role("region", name="Patterns").get_by_role("link").first.click()
    expect(page.locator("h1")).to_contain_text("contract_payment_terms")


def test_a_case_is_reached_from_its_regression_set_and_leads_to_its_failure(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/regression-sets")
    page.locator(".set tbody a").first.click()
    expect(page.get_by_role("heading", name="How the answer is judged")).to_be_visible()
    page.get_by_role("link", name="demo-").click()
    expect(page.get_by_role("heading", name="What was received")).to_be_visible()


def test_a_dead_letter_is_shown_with_its_reasons_and_sent_again(visit: Visit, own: str) -> None:
    refused = httpx.post(f"{own}/v1/failures", json={"channel": "online", "event_id": "broken"})
    assert refused.status_code == 422
    page = visit.page(own, "/dead-letters", scripts=False)
    page.locator("tbody a").first.click()
    expect(page.locator("main")).to_contain_text("occurred_at")
    page.get_by_role("button", name="Send it again").click()
    expect(page.locator(".said")).to_contain_text("0 dead letters taken in, 1 refused again.")
    page.get_by_role("button", name="Send the chosen ones again").click()
    expect(page.locator("main")).to_contain_text("choose at least one dead letter")


def test_the_classifier_shows_figures_of_its_own_and_its_confusions_add_up(visit: Visit, shown: str) -> None:
    page = visit.page(shown, "/classifier")
    rows = page.get_by_role("region", name="Confusion matrix").locator("tbody tr")
    assert rows.count() == 11
    for row in rows.all():
        *counts, cases = [int(one.inner_text().replace(",", "") or 0) for one in row.locator("td").all()]
        assert sum(counts) == cases
    drawing = page.locator("figure.chart img")
    assert "surest" in str(drawing.get_attribute("alt"))
    assert drawing.evaluate("one => one.complete && one.naturalWidth > 0")
