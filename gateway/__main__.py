"""The gateway process: `python -m gateway`."""

import ctypes
import os
import signal
import sys
import tempfile
from typing import Any

from gateway.config import Config
from shared import memory, settings

PR_SET_PDEATHSIG = 1


def create() -> Any:
    """Make the application in a worker; called by the server in each of its processes."""
    from gateway import app

    _die_with_parent()
    config = _config()
    app.observe(config, dict(os.environ))
    made = app.create(config, os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
    memory.settle()
    return made


def main() -> None:
    """Serve until told to stop."""
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.http import HTTP1Settings
    from granian.server import Server

    config = _config()
    with tempfile.TemporaryDirectory(prefix="userhub-metrics-") as shared_metrics:
        if config.workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared_metrics
        Server(
            "gateway.__main__:create",
            factory=True,
            interface=Interfaces.ASGI,
            address=config.host,
            port=config.port,
            workers=config.workers,
            loop=Loops.uvloop,
            # HTTP/2 knows bodies without a length, which a dialect could take for none.
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=65_536),
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
            log_enabled=False,
        ).serve()


def _config() -> Config:
    return settings.read_or_exit(Config, os.environ, "gateway")


def _die_with_parent() -> None:
    """Have the kernel end this worker with its parent: an orphan would keep the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    main()
