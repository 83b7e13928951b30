"""Fakes, each held to the real interface by a test."""
