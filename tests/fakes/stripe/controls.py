"""What a test makes happen at Stripe. Each takes an id or the object, and gives the object now.

Everything happens at once and emits its events; ids stay valid, objects that were handed out
before are the live ones.
"""

import copy
from typing import Literal

from tests.fakes.stripe import api_customers, changes, checkout, invoices, payments, subscriptions
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import Cause, World

Ref = str | Json
Status = Literal[
    "active",
    "trialing",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "unpaid",
    "canceled",
    "paused",
]


class Controls:
    """Mixed into FakeStripe."""

    world: World

    def get(self, ref: Ref) -> Json:
        """A copy of whatever has that id, as it is now. Raises KeyError."""
        with self.world.lock:
            return copy.deepcopy(self._live(ref))

    def _live(self, ref: Ref) -> Json:
        id_ = ref if isinstance(ref, str) else ref["id"]
        found = self.world.find(id_)
        if found is None:
            raise KeyError(id_)
        return found

    def pay(self, session: Ref) -> Json:
        """The buyer presses Pay on the checkout page; the subscription."""
        with self.world.caused_by(Cause()):
            return copy.deepcopy(checkout.pay(self.world, self._live(session)))

    def subscribe(
        self,
        customer: Ref,
        price: Ref,
        trial_days: int = 0,
        status: Status = "active",
        metadata: dict[str, str] | None = None,
    ) -> Json:
        """A subscription, brought to that status by the events that lead there."""
        with self.world.caused_by(Cause()):
            buyer, what = self._live(customer), self._live(price)
            card = payments.card_of(self.world, buyer)
            values = {"default_payment_method": card["id"], "metadata": metadata or {}}
            trial_end = subscriptions.days_from(self.world, trial_days)
            made = subscriptions.begin(self.world, buyer, what, values, trial_end)
            invoice = subscriptions.first_invoice(self.world, made)
            if trial_end or status not in ("incomplete", "incomplete_expired"):
                subscriptions.settle(self.world, made, invoice)
            self._bring_to(made, status)
            return copy.deepcopy(made)

    def _bring_to(self, subscription: Json, status: Status) -> None:
        if status in ("past_due", "unpaid"):
            subscriptions.fail(self.world, subscription)
        if status == "unpaid":
            subscriptions.give_up(self.world, subscription, "unpaid")
        elif status == "canceled":
            subscriptions.end_now(self.world, subscription)
        elif status == "paused":
            subscriptions.pause(self.world, subscription)
        elif status == "incomplete_expired":
            subscriptions.expire(self.world, subscription)

    def renew(self, subscription: Ref) -> Json:
        """The next period, paid; or the end, where that was asked for."""
        with self.world.caused_by(Cause()):
            return copy.deepcopy(subscriptions.renew(self.world, self._live(subscription)))

    def fail_renewal(self, subscription: Ref) -> Json:
        """The next period begins unpaid, past due; again: one more attempt. The invoice."""
        with self.world.caused_by(Cause()):
            return copy.deepcopy(subscriptions.fail(self.world, self._live(subscription)))

    def pay_open_invoice(self, subscription: Ref) -> Json:
        """The newest open invoice is paid, and what waited for it is active. Raises KeyError."""
        with self.world.caused_by(Cause()):
            of = self._live(subscription)
            invoice = invoices.open_invoice_of(self.world, of)
            if invoice is None:
                raise KeyError(f"{of['id']} has no open invoice")
            subscriptions.settle(self.world, of, invoice)
            return copy.deepcopy(invoice)

    def give_up(
        self, subscription: Ref, status: Literal["canceled", "unpaid"] = "canceled"
    ) -> Json:
        """The last retry fails."""
        with self.world.caused_by(Cause()):
            subscriptions.give_up(self.world, self._live(subscription), status)
            return self.get(subscription)

    def cancel_now(self, subscription: Ref) -> Json:
        """Over at once."""
        with self.world.caused_by(Cause()):
            subscriptions.end_now(self.world, self._live(subscription))
            return self.get(subscription)

    def cancel_at_period_end(self, subscription: Ref, will_end: bool = True) -> Json:
        """Over when the period is; or going on after all."""
        with self.world.caused_by(Cause()):
            values = {"cancel_at_period_end": will_end}
            subscriptions.keep_or_cancel(self.world, self._live(subscription), values)
            return self.get(subscription)

    def pause(self, subscription: Ref) -> Json:
        """The status is paused, as after a trial without a card."""
        with self.world.caused_by(Cause()):
            subscriptions.pause(self.world, self._live(subscription))
            return self.get(subscription)

    def unpause(self, subscription: Ref) -> Json:
        """Active again, in a cycle that begins now."""
        with self.world.caused_by(Cause()):
            subscriptions.resume(self.world, self._live(subscription))
            return self.get(subscription)

    def trial_will_end(self, subscription: Ref) -> Json:
        """Stripe says so three days before; the event."""
        with self.world.caused_by(Cause()):
            type_ = "customer.subscription.trial_will_end"
            return self.world.emit(type_, self._live(subscription))

    def require_action(self, subscription: Ref) -> Json:
        """The open invoice (of a renewal, where there is none yet) wants 3-D Secure."""
        with self.world.caused_by(Cause()):
            of = self._live(subscription)
            return copy.deepcopy(subscriptions.fail(self.world, of, wants_action=True))

    def expire_incomplete(self, subscription: Ref) -> Json:
        """Nobody paid the first invoice."""
        with self.world.caused_by(Cause()):
            subscriptions.expire(self.world, self._live(subscription))
            return self.get(subscription)

    def change_price(self, subscription: Ref, price: Ref, behavior: str = "always_invoice") -> Json:
        """Up or down, now."""
        with self.world.caused_by(Cause()):
            of, to = self._live(subscription), self._live(price)
            changes.change_price(self.world, of, to, behavior)
            return self.get(subscription)

    def charge_of(self, subscription: Ref) -> Json:
        """The newest paid charge of a subscription. Raises KeyError."""
        with self.world.lock:
            of = self._live(subscription)["id"]
            for invoice in self.world.all("invoice"):
                details = invoice["parent"]["subscription_details"]
                charge = self.world.find(invoice["id"].replace("in_", "ch_", 1))
                if details["subscription"] == of and charge:
                    return copy.deepcopy(charge)
        raise KeyError(of)

    def refund(self, charge: Ref, amount: int | None = None) -> Json:
        """All of it, or some cents; the refund."""
        with self.world.caused_by(Cause()):
            return copy.deepcopy(payments.refund(self.world, self._live(charge), amount))

    def dispute(self, charge: Ref, reason: str = "fraudulent") -> Json:
        """The card's owner disputes it; the dispute."""
        with self.world.caused_by(Cause()):
            return copy.deepcopy(payments.dispute(self.world, self._live(charge), reason))

    def close_dispute(self, dispute: Ref, is_won: bool) -> Json:
        """The bank decides."""
        with self.world.caused_by(Cause()):
            payments.close_dispute(self.world, self._live(dispute), is_won=is_won)
            return self.get(dispute)

    def delete_customer(self, customer: Ref) -> Json:
        """With the subscriptions."""
        with self.world.caused_by(Cause()):
            return copy.deepcopy(api_customers.remove(self.world, self._live(customer)))
