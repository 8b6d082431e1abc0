"""Asking whether something on loopback is up, without an HTTP client to import."""

import asyncio

from ops.ports import LOOPBACK

PAUSE = 0.05
# A gateway that is ready answers in milliseconds. One that is not waits for whatever is silent, and
# would tell us late of what has come meanwhile: ask anew instead. Where the machine is so slow that
# it could never answer in time, it gets some more each time.
ANSWER_WITHIN, LONGER = 0.5, 1.2


async def until_listening(port: int) -> None:
    """Wait until a server accepts connections."""
    while True:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            await asyncio.sleep(PAUSE)
        else:
            writer.close()
            return


async def until_ready(port: int) -> None:
    """Wait until `GET /readyz` answers 200."""
    within = ANSWER_WITHIN
    while not await _is_ready(port, within):
        await asyncio.sleep(PAUSE)
        within *= LONGER


async def _is_ready(port: int, within: float) -> bool:
    try:
        async with asyncio.timeout(within):
            return b" 200 " in await _status_line(port)
    except (OSError, TimeoutError):
        return False


async def _status_line(port: int) -> bytes:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return await reader.readline()
    finally:
        writer.close()
