"""What the database itself holds people to."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.forms import modelform_factory
from django.utils import timezone

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_two_open_accounts_cannot_share_an_email_whatever_its_case() -> None:
    User.objects.create(email="ada@example.com")
    with pytest.raises(IntegrityError, match="accounts_user_email_unique"):
        User.objects.create(email="ADA@example.com")


def test_two_open_accounts_cannot_share_a_handle() -> None:
    User.objects.create(email="ada@example.com", handle="ada")
    with pytest.raises(IntegrityError, match="accounts_user_handle_unique"):
        User.objects.create(email="other@example.com", handle="ADA")


def test_a_closed_account_leaves_its_email_and_handle_free() -> None:
    User.objects.create(email="ada@example.com", handle="ada", deleted_at=timezone.now())
    User.objects.create(email="ada@example.com", handle="ada")
    assert User.everyone.filter(email="ada@example.com").count() == 2
    assert User.objects.filter(email="ada@example.com").count() == 1


def test_many_people_may_have_no_handle() -> None:
    for number in range(3):
        User.objects.create_user(f"{number}@example.com", handle="")
    assert User.objects.filter(handle=None).count() == 3


def test_an_email_is_kept_in_lower_case() -> None:
    assert User.objects.create_user(" Ada@Example.COM ").email == "ada@example.com"


def test_somebody_is_found_by_email_whatever_its_case() -> None:
    user = User.objects.create_user("ada@example.com")
    assert User.objects.get_by_natural_key("ADA@example.com") == user


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("handle", "Ada"),
        ("handle", "ab"),
        ("handle", ".ada"),
        ("handle", "a" * 31),
        ("time_zone", "Mars/Olympus"),
        ("language", "tlh"),
        ("avatar", "javascript:alert(1)"),
        ("name", "x" * 101),
    ],
)
def test_the_model_refuses(field: str, value: str) -> None:
    facts = {"email": "ada@example.com", field: value}
    with pytest.raises(ValidationError) as refused:
        User.objects.create_user(**facts)
    assert field in refused.value.message_dict


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"name": "Ada", "handle": "countess"}, "Ada"),
        ({"handle": "countess"}, "countess"),
        ({}, "ada"),
    ],
)
def test_somebody_is_called_by_what_there_is(facts: dict[str, str], name: str) -> None:
    assert User(email="ada@example.com", **facts).display_name == name


def test_a_superuser_is_staff_too() -> None:
    user = User.objects.create_superuser("root@example.com", "correct horse battery")
    assert user.is_staff
    assert user.is_superuser
    assert user.check_password("correct horse battery")


def test_a_form_that_shows_one_field_still_refuses_what_is_taken() -> None:
    User.objects.create_user("ada@example.com", handle="ada")
    other = User.objects.create_user("other@example.com")
    form = modelform_factory(User, fields=("handle",))({"handle": "ada"}, instance=other)
    assert form.errors == {"handle": ["This handle is taken."]}
