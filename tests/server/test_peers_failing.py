"""A model server that others made (aimock) behind a real server: how it fails."""

from decimal import Decimal

import pytest

from ai.models import Generation
from tests.server.client import Reading
from tests.server.counter import ANTHROPIC, OPENAI, PATHS, PIECES, PROVIDERS, TEXT, Counter
from tests.server.peers import answering, refusing

pytestmark = [pytest.mark.server, pytest.mark.redis]
each_vendor = pytest.mark.parametrize("model", PROVIDERS)


@pytest.mark.parametrize(
    ("chaos", "kind"),
    [
        ("rateLimitRate", "rate_limit"),
        ("dropRate", "server"),
        ("disconnectRate", "network"),
        ("malformedRate", "network"),
    ],
)
def test_who_fails_before_a_word_is_replaced_at_once(
    counter: Counter, chaos: str, kind: str
) -> None:
    counter.peer.say(answering("Never said.", model=OPENAI, chaos={chaos: 1.0}))
    counter.peer.say(answering(TEXT, model=ANTHROPIC))
    with counter.ask() as reading:
        reading.rest()
    row = counter.settled()
    assert (row.status, row.provider, row.text) == ("DONE", "anthropic", TEXT)
    assert reading.text == TEXT
    assert counter.calls() == [(OPENAI, "RELEASED", kind), (ANTHROPIC, "SETTLED", "")]
    assert [path for path, _status in counter.asked()] == [PATHS[OPENAI], PATHS[ANTHROPIC]]
    counter.assert_billed_once(row)


def test_who_says_when_to_come_back_is_asked_then(counter: Counter) -> None:
    """Both have too much to do; the second is free sooner."""
    counter.peer.say(
        refusing(model=OPENAI, retry_after_seconds=30),
        refusing(model=ANTHROPIC, retry_after_seconds=2, sequenceIndex=0),
        answering(TEXT, model=ANTHROPIC, match={"sequenceIndex": 1}),
    )
    with counter.ask() as reading:
        reading.rest()
    row = counter.settled()
    assert (row.status, row.text, reading.text) == ("DONE", TEXT, TEXT)
    assert counter.asked() == [
        (PATHS[OPENAI], 429),
        (PATHS[ANTHROPIC], 429),
        (PATHS[ANTHROPIC], 200),
    ]
    # By aimock's own clock.
    _first, refused, served = counter.peer.asked()
    assert served["timestamp"] - refused["timestamp"] >= 1_990
    counter.assert_billed_once(row)


def test_where_all_refuse_nothing_is_billed(counter: Counter) -> None:
    counter.peer.disturb(rateLimitRate=1.0)
    with counter.ask() as reading:
        assert reading.until("error")["code"] == "provider_unavailable"
    row = counter.settled()
    assert (row.status, row.text, row.cost_usd or 0) == ("FAILED", "", 0)
    # Each is asked twice, the second time not before it said.
    assert sorted(counter.asked()) == sorted([(PATHS[OPENAI], 429), (PATHS[ANTHROPIC], 429)] * 2)
    by_path: dict[str, list[int]] = {}
    for each in counter.peer.asked():
        by_path.setdefault(each["path"], []).append(each["timestamp"])
    assert all(second - first >= 990 for first, second in by_path.values())
    assert {status for _model, status, _kind in counter.calls()} == {"RELEASED"}
    period = counter.period()
    assert (period.generations_used, period.generations_reserved) == (0, 0)
    assert (period.spend_used_usd, period.spend_reserved_usd) == (Decimal(), Decimal())


def _assert_broken_off(counter: Counter, reading: Reading, model: str, kind: str) -> Generation:
    """What had arrived stays, is billed by an estimate, and nobody goes on with it."""
    row = counter.settled()
    assert row.status == "FAILED"
    assert reading.text == row.text
    assert counter.calls()[-1] == (model, "SETTLED", kind)
    assert [path for path, status in counter.asked() if status == 200] == [PATHS[model]]
    assert counter.asked()[-1] == (PATHS[model], 200)
    assert row.is_usage_estimated
    counter.assert_billed_once(row)
    return row


@each_vendor
def test_a_stream_that_is_cut_keeps_its_text(counter: Counter, model: str) -> None:
    # Before the text stand one event of OpenAI's and two of Anthropic's.
    kept = 3 if model == ANTHROPIC else 2
    counter.say(model, latency=20, truncateAfterChunks=kept + 2)
    with counter.ask(model) as reading:
        assert reading.until("error")["code"] == "provider_unavailable"
    row = _assert_broken_off(counter, reading, model, "network")
    assert row.text
    assert TEXT.startswith(row.text)
    assert len(row.text) < len(TEXT)
    (journaled,) = [each for each in counter.peer.asked() if each["response"]["status"] == 200]
    assert journaled["response"]["interruptReason"] == "truncateAfterChunks"


def test_a_peer_that_dies_leaves_what_it_had_written(counter: Counter) -> None:
    """SIGKILL, in the middle of its text."""
    counter.say(OPENAI, TEXT * 200, latency=50)
    counter.peer.say(answering("Another text.", model=ANTHROPIC))
    with counter.ask() as reading:
        reading.until("delta")
        counter.peer.kill()
        assert reading.until("error")["code"] == "provider_unavailable"
    row = counter.settled()
    assert (row.status, row.is_usage_estimated) == ("FAILED", True)
    assert row.text == reading.text == (TEXT * 200)[: len(row.text)]
    assert len(row.text) >= len(PIECES[0])
    assert counter.calls() == [(OPENAI, "SETTLED", "network")]
    counter.assert_billed_once(row)


@each_vendor
def test_an_event_that_is_no_json_ends_the_text_before_it(counter: Counter, model: str) -> None:
    counter.say(model, latency=20)
    word = PIECES[2].encode()
    counter.wire.edit = lambda line: line.replace(b"{", b"<") if word in line else line
    with counter.ask(model) as reading:
        assert reading.until("error")["code"] == "provider_error"
    row = _assert_broken_off(counter, reading, model, "server")
    assert row.text == PIECES[0] + PIECES[1]
