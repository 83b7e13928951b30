"""What no polite client sends, as bytes to a real server: each answer is the contract's."""

import json
import socket
from itertools import product

import pytest

from api.tokens import issue_token
from content.models import Content
from tests.server.conftest import Scene

pytestmark = pytest.mark.server
ID = "00000000-0000-4000-8000-000000000000"
KEYS = {"error", "code", "details", "requestId"}
READ = ["/api/auth/session", "/api/users/me", "/api/content", f"/api/content/{ID}/revisions"]
READ += ["/api/ai/generations", f"/api/ai/generations/{ID}/stream", "/api/ai/usage", "/api/docs"]
WRITTEN = ["/api/users", "/api/content", "/api/content/generate", f"/api/content/{ID}/revert"]
WRITTEN += ["/api/ai/generate", "/api/ai/generate/stream", f"/api/ai/generations/{ID}/keep"]
SIGN_IN = [
    "auth/login",
    "auth/signup",
    "auth/session",
    "auth/password/request",
    "auth/email/verify",
]
SIGN_IN += ["auth/code/request", "auth/provider/token", "account/phone", "account/email", "nothing"]
SIGN_IN = [f"/_allauth/app/v1/{each}" for each in SIGN_IN]

QUERIES = ["%00", "%ED%A0%80", "%FF", "%F0%9F%98%80", "9" * 400, "-1", "NaN", "[]", "a&" * 1200]
NAMES = ["search", "page", "limit", "status", "type", "ordering", "after", "format", "%00"]
PATHS = ["/api/%00", "/api/users/%00", "/api/users/%ED%A0%80", "/api/users/%FF", "/api//content"]
PATHS += ["/api/content/%00", "/api/content/..%2f", f"/api/content/{'a' * 4000}", "/api/%2e%2e/x"]
METHODS = ["OPTIONS", "TRACE", "PUT", "DELETE", "PROPFIND", "QUERY", "get", "X" * 60]
HOSTS = ["evil.example", "localhost:99999", "[::1", "a,b", "%00", "localhost:x", "x" * 2000]
DEEP = b'{"a":' * 4000 + b"1" + b"}" * 4000
BODIES = [b"", b"null", b"[]", b"5", b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", DEEP, b"[" * 90_000]
BODIES += [b" \n" + DEEP, b'{"title":NaN,"prompt":1e999}', b'{"number":' + b"9" * 5000 + b"}"]
BODIES += [b'{"number":9223372036854775808}', b'{"number":1.5,"version":true}', b'{"\\u0000":1}']
BODIES += [b'{"title":"x","body":"y","metadata":{"\\ud800":[1e400]}}', b'{"a":"\\ud800"}']
BODIES += [b'{"title":{},"body":[],"type":[],"prompt":{},"tone":[1],"email":[],"password":{}}']
BODIES += [b'{"email":"\\u0000@x.y","password":"\\u0000","code":"\\u0000","key":"\\u0000"}']
BODIES += [b'{"email":5,"password":5,"code":5,"key":5,"provider":5,"token":5,"sessions":5}']
BODIES += [
    b'{"provider":"google","process":"login","token":{"client_id":"\\u0000","id_token":"x"}}'
]
BODIES += [b"email=%00&password=%00", b'{"x":"' + b"x" * 2_500_000 + b'"}']
TYPES = [
    "application/json; charset=nope",
    "text/plain",
    "multipart/form-data",
    "",
    "a/b; boundary=",
]
HEADERS = [
    "Authorization: Bearer \xff",
    "X-Session-Token: \xff",
    "Cookie: sessionid=\xff",
    "Accept: \xff",
]
HEADERS += ["Accept-Language: \xff", "If-Match: \xff", "If-None-Match: \xff", "Last-Event-ID: \xff"]
HEADERS += [
    "Idempotency-Key: \xff",
    "Origin: \xff",
    "Referer: http://[::1",
    "X-Forwarded-For: \xff",
]
HEADERS += ["Content-Encoding: gzip", "Range: bytes=x", f"Cookie: sessionid={'a' * 4000}"]
HEADERS += ["X-Email-Verification-Key: a:b:c", "X-Password-Reset-Key: \xff", "Upgrade: websocket"]


class Sender:
    """Bytes to the server, one connection each."""

    def __init__(self, scene: Scene) -> None:
        self.port = scene.server.port
        # Or most of it would be refused for its rate alone.
        self.token = issue_token(user=scene.user, name="hostile", is_unthrottled=True)

    def send(self, method: str, path: str, body: bytes = b"", *lines: str, **facts: str) -> bytes:
        """The answer as it came."""
        given = {line.split(":")[0].lower() for line in lines}
        head = [f"{method} {path} HTTP/1.1", f"Host: {facts.get('host', 'localhost')}"]
        head.append("Connection: close")
        if not given & {"authorization", "cookie", "x-session-token"}:
            head.append(f"Authorization: Bearer {self.token}")
        head += [f"Content-Type: {facts.get('content_type', 'application/json')}", *lines]
        is_chunked = "chunked" in facts
        head.append("Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(body)}")
        pieces = b"%x\r\n%s\r\n" % (len(body), body) if is_chunked and body else body
        raw = "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + pieces
        with socket.create_connection(("127.0.0.1", self.port), timeout=15) as line:
            line.sendall(raw + (b"0\r\n\r\n" if is_chunked else b""))
            return b"".join(iter(lambda: line.recv(65_536), b""))


def _trouble(answer: bytes, *, is_ours: bool = True) -> str:
    """What is wrong with an answer; empty when nothing is."""
    head, _empty, body = answer.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1]) if head else 0
    if not 200 <= status < 500:
        return f"status {status}"
    if status < 400 or not is_ours:
        return ""
    try:
        facts = json.loads(body)
    except ValueError:
        return f"{status}, no JSON: {body[:80]!r}"
    return (
        "" if set(facts) >= KEYS and facts["error"] and facts["code"] else f"no envelope: {facts}"
    )


@pytest.fixture
def sender(scene: Scene) -> Sender:
    return Sender(scene)


def test_addresses(sender: Sender) -> None:
    queries = [f"{path}?{name}={value}" for path, name, value in product(READ, NAMES, QUERIES)]
    asked = [("GET", each) for each in queries]
    asked += list(product(["GET", "POST", "PATCH", "DELETE"], PATHS))
    asked += list(product(METHODS, [*READ, *WRITTEN]))
    wrong = {each: found for each in asked if (found := _trouble(sender.send(*each)))}
    assert wrong == {}


@pytest.mark.parametrize("host", HOSTS)
def test_hosts(sender: Sender, host: str) -> None:
    for path in ("/api/content", "/api/nothing", "/api/ai/generate"):
        assert not _trouble(sender.send("GET", path, host=host))


def test_bodies(sender: Sender) -> None:
    wrong = {}
    for path, body in product([*WRITTEN, "/api/users/me"], BODIES):
        method = "PATCH" if path.endswith("/me") else "POST"
        for facts in ({}, {"chunked": "yes"}):
            if found := _trouble(sender.send(method, path, body, **facts)):
                wrong[path, body[:60], str(facts)] = found
    for path, content_type in product(WRITTEN, TYPES):
        if found := _trouble(sender.send("POST", path, b"{}", content_type=content_type)):
            wrong[path, b"{}", content_type] = found
    assert wrong == {}
    assert not Content.objects.exists()


def test_headers(sender: Sender) -> None:
    asked = [("GET", path, b"", line) for path, line in product(READ, HEADERS)]
    asked += [("POST", path, b"{}", line) for path, line in product(WRITTEN, HEADERS)]
    wrong = {each: found for each in asked if (found := _trouble(sender.send(*each)))}
    assert wrong == {}


def test_signing_in(sender: Sender) -> None:
    nobody = "Authorization: "
    asked = [
        (method, path, body, nobody)
        for method, path, body in product(["POST", "PUT", "DELETE"], SIGN_IN, BODIES)
    ]
    asked += [("GET", path, b"", line) for path, line in product(SIGN_IN, HEADERS)]
    asked += [(method, path, b"", nobody) for method, path in product(METHODS, SIGN_IN)]
    wrong = {
        (each[0], each[1], each[2][:60], each[3]): found
        for each in asked
        if (found := _trouble(sender.send(*each), is_ours=False))
    }
    assert wrong == {}


def test_what_allauth_cannot_read_is_refused_as_json(sender: Sender) -> None:
    for path, body in (("auth/login", DEEP), ("auth/login", b'{"email":"\\u0000"}'), ("x", b"")):
        answer = sender.send("POST", f"/_allauth/app/v1/{path}", body)
        assert b"HTTP/1.1 40" in answer
        assert not _trouble(answer)
