"""`/content` over HTTP: who sees what, lists, filters."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from content.models import Content
from content.services import publish_content
from tests.envelope import assert_error
from tests.factories import make_draft

KEYS = {
    "id", "userId", "title", "body", "type", "status", "aiGenerated", "metadata", "version",
    "scheduledAt", "publishedAt", "createdAt", "updatedAt",
}  # fmt: skip
ROUTES = [
    ("get", ""),
    ("patch", ""),
    ("delete", ""),
    ("get", "/revisions"),
    ("post", "/revert"),
]


@pytest.mark.parametrize(("method", "tail"), [*ROUTES, ("post", "!"), ("get", "!")])
def test_nobody_gets_in(client: Client, alice: User, method: str, tail: str) -> None:
    path = f"/api/content/{make_draft(alice).id}{tail}" if tail != "!" else "/api/content"
    assert_error(getattr(client, method)(path), 401, "unauthorized")


@pytest.mark.parametrize("who", ["charlie", "sam"])
@pytest.mark.parametrize(("method", "tail"), ROUTES)
def test_what_is_anothers_is_not_there(
    request: Any, alice: User, api_client: Any, who: str, method: str, tail: str
) -> None:
    client = api_client(request.getfixturevalue(who))
    body = {} if method == "get" else {"data": {"title": "x", "number": 1}}
    kind = {} if method == "get" else {"content_type": "application/json"}
    for content_id in (make_draft(alice).id, uuid4()):
        response = getattr(client, method)(f"/api/content/{content_id}{tail}", **body, **kind)
        assert_error(response, 404, "not_found")
    assert client.get("/api/content").json()["pagination"]["total"] == 0
    assert Content.objects.get().title == "Glaze notes"


def test_the_owner_reads_a_piece(alice: User, api_client: Any) -> None:
    content = make_draft(alice, metadata={"snake_case": {"stays": 1}})
    body = api_client(alice).get(f"/api/content/{content.id}").json()
    assert set(body) == KEYS
    assert body["userId"] == str(alice.pk)
    assert body["metadata"] == {"snake_case": {"stays": 1}}
    assert (body["version"], body["status"], body["scheduledAt"]) == (1, "DRAFT", None)


def test_what_was_deleted_is_not_there(alice: User, api_client: Any) -> None:
    client, content = api_client(alice), make_draft(alice)
    path = f"/api/content/{content.id}"
    assert client.delete(path).status_code == 204
    for method in ("get", "delete"):
        assert_error(getattr(client, method)(path), 404, "not_found")
    assert client.get("/api/content").json()["content"] == []


def test_a_list_has_pages_newest_first(alice: User, charlie: User, api_client: Any) -> None:
    ids = [str(make_draft(alice, title=str(number)).id) for number in range(5)]
    make_draft(charlie)
    client = api_client(alice)
    pages = [client.get(f"/api/content?limit=2&page={page}").json() for page in (1, 2, 3, 4)]
    assert [len(page["content"]) for page in pages] == [2, 2, 1, 0]
    assert [row["id"] for page in pages for row in page["content"]] == ids[::-1]
    assert pages[0]["pagination"] == {"page": 1, "limit": 2, "total": 5, "pages": 3}


def test_pages_never_overlap_when_times_are_equal(alice: User, api_client: Any) -> None:
    for _ in range(7):
        make_draft(alice)
    Content.objects.update(created_at=alice.created_at)
    client = api_client(alice)
    rows = [
        row["id"]
        for page in range(1, 5)
        for row in client.get(f"/api/content?limit=2&page={page}").json()["content"]
    ]
    assert rows == [
        str(each) for each in Content.objects.order_by("id").values_list("id", flat=True)
    ]


def test_the_list_is_filtered_searched_and_ordered(alice: User, api_client: Any) -> None:
    make_draft(alice, title="B kiln", type="STORY")
    published = make_draft(alice, title="A kiln", type="POST")
    publish_content(by=alice, content_id=published.id)
    Content.objects.filter(pk=make_draft(alice, title="C", body="ai").pk).update(ai_generated=True)
    client = api_client(alice)

    def titles(query: str) -> list[str]:
        return [each["title"] for each in client.get(f"/api/content?{query}").json()["content"]]

    assert titles("type=STORY") == ["B kiln"]
    assert titles("status=PUBLISHED") == ["A kiln"]
    assert titles("aiGenerated=true") == ["C"]
    assert titles("aiGenerated=false") == ["A kiln", "B kiln"]
    assert titles("search=KILN&ordering=title") == ["A kiln", "B kiln"]
    assert titles("ordering=-title") == ["C", "B kiln", "A kiln"]
    assert titles("type=&status=") == ["C", "A kiln", "B kiln"]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=x", "page"),
        ("page=1.5", "page"),
        ("page=", "page"),
        ("page=99999999999999999999", "page"),
        ("page=%D9%A1", "page"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("type=POEM", "type"),
        ("type=post", "type"),
        ("status=LOST", "status"),
        ("aiGenerated=maybe", "aiGenerated"),
        ("ordering=password", "ordering"),
        ("search=%00", "search"),
        ("search=" + "x" * 201, "search"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    alice: User, api_client: Any, query: str, path: str
) -> None:
    response = api_client(alice).get(f"/api/content?{query}")
    assert_error(response, 400, "validation_error", path)


@pytest.mark.parametrize("query", ["limit=1", "limit=100", "page=1000000", "search=%ED%A0%80"])
def test_the_edges_of_what_makes_sense(alice: User, api_client: Any, query: str) -> None:
    assert api_client(alice).get(f"/api/content?{query}").status_code == 200


def test_lists_take_as_many_queries_for_twelve_as_for_two(
    alice: User, api_client: Any, django_assert_num_queries: Any
) -> None:
    client = api_client(alice)
    client.get("/api/content")
    for number in range(12):
        content = make_draft(alice)
        if number in {1, 11}:
            with django_assert_num_queries(2):
                client.get("/api/content?limit=100")
            with django_assert_num_queries(3):
                client.get(f"/api/content/{content.id}/revisions")
