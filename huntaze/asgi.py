"""The ASGI application: HTTP through Django, and the lifespan of what runs beside it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huntaze.settings")

import django

django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter

from huntaze.handler import Handler
from huntaze.lifespan import lifespan_application
from huntaze.sockets import application as sockets

application = ProtocolTypeRouter(
    {
        "http": Handler(),
        "websocket": sockets,
        "lifespan": lifespan_application,
    }
)
