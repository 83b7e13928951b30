"""Rows that are read attribute by attribute say what DRF's own way says of them."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import serializers

from accounts.models import User
from accounts.serializers import UserSerializer
from ai.chat.serializers import ChatMessageSerializer, ConversationSerializer
from ai.ideas.serializers import IdeaSerializer
from ai.models import Conversation, Generation, Idea
from ai.serializers import GenerationSerializer
from api.camel import CamelModelSerializer, ReadsPlainly
from api.json import encode
from content.models import Content, Revision
from content.serializers import ContentSerializer, RevisionSerializer
from content.services import schedule_content
from tests.factories import make_draft

# The stock way writes the years before 1000 with three digits.
EPOCH = datetime.fromtimestamp(0, UTC).replace(tzinfo=None)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")
KINDS: list[tuple[type[CamelModelSerializer], type[models.Model]]] = [
    (UserSerializer, User),
    (ContentSerializer, Content),
    (RevisionSerializer, Revision),
    (GenerationSerializer, Generation),
    (IdeaSerializer, Idea),
    (ConversationSerializer, Conversation),
]
# Read from messages with what stands behind them: tests/ai/test_chat_api.py.
OF_SEVERAL_ROWS = {ChatMessageSerializer}

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars: st.SearchStrategy[Any] = st.none() | st.booleans() | text | numbers
values = st.recursive(
    scalars, lambda each: st.lists(each) | st.dictionaries(text, each), max_leaves=8
)
times = st.datetimes(EPOCH, timezones=st.just(UTC))


def value_of(field: Any) -> st.SearchStrategy[Any]:
    """What a row may hold there, as PostgreSQL or a creator gives it."""
    found: st.SearchStrategy[Any]
    if field.choices:
        found = st.sampled_from([key for key, _label in field.flatchoices])
    elif isinstance(field, models.DateTimeField):
        found = times
    elif isinstance(field, models.UUIDField | models.ForeignKey):
        found = st.uuids()
    elif isinstance(field, models.JSONField):
        found = st.dictionaries(text, values, max_size=3)
    elif isinstance(field, models.BooleanField):
        found = st.booleans()
    elif isinstance(field, models.DecimalField):
        most = 10 ** (field.max_digits - field.decimal_places) - 1
        found = st.decimals(0, most, places=field.decimal_places)
    elif isinstance(field, models.IntegerField):
        found = st.integers(0, 2**31 - 1)
    else:
        assert isinstance(field, models.CharField | models.TextField), field
        found = text
    return found | st.none() if field.null else found


def rows(model: type[models.Model]) -> st.SearchStrategy[Any]:
    """Rows that were never stored."""
    fields = model._meta.concrete_fields
    made = st.fixed_dictionaries({field.attname: value_of(field) for field in fields})
    return made.map(lambda facts: model(**facts))


def as_drf_says(serializer: type[CamelModelSerializer], row: Any) -> Any:
    """The stock way, encoded as ever."""
    own: Any = serializer(row)
    return json.loads(encode(super(ReadsPlainly, own).to_representation(row)))


def same_times(said: Any) -> Any:
    """The moments that texts name, where they name one."""
    if isinstance(said, dict):
        return {name: same_times(each) for name, each in said.items()}
    if isinstance(said, str) and TIME.match(said):
        return datetime.fromisoformat(said)
    return said


@pytest.mark.parametrize(("serializer", "model"), KINDS)
def test_a_row_says_the_same(serializer: Any, model: Any) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(rows(model))
    def check(row: Any) -> None:
        row.subscription = "PRO"
        said = json.loads(encode(serializer(row).data))
        assert same_times(said) == same_times(as_drf_says(serializer, row))
        assert list(said) == list(serializer(row).fields)
        for each in said.values():
            if isinstance(each, str) and TIME.match(each):
                assert each.endswith("Z")

    check()


def test_all_serializers_of_models_are_among_them() -> None:
    assert {serializer for serializer, _model in KINDS} == set(
        CamelModelSerializer.__subclasses__()
    ) - {Sized, Fancy, *OF_SEVERAL_ROWS}


class Sized(CamelModelSerializer):
    """A field that does more than read."""

    body = serializers.SerializerMethodField()

    class Meta:
        model = Content
        fields = ("id", "title", "body")

    def get_body(self, content: Content) -> int:
        return len(content.body)


class _Shout(serializers.CharField):
    def to_representation(self, value: Any) -> str:
        return str(value).upper()


class Fancy(CamelModelSerializer):
    """A field of a kind that is not known to be plain, and a source of two steps."""

    title = _Shout()
    owner_email = serializers.CharField(source="user.email")

    class Meta:
        model = Content
        fields = ("title", "owner_email", "secret")
        extra_kwargs = {"secret": {"write_only": True}}

    secret = serializers.CharField(write_only=True, source="body")


def test_what_is_not_plain_is_read_as_drf_does() -> None:
    row = Content(id=UUID(int=1), title="a", body="abc", user=User(email="a@example.com"))
    said = json.loads(encode(Sized(row).data))
    assert said == {"id": str(UUID(int=1)), "title": "a", "body": 3}
    assert Fancy(row).data == {"title": "A", "ownerEmail": "a@example.com"}


def test_money_stays_a_decimal_string() -> None:
    revision = Revision(cost_usd=Decimal("0.00000001"), created_at=datetime.now(UTC), number=1)
    assert json.loads(encode(RevisionSerializer(revision).data))["costUsd"] == "0.00000001"


def test_a_time_from_a_form_is_told_in_utc(alice: User) -> None:
    at = datetime(2099, 7, 1, 12, tzinfo=ZoneInfo("Asia/Tokyo"))
    content = schedule_content(by=alice, content_id=make_draft(alice).id, at=at)
    said = json.loads(encode(ContentSerializer(content).data))
    assert said["scheduledAt"] == "2099-07-01T03:00:00Z"
