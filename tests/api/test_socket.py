"""The manners of a socket: who may open it, what it takes, how it ends."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User
from accounts.services import close_account, update_profile
from api import newsroom as newsrooms
from api import sockets
from api.models import ApiToken
from api.newsroom import Newsroom
from api.tokens import issue_token, revoke_token
from tests.api.listening import OWN, Listener, open_session, sync, with_cookie, with_token

pytestmark = pytest.mark.usefixtures("room")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://localhost",
        "http://localhost:9",
        "http://localhost.evil.example",
        "null",
        "",
        "http://[",
        "http://evil.trusted.example.com.evil.example",
    ],
)
async def test_another_origin_is_refused_before_it_opens(
    alice: User, settings: Any, origin: str
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.trusted.example.com"]
    cookie = f"sessionid={await sync(open_session, alice)}"
    assert await Listener(cookie=cookie, origin=origin).connect() == 4403


@pytest.mark.parametrize(
    "origin",
    [OWN, "https://app.example.com", "https://spa.example.com", "https://a.trusted.example.com"],
)
async def test_named_origins_are_welcome(alice: User, settings: Any, origin: str) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example.com", "https://*.trusted.example.com"]
    settings.CORS_ALLOWED_ORIGINS = ["https://spa.example.com"]
    listener = await with_cookie(alice, origin)
    await listener.leave()


async def test_another_host_is_refused_before_it_opens(alice: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["studio.example.com"]
    assert await Listener().connect() == 4403


@pytest.mark.parametrize("path", ["/ws/nothing", "/ws", "/ws/live/", "/ws/live/x", "/"])
async def test_an_unknown_address_is_refused_before_it_opens(path: str) -> None:
    assert await Listener(path).connect() == 4404


async def test_a_cookie_without_an_origin_is_not_looked_at(alice: User) -> None:
    listener = Listener(cookie=f"sessionid={await sync(open_session, alice)}")
    await listener.connect()
    assert await listener.hears_nothing()
    await listener.leave()


@pytest.mark.parametrize("name", ["x", "a" * 32, "%00", "é"])
async def test_a_session_of_nobody_is_not_signed_in(name: str) -> None:
    listener = Listener(cookie=f"sessionid={name}", origin=OWN)
    assert await listener.connect() is True
    assert await listener.code() == 4401


@pytest.mark.parametrize("scope", ApiToken.Scope.values)
async def test_a_token_of_either_scope_may_listen(alice: User, scope: str) -> None:
    await (await with_token(alice, scope=scope)).leave()


async def test_an_apps_session_token_may_listen(alice: User) -> None:
    listener = Listener()
    await listener.connect()
    token = await sync(open_session, alice)
    await listener.send({"action": "authenticate", "token": token})
    assert (await listener.next())["event"] == "hello"
    await listener.leave()


@pytest.mark.parametrize(
    "first",
    [
        {"action": "authenticate"},
        {"action": "authenticate", "token": 7},
        {"action": "authenticate", "token": "nobody's"},
        {"action": "authenticate", "token": "é" * 20},
        {"action": "authenticate", "token": "a" * 5_000},
        {"action": "authenticate", "token": "\x00"},
        {"action": "dance"},
        [],
        "not json",
        '{"action":"authenticate","token":"\\ud800"}',
    ],
)
async def test_a_first_message_that_signs_nobody_in_ends_it(first: Any) -> None:
    listener = Listener()
    await listener.connect()
    await listener.send(first)
    assert await listener.code() == 4401


async def test_silence_ends_it(monkeypatch: Any) -> None:
    monkeypatch.setattr(sockets, "SIGN_IN_SECONDS", 0.05)
    listener = Listener()
    await listener.connect()
    assert await listener.code() == 4401


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{{{", "malformed_json"),
        ("[" * 5_000, "malformed_json"),
        ('{"a":"\\ud800"}', "validation_error"),
        ("[]", "unknown_action"),
        ({"action": "dance", "requestId": "7"}, "unknown_action"),
        ({"action": ["dance"], "requestId": {"a": 1}}, "unknown_action"),
    ],
)
async def test_what_is_not_understood_is_answered(alice: User, message: Any, code: str) -> None:
    listener = await with_token(alice)
    await listener.send(message)
    answer = await listener.next()
    assert (answer["event"], answer["seq"], answer["data"]["code"]) == ("error", 2, code)
    assert answer["requestId"] == ("7" if "7" in str(message) else None)
    await listener.send({"action": "pong"})
    assert await listener.hears_nothing()
    await listener.leave()


async def test_binary_is_answered_and_too_much_of_it_all_ends_it(alice: User) -> None:
    listener = await with_token(alice)
    for _ in range(sockets.MOST_MISTAKES):
        await listener.send_bytes(b"\x00\xff")
    assert (await listener.next())["event"] == "error"
    await listener.send_bytes(b"\x00")
    assert await listener.code() == 4400


async def test_a_huge_message_ends_it(alice: User) -> None:
    listener = await with_token(alice)
    await listener.send("x" * (sockets.MOST_CHARACTERS + 1))
    assert await listener.code() == 1009


async def test_who_does_not_answer_a_ping_is_let_go(alice: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(sockets, "PING_SECONDS", 0.05)
    monkeypatch.setattr(sockets, "SILENCE_SECONDS", 0.4)
    listener = await with_token(alice)
    for _ in range(12):
        assert (await listener.until("ping"))["data"] == {}
        await listener.send({"action": "pong"})
    assert await listener.code() == 4408


async def test_a_slow_reader_is_closed(alice: User, room: Newsroom, monkeypatch: Any) -> None:
    listener = await with_token(alice)
    (socket,) = room._people[str(alice.pk)].listeners
    for _ in range(sockets.MOST_WAITING + 1):
        socket.hear("usage", {}, None, None)
    assert await listener.code() == 4408


async def test_one_person_has_so_many_sockets_and_no_more(alice: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(newsrooms, "MOST_PER_PERSON", 2)
    open_ones = [await with_token(alice), await with_token(alice)]
    third = Listener()
    await third.connect()
    plain = await sync(issue_token, user=alice, name="third")
    await third.send({"action": "authenticate", "token": plain})
    assert await third.code() == 4429
    await open_ones.pop().leave()
    open_ones.append(await with_token(alice))
    for each in open_ones:
        await each.leave()


async def test_a_process_has_so_many_sockets_and_no_more(alice: User, monkeypatch: Any) -> None:
    listener = await with_token(alice)
    monkeypatch.setattr(sockets, "MOST_SOCKETS", sockets.Socket.count)
    assert await Listener().connect() == 1013
    await listener.leave()
    await asyncio.sleep(0)
    again = Listener()
    assert await again.connect() is True
    await again.leave()


async def test_a_session_that_ends_ends_its_socket_alone(alice: User) -> None:
    first, second = await with_cookie(alice), await with_cookie(alice)
    earliest = await sync(lambda: Session.objects.earliest("expire_date"))
    await sync(earliest.delete)
    assert await first.code() == 4401
    assert await second.hears_nothing()
    await second.leave()


async def test_a_revoked_token_ends_its_socket_alone(alice: User) -> None:
    first = await with_token(alice)
    token_id = (await sync(ApiToken.objects.get)).id
    second = await with_token(alice)
    await sync(revoke_token, by=alice, token_id=token_id)
    assert await first.code() == 4401
    assert await second.hears_nothing()
    await second.leave()


async def test_a_token_that_runs_out_ends_its_socket(alice: User) -> None:
    listener = await with_token(alice, life=timedelta(seconds=1))
    assert await listener.code() == 4401


async def test_a_closed_account_ends_its_sockets(alice: User, charlie: User) -> None:
    by_token, by_cookie = await with_token(alice), await with_cookie(alice)
    stranger = await with_token(charlie)
    await sync(close_account, by=alice, user=alice)
    assert await by_token.code() == await by_cookie.code() == 4401
    assert await stranger.hears_nothing()
    await stranger.leave()


async def test_an_account_that_is_switched_off_ends_its_sockets(alice: User, sam: User) -> None:
    listener = await with_cookie(alice)
    await sync(update_profile, by=sam, user=alice, changes={"is_active": False})
    assert await listener.code() == 4401


async def test_another_password_ends_the_other_sessions_and_no_session_is_flushed(
    alice: User,
) -> None:
    listener = await with_cookie(alice)

    def change() -> None:
        alice.set_password("another battery staple")
        alice.save()

    await sync(change)
    assert await listener.code() == 4401
    assert await sync(Session.objects.count) == 1


async def test_what_ended_without_a_word_is_found_out(alice: User, room: Newsroom) -> None:
    listener = await with_token(alice)
    await sync(lambda: ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1)))
    assert await listener.hears_nothing()
    for person in room._people.values():
        person.look_at = 0
    assert await listener.code() == 4401


async def test_the_server_stops(alice: User, room: Newsroom) -> None:
    listener = await with_token(alice)
    room.end_all()
    assert await listener.code() == 1001


async def test_a_server_that_is_about_to_stop_keeps_nobody_and_lets_nobody_in(
    alice: User, room: Newsroom
) -> None:
    listener = await with_token(alice)
    room.wind_up()
    assert await listener.code() == 1001
    late = Listener()
    assert await late.connect() is True
    token = await sync(issue_token, user=alice, name="late")
    await late.send({"action": "authenticate", "token": token})
    assert await late.code() == 1001


async def test_nobody_is_left_behind(alice: User, room: Newsroom) -> None:
    before = sockets.Socket.count
    listener = await with_token(alice)
    assert sockets.Socket.count == before + 1
    await listener.leave()
    assert sockets.Socket.count == before
    assert room._people == {}
