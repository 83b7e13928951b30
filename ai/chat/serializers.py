"""The shape of conversations on the wire."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from ai.brief import MAX_PROMPT_CHARACTERS, Quality
from ai.engine import sentence_of
from ai.models import ChatMessage, Conversation
from ai.models.chat import MAX_TITLE_CHARACTERS
from ai.serializers import GenerationSerializer
from api.camel import CamelModelSerializer, CamelSerializer
from api.fields import Text


class _Body(CamelSerializer):
    """A JSON object."""

    def to_internal_value(self, data: Any) -> Any:
        """An object, nothing else."""
        if not isinstance(data, dict):
            raise serializers.ValidationError(
                {"body": [_("The body must be a JSON object.")]}, code="invalid"
            )
        return super().to_internal_value(data)


class ChatSerializer(_Body):
    """A message; without a conversation, it begins one."""

    conversation_id = serializers.UUIDField(required=False, allow_null=True)
    message = Text(max_length=MAX_PROMPT_CHARACTERS)
    quality = serializers.ChoiceField(choices=Quality.choices, default=Quality.AUTO)


class AgainSerializer(_Body):
    """Another answer to the last message."""

    quality = serializers.ChoiceField(choices=Quality.choices, default=Quality.AUTO)


class TitleSerializer(_Body):
    """A conversation's new name."""

    title = Text(max_length=MAX_TITLE_CHARACTERS, required=False)

    def validate_title(self, title: str) -> str:
        """One line."""
        return " ".join(title.split())


class ConversationSerializer(CamelModelSerializer):
    """A conversation in a list."""

    class Meta:
        model = Conversation
        fields = ("id", "title", "created_at", "updated_at")
        read_only_fields = fields


class ChatMessageSerializer(CamelModelSerializer):
    """One message; those of the model name their generation."""

    text = serializers.CharField(source="words", read_only=True)
    status = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    model = serializers.SerializerMethodField()

    class Meta:
        model = ChatMessage
        fields = (
            "id",
            "position",
            "role",
            "text",
            "generation_id",
            "status",
            "error",
            "model",
            "created_at",
        )
        read_only_fields = fields

    def get_status(self, message: ChatMessage) -> str:
        """That of its generation; what a creator says is done."""
        return message.generation.status if message.generation else "DONE"

    def get_error(self, message: ChatMessage) -> str:
        """What went wrong, in a sentence; empty when nothing did."""
        return sentence_of(message.generation) if message.generation else ""

    def get_model(self, message: ChatMessage) -> str:
        """Which model wrote it; empty for the creator's."""
        return message.generation.model if message.generation else ""


class ThreadSerializer(ConversationSerializer):
    """A conversation with its newest messages, or those before a position; oldest first."""

    messages = ChatMessageSerializer(many=True, read_only=True, source="page")
    has_earlier = serializers.BooleanField(read_only=True)

    class Meta(ConversationSerializer.Meta):
        fields = (*ConversationSerializer.Meta.fields, "messages", "has_earlier")  # type: ignore[assignment]


class ReplySerializer(GenerationSerializer):
    """An answer in a conversation, and the generation behind it."""

    conversation_id = serializers.UUIDField(source="chat_message.conversation_id", read_only=True)
    message_id = serializers.UUIDField(source="chat_message.id", read_only=True)
    reply = serializers.CharField(source="text", read_only=True)

    class Meta(GenerationSerializer.Meta):
        fields = (  # type: ignore[assignment]
            "conversation_id",
            "message_id",
            "reply",
            *GenerationSerializer.Meta.fields,
        )
