"""Node and the client's packages."""

import json
from pathlib import Path
from typing import Any

import pytest

from huntaze.launch import node
from huntaze.launch.errors import LaunchError


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """A client's folder of the test's own, and what was installed in it."""
    done: list[Any] = []

    def succeeds(command: Any) -> bool:
        done.append(command)
        node.modules(tmp_path).mkdir(exist_ok=True)
        return "fails" not in (tmp_path / "package.json").read_text()

    (tmp_path / "package.json").write_text(
        json.dumps({"scripts": {"lint": "tool --strict a.json"}})
    )
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setattr(node, "CLIENT", tmp_path)
    monkeypatch.setattr(node, "LOCKS", tmp_path)
    monkeypatch.setattr(node, "succeeds", succeeds)
    return done


def test_packages_are_installed_once_a_change(installs: list[Any], tmp_path: Path) -> None:
    node.ensure()
    node.ensure()
    assert len(installs) == 1
    assert "ci" in installs[0]
    (tmp_path / "package-lock.json").write_text('{"changed": true}')
    node.ensure()
    assert len(installs) == 2


def test_each_folder_has_packages_of_its_own(installs: list[Any], tmp_path: Path) -> None:
    node.ensure()
    other = tmp_path / "other"
    node.modules(other).mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        (other / name).write_bytes((tmp_path / name).read_bytes())
    node.ensure(other)
    node.ensure(other)
    assert [command[command.index("--prefix") + 1] for command in installs] == [tmp_path, other]


def test_what_cannot_be_installed_is_said_and_tried_again(
    installs: list[Any], tmp_path: Path
) -> None:
    (tmp_path / "package.json").write_text('"fails"')
    for _time in range(2):
        with pytest.raises(LaunchError, match="npm could not install"):
            node.ensure()
    assert len(installs) == 2


def test_a_script_is_run_by_our_node(installs: list[Any], tmp_path: Path) -> None:
    made = node.command("lint", "--more")
    tool = str(tmp_path / "node_modules" / ".bin" / "tool")
    assert made == [node.node(), tool, "--strict", "a.json", "--more"]
    assert Path(made[0]).is_file()


@pytest.mark.parametrize("folder", [node.CLIENT, node.PEERS])
def test_the_lock_names_no_registry(folder: Path) -> None:
    lock = (folder / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
