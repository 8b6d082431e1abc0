"""One child process that is started again whenever it dies."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
# A process that lived this long was sound; its next death is a new story.
SOUND_AFTER = 30.0
LOG_CAP = 10 * 1024 * 1024


@dataclass(frozen=True)
class Program:
    """What to start, and where. `orphaned` is the signal it gets if the supervisor is killed."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    orphaned: signal.Signals


class Supervised:
    """Keeps one program running until it is stopped.

    `pid` names the last process, `alive` says whether it still runs; `changed` is called whenever
    either has. Linux ties the orphan signal to the thread that started the child: use this from a
    thread that lives as long as the suite.
    """

    def __init__(self, program: Program, changed: Callable[["Supervised"], None]) -> None:
        self.program = program
        self.pid: int | None = None
        self.alive = False
        self.deaths = 0
        self._changed = changed
        self._stopping = False
        self._log_start = _begin_log(program.log)
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {program.name}")

    async def stop(self, grace: float) -> None:
        """Ask the process to end; after `grace` seconds end it."""
        self._stopping = True
        if self.alive:
            self.kill(signal.SIGTERM)
        else:
            self._keeper.cancel()
        _, still_there = await asyncio.wait({self._keeper}, timeout=grace)
        if still_there:
            self.kill(signal.SIGKILL)
            await asyncio.wait({self._keeper})

    def kill(self, sig: signal.Signals) -> None:
        """Send a signal to the process, if it is alive."""
        if self.alive and self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def last_words(self, lines: int = 15) -> str:
        """Answer the end of the log, as far as it is of this run."""
        with self.program.log.open(errors="replace") as log:
            log.seek(self._log_start)
            return "".join(log.readlines()[-lines:]).rstrip()

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while True:
            started = time.monotonic()
            await self._live_once()
            if self._stopping:
                return
            self.deaths += 1
            self._changed(self)
            if time.monotonic() - started > SOUND_AFTER:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _live_once(self) -> None:
        process = await self._spawn()
        self.pid, self.alive = process.pid, True
        self._changed(self)
        await process.wait()
        self.alive = False
        # Whatever it had started itself must not outlive it: a worker would hold its port.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    async def _spawn(self) -> asyncio.subprocess.Process:
        # setpriv turns into the program, so its pid is the program's. A session of its own keeps
        # the terminal's Ctrl-C away from it: the supervisor decides in which order things stop.
        leash = ("setpriv", "--pdeathsig", self.program.orphaned.name.removeprefix("SIG"), "--")
        with self.program.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *leash,
                *self.program.command,
                env=dict(self.program.environment),
                cwd=self.program.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _begin_log(log: Path) -> int:
    """Set a log that has become large aside, keeping one; answer where this run's part begins."""
    if log.exists() and log.stat().st_size > LOG_CAP:
        log.replace(log.with_suffix(".log.1"))
    return log.stat().st_size if log.exists() else 0
