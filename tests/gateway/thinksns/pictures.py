"""Pictures as clients upload them: announced, uploaded, and used by their node."""

import hashlib
import io
from typing import Any

import httpx
from PIL import Image

from tests.gateway.thinksns import expect
from tests.gateway.thinksns.members import Member


def png(size: tuple[int, int] = (40, 30), colour: str = "red") -> bytes:
    """Draw a small PNG."""
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    return target.getvalue()


def task(content: bytes, **changes: Any) -> dict[str, Any]:
    """What announces an upload."""
    return {
        "filename": "cat.png",
        "hash": hashlib.md5(content).hexdigest(),
        "size": len(content),
        "mime_type": "image/png",
        "storage": {"channel": "public"},
    } | changes


async def announced(tom: Member, content: bytes) -> dict[str, Any]:
    """Announce an upload."""
    made: dict[str, Any] = expect.result(await tom.ask("POST", "/storage", task(content)), 201)
    return made


async def put(tom: Member, made: dict[str, Any], content: bytes) -> httpx.Response:
    """Upload as the announcement says."""
    headers = {name: str(value) for name, value in made["headers"].items()}
    return await tom.http.request(made["method"], made["uri"], headers=headers, content=content)


async def uploaded(tom: Member, content: bytes | None = None) -> str:
    """Upload a picture and give its node."""
    content = png() if content is None else content
    made = await announced(tom, content)
    reply = await put(tom, made, content)
    assert (reply.status_code, reply.json()) == (201, {"node": made["node"]}), reply.text
    return str(made["node"])
