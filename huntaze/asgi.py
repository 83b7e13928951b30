"""The ASGI application: HTTP through Django, and the lifespan of what runs beside it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huntaze.settings")

import django

django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter
from django.core.cache import caches

from huntaze.handler import Handler
from huntaze.lifespan import lifespan_application
from huntaze.sockets import application as sockets

# Made here, the caches are those of every request: Django keeps them by context, and the context
# of each request's task is a copy of this one. Both kinds that we use may be shared by threads.
for _alias in caches:
    caches[_alias]

application = ProtocolTypeRouter(
    {
        "http": Handler(),
        "websocket": sockets,
        "lifespan": lifespan_application,
    }
)
