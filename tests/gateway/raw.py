"""HTTP written by hand, for requests that no client library would send."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec


@dataclass
class Reply:
    """What came back."""

    status_code: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return msgspec.json.decode(self.content)


async def send(url: str, request: bytes) -> Reply:
    """Send these bytes on a connection of their own and read the reply to its end."""
    at = urlsplit(url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    try:
        async with asyncio.timeout(15):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value
                for name, _, value in (line.partition(": ") for line in lines[1:] if line)
            }
            content = await reader.readexactly(int(headers.get("content-length", "0")))
        return Reply(int(lines[0].split()[1]), headers, content)
    finally:
        writer.close()


def request(line: str, *headers: bytes, body: bytes = b"") -> bytes:
    """Write a request with these headers and no others but the length."""
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([f"{line} HTTP/1.1".encode("latin-1"), *headers, length, b"", body])
