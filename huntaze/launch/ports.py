"""Ports of the loopback interface for what is about to be started."""

import random
import socket

# Below the ports that systems lend to outgoing connections (from 32,768 on Linux, 49,152
# elsewhere): nobody takes one by chance between the choice and the start.
LOWEST, HIGHEST = 20_000, 32_000

_given: set[int] = set()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has; this process is never given the same one twice.

    Raises OSError when there is none left.
    """
    # Not a secret; processes that choose at the same time should only seldom meet.
    for port in random.sample(range(LOWEST, HIGHEST), HIGHEST - LOWEST):
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise OSError("No port is free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
