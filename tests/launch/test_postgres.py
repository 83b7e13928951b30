"""The embedded PostgreSQL lives exactly as long as somebody uses it."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from huntaze.launch.cluster import Cluster
from huntaze.launch.paths import ROOT
from huntaze.launch.postgres import Server, needs_database

USER = """
import sys, time
from pathlib import Path
from huntaze.launch.cluster import Cluster
from huntaze.launch.postgres import Server
server = Server(Cluster(Path(sys.argv[1])))
server.join()
print("joined", flush=True)
time.sleep(60)
"""


@pytest.fixture
def cluster(open_folder, request):
    return Cluster(open_folder / request.node.name / "pg")


def start_user(cluster):
    """Another process that uses the server."""
    command = [sys.executable, "-c", USER, str(cluster.root)]
    user = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert user.stdout
    assert user.stdout.readline() == "joined\n"
    return user


def wait_until_gone(server, seconds=10):
    deadline = time.monotonic() + seconds
    while server.is_kept() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not server.is_kept()


def one(cluster, query):
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute(query).fetchone()
    assert row
    return row[0]


def test_joins_keeps_its_data_and_leaves(cluster):
    server = Server(cluster)
    server.join()
    assert one(cluster, "SHOW server_encoding") == "UTF8"
    assert one(cluster, "SELECT lower('É')") == "é"
    assert one(cluster, "SHOW fsync") == "on"
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    server.leave()
    assert not server.is_kept()
    server.join()
    assert one(cluster, "SELECT number FROM kept") == 7
    server.leave()


def test_last_user_killed_ends_it(cluster):
    user = start_user(cluster)
    server = Server(cluster)
    assert server.is_kept()
    user.kill()
    user.wait()
    user.stdout.close()
    assert wait_until_gone(server)


def test_stays_while_another_uses_it(cluster):
    user = start_user(cluster)
    server = Server(cluster)
    server.join()
    server.leave()
    assert server.is_kept()
    assert one(cluster, "SELECT 1") == 1
    user.kill()
    user.wait()
    user.stdout.close()
    assert wait_until_gone(server)


def test_recovers_after_kill_9(cluster):
    server = Server(cluster)
    server.join()
    postmaster = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    assert wait_until_gone(server)
    server.join()
    assert one(cluster, "SELECT 1") == 1
    server.leave()


def test_stale_note_of_a_stranger_is_no_obstacle(cluster):
    server = Server(cluster)
    server.join()
    server.leave()
    # After a reboot the number in it may be anybody's: here, ours.
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n")
    server.join()
    assert one(cluster, "SELECT 1") == 1
    server.leave()


def test_long_paths_get_a_short_socket(open_folder):
    cluster = Cluster(open_folder / ("long" * 20) / ("name " * 10).strip())
    server = Server(cluster)
    server.join()
    assert one(cluster, "SELECT 1") == 1
    server.leave()
    assert not cluster.sockets.exists()


@pytest.mark.parametrize(
    ("arguments", "is_needed"),
    [
        (["migrate"], True),
        (["check"], True),
        (["collectstatic", "--noinput"], False),
        (["migrate", "--help"], False),
        ([], False),
    ],
)
def test_commands_that_need_no_database(arguments, is_needed):
    assert needs_database(arguments) is is_needed
