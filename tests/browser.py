"""A real browser without a window, spoken to over its own protocol (Chrome DevTools)."""

import asyncio
import itertools
import os
import shutil
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)


def find_browser() -> str:
    """Find Chromium, or fail: `ops/bootstrap.sh dev` brings it."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "Chromium is missing: install it, or name it with CHROMIUM=/path/to/chromium"
    return found


class Page:
    """One page, and everything that it asked for."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._session = ""
        self.requests: list[str] = []
        self.problems: list[str] = []

    async def open(self, url: str) -> None:
        """Show a URL on a new page."""
        target = await self._ask("Target.createTarget", url="about:blank")
        attached = await self._ask(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self._session = attached["sessionId"]
        for domain in ("Network", "Runtime", "Log", "Page"):
            await self._ask(f"{domain}.enable")
        await self._ask("Page.navigate", url=url)

    async def evaluate(self, script: str) -> Any:
        """Give what a script gives on the page."""
        answer = await self._ask("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    async def until(self, script: str, seconds: float = 60.0) -> Any:
        """Wait until a script gives something true, and give it."""
        async with asyncio.timeout(seconds):
            while not (value := await self.evaluate(script)):
                await asyncio.sleep(0.05)
            return value

    async def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._writer.write(msgspec.json.encode(message) + b"\0")
        while True:
            answer = msgspec.json.decode((await self._reader.readuntil(b"\0"))[:-1])
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer)

    def _note(self, event: dict[str, Any]) -> None:
        match event.get("method"), event.get("params", {}):
            case "Network.requestWillBeSent", {"request": {"url": url}}:
                self.requests.append(url)
            case "Runtime.exceptionThrown", {"exceptionDetails": details}:
                self.problems.append(str(details.get("text")))
            case "Log.entryAdded", {"entry": {"level": "error", "text": text}}:
                self.problems.append(text)


@asynccontextmanager
async def browsing(profile: Path) -> AsyncIterator[Page]:
    """Start a browser with a profile of its own, and end it."""
    to_browser, from_browser = os.pipe(), os.pipe()
    # The browser reads commands from descriptor 3 and answers on 4.
    redirect = f'exec "$0" "$@" 3<&{to_browser[0]} 4>&{from_browser[1]}'
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "KILL", "--", "bash", "-c", redirect, find_browser()),
        *(*FLAGS, f"--user-data-dir={profile}"),
        pass_fds=(to_browser[0], from_browser[1]),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    os.close(to_browser[0])
    os.close(from_browser[1])
    loop = asyncio.get_running_loop()
    reader = StreamReader(limit=2**26)
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(from_browser[0], "rb")
    )
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(to_browser[1], "wb")
    )
    try:
        yield Page(reader, StreamWriter(transport, protocol, None, loop))
    finally:
        transport.close()
        await _end(process)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 15)
    except TimeoutError:
        process.kill()
        await process.wait()
