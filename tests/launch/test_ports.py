"""A port that is given is nobody else's, now and until it is used."""

import socket

import pytest

from huntaze.launch import ports
from huntaze.launch.ports import free_port


def test_none_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "HIGHEST", ports.LOWEST + 40)
    monkeypatch.setattr(ports, "_given", set())
    given = []
    with pytest.raises(OSError, match="No port is free"):
        while True:
            given.append(free_port())
    assert len(given) == len(set(given)) > 30


def test_a_taken_one_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "_given", set())
        monkeypatch.setattr(ports, "LOWEST", port)
        monkeypatch.setattr(ports, "HIGHEST", port + 20)
        assert port not in {free_port() for _ in range(10)}
