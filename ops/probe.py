"""Asking whether something on loopback is up, without an HTTP client to import."""

import asyncio

from ops.ports import LOOPBACK

PAUSE = 0.05
# A gateway that is ready answers in milliseconds. One that is not waits for whatever is silent, and
# would tell us late of what has come meanwhile: ask anew instead.
ANSWER_WITHIN = 0.5


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
    while not await _is_ready(port):
        await asyncio.sleep(PAUSE)


async def _is_ready(port: int) -> bool:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
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
