"""What the tests of the command line share."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from ops.keys import signing_keys
from tests.fortress import ROOT


@dataclass
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def userhub(suite) -> Callable[..., Awaitable[Said]]:
    """A way to run `userhub` against the suite: give it the words of the command line."""

    async def run(*arguments: str, **environment: str) -> Said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ops", *arguments),
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "NATS_URL": suite.urls["nats"],
                "USERHUB_CALLER_KEYS": signing_keys(suite.config.env),
                **environment,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())

    return run
