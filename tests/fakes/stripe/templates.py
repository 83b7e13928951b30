"""New objects, in the shape of the real payloads in tests/payloads/stripe."""

import copy
import functools
import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

CURRENT_VERSION = "2026-08-26.dahlia"
OLD_VERSION = "2020-08-27"
PAYLOADS = Path(__file__).parents[2] / "payloads" / "stripe"


@functools.cache
def _text(version: str, kind: str) -> str:
    return (PAYLOADS / version / f"{kind}.json").read_text()


def payload(kind: str, version: str = CURRENT_VERSION) -> Json:
    """The sample of an object of that version, the caller's to change."""
    sample: Json = json.loads(_text(version, kind))
    return sample


def new(kind: str, values: Json) -> Json:
    """An object of the current version with these values; each has to be a field of the sample."""
    made = payload(kind)
    strangers = values.keys() - made.keys()
    if strangers:
        raise KeyError(f"{kind} has no {strangers}")
    made.update(copy.deepcopy(values))
    return made
