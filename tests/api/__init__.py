"""Tests of the manners of every endpoint."""
