"""Fields that take what they say, not what could be made into it."""

import re
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

SHARE = re.compile(r"^(0(\.[0-9]{1,4})?|1(\.0{1,4})?)$")


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


@extend_schema_field({"type": "string", "format": "decimal", "pattern": SHARE.pattern})
class Share(serializers.DecimalField):
    """From 0 to 1, in a string with at most four decimals, as it is answered; no float is exact."""

    def __init__(self, **options: Any) -> None:
        super().__init__(5, 4, **options)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Null may stand for none; DRF would take an empty string, or spaces, for it."""
        return serializers.Field.validate_empty_values(self, data)

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is described otherwise: a number, white space, an exponent."""
        # (A `$` lets a line break pass.)
        if not isinstance(data, str) or not SHARE.fullmatch(data):
            message = _("This must be a number from 0 to 1 in a string, with at most 4 decimals.")
            raise serializers.ValidationError(message, code="invalid")
        return super().to_internal_value(data)
