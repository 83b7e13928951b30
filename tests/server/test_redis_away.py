"""Redis goes, hangs and comes back under a running server."""

import http.client
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from content.models import Content
from tests.breakable_redis import BreakableRedis, breakable_redis
from tests.cast import PASSWORD
from tests.fakes.model_server import ModelServer, Script
from tests.live import running_server
from tests.server.conftest import Scene, make_scene, variables
from tests.server.desk import PATIENCE_SECONDS

pytestmark = [pytest.mark.server, pytest.mark.redis]
PIECE = {"title": "Kiln", "body": "It is hot."}
LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining")


@dataclass
class Away:
    """A server over a Redis that the test breaks."""

    scene: Scene
    redis: BreakableRedis

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """(response, its body); as Alice, unless the headers say otherwise."""
        line = http.client.HTTPConnection("127.0.0.1", self.scene.server.port, timeout=20)
        with closing(line):
            raw = body if isinstance(body, str | None) else json.dumps(body)
            line.request(method, path, raw, {"Content-Type": "application/json", **headers})
            response = line.getresponse()
            return response, response.read().decode()

    def as_alice(self, method: str, path: str, body: Any = None) -> Any:
        """With her token."""
        return self.ask(method, path, body, Authorization=self.scene.alice.headers["Authorization"])

    def sign_in(self) -> Any:
        """As an app does."""
        body = {"email": self.scene.user.email, "password": PASSWORD}
        return self.ask("POST", "/_allauth/app/v1/auth/login", body)

    def sign_in_on_the_page(self) -> Any:
        """As a browser does."""
        response, _page = self.ask("GET", "/auth/signin")
        assert response.status == 200
        cookie = re.search(r"csrftoken=(\w+)", response.headers["Set-Cookie"])
        assert cookie
        form = f"csrfmiddlewaretoken={cookie[1]}&login={self.scene.user.email}&password=x"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie[0]}
        return self.ask("POST", "/auth/signin", form, **headers)

    def lines(self, words: str) -> int:
        """How often the log says so."""
        return self.scene.server.log.read_text().count(words)


@pytest.fixture
def away(
    transactional_db: None, models: ModelServer, alice: User, tmp_path: Path, settings: Any
) -> Iterator[Away]:
    """One process; Redis is there at first."""
    # As the server checks it: the suite's own hash is a quick one.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    alice.set_password(PASSWORD)
    alice.save()
    models.script = Script(pieces=("Clay.",))
    with breakable_redis(tmp_path) as redis:
        facts = {**variables(models), "REDIS_URL": redis.url}
        with running_server(tmp_path, **facts) as server:
            yield Away(make_scene(server, models, alice), redis)


def assert_soon_back(response: Any, body: str) -> None:
    assert response.status == 503, body
    assert int(response.headers["Retry-After"]) > 0
    assert "redis" not in body.lower()
    assert "127.0.0.1" not in body


def test_redis_goes_and_comes_back(away: Away) -> None:
    _response, body = away.sign_in()
    session = {"X-Session-Token": json.loads(body)["meta"]["session_token"]}
    response, _body = away.as_alice("GET", "/api/content")
    assert [response.headers[name] for name in LIMITS] == ["60", "59"]
    for outage in (1, 2):
        away.redis.kill()
        began = time.monotonic()
        for number in range(20):
            response, body = away.as_alice("POST", "/api/content", {**PIECE, "title": str(number)})
            assert response.status == 201, body
            response, body = away.as_alice("GET", "/api/content?limit=1")
            assert response.status == 200
            assert [response.headers[name] for name in LIMITS] == ["60", "60"]
            assert json.loads(body)["content"][0]["title"] == str(number)
        # Forty requests that each waited for Redis would take a minute.
        assert time.monotonic() - began < 15
        for path in ("/api/ai/generate", "/api/ai/generate/stream", "/api/content/generate"):
            response, body = away.as_alice("POST", path, {"prompt": "x"})
            assert_soon_back(response, body)
            assert json.loads(body)["code"] == "unavailable"
            assert [response.headers[name] for name in LIMITS] == ["10", "10"]
        response, body = away.sign_in()
        assert_soon_back(response, body)
        assert json.loads(body)["code"] == "unavailable"
        response, body = away.sign_in_on_the_page()
        assert_soon_back(response, body)
        assert response.headers["Content-Type"].startswith("text/html")
        # Sessions live in the database.
        response, body = away.ask("GET", "/api/users/me", **session)
        assert (response.status, json.loads(body)["email"]) == (200, away.scene.user.email)
        assert away.ask("GET", "/")[0].status == 200
        assert away.ask("GET", "/api/billing/plans")[0].headers[LIMITS[0]] == "60"
        assert away.lines("The cache is away") == outage
        away.redis.start()
        began = time.monotonic()
        while away.as_alice("POST", "/api/ai/generate", {"prompt": "x"})[0].status != 200:
            assert time.monotonic() - began < PATIENCE_SECONDS
            time.sleep(0.1)
        assert away.sign_in()[0].status == 200
        response, body = away.as_alice("GET", "/api/content?limit=1")
        assert [response.headers[name] for name in LIMITS] == ["60", "59"]
        assert json.loads(body)["content"][0]["title"] == "19"
    assert Content.objects.filter(user=away.scene.user).count() == 40
    assert not away.lines("Traceback")
    assert not away.lines(" ERROR ")
    # The cache, news out and in, cancels, frames: each says so for itself, once an outage.
    assert away.lines(" WARNING ") <= 2 * 5


def test_a_redis_that_hangs_holds_up_few(away: Away) -> None:
    path = f"/api/content/{json.loads(away.as_alice('POST', '/api/content', PIECE)[1])['id']}"
    away.redis.hang()
    until = time.monotonic() + 5

    def read() -> list[float]:
        took = []
        while time.monotonic() < until:
            began = time.monotonic()
            response, _body = away.as_alice("GET", path)
            assert response.status == 200
            took.append(time.monotonic() - began)
        return took

    with ThreadPoolExecutor(4) as threads:
        parts = [each.result(30) for each in [threads.submit(read) for _ in range(4)]]
    took = [each for part in parts for each in part]
    slow = [each for each in took if each > 1]
    # Everybody once, when it begins; then one of all, each three seconds.
    assert len(slow) <= 4 + 2, slow
    assert max(took) < 3
    # All held up, they would be 20.
    assert len(took) > 50
    away.redis.go_on()
    began = time.monotonic()
    while away.as_alice("GET", path)[0].headers["X-RateLimit-Remaining"] == "60":
        assert time.monotonic() - began < PATIENCE_SECONDS
        time.sleep(0.1)
    assert away.lines("The cache is away") == 1
    assert not away.lines("Traceback")
