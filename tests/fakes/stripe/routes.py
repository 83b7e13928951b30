"""Importing the modules of endpoints registers them."""

import importlib

MODULES = ("catalog", "checkout", "customers", "payments", "portal", "subscriptions")


def load() -> None:
    """All of them."""
    for name in MODULES:
        importlib.import_module(f"tests.fakes.stripe.api_{name}")
