"""Fields that take what they say, not what could be made into it."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers


class Text(serializers.CharField):
    """A string; a number is not one. (DRF's own takes 5 for "5", and spaces that it keeps.)"""

    def to_internal_value(self, data: Any) -> str:
        """Refuse what is no string, and white space alone where there must be text."""
        if not isinstance(data, str):
            raise serializers.ValidationError(_("This must be a string."), code="invalid")
        if not (self.allow_blank or data.strip()):
            self.fail("blank")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """True or false; neither 0 nor "yes" is either of them."""

    def to_internal_value(self, data: Any) -> bool:
        """Refuse what is no boolean."""
        if not isinstance(data, bool):
            raise serializers.ValidationError(_("This must be true or false."), code="invalid")
        return data


class DecimalText(serializers.DecimalField):
    """A decimal number in a string, as it is answered; a float is not exact."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is no string."""
        if not isinstance(data, str):
            raise serializers.ValidationError(_("This must be a decimal string."), code="invalid")
        return super().to_internal_value(data)
