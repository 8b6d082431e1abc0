"""`python -m bench`: measure, print a table, and say what is behind each figure."""

import argparse
import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench import events
from bench.circles import befriend, one_change
from bench.load import Measured, closed, open_loop, percentile
from bench.people import Person, sign_up
from bench.processes import resident_mib
from ops.config import SuiteConfig
from ops.suite import Suite
from shared import memory
from shared.telemetry import logs

MEMORY_KIB, PASSES = 19456, 2
"""The product's default argon2id parameters (see HASH_MEMORY_KIB, HASH_PASSES)."""

LOCK = Path("requirements/run.txt")

PEOPLE = 64
READS_PER_SECOND = 200
TURNS = 5
"""Of an idle machine and one full of logins, each half as long as other loads."""

FEW, MANY = 10, 10_000
THREADS = os.cpu_count() or 1
USERHUB = ("gateway", "auth", "profile", "social", "notify")


def say(text: str = "") -> None:
    """Print a line at once."""
    print(text, flush=True)


async def main(seconds: int, only_events: bool) -> None:
    """Run every measurement, one after the other, on a suite of its own."""
    with tempfile.TemporaryDirectory(prefix="userhub-bench-") as folder:
        env = {"USERHUB_LIMIT_SCALE": "1000000", "LOG_LEVEL": "warning"}
        suite = Suite(SuiteConfig(data_dir=Path(folder), env=env, quiet=True))
        say(f"starting a suite of its own on {THREADS} cores …")
        await suite.start()
        await suite.stop()
        started = time.perf_counter()
        suite = Suite(SuiteConfig(data_dir=Path(folder), env=env, quiet=True))
        await suite.start()
        try:
            say(f"second start to ready: {time.perf_counter() - started:.1f} s")
            people = await sign_up(suite.urls["gateway"], PEOPLE)
            # What holds this process up for 50 ms, once in some turns, counts as the suite's delay.
            memory.settle()
            held(suite)
            for measure in () if only_events else (reads, logins, reads_under_logins, syncs):
                await measure(suite, people, seconds)
            await events.told(suite, people, say)
            await events.rates(suite, say)
        finally:
            await suite.stop()


def held(suite: Suite) -> None:
    """Print what each process holds."""
    say()
    say(f"memory (proportional set size, after {PEOPLE} sign-ups)")
    for name, pid in suite.pids.items():
        say(f"  {name:8} {resident_mib(pid):6.0f} MiB")


async def reads(suite: Suite, people: list[Person], seconds: int) -> None:
    """Compare reading one's own profile with a bare handler that answers the same."""
    tom = people[0]
    url = f"{suite.urls['gateway']}/user/{tom.id}"
    body = f'{{"code":200,"result":{{"id":"{tom.id}","nickname":"n{tom.phone}","portraitUri":""}}}}'
    async with bare_server(body) as (bare_url, pid):
        await closed(bare_url, {}, seconds=1)
        await closed(url, {}, seconds=2, headers={"cookie": tom.cookie})
        bare = await closed(bare_url, {"bare": pid}, seconds=seconds)
        ours = await closed(url, suite.pids, seconds=seconds, headers={"cookie": tom.cookie})
    say()
    say("reading one's own profile, 64 connections, one worker")
    say(f"  bare Litestar handler {bare.rate:8.0f}/s  {bare.cpu_us['bare']:6.0f} µs of CPU each")
    say(f"  through gateway, bus  {ours.rate:8.0f}/s  {breakdown(ours)}")
    say(f"  ratio of rates        {ours.rate / bare.rate:8.2f}  (aim: 0.3)")


async def logins(suite: Suite, people: list[Person], seconds: int) -> None:
    """Compare logging in with hashing alone."""
    with tempfile.TemporaryDirectory(prefix="userhub-bench-") as folder:
        install_published_argon2(Path(folder))
        published = await raw_hash_rate(seconds, folder)
    built = await raw_hash_rate(seconds)
    url = f"{suite.urls['gateway']}/user/login"
    bodies = [person.login for person in people[1:]]
    ours = await closed(url, suite.pids, seconds=seconds * 2, connections=16, bodies=bodies)
    say()
    say(f"logging in, 16 connections; argon2id {MEMORY_KIB} KiB, t={PASSES}, {THREADS} threads")
    say(f"  argon2-cffi as published {published:5.1f}/s")
    say(f"  as built here         {built:8.1f}/s  (see docs/decisions/0005)")
    say(f"  login                 {ours.rate:8.1f}/s  {breakdown(ours)}")
    say(f"  ratio to published    {ours.rate / published:8.2f}  (aim: 0.9)")
    say(f"  ratio to built        {ours.rate / built:8.2f}")


async def reads_under_logins(suite: Suite, people: list[Person], seconds: int) -> None:
    """Compare the delay of reads while nothing else happens and while logins saturate.

    In turns, so that a machine whose pace changes changes it for both.
    """
    tom, gateway = people[0], suite.urls["gateway"]
    url, cookie = f"{gateway}/user/{tom.id}", {"cookie": tom.cookie}
    # Not with the account that reads: its session would be pushed out by a hundred newer ones.
    bodies = [person.login for person in people[1:]]
    turn = max(1, seconds // 2)
    idle: list[float] = []
    busy: list[float] = []
    for _ in range(TURNS):
        pause = asyncio.create_task(asyncio.sleep(turn))
        idle += await open_loop(url, cookie, per_second=READS_PER_SECOND, until=pause.done)
        load = asyncio.create_task(
            closed(f"{gateway}/user/login", {}, seconds=turn, connections=16, bodies=bodies)
        )
        busy += await open_loop(url, cookie, per_second=READS_PER_SECOND, until=load.done)
        await load
    say()
    say(
        f"delay of {READS_PER_SECOND} profile reads a second, from when each was due, {TURNS} turns"
    )
    for name, taken in (("idle", idle), ("logins saturate", busy)):
        p50, p99 = percentile(taken, 0.5) * 1000, percentile(taken, 0.99) * 1000
        say(f"  {name:16} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")
    say(f"  ratio of p99     {percentile(busy, 0.99) / percentile(idle, 0.99):6.1f}  (aim: 2)")


async def syncs(suite: Suite, people: list[Person], seconds: int) -> None:
    """Compare syncing one change for somebody with few friends and for somebody with many."""
    say()
    say("syncing one change, 16 connections")
    found: dict[int, Measured] = {}
    for person, friends in zip(people[1:], (FEW, MANY), strict=False):
        await befriend(suite.urls["mongo"], person, friends)
        version = await one_change(suite.urls["gateway"], person)
        url = f"{suite.urls['gateway']}/user/sync/{version}"
        headers = {"cookie": person.cookie}
        ours = await closed(url, suite.pids, seconds=seconds, connections=16, headers=headers)
        found[friends] = ours
        say(f"  {friends:6} friends        {ours.rate:8.0f}/s  {breakdown(ours)}")
    say(f"  ratio of times        {found[FEW].rate / found[MANY].rate:8.2f}  (aim: 1.5 at most)")


def breakdown(measured: Measured) -> str:
    """Put into words what each process spent."""
    ours = ", ".join(f"{name} {measured.cpu_us[name]:.0f}" for name in USERHUB)
    servers = sum(us for name, us in measured.cpu_us.items() if name not in USERHUB)
    return f"µs of CPU each: {ours}, servers {servers:.0f}"


def install_published_argon2(folder: Path) -> None:
    """Fetch the locked argon2-cffi-bindings as they are on PyPI."""
    [locked] = re.findall(r"^argon2-cffi-bindings==(?:.+\\\n)+.+$", LOCK.read_text(), re.MULTILINE)
    part = folder / "argon2.txt"
    part.write_text(locked)
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(folder)]
    command += ["--only-binary", ":all:", "--require-hashes", "-r", str(part)]
    subprocess.run(command, check=True, capture_output=True)


async def raw_hash_rate(seconds: int, packages: str = "") -> float:
    """Measure the baseline in a process of its own, which looks for packages there first."""
    command = [sys.executable, "-m", "bench.raw_hash"]
    values = map(str, (MEMORY_KIB, PASSES, THREADS, seconds))
    env = {**os.environ, "PYTHONPATH": packages}
    process = await asyncio.create_subprocess_exec(
        *command, *values, env=env, stdout=asyncio.subprocess.PIPE
    )
    return float((await process.communicate())[0])


@asynccontextmanager
async def bare_server(body: str) -> AsyncIterator[tuple[str, int]]:
    """Serve the bare handler on the same server with the same settings, one worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--loop", "uvloop"]
    command += ["--no-ws", "--no-log", "--port", str(port), "bench.bare:app"]
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, "BENCH_BODY": body})
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                break
        yield f"http://127.0.0.1:{port}/user/x", process.pid
    finally:
        process.terminate()
        await process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure Userhub against bare baselines, on an idle machine with wrk.",
    )
    parser.add_argument("--seconds", type=int, default=8, help="length of each load (8)")
    parser.add_argument("--events", action="store_true", help="measure events alone")
    arguments = parser.parse_args()
    logs.configure("bench", "error")
    if not shutil.which("wrk"):
        sys.exit("bench needs wrk, a load generator: apt-get install wrk")
    asyncio.run(main(arguments.seconds, arguments.events))
