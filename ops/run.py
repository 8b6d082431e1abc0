"""`python -m ops run`: the suite in the foreground."""

import argparse
import asyncio
import os
import signal
import sys

from ops.config import SuiteConfig
from ops.suite import StartError, Suite


def run(arguments: argparse.Namespace) -> int:
    """Run the suite until it is told to stop; 1 when it cannot start."""
    config = SuiteConfig(
        data_dir=arguments.data_dir,
        port=arguments.port,
        mongo_url=os.environ.get("MONGO_URL"),
        redis_url=os.environ.get("REDIS_URL"),
        nats_url=os.environ.get("NATS_URL"),
    )
    try:
        asyncio.run(_until_told_to_stop(Suite(config)))
    except StartError as problem:
        print(f"userhub: {problem}", file=sys.stderr)
        return 1
    return 0


async def _until_told_to_stop(suite: Suite) -> None:
    told = asyncio.create_task(_stop_signal())
    starting = asyncio.create_task(suite.start())
    await asyncio.wait({told, starting}, return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        await starting
        print(f"userhub is ready: {suite.urls['gateway']}", flush=True)
        await told
    else:
        starting.cancel()
        await asyncio.wait({starting})
    print("userhub: stopping", file=sys.stderr)
    await suite.stop()


async def _stop_signal() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Under nohup the end of the terminal is to be ignored.
        if sig != signal.SIGHUP or signal.getsignal(sig) != signal.SIG_IGN:
            loop.add_signal_handler(sig, told.set)
    await told.wait()
