"""Clients of the gateway, each from an address of its own."""

import ipaddress
import itertools
from types import TracebackType
from typing import Self

import httpx

_addresses = itertools.cycle(ipaddress.ip_network("198.18.0.0/15").hosts())


def fresh_ip() -> str:
    """Give a client address that no other test of this process uses (of RFC 2544's range)."""
    return str(next(_addresses))


class Clients:
    """Makes clients of a gateway, and closes them in the end."""

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self._made: list[httpx.AsyncClient] = []

    def client(self, ip: str = "") -> httpx.AsyncClient:
        """Give one with a cookie jar of its own, at an address of its own unless one is given."""
        one = httpx.AsyncClient(
            base_url=self._gateway,
            headers={"x-forwarded-for": ip or fresh_ip()},
            timeout=15,
            verify=False,  # there is no TLS here, and reading all certificates takes 50 ms
        )
        self._made.append(one)
        return one

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for one in self._made:
            await one.aclose()
