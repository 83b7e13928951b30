"""The list: filters in the address, rows alone for htmx, a fixed number of queries."""

import pytest
from django.urls import reverse

from content.services import archive_content, create_draft

HTMX = {"HX-Request": "true"}


@pytest.fixture
def pieces(alice):
    made = [
        create_draft(by=alice, title=f"Piece {n}", body="About clay.", type="POST")
        for n in range(3)
    ]
    made.append(create_draft(by=alice, title="A story", body="About fire.", type="STORY"))
    archive_content(by=alice, content_id=made[0].id)
    return made


def titles(response):
    return {row.title for row in response.context["page"].object_list}


def test_without_filters_all_but_the_archived(signed_in, alice, pieces):
    response = signed_in(alice).get("/studio/content")
    assert titles(response) == {"Piece 1", "Piece 2", "A story"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=STORY", {"A story"}),
        ("status=ARCHIVED", {"Piece 0"}),
        ("search=FIRE", {"A story"}),
        ("search=clay&type=STORY", set()),
        ("type=NONSENSE", {"Piece 1", "Piece 2", "A story"}),
        ("page=99", {"Piece 1", "Piece 2", "A story"}),
        ("page=x", {"Piece 1", "Piece 2", "A story"}),
        ("search=%00", {"Piece 1", "Piece 2", "A story"}),
    ],
)
def test_filters(signed_in, alice, pieces, query, expected):
    assert titles(signed_in(alice).get(f"/studio/content?{query}")) == expected


def test_others_are_not_listed(signed_in, charlie, pieces):
    page = signed_in(charlie).get("/studio/content").content.decode()
    assert "Piece" not in page
    assert "Create your first text" in page


def test_htmx_gets_the_rows_alone(signed_in, alice, pieces):
    response = signed_in(alice).get("/studio/content?type=STORY", headers=HTMX)
    page = response.content.decode()
    assert "A story" in page
    assert "<html" not in page
    assert "HX-Request" in response.headers["Vary"]


def test_a_step_from_the_list_answers_with_rows_and_an_undo(signed_in, alice, pieces):
    address = reverse("content_action", args=[pieces[3].id, "archive"])
    here = {**HTMX, "HX-Current-URL": "http://testserver/studio/content?search=fire"}
    page = signed_in(alice).post(address, headers=here).content.decode()
    assert 'id="content-list"' in page
    assert "Nothing matches." in page
    assert 'hx-swap-oob="true"' in page
    assert reverse("content_action", args=[pieces[3].id, "unarchive"]) in page


def test_queries_do_not_grow_with_rows(signed_in, alice, django_assert_max_num_queries):
    for n in range(25):
        create_draft(by=alice, title=f"Piece {n}", body="Clay.")
    client = signed_in(alice)
    with django_assert_max_num_queries(8):
        page = client.get("/studio/content").content.decode()
    assert "Page 1 of 2" in page
