"""Asking whether the gateway is ready."""

import asyncio

from ops import probe


async def test_a_gateway_that_answers_slowly_is_ready_as_well():
    """On a machine that is busy an answer may take longer than one is first waited for."""

    async def answer(reader, writer):
        await asyncio.sleep(1.5 * probe.ANSWER_WITHIN)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        async with asyncio.timeout(60):
            await probe.until_ready(server.sockets[0].getsockname()[1])
