"""A whole Userhub on one machine: three servers, four services and the gateway, kept running."""

import asyncio
import fcntl
import json
import os
import signal
import sys
from collections.abc import Coroutine, Mapping
from typing import Any

from ops import probe, replica_set
from ops.config import SuiteConfig
from ops.errors import StartError
from ops.files import write_atomically
from ops.plan import (
    GATEWAY,
    SERVERS,
    SERVICES,
    USERHUB,
    Addresses,
    choose_addresses,
    server_programs,
    userhub_programs,
)
from ops.supervised import Program, Supervised

__all__ = ["StartError", "Suite", "SuiteConfig"]

READY_WITHIN, TOLD_EVERY = 120, 10
"""Seconds until a start has failed, and between two words to whoever waits for it."""
# A process that dies this often before the suite was ever ready has a bad setting, not bad luck.
DEATHS_AT_START = 3
STOPPING_ORDER = ((GATEWAY,), SERVICES, SERVERS)
GRACE = 10.0


class Suite:
    """Starts the suite, keeps it running, stops it.

    A process that dies is started again at the same address. `urls` and `pids` are what `run.json`
    says; both are complete once `start` has returned.
    """

    def __init__(self, config: SuiteConfig) -> None:
        self.config = config
        self._addresses = Addresses({}, {})
        self._processes: dict[str, Supervised] = {}
        self._lock: int | None = None
        self._ready = False
        self._failure: asyncio.Future[None] | None = None

    @property
    def urls(self) -> Mapping[str, str]:
        """Where the gateway and the servers are."""
        return self._addresses.urls

    @property
    def pids(self) -> dict[str, int]:
        """The last process of each name; one that has just died is named until its successor."""
        pids = {
            name: self._processes[name].pid
            for name in (*USERHUB, *SERVERS)
            if name in self._processes
        }
        return {name: pid for name, pid in pids.items() if pid is not None}

    async def start(self) -> None:
        """Start everything and return when the gateway is ready; on failure leave nothing."""
        try:
            self._claim_data_dir()
            self._addresses = choose_addresses(self.config)
            self._say(f"starting, logs are in {self.config.home / 'logs'}")
            await self._unless_one_fails(self._bring_up())
        except BaseException:
            await self.stop()
            raise
        self._ready = True
        self._write_run_file()

    async def stop(self) -> None:
        """Stop the gateway, then the services, then the servers, each given time to finish."""
        self._ready = False
        for names in STOPPING_ORDER:
            ending = [self._processes.pop(name) for name in names if name in self._processes]
            await asyncio.gather(*(process.stop(GRACE) for process in ending))
        if self._lock is not None:
            (self.config.home / "run.json").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def kill(self, name: str, sig: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to one process: a fault to get over, or SIGSTOP to make it hang."""
        self._processes[name].kill(sig)

    async def wait_restarted(self, name: str, old_pid: int, within: float = 30.0) -> int:
        """Wait until another process has taken the place of `old_pid`; answer its pid."""
        async with asyncio.timeout(within):
            while self.pids[name] == old_pid:
                await asyncio.sleep(probe.PAUSE)
        return self.pids[name]

    async def wait_ready(self, within: float = READY_WITHIN) -> None:
        """Wait until the gateway says that it reaches everything."""
        async with asyncio.timeout(within):
            await probe.until_ready(self._addresses.ports[GATEWAY])

    def _claim_data_dir(self) -> None:
        home = self.config.home
        try:
            (home / "logs").mkdir(parents=True, exist_ok=True)
            # The lock ends with this process however that ends, so it never has to be cleaned up.
            lock = os.open(home / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StartError(f"{home} cannot hold the data of a run: {error}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise StartError(
                f"Another run is using {home}. Stop it, or choose another folder and port: "
                "make run DATA_DIR=.local/second PORT=8001"
            ) from None
        self._lock = lock

    async def _bring_up(self) -> None:
        for program in server_programs(self.config, self._addresses):
            self._run(program)
        await self._settle_mongo()
        for program in userhub_programs(self.config, self._addresses):
            self._run(program)
        where = f"{self.urls[GATEWAY]}/readyz and {self.config.home / 'logs'} say why"
        for waited in range(TOLD_EVERY, READY_WITHIN + 1, TOLD_EVERY):
            try:
                await self.wait_ready(TOLD_EVERY)
            except TimeoutError:
                self._say(f"not ready after {waited} seconds; {where}")
            else:
                return
        raise StartError(f"The suite was not ready within {READY_WITHIN} seconds. {where}.")

    async def _settle_mongo(self) -> None:
        """Get this done before a client comes: it would believe the old set, and its old port."""
        port, data = self._addresses.ports.get("mongo"), self.config.home / "mongo"
        if port is not None and not replica_set.is_settled(data, port):
            await probe.until_listening(port)
            await asyncio.to_thread(replica_set.settle, data, port)

    async def _unless_one_fails(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work, but give up as soon as a process has turned out to be unable to start."""
        self._failure = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task, self._failure}, return_when=asyncio.FIRST_COMPLETED)
            await (self._failure if self._failure.done() else task)
        finally:
            task.cancel()
            self._failure.cancel()

    def _run(self, program: Program) -> None:
        self._processes[program.name] = Supervised(program, self._process_changed)

    def _process_changed(self, process: Supervised) -> None:
        name = process.program.name
        if not process.alive:
            self._say(f"{name} died and will be started again, see {process.program.log}")
            self._count_early_death(process)
        elif self._ready:
            self._write_run_file()

    def _count_early_death(self, process: Supervised) -> None:
        failure = self._failure
        if process.deaths >= DEATHS_AT_START and failure is not None and not failure.done():
            failure.set_exception(
                StartError(
                    f"{process.program.name} cannot start. The end of {process.program.log}:\n"
                    f"{process.last_words()}"
                )
            )

    def _write_run_file(self) -> None:
        facts = {**self.urls, "pids": self.pids}
        write_atomically(self.config.home / "run.json", json.dumps(facts, indent=2) + "\n")

    def _say(self, text: str) -> None:
        if not self.config.quiet:
            print(f"userhub: {text}", file=sys.stderr, flush=True)
