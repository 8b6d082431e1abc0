"""Decides, before a code costs anything, whether it may be sent."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

from services.auth.fraud.attempts import Attempt
from services.auth.fraud.budget import Budget
from services.auth.fraud.decisions import Decisions
from services.auth.fraud.limits import SendingLimit, SendingLimits
from services.auth.fraud.rules import Countries, Reason
from services.auth.fraud.store import RedisUnverified
from shared import errors
from shared.bus import Bus
from shared.contract import Table
from shared.contracts import fraud, human_checks, switches
from shared.contracts.notify import Channel
from shared.redis import Redis, Spending
from shared.telemetry import logs, metrics

SWITCHES_SECONDS = 1.0
"""How old the switches may be that are looked at: they act within five seconds."""

WAIT_SECONDS = 3600
"""What a client is told to wait for when a country or network has had too many."""

log = logs.logger("fraud")


@dataclass(frozen=True)
class Charge:
    """What a code was counted against."""

    limits: list[SendingLimit]
    spending: Spending | None

    def without(self, reason: Reason) -> list[SendingLimit]:
        """Give the limits but those of a kind."""
        return [one for one in self.limits if one.reason is not reason]


@dataclass(frozen=True)
class Owners:
    """Whose addresses are, and from where they come."""

    of: Callable[[str, str], Awaitable[tuple[int | None, bool]]]
    """The account that has an address, and whether it was used from the network of an IP."""
    knows: Callable[[int, str], Awaitable[bool]]
    """Whether an account was used from the network of an IP address."""


class Guard:
    """Refuses codes that are too many, or that no person asked for."""

    def __init__(
        self,
        redis: Redis,
        limits: SendingLimits,
        budget: Budget,
        countries: Countries,
        unverified: RedisUnverified | None,
        decisions: Decisions,
        owners: Owners,
        bus: Bus,
    ) -> None:
        """Without `unverified`, codes that nobody shows do not count."""
        self._redis, self._limits, self._budget = redis, limits, budget
        self._countries, self._unverified, self._decisions = countries, unverified, decisions
        self._owners, self._bus = owners, bus
        self._off: frozenset[str] = frozenset()
        self._off_until = 0.0

    async def admit(self, attempt: Attempt) -> Charge:
        """Let a code go, or refuse it and record why.

        Raises `LimitReached` past a limit, the day's budget, or too many unverified codes of a
        country or network; `HumanCheckNeeded` where a person has to be seen first;
        `InvalidAddress` for a number that no code goes to; `Unavailable` for what an operator
        switched off.
        """
        owner, at_home = await self._owners.of(attempt.address, attempt.ip)
        by_owner = owner is not None and (attempt.caller == owner or at_home)
        limits = self._limits.of(attempt, owner, by_owner=by_owner)
        charge = Charge(limits, self._budget.spending(attempt))
        unique = attempt.unique
        exceeded = await self._redis.exceeded(charge.limits, unique, charge.spending)
        if exceeded:
            by = exceeded.by
            reason = by.reason if isinstance(by, SendingLimit) else Reason.BUDGET
            await self.refuse(attempt, reason, exceeded.retry_after)
        if found := await self._reason(attempt, owner, by_owner=by_owner):
            # It counts all the same, as who is refused shall not ask without end; but who is asked
            # for a captcha comes back with it at once. Money is not spent in either case.
            human = found is Reason.HUMAN_CHECK
            back = charge.without(Reason.NETWORK_LIMIT) if human else []
            await self._redis.give_back(back, unique, charge.spending)
            await self.refuse(attempt, found)
        return charge

    async def _reason(
        self, attempt: Attempt, owner: int | None, *, by_owner: bool
    ) -> Reason | None:
        channel, country = attempt.channel, attempt.country
        if {str(channel), f"{channel}.{country}"} & await self._switched_off():
            return Reason.SWITCHED_OFF
        if not attempt.is_mobile:
            return Reason.NOT_MOBILE
        if channel is Channel.SMS and not self._countries.allow(country):
            return Reason.COUNTRY
        if self._unverified is None:
            return None
        # Anybody can have a country closed by asking for codes that they never show. Those who have
        # an account must get in all the same; pumping is for numbers that have none.
        return await self._unverified.admit(
            attempt,
            is_known=owner is not None,
            is_human=attempt.is_human or await self._is_at_home(attempt, by_owner=by_owner),
        )

    async def _is_at_home(self, attempt: Attempt, *, by_owner: bool) -> bool:
        """Whether somebody with an account asks from where they were before."""
        if attempt.caller is None:
            return by_owner
        return await self._owners.knows(attempt.caller, attempt.ip)

    async def refuse(
        self, attempt: Attempt, reason: Reason, retry_after: int = WAIT_SECONDS
    ) -> NoReturn:
        """Record a refusal and raise it."""
        to = logs.mask(attempt.address)
        log.info("code.refused", why=reason, country=attempt.country, to=to)
        await self.record(attempt, reason)
        match reason:
            case Reason.NOT_MOBILE | Reason.COUNTRY:
                raise errors.InvalidAddress()
            case Reason.SWITCHED_OFF | Reason.UNAVAILABLE:
                raise errors.Unavailable(part="notify")
            case Reason.HUMAN_CHECK:
                raise human_checks.HumanCheckNeeded()
        raise errors.LimitReached(retry_after=retry_after)

    async def sent(self, attempt: Attempt, charge: Charge) -> None:
        """Record that a code went out."""
        price = charge.spending.amount if charge.spending else 0
        metrics.CODE_COST.labels(attempt.country).inc(price / 1000)
        await self.record(attempt, Reason.SENT, price)

    async def record(self, attempt: Attempt, reason: Reason, price: int = 0) -> None:
        """Write a decision down."""
        metrics.CODE_DECISIONS.labels(reason, attempt.channel).inc()
        try:
            await self._decisions.record(attempt, reason, price)
        except errors.Unavailable:
            log.error("code.decision_not_recorded", why=reason)  # decided it is all the same

    async def give_back(self, attempt: Attempt, charge: Charge) -> None:
        """Uncount a code that could not be sent."""
        await self._redis.give_back(charge.limits, attempt.unique, charge.spending)
        if self._unverified:
            await self._unverified.give_back(attempt)

    async def verified(self, address: str) -> None:
        """Hear that somebody showed a right code."""
        if self._unverified:
            await self._unverified.verified(address)

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

    def table(self) -> Table:
        """Which call is whose."""
        return {
            fraud.read_decisions: self._decisions.read,
            fraud.read_budget: self._budget.read,
        }
