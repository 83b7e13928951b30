"""Runs schemathesis against a server, in a process of its own, and reads what it found."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MINUTES = 120


@dataclass(frozen=True, slots=True)
class Found:
    """A run's report, and what it said to people."""

    report: dict[str, Any]
    said: str

    def warned(self, name: str) -> set[str]:
        """The operations of a warning."""
        return set(self.report["warnings"][name])

    def accepted(self) -> set[str]:
        """The operations that took at least one request."""
        rates = self.report["valid_rates"]
        return {name for name, of in rates.items() if any(each["accepted"] for each in of.values())}

    def check(self, accepted: set[str]) -> None:
        """Nothing was found, and what should be taken was: who refuses all breaks no word."""
        assert self.report["complete"], self.said
        assert not self.report["failures"], self.said
        assert not self.report["errors"], self.said
        assert self.report["exit_code"] == 0, self.said
        assert accepted <= self.accepted(), (accepted - self.accepted(), self.said)


@dataclass(frozen=True, slots=True)
class Rig:
    """A server, and a folder for reports. `examples` are of each operation and phase."""

    server: str
    folder: Path
    examples: int
    seed: int

    def run(
        self, name: str, address: str, parts: list[str], facts: Mapping[str, Any], *more: str
    ) -> Found:
        """Fuzz what is described at an address, as NAME.toml and NAME_hooks.py here say.

        `parts` are added to the configuration, `facts` are what the hooks may know, `more` are
        options of schemathesis' command.
        """
        folder, report = self.folder, self.folder / "report.json"
        hooks = f'hooks = "{HERE / name}_hooks.py"'
        settings = folder / "schemathesis.toml"
        settings.write_text("\n".join([hooks, (HERE / f"{name}.toml").read_text(), *parts]))
        (folder / "facts.json").write_text(json.dumps(facts))
        # By its address, schemathesis would leave out the operation that it was read from.
        with urllib.request.urlopen(f"{self.server}{address}") as answer:
            (folder / "description.json").write_bytes(answer.read())
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"]
        command += ["description.json", "--url", self.server, "--no-color"]
        command += ["--max-examples", str(self.examples), "--seed", str(self.seed)]
        command += ["--report", "json", "--report-json-path", str(report), *more]
        done = subprocess.run(
            command,
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


def dictionary(name: str, values: list[str]) -> str:
    """A part of the configuration: values that parameters are given."""
    return f"[dictionaries.{name}]\nvalues = {json.dumps(values)}"
