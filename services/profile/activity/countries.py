"""The country that an address belongs to, from the database that the package geoip2fast carries.

It is GeoLite2 data of MaxMind: 34 MB in memory and half a second to read, so it is read when the
first address is asked for, and in a thread.
"""

import asyncio
from typing import Protocol

from shared.telemetry import logs

DATA = "geoip2fast-ipv6.dat.gz"
"""The data with both kinds of addresses."""

NOWHERE = "--"
"""What the database says of addresses that belong to no country: private, reserved, unknown."""


class Found(Protocol):
    """What the database says of an address."""

    country_code: str


class Database(Protocol):
    """The database, once it is read."""

    def lookup(self, ip: str) -> Found:
        """Say what an address belongs to; anything else belongs nowhere."""


log = logs.logger("countries")


def _read() -> Database | None:
    from geoip2fast import GeoIP2Fast

    try:
        database: Database = GeoIP2Fast(geoip2fast_data_file=DATA)
    except Exception as error:  # whatever is wrong with a file, people are counted all the same
        log.error("countries.not_read", error=repr(error))
        return None
    return database


class Countries:
    """Looks addresses up."""

    def __init__(self) -> None:
        self._reading: asyncio.Task[Database | None] | None = None

    async def of(self, ips: set[str]) -> dict[str, str]:
        """Give the countries (ISO 3166-1 alpha-2) of those addresses that belong to one."""
        if not ips:
            return {}
        if self._reading is None:
            self._reading = asyncio.create_task(asyncio.to_thread(_read))
        database = await asyncio.shield(self._reading)
        if database is None:
            return {}
        found = {ip: _code(database, ip) for ip in ips}
        return {ip: code for ip, code in found.items() if code}


def _code(database: Database, ip: str) -> str:
    code = database.lookup(ip).country_code if ip else NOWHERE
    return code if code != NOWHERE else ""
