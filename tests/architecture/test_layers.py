"""The house keeps its layers."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from huntaze.env import BASE_DIR

APPS = ("huntaze", "analytics", "ai", "content", "billing", "accounts", "api")
MOST_LINES = 300
# The house has one settings module.
EXCEPTIONS = {BASE_DIR / "huntaze/settings.py": 400}
GENERATED = {"migrations", "djstripe_tables"}


def sources(*folders: str) -> list[Path]:
    """Our Python files, but for generated ones."""
    found = [path for folder in folders for path in sorted((BASE_DIR / folder).rglob("*.py"))]
    return [path for path in found if not GENERATED & set(path.parts)]


def test_the_import_contracts_are_kept() -> None:
    # In a process of its own: it turns off every logger that was there before.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    ended = subprocess.run(command, cwd=BASE_DIR, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout
    assert re.search(r"Contracts: \d+ kept, 0 broken", ended.stdout)
    assert int(re.findall(r"Contracts: (\d+)", ended.stdout)[0]) >= 5


@pytest.mark.parametrize("folder", [*APPS, "tests"])
def test_no_file_absorbs_everything(folder: str) -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in sources(folder)}
    assert lengths
    assert {
        path.name: n for path, n in lengths.items() if n > EXCEPTIONS.get(path, MOST_LINES)
    } == {}


@pytest.mark.parametrize("folder", APPS)
def test_every_module_says_its_job(folder: str) -> None:
    silent = []
    for path in sources(folder):
        text = path.read_text()
        if text.strip() and not ast.get_docstring(ast.parse(text)):
            silent.append(path.name)
    assert silent == []


def _swallows(handler: ast.ExceptHandler) -> bool:
    caught = ast.walk(handler.type) if handler.type else ()
    names = {node.id for node in caught if isinstance(node, ast.Name)}
    is_broad = handler.type is None or {"Exception", "BaseException"} & names
    says_nothing = all(isinstance(step, ast.Pass | ast.Continue) for step in handler.body)
    return bool(is_broad) and says_nothing


def _suppresses_everything(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    wide = {"Exception", "BaseException"}
    return name == "suppress" and any(getattr(each, "id", "") in wide for each in node.args)


def test_nobody_swallows_what_was_not_foreseen() -> None:
    guilty = []
    for path in sources(*APPS):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and _swallows(node):
                guilty.append(f"{path}:{node.lineno}")
            if isinstance(node, ast.Call) and _suppresses_everything(node):
                guilty.append(f"{path}:{node.lineno}")
    assert guilty == []


@pytest.mark.parametrize(
    ("source", "is_guilty"),
    [
        ("try: x\nexcept Exception: pass", True),
        ("try: x\nexcept: pass", True),
        ("try: x\nexcept (ValueError, BaseException): pass", True),
        ("try: x\nexcept ValueError: pass", False),
        ("try: x\nexcept Exception: raise", False),
    ],
)
def test_the_rule_itself_bites(source: str, is_guilty: bool) -> None:
    handler = next(n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ExceptHandler))
    assert _swallows(handler) is is_guilty


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "core", "misc"])
def test_no_module_is_a_drawer(name: str) -> None:
    everything = sources(*APPS, "tests")
    assert [path for path in everything if path.stem == name or name in path.parts] == []
