"""Load: closed (wrk, as fast as it goes) and open (so many requests a second, timed one by one)."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from bench.processes import cpu_seconds

_CYCLE = """
local bodies = {BODIES}
local i = 0
request = function()
  i = i % #bodies + 1
  return wrk.format("POST", nil, {["content-type"] = "application/json"}, bodies[i])
end
"""
_FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_SOCKET = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")


@dataclass(frozen=True)
class Measured:
    """What a load found: requests a second, and CPU-microseconds per request and process."""

    rate: float
    requests: int
    cpu_us: dict[str, float]


async def closed(
    url: str,
    pids: dict[str, int],
    *,
    seconds: int,
    connections: int = 64,
    headers: dict[str, str] | None = None,
    bodies: Sequence[object] = (),
) -> Measured:
    """Load a URL with wrk; posts the bodies in turn if there are any. Any failure ends the run."""
    with TemporaryDirectory() as folder:
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
        for name, value in (headers or {}).items():
            command += ["-H", f"{name}: {value}"]
        if bodies:
            command += ["-s", _script(folder, bodies)]
        before = {name: cpu_seconds(pid) for name, pid in pids.items()}
        process = await asyncio.create_subprocess_exec(
            *command, url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        out = (await process.communicate())[0].decode()
        after = {name: cpu_seconds(pid) for name, pid in pids.items()}
    found = re.search(r"(\d+) requests in", out)
    if process.returncode or not found or _FAILED.search(out) or _SOCKET.search(out):
        raise RuntimeError(f"wrk on {url} did not get good answers only:\n{out}")
    requests = int(found[1])
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    assert rate
    cpu = {name: (after[name] - before[name]) / requests * 1e6 for name in pids}
    return Measured(float(rate[1]), requests, cpu)


def _script(folder: str, bodies: Sequence[object]) -> str:
    """Write a wrk script that posts the bodies in turn."""
    script = Path(folder, "cycle.lua")
    texts = ", ".join(json.dumps(json.dumps(body)) for body in bodies)
    script.write_text(_CYCLE.replace("BODIES", texts))
    return str(script)


async def open_loop(
    url: str, headers: dict[str, str], *, per_second: float, until: Callable[[], bool]
) -> list[float]:
    """Read a URL so many times a second, whatever the answers take, and give their seconds."""
    parts = urlsplit(url)
    lines = [f"GET {parts.path} HTTP/1.1", f"host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode()
    free: asyncio.Queue[_Connection] = asyncio.Queue()
    for _ in range(32):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        free.put_nowait(_Connection(reader, writer))
    taken: list[float] = []

    async def one(due: float) -> None:
        connection = await free.get()
        await connection.get(request)
        taken.append(time.perf_counter() - due)
        free.put_nowait(connection)

    tasks = []
    due = time.perf_counter()
    while not until():
        due += 1 / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait().writer.close()
    return taken


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def get(self, request: bytes) -> None:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if not head.startswith(b"HTTP/1.1 200") or not length:
            raise RuntimeError(f"not a good answer: {head[:200]!r}")
        await self.reader.readexactly(int(length[1]))


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
