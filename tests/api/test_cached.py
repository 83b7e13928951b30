"""Reads from Redis: what they spare, whose they are, never older than the data."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from accounts.models import User
from api import cached as kept
from api import shared_cache
from api.models import DataVersion
from api.tokens import issue_token
from content import services
from content.api import ContentViewSet
from content.models import Content
from tests.factories import make_draft, make_generation
from tests.redis_database import redis_url

pytestmark = pytest.mark.redis
NOBODYS = "00000000-0000-0000-0000-000000000007"


@pytest.fixture
def redis(settings: Any) -> Iterator[Redis]:
    """The cache is a Redis of our own, empty."""
    options = {"SOCKET_CONNECT_TIMEOUT": 2, "SOCKET_TIMEOUT": 2}
    backend = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": redis_url()}
    settings.CACHES = {**settings.CACHES, "default": {**backend, "OPTIONS": options}}
    settings.REDIS_URL = redis_url()
    with Redis.from_url(redis_url()) as client:
        client.flushdb()
        yield client
        client.flushdb()


def entries(redis: Redis) -> list[bytes]:
    """The keys of what is kept."""
    found: Any = redis.keys("*content:*")
    return [key for key in found if not key.endswith(b":lock")]


@pytest.fixture
def client(alice: User, api_client: Any) -> Client:
    """Alice's, whose token was used just now, so that its use is not written down again."""
    made: Client = api_client(alice, is_unthrottled=True)
    made.get("/api/billing/plans")
    return made


def reads(user: User) -> dict[str, int]:
    """The paths, and what they ask the database beside the caller, where nothing is cached."""
    for number in range(3):
        content = make_draft(user, f"Draft {number}")
        generation = make_generation(user, status="DONE", text="x")
    return {
        "/api/content": 1,
        "/api/content?limit=3": 2,
        "/api/content?limit=2&page=2&search=draft&ordering=title": 1,
        f"/api/content/{content.id}": 1,
        f"/api/content/{content.id}/revisions": 2,
        "/api/users/me": 1,
        "/api/ai/generations": 1,
        f"/api/ai/generations/{generation.id}": 1,
        "/api/ai/usage": 4,
        "/api/billing/plans": 0,
        "/api/billing/subscription": 2,
    }


def test_what_reads_cost_on_memory(
    alice: User, client: Client, django_assert_num_queries: Any
) -> None:
    for path, queries in reads(alice).items():
        for _ in range(2):
            with django_assert_num_queries(1 + queries, info=path):
                assert client.get(path).status_code == 200


def test_what_is_cached_costs_the_caller_alone(
    redis: Redis, alice: User, client: Client, django_assert_num_queries: Any
) -> None:
    for path, queries in reads(alice).items():
        with django_assert_num_queries(1 + queries, info=path):
            first = client.get(path)
        is_cached = path.startswith("/api/content")
        with django_assert_num_queries(1 if is_cached else 1 + queries, info=path):
            second = client.get(path)
        assert (first.content, first.headers["ETag"]) == (second.content, second.headers["ETag"])
        assert first.headers["Content-Type"] == second.headers["Content-Type"]


def test_a_304_of_a_list_asks_nothing(
    redis: Redis, client: Client, django_assert_num_queries: Any
) -> None:
    tag = client.get("/api/content").headers["ETag"]
    redis.flushdb()
    with django_assert_num_queries(1):
        assert client.get("/api/content", headers={"If-None-Match": tag}).status_code == 304
    assert not entries(redis)


def test_each_question_has_its_own_answer(redis: Redis, alice: User, client: Client) -> None:
    for number in range(12):
        make_draft(alice, f"Draft {number:02}", type="STORY" if number % 2 else "POST")
    questions = ["", "?page=2", "?limit=3", "?limit=3&page=2", "?type=STORY", "?search=07"]
    questions += ["?ordering=title", "?ordering=-title", "?status=DRAFT&type=POST", "?search=0"]
    answers = {each: client.get(f"/api/content{each}").content for each in questions}
    assert len(set(answers.values())) == len(answers) - 1  # the newest are the last by title
    for each, answer in answers.items():
        assert client.get(f"/api/content{each}").content == answer
    assert client.get("/api/content?x=1").content == answers[""]
    assert len(entries(redis)) == len(questions)
    turned = client.get("/api/content?page=2&limit=3").content
    assert turned == answers["?limit=3&page=2"]
    assert len(entries(redis)) == len(questions)


def test_nobody_reads_what_is_another_s(
    redis: Redis, alice: User, charlie: User, client: Client, api_client: Any
) -> None:
    content, theirs = make_draft(alice), make_draft(charlie)
    # As often changed as hers: the number alone does not tell them apart.
    assert number_of(alice) == number_of(charlie)
    paths = ["/api/content", f"/api/content/{content.id}", f"/api/content/{content.id}/revisions"]
    for path in paths:
        assert client.get(path).status_code == 200
    stranger = api_client(charlie)
    [shown] = stranger.get(paths[0]).json()["content"]
    assert shown["id"] == str(theirs.id)
    assert [stranger.get(path).status_code for path in paths[1:]] == [404, 404]
    assert Client().get(paths[0]).status_code == 401


def test_a_refusal_is_neither_kept_nor_waited_for(
    redis: Redis, alice: User, client: Client
) -> None:
    content = make_draft(alice)
    bad = ["?limit=0", "?type=POEM", f"/{NOBODYS}", f"/{NOBODYS}/revisions"]
    began = time.monotonic()
    for path in bad * 3:
        assert client.get(f"/api/content{path}").status_code in {400, 404}
    assert time.monotonic() - began < kept.WAIT_SECONDS
    assert not entries(redis)
    assert client.get(f"/api/content/{content.id}").status_code == 200


def test_what_is_too_large_is_neither_kept_nor_waited_for(
    redis: Redis, alice: User, client: Client, monkeypatch: Any
) -> None:
    make_draft(alice)
    monkeypatch.setattr(kept, "MOST_BYTES", 10)
    began = time.monotonic()
    answers = {client.get("/api/content").content for _ in range(3)}
    assert time.monotonic() - began < kept.WAIT_SECONDS
    assert len(answers) == 1
    assert not entries(redis)


def test_a_cache_that_goes_away_in_the_middle(
    redis: Redis, alice: User, client: Client, monkeypatch: Any
) -> None:
    make_draft(alice)
    right = client.get("/api/content").content
    for name in ("get", "add", "set", "delete"):
        redis.flushdb()
        monkeypatch.setattr(shared_cache, "_outage", shared_cache._Outage())
        with monkeypatch.context() as patch:
            patch.setattr(type(cache._connections["default"]), name, _gone)  # type: ignore[attr-defined]
            response = client.get("/api/content")
        assert (response.status_code, response.content) == (200, right), name


def _gone(*_args: Any, **_kwargs: Any) -> None:
    raise RedisAway


def test_an_entry_goes_by_itself(redis: Redis, alice: User, client: Client) -> None:
    make_draft(alice)
    client.get("/api/content")
    [key] = entries(redis)
    left: Any = redis.ttl(key)
    assert 0 < left <= kept.LIFE_SECONDS


def number_of(user: User) -> int:
    row = DataVersion.objects.filter(user=user, topic="content").first()
    return row.number if row else 0


def test_a_rolled_back_write_leaves_everything(redis: Redis, alice: User, client: Client) -> None:
    make_draft(alice)
    before, number = client.get("/api/content").content, number_of(alice)
    with transaction.atomic():
        make_draft(alice, "Never")
        assert number_of(alice) > number
        transaction.set_rollback(True)
    assert number_of(alice) == number
    assert client.get("/api/content").content == before


def test_who_reads_between_two_versions_leaves_nothing_old(
    redis: Redis, alice: User, client: Client, monkeypatch: Any
) -> None:
    """The caller is found, somebody writes, the body is read: whatever is kept is not older."""
    content = make_draft(alice, "Before")
    read = ContentViewSet.get_queryset

    def write_first(view: Any) -> Any:
        monkeypatch.setattr(ContentViewSet, "get_queryset", read)
        changes = {"title": "After"}
        services.edit_content(
            by=alice, content_id=content.id, expected_version=None, changes=changes
        )
        return read(view)

    monkeypatch.setattr(ContentViewSet, "get_queryset", write_first)
    for _ in range(3):
        assert client.get("/api/content").json()["content"][0]["title"] == "After"


def in_thread_with_own_connection(work: Any, *args: Any) -> Any:
    try:
        return work(*args)
    finally:
        connection.close()


def test_many_at_a_cold_key_compute_once(
    transactional_db: None, redis: Redis, alice: User, monkeypatch: Any
) -> None:
    make_draft(alice)
    token = issue_token(user=alice, name="test", is_unthrottled=True)
    read, computed, gate = ContentViewSet.get_queryset, [], threading.Barrier(12)

    def slow(view: Any) -> Any:
        computed.append(1)
        time.sleep(0.2)
        return read(view)

    monkeypatch.setattr(ContentViewSet, "get_queryset", slow)

    def ask() -> bytes:
        caller = Client(headers={"Authorization": f"Bearer {token}"})
        gate.wait(20)
        content: bytes = caller.get("/api/content").content
        return content

    with ThreadPoolExecutor(12) as threads:
        asked = [threads.submit(in_thread_with_own_connection, ask) for _ in range(12)]
        answers = {each.result(20) for each in asked}
    assert len(answers) == 1
    assert len(computed) == 1


def test_who_was_answered_reads_what_they_wrote(
    transactional_db: None, redis: Redis, alice: User
) -> None:
    """Twenty write and read one person's data at once; nobody sees older data than their own."""
    rows = [make_draft(alice, str(number)) for number in range(20)]
    token = issue_token(user=alice, name="test", is_unthrottled=True)

    def work(content: Content) -> list[str]:
        caller = Client(headers={"Authorization": f"Bearer {token}"})
        wrong = []
        path = f"/api/content/{content.id}"
        for turn in range(3):
            title = f"{content.id} {turn}"
            wrote = caller.patch(path, {"title": title}, "application/json")
            detail = caller.get(path).json()
            listed = caller.get("/api/content?limit=100").json()["content"]
            [shown] = [each for each in listed if each["id"] == str(content.id)]
            seen = {wrote.status_code, detail["title"], shown["title"], wrote.json()["version"]}
            if seen != {200, title, turn + 2}:
                wrong.append(str(seen))
        return wrong

    with ThreadPoolExecutor(20) as threads:
        asked = [threads.submit(in_thread_with_own_connection, work, each) for each in rows]
        assert [each.result(60) for each in asked] == [[]] * 20
