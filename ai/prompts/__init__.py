"""Briefs become messages. Pure: the same brief and voice are the same messages."""

from ai.prompts.length import MIN_OUTPUT_TOKENS, max_output_tokens, word_target
from ai.prompts.manners import MANNERS, Manner, manner_of
from ai.prompts.messages import FINISHED, messages_for, messages_for_small_model
from ai.prompts.voice import NO_VOICE, Voice, fenced, quoted, voice_lines

__all__ = [
    "FINISHED",
    "MANNERS",
    "MIN_OUTPUT_TOKENS",
    "NO_VOICE",
    "Manner",
    "Voice",
    "fenced",
    "manner_of",
    "max_output_tokens",
    "messages_for",
    "messages_for_small_model",
    "quoted",
    "voice_lines",
    "word_target",
]
