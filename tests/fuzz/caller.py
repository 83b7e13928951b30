"""Who calls our API, as schemathesis is told."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.fuzz.people import Guest
from tests.fuzz.rig import Found, Rig, dictionary


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, by the headers that say so: nobody without.

    `peer` has those of somebody who must see nothing of it; `ids` are the values of parameters, by
    the dictionaries' names; `guests` close accounts in the caller's place.
    """

    headers: dict[str, str] = field(default_factory=dict)
    peer: dict[str, str] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)
    guests: Sequence[Guest] = ()

    def fuzz(self, rig: Rig, *more: str) -> Found:
        """Ask for everything that our description has."""
        known = {"caller": self.headers, "peer": self.peer}
        entries = [
            {
                "name": name,
                "fixedHeaders": [{"name": key, "value": value} for key, value in headers.items()],
            }
            for name, headers in known.items()
            if headers
        ]
        # The last piece of content is for changes alone, so that no request deletes it.
        *content, lasting = self.ids.get("content") or [""]
        named = {**self.ids, "content": content} if lasting else self.ids
        parts = [dictionary(name, values) for name, values in named.items()]
        if entries:
            (rig.folder / "people.json").write_text(json.dumps({"auth": entries}))
            peers = '\npeers = ["caller", "peer"]' if self.peer else ""
            parts.append(f'[auth.wfc]\npath = "people.json"\nuser = "caller"{peers}')
        facts: dict[str, Any] = {
            "authorization": self.headers.get("Authorization"),
            "lasting": lasting,
            "own": self.ids.get("people", []),
            "guests": [asdict(guest) for guest in self.guests],
        }
        return rig.run("ours", "/api/schema", parts, facts, "--checks", "all", *more)
