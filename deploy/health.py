"""Ask a process of this container over HTTP: `python -IS health.py PORT PATH`; 0 if it says 200.

Runs every few seconds in every container, so it imports next to nothing.
"""

import socket
import sys

SECONDS = 4


def main(port: str, path: str) -> bool:
    """Tell whether the answer is 200."""
    with socket.create_connection(("127.0.0.1", int(port)), SECONDS) as connection:
        connection.settimeout(SECONDS)
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        with connection.makefile("rb") as answer:
            status = answer.readline().split()
            answer.read()
    return status[1:2] == [b"200"]


if __name__ == "__main__":
    try:
        sys.exit(not main(*sys.argv[1:]))
    except OSError as error:
        sys.exit(f"no answer: {error}")
