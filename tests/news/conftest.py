"""The model server of tests/server."""

from tests.server.conftest import models

__all__ = ["models"]
