"""The mails about a plan, in the reader's language, as text and as HTML."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from billing.entitlements import entitlements
from billing.models import BillingNotice
from billing.plans import PLANS, PlanName


@transaction.atomic
def send(notice_id: str) -> bool:
    """Send a mail that is owed; False for one that was sent, or whose reader is gone.

    The row is locked while the mail server takes it: a twin waits and then finds it sent. Who dies
    between the two sends it twice, which is better than never.
    """
    rows = BillingNotice.objects.select_related("user").select_for_update(of=("self",))
    notice = rows.filter(pk=notice_id, sent_at=None).first()
    if notice is None or notice.user.deleted_at is not None:
        return False
    message_about(notice).send()
    notice.sent_at = timezone.now()
    notice.save(update_fields=["sent_at"])
    return True


def message_about(notice: BillingNotice) -> EmailMultiAlternatives:
    """The mail in the language and the time zone of whom it is to."""
    language, zone = notice.user.language or settings.LANGUAGE_CODE, notice.user.time_zone
    with translation.override(language), timezone.override(zone):
        context = _context(notice)
        name = f"billing/email/{notice.kind.lower()}"
        subject = " ".join(render_to_string(f"{name}_subject.txt", context).split())
        message = EmailMultiAlternatives(
            subject, render_to_string(f"{name}.txt", context), None, [notice.user.email]
        )
        message.attach_alternative(render_to_string(f"{name}.html", context), "text/html")
    return message


def _context(notice: BillingNotice) -> dict[str, Any]:
    facts = notice.facts
    ends_at = _time(facts.get("endsAt"))
    plan = PLANS.get(PlanName(facts["plan"])) if facts.get("plan") else None
    return {
        "plan": plan,
        "current": entitlements(notice.user).plan,
        "ends_at": ends_at,
        "is_kept": ends_at is not None and ends_at > timezone.now(),
        "trial_ends_at": _time(facts.get("trialEndsAt")),
        "billing_url": f"{settings.SITE_URL}/billing",
        "page": facts.get("page") or f"{settings.SITE_URL}/billing",
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
