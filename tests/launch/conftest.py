"""Folders that the account of PostgreSQL can reach."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder of our own.

    As root, PostgreSQL runs as another account; whenever a pytest starts, it closes the folders of
    every pytest to others.
    """
    folder = Path(tempfile.mkdtemp(prefix="huntaze-launch-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
