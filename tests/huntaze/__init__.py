"""Tests of what is assembled."""
