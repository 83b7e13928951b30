"""A model server that others made (aimock) behind a real server: what it streams."""

import pytest

from ai.models import ProviderCall
from tests.server.counter import OPENAI, PATHS, PROVIDERS, TEXT, Counter

pytestmark = [pytest.mark.server, pytest.mark.redis]
each_vendor = pytest.mark.parametrize("model", PROVIDERS)


@each_vendor
def test_what_each_vendor_streams_is_read_and_billed_as_it_says(
    counter: Counter, model: str
) -> None:
    counter.say(model, latency=20)
    with counter.ask(model) as reading:
        reading.rest()
    row = counter.settled()
    assert (row.status, row.provider, row.model) == ("DONE", PROVIDERS[model], model)
    assert reading.text == row.text == TEXT
    call = ProviderCall.objects.get(generation=row, status="SETTLED")
    assert (call.fresh_input_tokens, call.output_tokens, call.is_estimated) == (20, 5, False)
    assert counter.asked()[-1] == (PATHS[model], 200)
    counter.assert_billed_once(row)


@each_vendor
def test_a_text_arrives_while_it_is_written_and_a_cancel_hangs_up(
    counter: Counter, model: str
) -> None:
    counter.say(model, TEXT * 200, latency=50)
    with counter.ask(model) as reading:
        generation_id = reading.until("start")["id"]
        reading.until("delta")
        assert counter.wire.left == 0
        path = f"/api/ai/generations/{generation_id}/cancel"
        assert counter.alice.call("POST", path)[1]["status"] == "CANCELED"
        counter.until(lambda: counter.wire.left == 1)
        assert reading.until("done")["status"] == "CANCELED"
    row = counter.settled()
    assert (row.status, row.is_usage_estimated) == ("CANCELED", True)
    assert row.text == reading.text == (TEXT * 200)[: len(row.text)]
    assert 0 < len(row.text) < len(TEXT) * 200
    counter.assert_billed_once(row)


def test_a_client_that_leaves_stops_nothing(counter: Counter) -> None:
    counter.say(OPENAI, TEXT * 8, streamingProfile={"ttft": 300, "tps": 20})
    with counter.ask() as reading:
        reading.until("delta")
    row = counter.settled()
    assert (row.status, row.text, row.is_usage_estimated) == ("DONE", TEXT * 8, False)
    assert len(reading.text) < len(row.text)
    assert counter.wire.left == 0
    assert counter.asked() == [(PATHS[OPENAI], 200)]
    counter.assert_billed_once(row)


@each_vendor
def test_an_end_without_usage_is_estimated_and_says_so(counter: Counter, model: str) -> None:
    counter.say(model)
    counter.wire.edit = lambda line: line.replace(b'"usage":', b'"abuse":')
    with counter.ask(model) as reading:
        assert reading.until("done")["status"] == "DONE"
    row = counter.settled()
    assert (row.status, row.text, row.is_usage_estimated) == ("DONE", TEXT, True)
    call = ProviderCall.objects.get(generation=row, status="SETTLED")
    assert call.is_estimated
    assert 8 <= (call.output_tokens or 0) <= 14
    assert (call.fresh_input_tokens or 0) > 20
    counter.assert_billed_once(row)
