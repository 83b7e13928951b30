"""Tests: a folder per app, the cast, the fakes."""
