"""The embedded PostgreSQL, for whoever needs it: starts or joins it, and leaves it in order."""

import os
import select
import shutil
import subprocess
import sys
import time

from huntaze.launch.cluster import Cluster
from huntaze.launch.errors import LaunchError
from huntaze.launch.keeper import START_SECONDS
from huntaze.launch.paths import ROOT, VAR

# Starting one for these would be for nothing. (`check` is not among them: what a field may be
# depends on the server's version.)
WITHOUT_DATABASE = {"collectstatic", "compilemessages", "diffsettings", "findstatic", "help"}
WITHOUT_DATABASE |= {"makemessages", "version"}
LEAVE_SECONDS = 70.0


class Server:
    """One user's hold on a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._lease = cluster.lease()

    def join(self) -> None:
        """Return once it serves, started by us where nobody had. Raises LaunchError."""
        try:
            with self.cluster.starting():
                self._lease.acquire(shared=True)
                if not self.is_kept():
                    self._start_keeper()
        except PermissionError as error:
            owner = self.cluster.root
            raise LaunchError(f"{owner} belongs to another user ({error}).") from error

    def leave(self) -> None:
        """Let go, and wait for its end where we were the last."""
        self._lease.release()
        with self.cluster.starting():
            probe = self.cluster.lease()
            is_used = not probe.acquire(wait=False)
            probe.release()
        deadline = time.monotonic() + LEAVE_SECONDS
        while not is_used and self.is_kept() and time.monotonic() < deadline:
            time.sleep(0.02)
        if self.cluster.is_throwaway and not is_used:
            # The keeper removed it, and our look at its locks brought the folder back.
            shutil.rmtree(self.cluster.root, ignore_errors=True)

    def is_kept(self) -> bool:
        """Whether a keeper lives, and with it the server."""
        probe = self.cluster.keeping()
        if probe.acquire(shared=True, wait=False):
            probe.release()
            return False
        return True

    def _start_keeper(self) -> None:
        options = ["--throwaway"] if self.cluster.is_throwaway else []
        self.cluster.root.mkdir(parents=True, exist_ok=True)
        with self.cluster.log.open("ab") as log:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "huntaze.launch.keeper", str(self.cluster.root), *options],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert keeper.stdout  # noqa: S101  (for the type checker: a pipe was asked for)
        with keeper.stdout as answer:
            is_answered, _, _ = select.select([answer], [], [], START_SECONDS)
            said = answer.read().strip() if is_answered else ""
        if said != "ready":
            self._lease.release()
            raise LaunchError(said or f"PostgreSQL did not start; see {self.cluster.log}.")
        # Not ours to wait for: it outlives us when others use the server.
        keeper.returncode = 0


def embedded() -> Server:
    """The one of this checkout."""
    return Server(Cluster(VAR / "postgres"))


def needs_database(arguments: list[str]) -> bool:
    """Whether a management command line wants one."""
    if not arguments or {"--help", "-h", "--version"} & set(arguments):
        return False
    return arguments[0] not in WITHOUT_DATABASE or "--database" in arguments


def ensure_database_url() -> None:
    """Set DATABASE_URL to the embedded server, running, unless one is set already."""
    from huntaze import env  # reads .env, which only a command of the project should

    if env.text("DATABASE_URL"):
        return
    server = embedded()
    os.environ["DATABASE_URL"] = server.cluster.url()
    if needs_database(sys.argv[1:]):
        try:
            server.join()
        except LaunchError as error:
            sys.exit(str(error))
        _held.append(server)


# For the life of the process: the kernel lets go of the lease with it.
_held: list[Server] = []
