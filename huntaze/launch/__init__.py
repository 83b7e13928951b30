"""Starts, stops and checks Huntaze on one machine: `make run`, `make test`, `make check`."""
