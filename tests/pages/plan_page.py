"""The page of plans as somebody reads it, and people in every state."""

import html
import re
from datetime import timedelta

from django.utils import timezone
from django.utils.html import strip_tags

from billing.models import BillingAccount
from huntaze.templatetags.desk import when

REGIONS = ("plan-head", "plan-steps", "usage", "plan-table", "plan-receipts")


def area_of(response, part):
    """The HTML of the page's work, or of the region with that id."""
    page = response.content.decode()
    start, end = page.index(f'id="{part}"'), page.index("</main>")
    places = [page.find(f'id="{each}"', start + 1) for each in REGIONS]
    later = [place for place in places if place > 0 and part != "main"]
    return page[page.index(">", start) + 1 : min([end, *later])]


def words(response, part="main"):
    """What a reader reads there."""
    text = re.sub(r"<[^>]*(>|$)", "", area_of(response, part))
    return " ".join(html.unescape(text).split())


def buttons(response, part="main"):
    """Their words, in order."""
    found = re.findall(r"<button[^>]*>(.*?)</button>", area_of(response, part), re.DOTALL)
    return [" ".join(html.unescape(each).split()) for each in found]


def account_of(user, status, **facts):
    """Somebody whose subscription says so, in a period that ends in ten days."""
    end = timezone.now() + timedelta(days=10)
    facts = {"plan": "PRO", "interval": "month", "period_end": end, "anchor_day": 1, **facts}
    facts |= {"period_start": end - timedelta(days=31), "stripe_customer_id": "cus_1"}
    rows = BillingAccount.objects
    return rows.update_or_create(user=user, defaults={"status": status, **facts})[0]


def said(at):
    return strip_tags(when(at))


def invoice(number="A-1", status="paid", **facts):
    page = f"https://invoice.stripe.com/{number}"
    return {
        "id": f"in_{number}",
        "object": "invoice",
        "customer": "cus_1",
        "status": status,
        "number": number,
        "total": 2900,
        "currency": "usd",
        "created": 1_760_000_000,
        "hosted_invoice_url": page,
        "invoice_pdf": f"{page}/pdf",
        **facts,
    }


# What holds, and why.
