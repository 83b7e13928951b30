"""Ways from one page of the admin to another."""

from datetime import datetime
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString


def row_url(row: Model) -> str:
    """The page of a row."""
    meta = row._meta  # noqa: SLF001
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(row.pk)])


def list_url(name: str, **filters: Any) -> str:
    """A list with its filters set; `name` is the app's and the model's, joined as Django does."""
    return f"{reverse(f'admin:{name}_changelist')}?{urlencode(filters)}"


def link(url: str, said: Any) -> SafeString:
    """A way to an address."""
    return format_html('<a href="{}">{}</a>', url, said)


def moment(at: datetime | None) -> SafeString | str:
    """A time as lists show it; empty for none."""
    if at is None:
        return ""
    said = date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), said)
