"""The hosted pages of the fake, as a browser without script sees them."""

import http.client
import re
import subprocess
import sys
from html import unescape
from urllib.parse import urlencode, urlsplit

from stripe import StripeClient

from huntaze.env import BASE_DIR
from tests.billing.fake.shop import Shop
from tests.fakes.stripe import FakeStripe


def ask(url: str | None, **fields: str) -> tuple[int, str, str]:
    """The status, the page and where it sends one to."""
    parts = urlsplit(str(url))
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    body = urlencode(fields)
    connection.request("POST" if fields else "GET", parts.path, body)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text, answer.headers.get("Location", "")


def press(url: str, label: str) -> tuple[int, str, str]:
    """As a browser submits the form of that button."""
    for form in re.findall(r"<form.*?</form>", ask(url)[1]):
        if f"<button>{label}</button>" in unescape(form):
            fields = re.findall(r'name="(\w+)" value="([^"]*)"', form)
            return ask(url, **dict(fields))
    raise AssertionError(f"No button {label}")


def test_the_checkout_page(client: StripeClient, shop: Shop) -> None:
    session = shop.session(subscription_data={"trial_period_days": 7})
    url = str(session.url)
    status, page, _ = ask(url)
    assert (status, "Huntaze PRO, $29.00 a month" in page) == (200, True)
    assert "7 days free" in page
    status, page, _ = press(url, "Decline")
    assert (status, "Your card was declined." in page) == (402, True)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    done = f"http://127.0.0.1:1/done?session_id={session.id}"
    assert press(url, "Pay") == (303, "", done)
    # A second press of the page that is still there.
    assert ask(url, action="pay") == (303, "", done)
    assert len(client.v1.subscriptions.list().data) == 1
    assert "complete" in ask(url)[1]


def test_the_portal(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    id_ = shop.subscribe()
    portal = client.v1.billing_portal.sessions.create(
        {
            "customer": shop.bob.id,
            "flow_data": {
                "type": "subscription_cancel",
                "subscription_cancel": {"subscription": id_},
            },
            "return_url": "http://127.0.0.1:1/billing",
        }
    )
    assert portal.flow is not None
    press(portal.url, "Cancel plan")
    assert client.v1.subscriptions.retrieve(id_).cancel_at_period_end
    press(portal.url, "Renew plan")
    assert not client.v1.subscriptions.retrieve(id_).cancel_at_period_end
    press(portal.url, "Switch to Huntaze PRO, $290.00 a year")
    assert fake.get(id_)["items"]["data"][0]["price"]["id"] == shop.yearly.id
    page = ask(portal.url)[1]
    assert '<a href="http://127.0.0.1:1/billing">Back</a>' in page
    [newest] = client.v1.invoices.list({"customer": shop.bob.id, "limit": 1}).data
    assert f"Invoice {newest.number}" in ask(newest.hosted_invoice_url)[1]
    assert ask(newest.invoice_pdf)[0] == 200


def test_the_portal_is_as_it_is_configured(client: StripeClient, shop: Shop) -> None:
    shop.subscribe()
    shop.price(1, "month", "other")
    offered = [{"product": shop.product, "prices": [shop.yearly.id]}]
    update = {"enabled": True, "default_allowed_updates": ["price"], "products": offered}
    made = client.v1.billing_portal.configurations.create(
        {"features": {"subscription_update": update}}  # type: ignore[typeddict-item]
    )
    portal = client.v1.billing_portal.sessions.create(
        {"customer": shop.bob.id, "configuration": made.id}
    )
    page = ask(portal.url)[1]
    assert re.findall(r"<button>(.*?)</button>", page) == ["Switch to Huntaze PRO, $290.00 a year"]


def test_another_ones_subscription(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    id_ = shop.subscribe()
    alice = fake.make_customer("alice@example.com")
    portal = client.v1.billing_portal.sessions.create({"customer": alice["id"]})
    assert ask(portal.url, action="cancel", subscription=id_)[0] == 400
    assert ask(f"{fake.url}/elsewhere")[0] == 404


def test_it_runs_by_itself() -> None:
    command = [sys.executable, "-m", "tests.fakes.stripe", "--port", "0"]
    with subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = dict(process.stdout.readline().strip().split("=", 1) for _ in range(3))
        key = said["STRIPE_SECRET_KEY"]
        client = StripeClient(key, base_addresses={"api": said["STRIPE_API_BASE"]})
        assert client.v1.customers.create({"email": "bob@example.com"}).id
        process.terminate()
        assert process.wait(10) == 0
