"""Tests of what is asked of models."""
