"""`make run`: starts everything in order, watches it, and stops everything in order."""

import json
import os
import time
from http import HTTPStatus
from importlib import import_module

from huntaze.launch import localmodel, prepared, summary, web
from huntaze.launch.companions import KeptDatabase, KeptModel
from huntaze.launch.config import Config, read, refuse_taken_port
from huntaze.launch.errors import LaunchError
from huntaze.launch.locks import FileLock
from huntaze.launch.paths import LOCKS, LOGS, ROOT, tail
from huntaze.launch.postgres import embedded
from huntaze.launch.processes import Child
from huntaze.launch.stopping import StopRequest
from huntaze.launch.terminal import complain, say, step

TICK_SECONDS = 0.1
HEALTHY_SECONDS = 60.0
MODEL_SECONDS = 30.0
# The application settles its open streams first.
WEB_GRACE_SECONDS = 20.0
WORKER_GRACE_SECONDS = 10.0


class Stopped(Exception):
    """Somebody asked us to stop before everything was up."""


class Supervisor:
    """The processes of one launch."""

    def __init__(self, config: Config, stop: StopRequest) -> None:
        self.config = config
        self.stop_request = stop
        self.environ = {"DJANGO_SETTINGS_MODULE": "huntaze.settings", **os.environ}
        self.database: KeptDatabase | None = None
        self.model: KeptModel | None = None
        self.web: Child | None = None
        self.worker: Child | None = None

    def run(self) -> None:
        """Until somebody asks for the end. Raises LaunchError when a part fails."""
        try:
            self._start()
            self._watch()
        except Stopped:
            pass
        finally:
            self._end()

    def _start(self) -> None:
        self._start_model()
        self._start_database()
        has_demo = self._prepare()
        with step("web", "starting") as current:
            self.web = Child("web", web.web_command(self.config), env=self.environ, cwd=ROOT)
            if self.config.redis_url:
                command = web.worker_command()
                self.worker = Child("worker", command, env=self.environ, cwd=ROOT)
            self._wait_until_healthy()
            current.result = "answers"
        self._wait_for_model()
        summary.tell(
            self.config,
            self.environ,
            self.model.model if self.model else None,
            is_model_alive=bool(self.model and self.model.is_alive()),
            has_demo=has_demo,
        )

    def _start_model(self) -> None:
        chosen = localmodel.choose(self.environ)
        if chosen:
            self.environ.update(chosen.variables())
            self.model = KeptModel(chosen, LOGS / f"model-{self.config.port}.log")

    def _start_database(self) -> None:
        if self.config.database_url:
            return
        with step("database", "starting PostgreSQL") as current:
            server = embedded()
            self.database = KeptDatabase(server)
            self.environ["DATABASE_URL"] = server.cluster.url()
            current.result = "PostgreSQL of our own in var/postgres"
        self._give_way()

    def _prepare(self) -> bool:
        """Migrate and load the demo; returns whether the demo sign-in exists."""
        url = self.environ["DATABASE_URL"]
        with step("data", "migrating") as current:
            has_demo = prepared.recall(url)
            if has_demo is not None:
                current.result = "up to date"
                return has_demo
            done = self._run_preparation()
            news = [f"{count} migrations applied"] if (count := done["migrations"]) else []
            news += ["demo creator loaded"] if done["is_demo_new"] else []
            current.result = ", ".join(news) or "up to date"
        has_demo = bool(done["has_demo"])
        prepared.remember(url, has_demo=has_demo)
        return has_demo

    def _run_preparation(self) -> dict[str, int]:
        log = LOGS / f"prepare-{self.config.port}.log"
        log.unlink(missing_ok=True)
        child = Child("data", web.prepare_command(), env=self.environ, cwd=ROOT, log=log)
        try:
            while child.status() is None:
                self._give_way()
                time.sleep(0.02)
        finally:
            child.stop(2)
        if child.status():
            raise LaunchError(f"The database could not be prepared:\n{tail(log)}")
        done: dict[str, int] = json.loads(log.read_text().splitlines()[-1])
        return done

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + HEALTHY_SECONDS
        status: int | None = None
        while status != HTTPStatus.OK:
            self._give_way()
            self._refuse_death()
            if time.monotonic() > deadline:
                said = f"answered {status}" if status else "did not answer"
                raise LaunchError(f"/healthz {said} within {HEALTHY_SECONDS:.0f} s.")
            status = web.health(self.config)
            time.sleep(0.05)

    def _wait_for_model(self) -> None:
        deadline = time.monotonic() + MODEL_SECONDS
        while self.model and self.model.is_loading() and time.monotonic() < deadline:
            self._give_way()
            time.sleep(0.05)

    def _watch(self) -> None:
        while not self.stop_request.is_asked():
            self._refuse_death()
            for companion in (self.model, self.database):
                if companion:
                    companion.tend()
            time.sleep(TICK_SECONDS)

    def _refuse_death(self) -> None:
        for child in (self.web, self.worker):
            if child and (status := child.status()) is not None:
                how = f"was ended by signal {-status}" if status < 0 else f"ended with {status}"
                raise LaunchError(f"The {child.name} process {how}, so everything stops.")

    def _give_way(self) -> None:
        if self.stop_request.is_asked():
            raise Stopped

    def _end(self) -> None:
        if self.stop_request.count:
            say("\nStopping …")
        for child, grace in ((self.web, WEB_GRACE_SECONDS), (self.worker, WORKER_GRACE_SECONDS)):
            if child:
                child.stop(grace, is_urgent=lambda: self.stop_request.is_urgent)
        for companion in (self.model, self.database):
            if companion:
                companion.stop()
        if self.stop_request.count:
            say("Stopped.")


def refuse_second(config: Config, lock: FileLock) -> None:
    """One embedded database and one memory: one launch. Raises LaunchError."""
    if config.may_share_checkout:
        return
    if not lock.acquire(wait=False):
        raise LaunchError(
            f"Huntaze already runs from this folder ({lock.note() or 'starting'}): stop it first, "
            "or set DATABASE_URL and REDIS_URL to run several."
        )
    lock.write(f"{config.address}, process {os.getpid()}")


def run() -> int:
    """The exit status."""
    # Reads .env into the environment.
    import_module("huntaze.env")
    stop = StopRequest()
    stop.listen()
    lock = FileLock(LOCKS / "run.lock")
    try:
        config = read(os.environ)
        refuse_second(config, lock)
        refuse_taken_port(config)
        Supervisor(config, stop).run()
    except LaunchError as error:
        complain(str(error))
        return 1
    finally:
        lock.release()
        stop.close()
    return 0
