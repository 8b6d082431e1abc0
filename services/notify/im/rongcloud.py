"""RongCloud's server API: signed forms, and answers of a sensible size within two seconds."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Mapping

import httpx

RONGCLOUD_SECONDS = 2.0
"""How long RongCloud may take for one request: a client waits for the token at its login."""

LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read: the longest that we expect, a token, has some hundred."""

Form = Mapping[str, str | list[str]]
"""A field with a list is sent once for each of its values."""


class RongCloudApi:
    """One application at RongCloud."""

    def __init__(self, client: httpx.AsyncClient, url: str, app_key: str, app_secret: str) -> None:
        self.name = f"rongcloud:{app_key}"
        self._client, self._url = client, url.rstrip("/")
        self._app_key, self._app_secret = app_key, app_secret

    async def post(self, path: str, form: Form) -> tuple[int, bytes]:
        """Send a form and give status and answer; raises `httpx.HTTPError` or `TimeoutError`."""
        headers = signed_headers(self._app_key, self._app_secret)
        body = bytearray()
        async with (
            asyncio.timeout(RONGCLOUD_SECONDS),
            self._client.stream(
                "POST", self._url + path, data=dict(form), headers=headers
            ) as response,
        ):
            async for part in response.aiter_bytes():
                body += part
                if len(body) > LONGEST_ANSWER:
                    raise httpx.DecodingError("answer too long")
        return response.status_code, bytes(body)


def signed_headers(app_key: str, app_secret: str) -> dict[str, str]:
    """Sign one request: SHA-1 over secret, nonce (at most 18 characters) and milliseconds.

    SHA-1 is what RongCloud asks for.
    """
    nonce, timestamp = secrets.token_hex(8), str(time.time_ns() // 1_000_000)
    text = f"{app_secret}{nonce}{timestamp}".encode()
    return {
        "App-Key": app_key,
        "Nonce": nonce,
        "Timestamp": timestamp,
        "Signature": hashlib.sha1(text, usedforsecurity=False).hexdigest(),
    }
