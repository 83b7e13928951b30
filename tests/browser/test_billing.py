"""Buying and cancelling, at a Stripe of ours, without a reload: news tell the open pages."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from ai.models import Generation
from billing.models import BillingAccount
from tests.api.listening import open_session
from tests.billing.shop import stock, variables
from tests.browser.test_live import assert_not_reloaded, mark, window
from tests.fakes.stripe import FakeStripe, running_stripe
from tests.live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.server]

WAITING = "Your payment is with Stripe; your plan changes as soon as it tells us."


@pytest.fixture
def stripe() -> Iterator[FakeStripe]:
    """Delivers nothing until it is told to."""
    with running_stripe() as fake:
        yield fake


@pytest.fixture
def processes(stripe: FakeStripe) -> dict[str, str]:
    """What `billing_setup` would print, and the key that a session of the test is signed by."""
    return {"SECRET_KEY": settings.SECRET_KEY, **variables(stripe, stock(stripe))}


@pytest.fixture
def desk(page: Page, server: LiveServer, stripe: FakeStripe, alice: User) -> BrowserContext:
    """Alice's browser; what Stripe tells arrives at the server."""
    stripe.endpoint_url = f"{server.url}/api/billing/webhooks"
    name, value = settings.SESSION_COOKIE_NAME, open_session(alice)
    page.context.add_cookies([{"name": name, "value": value, "url": server.url}])
    return page.context


def buy_pro(page: Page) -> None:
    """Up to the page that waits for Stripe."""
    page.get_by_role("button", name="Buy Pro, monthly").click()
    page.wait_for_url("**/pay/cs_*")
    expect(page.get_by_text("$29.00 a month")).to_be_visible()
    page.get_by_role("button", name="Pay", exact=True).click()
    page.wait_for_url("**/billing?checkout=cs_*")


def write_with_the_strongest(page: Page) -> None:
    page.goto("/studio/create")
    page.get_by_label("What do you want to say?").fill("The kiln opens on Friday")
    page.get_by_label("Model").select_option("full")
    page.get_by_role("button", name="Write").click()
    expect(page.get_by_role("button", name="Keep as draft")).to_be_visible()


def test_buying_using_and_cancelling(
    desk: BrowserContext, page: Page, stripe: FakeStripe, alice: User
) -> None:
    other = window(desk, "/billing")
    mark(other)
    expect(other.get_by_role("heading", level=1)).to_have_text("You are on the Free plan")

    page.goto("/billing")
    buy_pro(page)
    mark(page)
    # The page that one comes back to grants nothing, and nobody pays twice meanwhile.
    expect(page.get_by_text(WAITING)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are on the Free plan")
    expect(page.get_by_role("button", name="Buy")).to_have_count(0)

    stripe.auto_deliver = True
    stripe.deliver_all("shuffled", seed=1, times=2)
    for each in (page, other):
        expect(each.get_by_role("heading", level=1)).to_have_text("You are on the Pro plan")
        expect(each.get_by_text("The next payment is on")).to_be_visible()
        expect(each.locator("#plan-receipts")).to_contain_text("$29.00")
        assert_not_reloaded(each)
    expect(page.get_by_text(WAITING)).to_have_count(0)

    write_with_the_strongest(page)
    assert Generation.objects.get().tier == "full"

    page.goto("/billing")
    page.get_by_role("button", name="Cards and invoices").click()
    page.wait_for_url("**/portal/bps_*")
    page.get_by_role("button", name="Cancel plan").click()
    # The plan is the same: what it tells is that it ends.
    expect(other.get_by_text("It is cancelled and ends on")).to_be_visible()
    expect(other.get_by_role("button", name="Renew")).to_be_visible()
    assert_not_reloaded(other)
    page.get_by_role("link", name="Back").click()
    page.wait_for_url("**/billing")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are on the Pro plan")
    expect(page.get_by_text("It is cancelled and ends on")).to_be_visible()
    assert BillingAccount.objects.get(user=alice).is_ending
