"""Ai: what you ask a model: brief, routing, ledger, engine, stream."""
