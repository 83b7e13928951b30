"""The process that owns an embedded PostgreSQL: serves it while anyone holds its lease.

Whoever needs the server holds a shared lock on the lease; the kernel drops it with its holder,
even after kill -9. When none is left the keeper ends the server and itself, so nothing outlives
its users and no list of process ids can be stale.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from huntaze.launch.cluster import DATABASE, Cluster, identity
from huntaze.launch.errors import LaunchError
from huntaze.launch.paths import tail
from huntaze.launch.processes import dies_with_parent

TICK_SECONDS = 0.1
# After a crash it replays its log first, which may take minutes.
START_SECONDS = 300.0
STOP_SECONDS = 60.0
LARGEST_LOG = 5_000_000
READY_LINE = 7


def is_postgres(pid: int) -> bool:
    """Whether that process is a PostgreSQL; after a reboot its number may belong to anyone."""
    note = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        return note.exists() and b"postgres" in note.read_bytes()
    command = ["ps", "-o", "args=", "-p", str(pid)]
    return "postgres" in subprocess.run(command, capture_output=True, text=True, check=False).stdout


def end_leftover(cluster: Cluster) -> None:
    """A server of this data whose keeper was killed, or the note that it left behind."""
    note = cluster.data / "postmaster.pid"
    if not note.exists():
        return
    first = note.read_text().partition("\n")[0].strip()
    if first.isdigit() and is_postgres(int(first)):
        cluster.run("pg_ctl", "stop", "-m", "fast", "-w", "-t", "60", "-D", str(cluster.data))
    else:
        note.unlink(missing_ok=True)


def start(cluster: Cluster) -> subprocess.Popen[bytes]:
    """The server as our child; it ends in good order when we are killed."""
    if cluster.log.exists() and cluster.log.stat().st_size > LARGEST_LOG:
        cluster.log.unlink()
    with cluster.log.open("ab") as log:
        return subprocess.Popen(
            cluster.command(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            # Safe: this process has a single thread.
            preexec_fn=dies_with_parent(signal.SIGINT),  # noqa: PLW1509
            **identity(),
        )


def is_ready(cluster: Cluster, pid: int) -> bool:
    """What the server itself notes in its data."""
    try:
        lines = (cluster.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return lines[:1] == [str(pid)] and lines[READY_LINE : READY_LINE + 1] == ["ready   "]


def wait_until_ready(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    """Raises LaunchError when it ends or takes for ever."""
    deadline = time.monotonic() + START_SECONDS
    while not is_ready(cluster, server.pid):
        if server.poll() is not None or time.monotonic() > deadline:
            raise LaunchError(f"PostgreSQL did not start:\n{tail(cluster.log)}")
        time.sleep(0.01)


def ensure_database(cluster: Cluster) -> None:
    """Make our database where it is missing. Raises LaunchError."""
    reach = ["-h", str(cluster.sockets), "-U", "postgres"]
    names = cluster.run("psql", *reach, "-XAtc", "SELECT datname FROM pg_database", "postgres")
    if DATABASE in names.stdout.split():
        return
    done = cluster.run("createdb", *reach, DATABASE)
    if done.returncode:
        raise LaunchError(f"PostgreSQL could not make its database: {done.stderr.strip()}")


def end(server: subprocess.Popen[bytes]) -> None:
    """Fast: sessions are rolled back, everything committed is on disk."""
    for signal_number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is None:
            server.send_signal(signal_number)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


class Keeper:
    """Serves one cluster until nobody uses it, or somebody asks it to end."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.keeping = cluster.keeping()
        self.is_asked_to_end = False

    def run(self) -> None:
        """Raises LaunchError where the server cannot start; tells the starter when it has."""
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if not self.keeping.acquire_within(STOP_SECONDS):
            raise LaunchError(f"Another process still keeps {self.cluster.root}.")
        self.cluster.prepare()
        end_leftover(self.cluster)
        server = start(self.cluster)
        try:
            wait_until_ready(self.cluster, server)
            ensure_database(self.cluster)
            report("ready")
            self._serve(server)
        finally:
            end(server)
            with contextlib.suppress(OSError):  # its data are not empty; a folder of its own is
                self.cluster.sockets.rmdir()
            if self.cluster.is_throwaway:
                shutil.rmtree(self.cluster.root, ignore_errors=True)

    def _ask(self, *_: object) -> None:
        self.is_asked_to_end = True

    def _serve(self, server: subprocess.Popen[bytes]) -> None:
        while server.poll() is None and not self.is_asked_to_end and self._has_place():
            # Under the starters' lock, so that nobody joins a server that is ending.
            starting, lease = self.cluster.starting(), self.cluster.lease()
            if starting.acquire(wait=False) and lease.acquire(wait=False):
                end(server)
                return
            starting.release()
            time.sleep(TICK_SECONDS)

    def _has_place(self) -> bool:
        """False once someone deleted the folder under us."""
        return self.cluster.data.exists() and self.keeping.path.exists()


def report(text: str) -> None:
    """One line to whoever started us, who then goes on."""
    print(text, flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def main(root: str, *options: str) -> None:
    """`python -m huntaze.launch.keeper FOLDER [--throwaway]`."""
    try:
        Keeper(Cluster(Path(root), is_throwaway="--throwaway" in options)).run()
    except (LaunchError, OSError) as error:
        report(str(error))
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
