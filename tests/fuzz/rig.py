"""Runs schemathesis against a server, in a process of its own, and reads what it found."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.people import Guest

HERE = Path(__file__).parent
MINUTES = 120


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


@dataclass(frozen=True, slots=True)
class Found:
    """A run's report, and what it said to people."""

    report: dict[str, Any]
    said: str

    @property
    def cases(self) -> int:
        """How many requests were made up."""
        return int(self.report["test_cases"]["generated"])

    def warned(self, name: str) -> set[str]:
        """The operations of a warning."""
        return set(self.report["warnings"][name])

    def accepted(self) -> set[str]:
        """The operations that took at least one request."""
        rates = self.report["valid_rates"]
        return {name for name, of in rates.items() if any(each["accepted"] for each in of.values())}


def _settings(config: str, caller: Caller, folder: Path) -> str:
    parts = [f'hooks = "{HERE / "hooks.py"}"', (HERE / config).read_text()]
    for name, values in caller.ids.items():
        parts.append(f"[dictionaries.{name}]\nvalues = {json.dumps(values)}")
    known = {"caller": caller.headers, "peer": caller.peer}
    entries = [
        {
            "name": name,
            "fixedHeaders": [{"name": key, "value": value} for key, value in headers.items()],
        }
        for name, headers in known.items()
        if headers
    ]
    if entries:
        (folder / "people.json").write_text(json.dumps({"auth": entries}))
        peers = '\npeers = ["caller", "peer"]' if caller.peer else ""
        parts.append(f'[auth.wfc]\npath = "people.json"\nuser = "caller"{peers}')
    return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class Rig:
    """A description at a server; reports stay in the folder."""

    server: str
    description: str
    config: str
    folder: Path
    examples: int
    seed: int

    def run(self, caller: Caller, *more: str) -> Found:
        """Fuzz as somebody; `more` are options of schemathesis' command."""
        folder = self.folder
        settings, report = folder / "schemathesis.toml", folder / "report.json"
        settings.write_text(_settings(self.config, caller, folder))
        facts = {
            "authorization": caller.headers.get("Authorization"),
            "own": caller.ids.get("people", []),
            "guests": [asdict(guest) for guest in caller.guests],
        }
        (folder / "facts.json").write_text(json.dumps(facts))
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"]
        # By its address, schemathesis would leave out the operation that it was read from.
        with urllib.request.urlopen(f"{self.server}{self.description}") as answer:
            (folder / "description.json").write_bytes(answer.read())
        command += ["description.json", "--url", self.server, "--no-color"]
        command += [
            "--checks",
            "all",
            "--max-examples",
            str(self.examples),
            "--seed",
            str(self.seed),
        ]
        command += ["--report", "json", "--report-json-path", str(report)]
        done = subprocess.run(
            [*command, *more],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "FUZZ_FACTS": str(folder / "facts.json"),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=MINUTES * 60,
        )
        said = done.stdout + done.stderr
        (folder / "said.txt").write_text(said)
        assert report.exists(), said
        return Found(json.loads(report.read_text()), said)
