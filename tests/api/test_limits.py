"""One principal, one count: whoever answers says where the caller stands."""

from typing import Any

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from ai.models import Generation
from api import limits
from billing.models import PlanGrant
from billing.plans import PlanName
from billing.services import grant_plan, revoke_grant
from content.models import Content
from tests.api.standing import NOON, standing
from tests.cast import PASSWORD
from tests.envelope import assert_error

JSON = "application/json"
pytestmark = pytest.mark.usefixtures("clock")
NOBODYS = "00000000-0000-0000-0000-000000000007"


def test_each_plan_has_its_numbers(alice: User, api_client: Any) -> None:
    numbers = {"FREE": (60, 10), "PRO": (300, 30), "ENTERPRISE": (1200, 120)}
    for plan, (api, ai) in numbers.items():
        if plan != "FREE":
            grant_plan(by=None, user=alice, plan=PlanName(plan), reason="a test")
        assert standing(api_client(alice).get("/api/content"))[0] == api
        asked = api_client(alice).post("/api/ai/generate", {}, JSON)
        assert standing(asked)[0] == ai


def test_the_last_one_passes_and_the_next_is_refused(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    for left in range(59, -1, -1):
        response = client.get("/api/auth/session")
        assert (response.status_code, *standing(response)) == (200, 60, left)
    for _ in range(3):
        response = client.post("/api/content", {"title": "x", "body": "x"}, JSON)
        assert_error(response, 429, "rate_limited")
        assert standing(response) == (60, 0)
    assert not Content.objects.exists()


def test_retry_after_and_reset_tell_the_same_and_are_true(
    alice: User, api_client: Any, clock: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(limits, "_rates_of", lambda _plan: (1, 1))
    client = api_client(alice)
    for moment in range(60):
        clock.now = NOON + moment
        cache.clear()
        client.get("/api/auth/session")
        refused = client.get("/api/auth/session")
        assert refused.status_code == 429
        reset_at = int(refused.headers["X-RateLimit-Reset"])
        assert int(refused.headers["Retry-After"]) == reset_at - int(clock.now)
        # Whoever waits as long as they are told is served, and nobody before.
        clock.now = reset_at - 1
        assert client.get("/api/auth/session").status_code == 429
        clock.now = reset_at
        assert client.get("/api/auth/session").status_code == 200


def test_requests_to_models_count_as_such_only(
    transactional_db: None, alice: User, api_client: Any, scripted: Any
) -> None:
    client = api_client(alice)
    body = {"prompt": "x"}
    for left in range(9, -1, -1):
        path = ("/api/ai/generate", "/api/ai/generate/stream", "/api/content/generate")[left % 3]
        response = client.post(path, body, JSON)
        assert response.status_code in {200, 201}
        assert standing(response) == (10, left)
    made = Generation.objects.count()
    for path in configured.API_AI_PATHS:
        response = client.post(path, body, JSON)
        assert_error(response, 429, "rate_limited")
    assert Generation.objects.count() == made == 10
    # To read what was generated is an API request, of which nothing is used.
    assert standing(client.get("/api/ai/generations")) == (60, 59)
    assert standing(client.get("/api/ai/generate")) == (60, 58)


def app_token_of(user: User) -> str:
    body = {"email": user.email, "password": PASSWORD}
    answer = Client().post("/_allauth/app/v1/auth/login", body, JSON)
    token: str = answer.json()["meta"]["session_token"]
    return token


def test_a_person_counts_once_whatever_they_come_with(alice: User, api_client: Any) -> None:
    by_cookie = Client()
    by_cookie.force_login(alice)
    by_app = Client(headers={"X-Session-Token": app_token_of(alice)})
    ways = [by_cookie, by_app, api_client(alice), api_client(alice)]
    for number in range(60):
        response = ways[number % 4].get("/api/users/me")
        assert (response.status_code, *standing(response)) == (200, 60, 59 - number)
    for client in ways:
        assert client.get("/api/users/me").status_code == 429


def test_people_do_not_share(alice: User, charlie: User, api_client: Any) -> None:
    for _ in range(61):
        last = api_client(alice).get("/api/auth/session")
    assert last.status_code == 429
    assert standing(api_client(charlie).get("/api/auth/session")) == (60, 59)
    assert standing(Client().get("/api/auth/session")) == (10, 9)


def test_a_plan_counts_at_once_and_the_count_goes_on(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    for _ in range(60):
        client.get("/api/auth/session")
    assert client.get("/api/auth/session").status_code == 429
    grant_plan(by=None, user=alice, plan=PlanName.PRO, reason="a test")
    response = client.get("/api/auth/session")
    assert (response.status_code, *standing(response)) == (200, 300, 300 - 62)
    revoke_grant(by=alice, grant=PlanGrant.objects.get())
    response = client.get("/api/auth/session")
    assert (response.status_code, *standing(response)) == (429, 60, 0)


def test_a_grant_that_runs_out_counts_no_more(alice: User, api_client: Any) -> None:
    grant_plan(by=None, user=alice, plan=PlanName.PRO, reason="a test")
    client = api_client(alice)
    assert standing(client.get("/api/auth/session"))[0] == 300
    # The query is compiled once: it must not have kept the moment at which it was.
    started_at = PlanGrant.objects.get().starts_at
    PlanGrant.objects.update(ends_at=started_at)
    assert standing(client.get("/api/auth/session"))[0] == 60


def test_an_unthrottled_token_is_free_of_both(alice: User, api_client: Any) -> None:
    client = api_client(alice, is_unthrottled=True)
    for _ in range(70):
        response = client.get("/api/auth/session")
        assert (response.status_code, *standing(response)) == (200, 60, 60)
    for _ in range(12):
        response = client.post("/api/ai/generate", {}, JSON)
        assert (response.status_code, *standing(response)) == (400, 10, 10)


def test_an_address_has_ten_in_ten_seconds_and_sixty_a_minute(
    db: None, clock: Any, monkeypatch: Any
) -> None:
    def passed() -> list[int]:
        found = [Client().get("/api/auth/session").status_code for _ in range(12)]
        clock.now += 10
        return [status for status in found if status == 200]

    def next_window(seconds: int) -> int:
        return limits._counted("anonymous", "127.0.0.1", seconds)["time_left"] + 1

    clock.now += next_window(60)
    clock.now += next_window(10)
    cache.clear()
    assert [len(passed()) for _ in range(5)] == [10] * 5
    # 60 in 60 s: what the long window has left in its last seconds, before it begins anew.
    monkeypatch.setattr(limits, "ANONYMOUS", (limits.Window(10, 10), limits.Window(15, 60)))
    cache.clear()
    clock.now += next_window(60)
    clock.now += next_window(10)
    cache.clear()
    assert [len(passed()) for _ in range(3)] == [10, 5, 0]


def test_a_refused_request_counts_in_one_window_only(db: None, monkeypatch: Any) -> None:
    windows = (limits.Window(2, 10), limits.Window(4, 60))
    found = [limits.count("anonymous", "x", windows) for _ in range(9)]
    assert [each.is_over for each in found] == [False] * 2 + [True] * 7
    assert limits._counted("anonymous", "x", 60)["count"] == 3


def test_garbage_is_refused_and_counts_by_address(db: None) -> None:
    for number in range(12):
        client = Client(headers={"Authorization": f"Bearer nonsense-{number}"})
        response = client.get("/api/content")
        assert response.status_code == (401 if number < 10 else 429)
    assert Client(REMOTE_ADDR="192.0.2.9").get("/api/auth/session").status_code == 200


def test_the_counters_go_by_themselves(alice: User, api_client: Any) -> None:
    """Nothing is kept beyond its window."""
    api_client(alice).get("/api/auth/session")
    ends = list(cache._expire_info.values())  # type: ignore[attr-defined]
    assert ends
    assert all(end is not None for end in ends)
