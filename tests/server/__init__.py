"""Tests of a real server."""
