"""The shape of people on the wire."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import User
from api.camel import CamelModelSerializer, CamelSerializer
from api.fields import Text

# The names are billing's; the layer below only passes them on.
SUBSCRIPTIONS = [("FREE", _("Free")), ("PRO", _("Pro")), ("ENTERPRISE", _("Enterprise"))]


class UserSerializer(CamelModelSerializer):
    """A person as they and staff see them."""

    subscription = serializers.ChoiceField(choices=SUBSCRIPTIONS, read_only=True)

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "name",
            "handle",
            "avatar",
            "language",
            "time_zone",
            "subscription",
            "is_active",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "email", "created_at", "updated_at")
        # Uniqueness is the model's own check, made under a lock.
        extra_kwargs = {"is_active": {"required": False}}


class NewUserSerializer(CamelSerializer):
    """Somebody whom staff add."""

    email = serializers.EmailField(max_length=254)
    name = Text(max_length=100, required=False, default="", allow_blank=True)


class SessionUserSerializer(CamelSerializer):
    """The person inside a session."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()
    image = serializers.CharField(source="avatar")
    subscription = serializers.ChoiceField(choices=SUBSCRIPTIONS)


class SessionSerializer(CamelSerializer):
    """`{user, expires}`, or `{}` for nobody."""

    user = SessionUserSerializer(required=False)
    expires = serializers.DateTimeField(required=False)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Nobody is an empty object."""
        return super().to_representation(instance) if instance else {}
