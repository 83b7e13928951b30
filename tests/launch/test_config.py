"""What `make run` accepts, and how it refuses."""

import socket

import pytest

from huntaze.launch.config import Config, read, refuse_taken_port
from huntaze.launch.errors import LaunchError


def test_defaults():
    config = read({})
    assert (config.port, config.bind, config.processes) == (8000, "127.0.0.1", 1)
    assert config.address == "http://localhost:8000"
    assert config.host_header == "localhost:8000"


def test_empty_counts_as_unset():
    assert read({"PORT": "", "DATABASE_URL": " ", "WEB_CONCURRENCY": ""}) == read({})


def test_site_url_is_what_a_person_types():
    config = read({"SITE_URL": "https://studio.example.com/", "BIND": "0.0.0.0"})  # noqa: S104
    assert config.address == "https://studio.example.com"
    assert config.own_host == "127.0.0.1"


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1", "8e3"])
def test_impossible_port(port):
    with pytest.raises(LaunchError, match="PORT is a number from 1 to 65535"):
        read({"PORT": port})


def test_processes_need_redis():
    with pytest.raises(LaunchError, match="WEB_CONCURRENCY=2 needs REDIS_URL"):
        read({"WEB_CONCURRENCY": "2"})
    assert read({"WEB_CONCURRENCY": "2", "REDIS_URL": "redis://localhost"}).processes == 2


@pytest.mark.parametrize(
    ("environ", "may_share"),
    [
        ({}, False),
        ({"DATABASE_URL": "postgres://a/b"}, False),
        ({"REDIS_URL": "redis://a"}, False),
        ({"DATABASE_URL": "postgres://a/b", "REDIS_URL": "redis://a"}, True),
    ],
)
def test_sharing_a_checkout_takes_both_services(environ, may_share):
    assert read(environ).may_share_checkout is may_share


def test_taken_port_names_another():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LaunchError, match=f"Port {port} is taken.*PORT=\\d+ make run"):
            refuse_taken_port(Config(port=port))
    refuse_taken_port(Config(port=port))
