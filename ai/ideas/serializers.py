"""The shape of ideas on the wire."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from ai.brief import Language, Quality
from ai.ideas.services import spoken_language
from ai.ideas.wanted import (
    DEFAULT_COUNT,
    MAX_COUNT,
    MAX_FOCUS_CHARACTERS,
    MAX_TIMEFRAME_CHARACTERS,
    MAX_TOPIC_CHARACTERS,
    Wanted,
)
from ai.models import Idea
from ai.serializers import GenerationSerializer
from api.camel import CamelModelSerializer, CamelSerializer
from api.checked import checked
from api.fields import Text
from content.models import Content


class WantedSerializer(CamelSerializer):
    """A request for ideas; without a type, the model chooses one for each."""

    topic = Text(max_length=MAX_TOPIC_CHARACTERS)
    count = serializers.IntegerField(min_value=1, max_value=MAX_COUNT, default=DEFAULT_COUNT)
    type = serializers.ChoiceField(choices=Content.Type.choices, required=False)
    focus = Text(max_length=MAX_FOCUS_CHARACTERS, required=False, allow_blank=True)
    timeframe = Text(max_length=MAX_TIMEFRAME_CHARACTERS, required=False, allow_blank=True)
    language = serializers.ChoiceField(choices=Language.choices, required=False)
    quality = serializers.ChoiceField(choices=Quality.choices, default=Quality.AUTO)

    def to_internal_value(self, data: Any) -> Any:
        """An object, nothing else."""
        if not isinstance(data, dict):
            raise serializers.ValidationError(
                {"body": [_("The body must be a JSON object.")]}, code="invalid"
            )
        return super().to_internal_value(data)


def wanted_of(data: Any) -> Wanted:
    """A checked request. Raises DRF's ValidationError."""
    return Wanted(**{"language": spoken_language(), **checked(WantedSerializer, data)})


class IdeaSerializer(CamelModelSerializer):
    """An idea, and the draft that it became."""

    tags = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Idea
        fields = (
            "id",
            "generation_id",
            "title",
            "description",
            "type",
            "tags",
            "difficulty",
            "kept_content_id",
            "created_at",
        )
        read_only_fields = fields


class IdeasSerializer(GenerationSerializer):
    """A finished list, and the generation behind it."""

    ideas = IdeaSerializer(many=True, read_only=True)

    class Meta(GenerationSerializer.Meta):
        fields = ("ideas", *GenerationSerializer.Meta.fields)  # type: ignore[assignment]
