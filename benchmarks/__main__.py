"""`make bench ARGS='streams --streams 100'`: a measurement on a database of its own."""

import importlib
import os
import subprocess
import sys

from huntaze.launch.testing import Surroundings

MEASUREMENTS = ("streams", "lists", "routing", "webhooks")


def main() -> int:
    """Start a throw-away PostgreSQL, migrate it, and hand over to the measurement that is named."""
    name = sys.argv[1] if len(sys.argv) > 1 else MEASUREMENTS[0]
    if name not in MEASUREMENTS:
        print(f"{name} is none of {', '.join(MEASUREMENTS)}.")
        return 2
    surroundings = Surroundings()
    try:
        surroundings.start(os.environ)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], check=True)
        sys.argv = [name, *sys.argv[2:]]
        importlib.import_module(f"benchmarks.{name}").main()
    finally:
        surroundings.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
