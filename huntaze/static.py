"""Static files, served by the async chain alone; in production hashed and compressed."""

from inspect import iscoroutinefunction
from typing import Any

from django.core.exceptions import MiddlewareNotUsed
from servestatic.middleware import ServeStaticMiddleware
from servestatic.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashes the names that ES modules import too, so that no stale module meets a new one."""

    support_js_module_import_aggregation = True


class StaticFilesMiddleware(ServeStaticMiddleware):  # type: ignore[misc]
    """Steps aside in the sync chain, which no static file's path is handed to."""

    sync_capable = True

    def __init__(self, get_response: Any) -> None:
        if not iscoroutinefunction(get_response):
            raise MiddlewareNotUsed
        super().__init__(get_response)
