"""Choosing loopback ports for the embedded servers."""

import random
import socket
from collections.abc import Container

LOOPBACK = "127.0.0.1"

# Below the range that Linux gives to outgoing connections (32768 and up). A client that keeps
# reconnecting to a port of that range while its server is down may be given this very port as its
# own end, and then the server cannot come back.
CANDIDATES = range(20_000, 32_000)

_claims: dict[int, socket.socket] = {}


def is_free(port: int) -> bool:
    """Say whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def claim(port: int) -> bool:
    """Keep a free port from the other suites of this machine for as long as this process lives.

    A server listens only some time after its port was chosen; until then it would be free for a
    suite that starts at the same moment. False where it is in use, or another process has it.
    """
    if not is_free(port):
        return False
    if port not in _claims:
        # A name that is no file: it ends with this process however that ends.
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0userhub-port-{port}")
        except OSError:
            name.close()
            return False
        _claims[port] = name
    return True


def pick_free(avoid: Container[int] = ()) -> int:
    """Choose a free port at random that nobody has chosen, and claim it."""
    return next(
        port
        for port in random.sample(CANDIDATES, len(CANDIDATES))
        if port not in avoid and port not in _claims and claim(port)
    )
