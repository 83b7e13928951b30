"""The description is a strict judge: each way to lie is found."""

import json
from typing import Any

import pytest

from billing.description import OPERATIONS
from content.description import DRAFT as PIECE
from tests.described import Untrue, check, check_frame
from tests.server.client import Answer

PLANS = "/api/billing/plans"
TRUE = OPERATIONS["get /api/billing/plans"].examples["200"]
HEADERS = {
    "Content-Type": "application/json",
    "ETag": '"1"',
    "X-Request-ID": "r",
    "X-RateLimit-Limit": "10",
    "X-RateLimit-Remaining": "9",
    "X-RateLimit-Reset": "1780000060",
}
DRAFT = {"title": "x", "body": "x"}


def answer(status: int = 200, body: Any = TRUE, **headers: Any) -> Any:
    found = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    # As HTTP has them: by name in any case.
    spoken = {name.lower(): value for name, value in found.items() if value is not None}
    return Answer(status, Spoken(spoken), b"" if body is None else json.dumps(body).encode())


class Spoken(dict[str, str]):
    """Headers, by name in any case."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def test_the_truth_passes() -> None:
    check("GET", PLANS, answer())
    check("GET", PLANS, answer(304, None))
    check("HEAD", PLANS, answer(body=None))
    check("GET", "/studio", answer(418, "a page is none of its business"))


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (answer(201), "status is not described"),
        (answer(body={"plans": []} | {"more": 1}), "more"),
        (answer(body={"plans": [{**TRUE["plans"][0], "more": 1}]}), "more"),
        (answer(body={"plans": [{"name": "PRO"}]}), "required"),
        (answer(body={"plans": [{**TRUE["plans"][0], "spendUsd": 15}]}), "spendUsd"),
        (answer(body={"plans": [{**TRUE["plans"][0], "name": "GOLD"}]}), "GOLD"),
        (answer(304), "a body is not described"),
        (answer(X_RateLimit_Limit=None), "X-RateLimit-Limit is missing"),
        (answer(X_RateLimit_Limit="many"), "not of type"),
        (answer(ETag=None), "ETag is missing"),
        (answer(Retry_After="5"), "retry-after is not described"),
        (answer(Content_Type="text/html"), "text/html is not among"),
        (
            answer(503, {"error": "x", "code": "unheard_of", "details": [], "requestId": "r"}),
            "unheard_of",
        ),
        (answer(404, {"error": "x"}), "status is not described"),
    ],
)
def test_a_lie_is_found(lie: Any, words: str) -> None:
    with pytest.raises(Untrue, match=words):
        check("GET", PLANS, lie)


def test_what_is_not_there_answers_with_an_error() -> None:
    refusal = {"error": "x", "code": "not_found", "details": [], "requestId": "r"}
    check("GET", "/api/nothing", answer(404, refusal))
    check("PUT", PLANS, answer(405, {**refusal, "code": "method_not_allowed"}))
    for path, method in (("/api/nothing", "GET"), (PLANS, "PUT")):
        with pytest.raises(Untrue, match="nothing is described here"):
            check(method, path, answer())


def test_what_was_taken_must_be_described() -> None:
    created = answer(201, PIECE)
    check("POST", "/api/content", created, json.dumps(DRAFT).encode())
    for sent in ({**DRAFT, "title": 5}, {"title": "x"}, {**DRAFT, "type": "POEM"}):
        with pytest.raises(Untrue, match="it took"):
            check("POST", "/api/content", created, json.dumps(sent).encode())


def test_a_frame_is_judged_too() -> None:
    check_frame("delta", {"text": "x"})
    with pytest.raises(Untrue):
        check_frame("delta", {"text": "x", "more": 1})
