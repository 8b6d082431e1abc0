"""Decides, before a code costs anything, whether it may be sent."""

import time
from collections.abc import Awaitable, Callable

from services.auth.codes.store import RedisCodes
from services.auth.fraud import rules
from services.auth.fraud.rules import Countries, Reason
from services.auth.fraud.store import MongoRefusals, RedisUnverified
from shared import addresses, errors
from shared.bus import Bus
from shared.contract import Table
from shared.contracts import fraud, notify, switches
from shared.telemetry import logs, metrics

SWITCHES_SECONDS = 1.0
"""How old the switches may be that are looked at: they act within five seconds."""

WAIT_SECONDS = 3600
"""What a client is told to wait for when a country or network has had too many."""

log = logs.logger("fraud")

_OF_COUNTRY = (Reason.COUNTRY_DAY, Reason.COUNTRY_HOUR)
_WRONG_NUMBER = (Reason.NOT_MOBILE, Reason.COUNTRY)


class Guard:
    """Refuses codes that are probably not asked for by people."""

    def __init__(
        self,
        codes: RedisCodes,
        unverified: RedisUnverified,
        refusals: MongoRefusals,
        countries: Countries,
        bus: Bus,
        is_known: Callable[[str], Awaitable[bool]],
        *,
        counts: bool,
    ) -> None:
        """`is_known` tells whether somebody has an address.

        `counts`: whether unverified codes count; where nothing is really sent they need not.
        """
        self._codes, self._unverified, self._refusals = codes, unverified, refusals
        self._countries, self._bus, self._counts = countries, bus, counts
        self._is_known = is_known
        self._off: frozenset[str] = frozenset()
        self._off_until = 0.0

    async def admit(self, address: str, ip: str, unique: str) -> None:
        """Let a code go, or refuse it and record why.

        Raises `InvalidAddress` for a number that no code goes to, `LimitReached` for a country or
        network with too many unverified codes, `Unavailable` for what an operator switched off.
        """
        country, is_mobile = ("", True) if "@" in address else rules.look_at(address)
        network = addresses.network(ip)
        reason = await self._reason(address, country, is_mobile, network, unique)
        if reason is None:
            return
        log.warning("code.refused", why=reason, country=country, to=logs.mask(address))
        metrics.CODE_REFUSALS.labels(reason).inc()
        await self._refusals.record(reason, country, network)
        if reason in _WRONG_NUMBER:
            raise errors.InvalidAddress()
        if reason is Reason.SWITCHED_OFF:
            raise errors.Unavailable(part="notify")
        raise errors.LimitReached(retry_after=WAIT_SECONDS)

    async def _reason(
        self, address: str, country: str, is_mobile: bool, network: str, unique: str
    ) -> Reason | None:
        channel = notify.Channel.SMS if country else notify.Channel.EMAIL
        if {str(channel), f"{channel}.{country}"} & await self._switched_off():
            return Reason.SWITCHED_OFF
        if not country:
            return None
        if not is_mobile:
            return Reason.NOT_MOBILE
        if not self._countries.allow(country):
            return Reason.COUNTRY
        if not self._counts:
            return None
        reason = await self._unverified.admit(self._hidden(address), country, network, unique)
        # Anybody can have a country closed by asking for codes that they never show. Those who have
        # an account must get in all the same; pumping is for numbers that have none.
        if reason in _OF_COUNTRY and await self._is_known(address):
            return None
        return reason

    async def _switched_off(self) -> frozenset[str]:
        """Give what operators switched off; while notify is away, what was last heard of it."""
        if time.monotonic() < self._off_until:
            return self._off
        self._off_until = time.monotonic() + SWITCHES_SECONDS
        try:
            found = await self._bus.ask(
                switches.read_switches, switches.ReadSwitches(), timeout=SWITCHES_SECONDS
            )
        except errors.AppError as error:
            log.warning("fraud.no_switches", error=error.code)
            return self._off
        self._off = frozenset(
            f"{one.channel}.{one.country}" if one.country else str(one.channel) for one in found
        )
        return self._off

    async def give_back(self, address: str, unique: str) -> None:
        """Uncount a code that could not be sent."""
        if self._counts:
            await self._unverified.give_back(self._hidden(address), unique)

    async def verified(self, address: str) -> None:
        """Hear that somebody showed a right code."""
        if self._counts and "@" not in address:
            await self._unverified.verified(self._hidden(address))

    def _hidden(self, address: str) -> str:
        return self._codes.hidden("fraud", address)

    async def refused(self, ask: fraud.ReadRefusals) -> list[fraud.Refusal]:
        """Give the latest refusals."""
        return await self._refusals.latest()

    def table(self) -> Table:
        """Which call is whose."""
        return {fraud.read_refusals: self.refused}
