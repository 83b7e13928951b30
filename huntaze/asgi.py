"""The ASGI application: HTTP through Django, and the lifespan of what runs beside it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huntaze.settings")

from django.core.asgi import get_asgi_application

http_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter

from huntaze.lifespan import lifespan_application
from huntaze.sockets import application as sockets

application = ProtocolTypeRouter(
    {
        "http": http_application,
        "websocket": sockets,
        "lifespan": lifespan_application,
    }
)
