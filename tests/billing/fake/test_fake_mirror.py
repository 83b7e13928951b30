"""dj-stripe can mirror what the fake says."""

from typing import Any

import pytest
import stripe
from djstripe import models
from djstripe.settings import djstripe_settings

from tests.billing.fake.shop import Shop
from tests.fakes.stripe import FakeStripe


@pytest.mark.django_db
def test_djstripe_mirrors_it(
    fake: FakeStripe, shop: Shop, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe, "api_base", fake.url)
    # The mirror fetches in a transaction, which the product does not let it; not the fake's matter.
    monkeypatch.setattr(stripe, "default_http_client", stripe.RequestsClient())
    settings.STRIPE_TEST_SECRET_KEY = settings.STRIPE_SECRET_KEY = fake.secret_key
    settings.STRIPE_LIVE_MODE = False
    id_ = fake.pay(shop.session().id)["id"]
    charge = fake.charge_of(id_)
    refund, dispute = fake.refund(charge, 100), fake.dispute(charge)
    named = {
        "customer": shop.bob.id,
        "subscription": id_,
        "invoice": fake.get(id_)["latest_invoice"],
        "charge": charge["id"],
        "payment_intent": charge["payment_intent"],
        "refund": refund["id"],
        "dispute": dispute["id"],
        "price": shop.monthly.id,
        "product": shop.product,
    }
    for kind, object_id in named.items():
        model = getattr(models, kind.title().replace("_", ""))
        options = {"api_key": fake.secret_key}
        read = model.stripe_class.retrieve(
            object_id, stripe_version=djstripe_settings.STRIPE_API_VERSION, **options
        )
        kept = model.sync_from_stripe_data(read, **options)
        assert (kept.id, kept.stripe_data["object"]) == (object_id, kind)
    mirrored = models.Subscription.objects.get(id=id_)
    assert mirrored.customer.email == "bob@example.com"
    assert mirrored.stripe_data["items"]["data"][0]["current_period_end"] > fake.clock
