"""How dj-stripe's tables are made: MIGRATION_MODULES names the package below."""
