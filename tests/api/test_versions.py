"""The database counts versions, whoever writes."""

from django.db import connection

from accounts.models import User
from accounts.services import close_account
from api.models import DataVersion
from content.models import Content
from tests.factories import make_draft

NOBODYS = "00000000-0000-0000-0000-000000000007"


def number_of(user: User) -> int:
    """The version of somebody's content."""
    found = DataVersion.objects.filter(user=user, topic="content").first()
    return found.number if found else 0


def test_one_statement_counts_once_for_each_owner(alice: User, charlie: User) -> None:
    for user in (alice, charlie):
        Content.objects.bulk_create(Content(user=user, title="x", body="x") for _ in range(50))
        assert number_of(user) == 1
    Content.objects.update(title="y")
    assert (number_of(alice), number_of(charlie)) == (2, 2)
    Content.objects.filter(user=alice).update(title="z")
    assert (number_of(alice), number_of(charlie)) == (3, 2)
    Content.objects.filter(title="nothing").update(title="z")
    assert (number_of(alice), number_of(charlie)) == (3, 2)


def test_a_person_goes_with_their_numbers(alice: User, charlie: User, sam: User) -> None:
    for user in (alice, charlie):
        make_draft(user)
    close_account(by=alice, user=alice)
    User.everyone.get(pk=charlie.pk).delete()
    assert not DataVersion.objects.filter(user_id=charlie.pk).exists()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_piece_that_changes_hands_counts_for_both(alice: User, charlie: User) -> None:
    content = make_draft(alice)
    Content.objects.filter(pk=content.pk).update(user=charlie)
    assert (number_of(alice), number_of(charlie)) == (2, 1)
