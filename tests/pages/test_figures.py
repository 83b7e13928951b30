"""Money and moments as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from huntaze.templatetags.desk import browser, day, percent, usd, when


@pytest.mark.parametrize(
    ("amount", "english", "french"),
    [
        ("0", "$0", "0\u00a0$"),
        ("0.000098", "$0.000098", "0,000098\u00a0$"),
        ("0.0055", "$0.0055", "0,0055\u00a0$"),
        ("0.25", "$0.25", "0,25\u00a0$"),
        ("29", "$29", "29\u00a0$"),
        ("0.666", "$0.67", "0,67\u00a0$"),
        ("-1.5", "\u2212$1.50", "\u22121,50\u00a0$"),
    ],
)
def test_usd(amount, english, french):
    with translation.override("en"):
        assert usd(Decimal(amount)) == english
    with translation.override("fr"):
        assert usd(Decimal(amount)) == french


def test_usd_that_is_added_up():
    with translation.override("en"):
        assert usd(Decimal("0.1862"), 4) == "$0.1862"
        assert usd(Decimal("0.000098"), 4) == "$0.000098"
        assert usd(Decimal(0), 4) == "$0"


def test_percent():
    with translation.override("en"):
        assert percent(Decimal(2) / 3) == "66.7%"
    with translation.override("fr"):
        assert percent(Decimal("0.0405")) == "4,0\u00a0%"


def test_no_amount_is_nothing():
    assert usd(None) == ""
    assert when(None) == ""


def test_when():
    with translation.override("en"):
        recent = when(timezone.now() - timedelta(minutes=5))
        old = when(datetime(2020, 3, 1, 12, tzinfo=UTC))
    assert "5\u00a0minutes ago" in recent
    assert "March 1, 2020" in old
    assert 'datetime="2020-03-01T12:00:00+00:00"' in old


def test_the_first_of_a_month_in_french():
    with translation.override("fr"):
        assert day(datetime(2026, 12, 1, tzinfo=UTC)) == "1er décembre"
        assert day(datetime(2026, 12, 21, tzinfo=UTC)) == "21 décembre"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("curl/8", "A browser or an app"),
    ],
)
def test_browser(agent, said):
    with translation.override("en"):
        assert browser(agent) == said
