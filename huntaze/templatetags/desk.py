"""Small things that pages say often: icons, dates as people say them, amounts of money."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.contrib.messages.storage.base import Message
from django.forms import BoundField
from django.template.defaultfilters import filesizeformat
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

register = template.Library()
CENT = Decimal("0.01")


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite; the words beside it say what it means."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def when(at: datetime | None) -> SafeString | str:
    """A moment as people say it, with the exact time on hover."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        date_format(local, "DATETIME_FORMAT"),
        _spoken(local),
    )


def _spoken(local: datetime) -> str:
    now = timezone.localtime()
    if timedelta(0) <= now - local < timedelta(hours=20):
        return str(naturaltime(local))
    if local.year == now.year:
        return day(local)
    return date_format(local, "DATE_FORMAT")


@register.filter
def day(at: datetime) -> str:
    """A day of this year, as people say it."""
    local = timezone.localtime(at)
    spoken = date_format(local, "MONTH_DAY_FORMAT")
    if local.day == 1 and get_language() == "fr":
        return spoken.replace("1 ", "1er ", 1)
    return spoken


@register.filter
def usd(amount: Decimal | None, places: int = 2) -> str:
    """US dollars in the reader's notation; below a cent, two significant digits.

    `usd:4` is for figures that are added up where they stand.
    """
    if amount is None:
        return ""
    places = 0 if amount == amount.to_integral_value() else places
    if 0 < abs(amount) < CENT:
        places = 1 - amount.adjusted()
    # Rounded here: the formatting cuts off.
    figure = number_format(round(abs(amount), places), decimal_pos=places, force_grouping=True)
    # Translators: an amount of US dollars.
    said = _("$%(figure)s") % {"figure": figure}
    return f"\N{MINUS SIGN}{said}" if amount < 0 else said


@register.filter
def percent(share: Decimal) -> str:
    """A share of one in hundredths, to a tenth: 0.125 is 12.5%."""
    figure = number_format(round(share * 100, 1), decimal_pos=1, force_grouping=True)
    # Translators: a share in percent.
    return _("%(figure)s%%") % {"figure": figure}


@register.filter
def size(count: int) -> str:
    """A whole number of bytes as people say it: 5 GB, not 5.0 GB."""
    return filesizeformat(count).replace(".0", "").replace(",0", "")


@register.simple_tag
def control(field: BoundField, attributes: str = "") -> SafeString:
    """A field's control in our look: `{% control field "rows=4,inputmode=numeric" %}`."""
    attrs: dict[str, Any] = {"placeholder": False, "class": _class_of(field)}
    for pair in filter(None, attributes.split(",")):
        name, _equals, value = pair.partition("=")
        attrs[name] = value or True
    return field.as_widget(attrs=attrs)


def _class_of(field: BoundField) -> str | bool:
    own = field.field.widget.attrs.get("class", "")
    is_choice = field.widget_type in {"checkbox", "radioselect"}
    return own if is_choice else f"input {own}".strip()


@register.filter
def undo_url(message: Message) -> str:
    """Where a message's undo goes: its extra tags are `undo <address>`."""
    name, _space, address = (message.extra_tags or "").partition(" ")
    return address if name == "undo" else ""


BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def browser(user_agent: str) -> str:
    """A browser and a device as people call them, from what the browser says of itself."""
    name = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, (name, system))) or _("A browser or an app")
