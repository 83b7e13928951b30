"""A port that is given is nobody else's, now and until it is used."""

import socket

import pytest

from huntaze.launch import ports
from huntaze.launch.ports import free_port


def test_none_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "HIGHEST", ports.LOWEST + 2)
    monkeypatch.setattr(ports, "_given", set())
    monkeypatch.setattr(ports, "_is_free", lambda _port: True)
    assert {free_port(), free_port()} == {ports.LOWEST, ports.LOWEST + 1}
    with pytest.raises(OSError, match="No port is free"):
        free_port()


def test_a_taken_one_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "_given", set())
        monkeypatch.setattr(ports, "LOWEST", port)
        monkeypatch.setattr(ports, "HIGHEST", port + 20)
        assert port not in {free_port() for _ in range(10)}
