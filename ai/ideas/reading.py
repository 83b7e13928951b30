"""Reads a list of ideas out of what a model wrote, and says what is wrong with it. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from ai.ideas.schema import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
    MAX_TITLE_CHARACTERS,
    TYPES,
)
from ai.ideas.wanted import Wanted

# Codes of ai.checks: nothing in it is an idea; some are missing; it broke off.
UNREADABLE, TOO_FEW, TRUNCATED = "wrong_structure", "too_few", "truncated"
WORD = re.compile(r"\w+")


class Proposal(msgspec.Struct, frozen=True):
    """One idea as a model proposes it."""

    title: str
    description: str
    type: str
    tags: list[str]
    difficulty: Literal["easy", "medium", "hard"]


def proposals_of(text: str, wanted: Wanted) -> list[Proposal]:
    """The ideas that can be used, at most as many as were wanted, no title twice.

    An answer that broke off gives the ideas that were whole by then.
    """
    found: dict[str, Proposal] = {}
    for raw in _objects(text):
        try:
            proposal = _tidy(msgspec.convert(raw, Proposal), wanted)
        except msgspec.ValidationError:
            continue
        if proposal is not None:
            found.setdefault(_folded(proposal.title), proposal)
    return list(found.values())[: wanted.count]


def flaws_of(text: str, finish_reason: str, wanted: Wanted) -> tuple[str, ...]:
    """What is wrong with an answer: nothing, or names of flaws."""
    count = len(proposals_of(text, wanted))
    flaws = [TRUNCATED] if finish_reason == "length" and count < wanted.count else []
    if not count:
        return (UNREADABLE, *flaws)
    return (TOO_FEW, *flaws) if count < wanted.count else ()


def _objects(text: str) -> Iterator[Any]:
    """What stands in the list `ideas`, one after the other, up to where the JSON breaks off."""
    decoder = json.JSONDecoder()
    opening = re.search(r'"ideas"\s*:\s*\[', text)
    position = opening.end() if opening else len(text)
    while True:
        position += len(text[position:]) - len(text[position:].lstrip(" \t\r\n,"))
        try:
            found, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        yield found


def _tidy(proposal: Proposal, wanted: Wanted) -> Proposal | None:
    """Cut to what the rows hold; None without a title or a description."""
    title = _line(proposal.title, MAX_TITLE_CHARACTERS)
    description = _line(proposal.description, MAX_DESCRIPTION_CHARACTERS)
    if not WORD.search(title) or not WORD.search(description):
        return None
    tags = (_line(tag.lstrip("# "), MAX_TAG_CHARACTERS) for tag in proposal.tags)
    once = list({_folded(tag): tag for tag in tags if WORD.search(tag)}.values())
    kind = wanted.type or (proposal.type if proposal.type in TYPES else TYPES[0])
    return Proposal(title, description, kind, once[:MAX_TAGS], proposal.difficulty)


def _line(text: str, longest: int) -> str:
    """One line without NUL, which PostgreSQL does not store; cut between words."""
    line = " ".join(text.replace("\0", " ").split())
    if len(line) <= longest:
        return line
    head, _space, _rest = line[: longest - 1].rpartition(" ")
    return f"{(head or line[: longest - 1]).rstrip(' ,;:.')}…"


def _folded(text: str) -> str:
    return " ".join(WORD.findall(text.casefold()))
