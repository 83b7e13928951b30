"""The first step: refuses an old Python in plain words, so it has to parse on one (2.7 and up)."""

# An old Python has none of what these would rather see.
# ruff: noqa: PTH100, PTH120, UP031

import os
import sys

NEEDED = (3, 12)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

if sys.version_info < NEEDED:
    sys.stderr.write(
        "Huntaze needs Python %d.%d or newer, and %s is Python %s: install a newer one, "
        "or name it with make PYTHON=/path/to/python3.\n"
        % (NEEDED[0], NEEDED[1], sys.executable, sys.version.split()[0])
    )
    sys.exit(1)

# This folder would shadow modules of the standard library; the checkout is what we import from.
sys.path[0] = ROOT

from huntaze.launch.install import main  # noqa: E402

main(sys.argv[1:])
