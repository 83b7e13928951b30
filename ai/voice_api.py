"""How somebody sounds, over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.caller import caller_of
from ai.models.voice import MAX_SAMPLE_CHARACTERS, MAX_SAMPLES, MAX_WORD_CHARACTERS, MAX_WORDS
from ai.voice import change_voice, voice_profile_of
from api.camel import CamelSerializer
from api.fields import Text


def _words() -> Any:
    child = Text(max_length=MAX_WORD_CHARACTERS, allow_blank=True)
    return serializers.ListField(child=child, max_length=MAX_WORDS, required=False)


class VoiceSerializer(CamelSerializer):
    """What a model is told of somebody; empty fields say nothing."""

    niche = Text(max_length=200, allow_blank=True, required=False)
    audience = Text(max_length=300, allow_blank=True, required=False)
    words_to_use = _words()
    words_to_avoid = _words()
    samples = serializers.ListField(
        child=Text(max_length=MAX_SAMPLE_CHARACTERS, allow_blank=True),
        max_length=MAX_SAMPLES,
        required=False,
    )
    updated_at = serializers.DateTimeField(read_only=True, allow_null=True)


class VoiceView(APIView):
    """`/ai/voice`."""

    @extend_schema(responses=VoiceSerializer)
    def get(self, request: Request) -> Response:
        """One's own; empty until somebody says something."""
        return Response(VoiceSerializer(voice_profile_of(caller_of(request))).data)

    @extend_schema(request=VoiceSerializer, responses=VoiceSerializer)
    def patch(self, request: Request) -> Response:
        """Change what is named; a list replaces the one before."""
        form = VoiceSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        changed = change_voice(by=caller_of(request), changes=form.validated_data)
        return Response(VoiceSerializer(changed).data)
