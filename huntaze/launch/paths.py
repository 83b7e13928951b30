"""Where the launcher keeps things. Standard library only: read before anything is installed."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
VAR = ROOT / "var"
LOGS = VAR / "log"
LOCKS = VAR / "lock"
ENV_FILE = ROOT / ".env"
DEMO_FILE = VAR / "demo.json"


def tail(path: Path, lines: int = 12) -> str:
    """The end of a log, indented for the terminal."""
    if not path.is_file():
        return ""
    last = path.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {entry}" for entry in last)
