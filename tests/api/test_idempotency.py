"""A key makes a request that is sent again the same request."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from ai.models import Generation
from api import idempotency
from api.models import KEYS_KEPT_FOR, IdempotencyKey
from api.tasks import forget_keys
from content import services
from content.models import Content, Revision
from tests.envelope import assert_error
from tests.factories import make_draft, make_generation

DRAFT = {"title": "Glaze notes", "body": "Celadon — é."}


def _post(client: Client, path: str, body: Any, key: str | None = "one", **headers: str) -> Any:
    if key is not None:
        headers["Idempotency-Key"] = key
    return client.post(path, body, content_type="application/json", headers=headers)


def _is_replay(response: Any) -> bool:
    return bool(response.headers.get("Idempotency-Replayed") == "true")


def test_the_second_is_answered_as_the_first(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    first = _post(client, "/api/content", DRAFT)
    assert first.status_code == 201
    assert not _is_replay(first)
    # The order of keys is not what was asked.
    again = _post(client, "/api/content", dict(reversed(DRAFT.items())))
    assert (again.status_code, again.content) == (201, first.content)
    for name in ("Content-Type", "ETag"):
        assert again.headers[name] == first.headers[name]
    assert _is_replay(again)
    assert Content.objects.count() == Revision.objects.count() == 1


def test_it_stays_the_answer_whatever_became_of_the_row(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    first = _post(client, "/api/content", DRAFT)
    services.delete_content(by=alice, content_id=first.json()["id"])
    assert _post(client, "/api/content", DRAFT).content == first.content
    assert not Content.objects.exists()


def test_without_a_key_nothing_is_remembered(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    ids = {_post(client, "/api/content", DRAFT, key=None).json()["id"] for _time in range(2)}
    assert len(ids) == 2
    assert not IdempotencyKey.objects.exists()


def test_another_body_is_a_conflict(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    _post(client, "/api/content", DRAFT)
    response = _post(client, "/api/content", {**DRAFT, "title": "Ash"})
    assert_error(response, 409, "idempotency_conflict")
    assert Content.objects.count() == 1


def test_keys_of_different_people_and_addresses_never_meet(
    alice: User, charlie: User, api_client: Any
) -> None:
    mine, theirs = api_client(alice), api_client(charlie)
    pieces = [make_draft(alice, title=f"Number {number}") for number in range(2)]
    answers = [_post(mine, f"/api/content/{each.id}/revert", {"number": 1}) for each in pieces]
    answers += [_post(mine, "/api/content", DRAFT), _post(theirs, "/api/content", DRAFT)]
    assert [each.status_code for each in answers] == [200, 200, 201, 201]
    assert len({each.json()["id"] for each in answers}) == 4
    assert not any(_is_replay(each) for each in answers)
    again = [_post(mine, f"/api/content/{each.id}/revert", {"number": 1}) for each in pieces]
    assert [each.content for each in again] == [each.content for each in answers[:2]]


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "tab\tbed"])
def test_what_is_no_key_is_refused_by_name(alice: User, api_client: Any, key: str) -> None:
    response = _post(api_client(alice), "/api/content", DRAFT, key=key)
    assert_error(response, 400, "validation_error", "Idempotency-Key")
    assert not Content.objects.exists()


@pytest.mark.parametrize("key", ["x", "x" * 255, "a key ~!"])
def test_what_is_a_key_is_taken(alice: User, api_client: Any, key: str) -> None:
    assert _post(api_client(alice), "/api/content", DRAFT, key=key).status_code == 201


def test_a_refusal_frees_the_key(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    assert_error(_post(client, "/api/content", {"title": "x"}), 400, "validation_error", "body")
    assert not IdempotencyKey.objects.exists()
    assert _post(client, "/api/content", DRAFT).status_code == 201


def test_a_defect_rolls_everything_back(alice: User, api_client: Any, monkeypatch: Any) -> None:
    client = api_client(alice)

    def fail(**_facts: Any) -> None:
        raise RuntimeError("after the draft was made")

    with monkeypatch.context() as patch:
        patch.setattr(services, "move_content", fail)
        assert_error(_post(client, "/api/content", DRAFT), 500, "server_error")
    assert not Content.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert _post(client, "/api/content", DRAFT).status_code == 201


def test_what_follows_the_commit_happens_once(
    alice: User, api_client: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    done: list[str] = []
    move = services.move_content

    def note(**facts: Any) -> Content:
        transaction.on_commit(lambda: done.append("mail"))
        return move(**facts)

    monkeypatch.setattr(services, "move_content", note)
    client = api_client(alice)
    for _time in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            assert _post(client, "/api/content", DRAFT).status_code == 201
    assert done == ["mail"]


def test_a_day_later_it_is_a_new_request(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    first = _post(client, "/api/content", DRAFT)
    almost = timezone.now() - KEYS_KEPT_FOR + timedelta(minutes=1)
    IdempotencyKey.objects.update(created_at=almost)
    assert _post(client, "/api/content", DRAFT).content == first.content
    IdempotencyKey.objects.update(created_at=timezone.now() - KEYS_KEPT_FOR)
    later = _post(client, "/api/content", {**DRAFT, "title": "Another"})
    assert later.status_code == 201
    assert not _is_replay(later)
    assert IdempotencyKey.objects.count() == 1


def test_old_keys_are_forgotten_by_a_job(alice: User) -> None:
    facts = {"user": alice, "route": "POST /api/x", "fingerprint": "0" * 64}
    IdempotencyKey.objects.create(**facts, key="new")
    old = timezone.now() - KEYS_KEPT_FOR
    IdempotencyKey.objects.create(**facts, key="old", created_at=old)
    assert forget_keys(0) == 1
    assert IdempotencyKey.objects.get().key == "new"


def test_staff_make_a_person_once(sam: User, api_client: Any) -> None:
    client = api_client(sam)
    body = {"email": "new@example.com", "password": "correct horse battery", "name": "New"}
    first = _post(client, "/api/users", body)
    assert first.status_code == 201, first.content
    assert _post(client, "/api/users", body).content == first.content
    assert User.objects.filter(email="new@example.com").count() == 1
    row = IdempotencyKey.objects.get()
    assert "correct horse" not in row.body
    # Keyed: who reads the table cannot try passwords on it.
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    assert row.fingerprint != hashlib.sha256(canonical.encode()).hexdigest()


def test_a_text_is_kept_once_with_a_title_of_its_own(alice: User, api_client: Any) -> None:
    row = make_generation(alice, status=Generation.Status.DONE, text="Clay remembers.")
    client = api_client(alice)
    path = f"/api/ai/generations/{row.id}/keep"
    first = _post(client, path, {"title": "Clay"})
    assert (first.status_code, _is_replay(first)) == (201, False)
    again = _post(client, path, {"title": "Clay"})
    assert (again.content, _is_replay(again)) == (first.content, True)


def test_a_revert_is_one_revision(alice: User, api_client: Any) -> None:
    content = make_draft(alice)
    services.edit_content(
        by=alice, content_id=content.id, expected_version=None, changes={"body": "Ash."}
    )
    client = api_client(alice)
    path = f"/api/content/{content.id}/revert"
    answers = [_post(client, path, {"number": 1, "version": 2}) for _time in range(2)]
    # Without the key the second would be a conflict: its version is stale by now.
    assert [each.status_code for each in answers] == [200, 200]
    assert content.revisions.count() == 3


def test_a_read_token_and_nobody_leave_no_key(alice: User, api_client: Any) -> None:
    assert_error(_post(api_client(alice, scope="READ"), "/api/content", DRAFT), 403, "forbidden")
    assert_error(_post(api_client(), "/api/content", DRAFT), 401, "unauthorized")
    assert not IdempotencyKey.objects.exists()


def test_kept_headers_come_again(alice: User) -> None:
    key = idempotency.Key(alice, "POST /api/x", "one", "0" * 64)

    def make() -> Any:
        answer = HttpResponse("{}", content_type="application/json")
        for name, value in (("ETag", '"1"'), ("Location", "/api/x/1"), ("Vary", "Cookie")):
            answer.headers[name] = value
        return answer

    for _time in range(2):
        answer = idempotency.answer_once(key, make, lambda made: made.content)
    assert (answer["ETag"], answer["Location"]) == ('"1"', "/api/x/1")
    assert "Vary" not in answer


def test_a_refusal_that_is_answered_rolls_back_too(alice: User) -> None:
    key = idempotency.Key(alice, "POST /api/x", "one", "0" * 64)

    def refuse() -> HttpResponse:
        make_draft(alice)
        return HttpResponse("{}", status=409, content_type="application/json")

    answer = idempotency.answer_once(key, refuse, lambda made: made.content)
    assert answer.status_code == 409
    assert not Content.objects.exists()
    assert not IdempotencyKey.objects.exists()
