"""Static files in production: hashed, compressed, cached for ever."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashes the names that ES modules import too, so that no stale module meets a new one."""

    support_js_module_import_aggregation = True
