"""Production: becomes the ASGI server, with the same options as `make run`; nothing beside it."""

import os
import sys
from dataclasses import replace
from http import HTTPStatus
from typing import NoReturn

from huntaze.launch import web
from huntaze.launch.config import Config, read
from huntaze.launch.errors import LaunchError
from huntaze.launch.terminal import complain


def configured() -> Config:
    """As the environment says; behind a container's network every interface is ours."""
    config = read(os.environ)
    is_chosen = os.environ.get("BIND", "").strip()
    return config if is_chosen else replace(config, bind="0.0.0.0")  # noqa: S104


def serve() -> NoReturn:
    """Become the server, so that signals reach it."""
    try:
        command = web.web_command(configured())
    except LaunchError as error:
        complain(str(error))
        sys.exit(1)
    os.execv(sys.executable, command)  # noqa: S606  (no shell is wanted)


def healthy() -> int:
    """0 when the server beside us answers: a container's health check."""
    return 0 if web.health(configured()) == HTTPStatus.OK else 1
