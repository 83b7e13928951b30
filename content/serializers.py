"""The shape of content on the wire."""

import json
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from api.camel import CamelModelSerializer, CamelSerializer
from api.fields import Text
from content.models import MAX_BODY_CHARACTERS, Content, Revision

MAX_METADATA_BYTES = 16_384


class JsonObjectField(serializers.JSONField):
    """A JSON object of bounded size."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is no object or too large."""
        value = super().to_internal_value(data)
        if not isinstance(value, dict):
            raise serializers.ValidationError(_("This must be an object."), code="invalid")
        if len(json.dumps(value)) > MAX_METADATA_BYTES:
            raise serializers.ValidationError(_("This is too large."), code="too_large")
        return value


class ContentSerializer(CamelModelSerializer):
    """A piece as its owner sees it."""

    class Meta:
        model = Content
        fields = (
            "id",
            "user_id",
            "title",
            "body",
            "type",
            "status",
            "ai_generated",
            "metadata",
            "version",
            "scheduled_at",
            "published_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class ContentInputSerializer(CamelSerializer):
    """What a client may set; with `partial`, what it changes."""

    title = Text(max_length=500)
    body = Text(max_length=MAX_BODY_CHARACTERS, trim_whitespace=False)
    type = serializers.ChoiceField(choices=Content.Type.choices, default=Content.Type.POST)
    status = serializers.ChoiceField(choices=Content.Status.choices, required=False)
    scheduled_at = serializers.DateTimeField(required=False)
    metadata = JsonObjectField(required=False)


class ContentPatchSerializer(ContentInputSerializer):
    """The same, with the version that the client has seen."""

    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)


class RevisionSerializer(CamelModelSerializer):
    """A text as it was, and what stands behind it."""

    class Meta:
        model = Revision
        fields = (
            "id",
            "number",
            "title",
            "body",
            "source",
            "note",
            "generation_id",
            "prompt",
            "provider",
            "model",
            "cost_usd",
            "created_at",
        )
        read_only_fields = fields


class RevertSerializer(CamelSerializer):
    """Which revision to bring back."""

    number = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
