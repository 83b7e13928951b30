"""Calm lines for a person at a terminal: aligned, timed when slow, coloured where that helps."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

LABEL_WIDTH = 12
SLOW_SECONDS = 1.0


def has_colour(stream: TextIO) -> bool:
    """Whether escape codes may be written (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(text: str = "") -> None:
    """A line on stdout, at once."""
    print(text, flush=True)


def complain(sentence: str) -> None:
    """A line on stderr, at once."""
    print(sentence, file=sys.stderr, flush=True)


def bold(text: str) -> str:
    """What the eye should find first."""
    return f"\033[1m{text}\033[0m" if has_colour(sys.stdout) else text


def line(label: str, text: str) -> None:
    """One fact, under the others."""
    say(f"  {label:<{LABEL_WIDTH}}{text}")


class Step:
    """Something that takes a while; `result` is said when it ends."""

    def __init__(self, result: str = "") -> None:
        self.result = result


@contextmanager
def step(label: str, doing: str = "") -> Iterator[Step]:
    """Say the label's result when the block ends, with the time when it was slow."""
    is_live = bool(doing) and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    if is_live:
        print(f"  {label:<{LABEL_WIDTH}}{doing} …", end="", flush=True)
    current, started_at = Step(), time.monotonic()
    try:
        yield current
    finally:
        if is_live:
            print("\r\033[K", end="", flush=True)
    seconds = time.monotonic() - started_at
    if current.result:
        line(label, current.result + (f"  ({seconds:.1f} s)" if seconds >= SLOW_SECONDS else ""))
