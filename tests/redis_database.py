"""The run's Redis: each worker of the run has a database of its own, which it may empty."""

import os
from urllib.parse import urlsplit


def redis_url() -> str:
    """Where this worker's database is. Raises KeyError without a Redis: mark such tests `redis`."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return urlsplit(os.environ["TEST_REDIS_URL"])._replace(path=f"/{1 + int(worker)}").geturl()
