"""Choosing loopback ports for the embedded servers."""

import random
import socket

LOOPBACK = "127.0.0.1"

# Below the range that Linux gives to outgoing connections (32768 and up). A client that keeps
# reconnecting to a port of that range while its server is down may be given this very port as its
# own end, and then the server cannot come back.
CANDIDATES = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Say whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def pick_free(avoid: set[int]) -> int:
    """Choose a free port at random, so that suites starting together rarely want the same."""
    return next(
        port
        for port in random.sample(CANDIDATES, len(CANDIDATES))
        if port not in avoid and is_free(port)
    )
