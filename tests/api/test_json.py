"""Bad input everywhere that takes JSON: the contract's errors, nothing lost, never a 500."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError, ValidationError

from accounts.models import User
from ai.models import Generation
from api.parsers import MAX_DEPTH, parse_json
from content.models import Content
from tests.envelope import assert_error
from tests.factories import make_draft

JSON = "application/json"
GENERATE = ("/api/ai/generate", "/api/ai/generate/stream", "/api/content/generate")
TAKES_JSON = [
    ("post", "/api/content"),
    ("patch", "/api/content/{content}"),
    ("post", "/api/content/{content}/revert"),
    ("patch", "/api/users/me"),
    ("post", "/api/users"),
    *(("post", path) for path in GENERATE),
]


@pytest.fixture
def call(sam: User, api_client: Any, scripted: Any) -> Any:
    """Send a body as staff, who may do everything."""
    client = api_client(sam)
    content = make_draft(sam)

    def send(method: str, path: str, body: Any, content_type: str = JSON) -> Any:
        address = path.format(content=content.id)
        return getattr(client, method)(address, body, content_type)

    yield send
    content.refresh_from_db()
    assert content.version == 1
    assert Content.objects.count() == 1
    assert not Generation.objects.exists()
    assert scripted.requests == []


@pytest.mark.parametrize(("method", "path"), TAKES_JSON)
@pytest.mark.parametrize(
    "body",
    [b"{", b"{'a': 1}", b"nope", b'{"a": NaN}', b"\xff\xfe", b'{"a": 1}}', b"[" * 5_000, b"{}x"],
)
def test_malformed_json_is_refused(call: Any, method: str, path: str, body: bytes) -> None:
    assert_error(call(method, path, body), 400, "malformed_json")


@pytest.mark.parametrize(("method", "path"), TAKES_JSON)
@pytest.mark.parametrize(
    ("body", "where"),
    [
        (rb'{"title": "a\u0000b", "body": "x", "prompt": "x"}', "title"),
        (rb'{"prompt": "a\u0000b", "title": "x", "body": "x"}', "prompt"),
        (rb'{"title": "\ud800", "body": "x", "prompt": "x"}', "title"),
        (rb'{"metadata": {"a": [{"b": "\udfff"}]}, "prompt": "x"}', "metadata.a.0.b"),
        (rb'{"metadata": {"a\u0000": 1}, "prompt": "x"}', "metadata"),
        (rb'{"unknown": "\ud83d", "prompt": "x"}', "unknown"),
    ],
)
def test_what_cannot_be_stored_is_refused(
    call: Any, method: str, path: str, body: bytes, where: str
) -> None:
    assert_error(call(method, path, body), 400, "validation_error", where)


@pytest.mark.parametrize(("method", "path"), TAKES_JSON)
def test_nesting_has_an_end(call: Any, method: str, path: str) -> None:
    deep = b'{"metadata": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b', "prompt": "x"}'
    assert_error(call(method, path, deep), 400, "validation_error")


@pytest.mark.parametrize(("method", "path"), TAKES_JSON)
def test_a_body_of_megabytes_is_refused(call: Any, method: str, path: str, settings: Any) -> None:
    body = b'{"prompt": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'
    assert_error(call(method, path, body), 413, "too_large")


@pytest.mark.parametrize(("method", "path"), TAKES_JSON)
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "x"]
)
def test_what_is_not_json_is_refused(call: Any, method: str, path: str, content_type: str) -> None:
    response = call(method, path, b'{"prompt": "x"}', content_type)
    assert_error(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(("method", "path"), TAKES_JSON)
@pytest.mark.parametrize("body", [b"[]", b'"x"', b"5", b"null"])
def test_what_is_no_object_is_refused(call: Any, method: str, path: str, body: bytes) -> None:
    assert_error(call(method, path, body), 400, "validation_error")


BRIEF = [
    ("prompt", None),
    ("prompt", ""),
    ("prompt", "  \n "),
    ("prompt", 5),
    ("prompt", ["x"]),
    ("prompt", {"a": 1}),
    ("prompt", "x" * 8_001),
    ("type", "POEM"),
    ("type", 1),
    ("type", ["POST"]),
    ("tone", "angry"),
    ("tone", None),
    ("length", "endless"),
    ("language", "tlh"),
    ("platform", "myspace"),
    ("quality", "best"),
    ("quality", {}),
]


@pytest.mark.parametrize("path", GENERATE)
@pytest.mark.parametrize(("field", "value"), BRIEF)
def test_a_brief_that_cannot_be_is_refused(call: Any, path: str, field: str, value: Any) -> None:
    response = call("post", path, {"prompt": "x", field: value})
    assert_error(response, 400, "validation_error", field)


# What JSON can say at all: no lone surrogates, no NUL, since PostgreSQL holds neither.
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4)
)


@given(values)
def test_what_json_can_say_is_read_as_it_is(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_bytes_are_json_or_refused_and_nothing_else(body: bytes) -> None:
    with contextlib.suppress(ParseError, ValidationError):
        parse_json(body)


@pytest.mark.parametrize(("depth", "is_read"), [(MAX_DEPTH, True), (MAX_DEPTH + 2, False)])
def test_nesting_is_read_to_a_depth(depth: int, is_read: bool) -> None:
    outcome = contextlib.nullcontext() if is_read else pytest.raises(ValidationError)
    with outcome:
        parse_json(b"[" * depth + b"]" * depth)
