"""Proving an address, by the code that was sent to it or by a token that a code was exchanged for.

A proof is looked at first and used up when what it is for is about to be done, so that a refusal
for another reason does not cost it. If it then cannot be done after all, the proof is given back.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from services.auth.accounts.rules import by_address
from services.auth.accounts.store import MongoAccounts
from services.auth.codes import rules
from services.auth.codes.store import Outcome, RedisCodes, Shown
from services.auth.logins.attempts import counted_as, is_administrator
from services.auth.logins.failures import Failures
from shared import addresses
from shared.contracts import codes, human_checks
from shared.errors import AppError
from shared.telemetry import logs

_REFUSALS: dict[Outcome, type[AppError]] = {
    Outcome.WRONG: codes.WrongCode,
    Outcome.EXPIRED: codes.ExpiredCode,
    Outcome.NOT_BEGUN: human_checks.ResetNotBegun,
}

log = logs.logger("codes")


@dataclass(frozen=True)
class Proved:
    """An address that was proved, by a proof that is used up now."""

    address: str
    give_back: Callable[[], Awaitable[None]]
    """Makes the proof good again."""


class Proofs:
    """Checks proofs of addresses."""

    def __init__(
        self,
        codes: RedisCodes,
        accounts: MongoAccounts,
        failures: Failures,
        limit_scale: float,
        verified: Callable[[str], Awaitable[None]],
    ) -> None:
        """`verified` hears of every address whose code was right."""
        self._codes, self._accounts, self._failures = codes, accounts, failures
        self._scale, self._verified = limit_scale, verified

    async def look(self, proof: codes.Proof, *, must_be_begun: bool = False) -> str:
        """Give the address that is proved, without using the proof up; refuse what is none."""
        if isinstance(proof, codes.ByCode):
            shown = await self.show(proof, take=False, needs_leave=must_be_begun)
            return shown.address
        verified = await self._codes.read_token(proof.token, proof.purpose)
        if must_be_begun:
            raise human_checks.ResetNotBegun()
        if verified is None:
            raise codes.UnknownVerification()
        return verified.address

    async def take(self, proof: codes.Proof, *, must_be_begun: bool = False) -> Proved:
        """Use a proof up: of several at once one gets it, the others are refused."""
        if isinstance(proof, codes.ByCode):
            shown = await self._shown(proof, take=True, needs_leave=must_be_begun)
            return Proved(shown.address, partial(self._codes.keep_code, shown))
        taken = await self._codes.take_token(proof.token, proof.purpose)
        if taken is None:
            raise codes.UnknownVerification()
        return Proved(taken[0].address, partial(self._codes.keep_token, proof.token, *taken))

    async def show(
        self, ask: codes.CheckCode, *, take: bool = True, needs_leave: bool = False
    ) -> Shown:
        """Compare a code that a client shows, which counts against the client's network.

        A short one counts as a guess from the beginning until it is right, so that many at once
        gain nothing.
        """
        await self._codes.count(rules.checking_limits(ask.ip, self._scale))
        if not rules.is_short(ask.code):
            return await self._shown(ask, take=take, needs_leave=needs_leave)
        guesses, unique = rules.guessing_limits(ask.ip, self._scale), uuid.uuid4().hex
        await self._codes.take(guesses, unique)
        try:
            shown = await self._shown(ask, take=take, needs_leave=needs_leave)
        except codes.WrongCode:
            raise
        except AppError:
            await self._codes.give_back(guesses, unique)
            raise
        await self._codes.give_back(guesses, unique)
        return shown

    async def _shown(self, ask: codes.CheckCode, *, take: bool, needs_leave: bool) -> Shown:
        """Compare a code; whose address it is says which wrong tries count, and how strictly."""
        address = addresses.key(ask.address)
        account = await self._accounts.find(**by_address(address))
        who = counted_as(account, address)
        shown = await self._codes.check(
            address,
            ask.purpose,
            ask.code,
            take=take,
            needs_leave=needs_leave,
            known=self._failures.known(who, ask.ip) if account else None,
            guarded=is_administrator(account),
        )
        if refusal := _REFUSALS.get(shown.outcome):
            log.info(
                "code.refused",
                why=shown.outcome,
                address=logs.mask(address),
                ip=ask.ip,
                purpose=ask.purpose,
            )
            raise refusal()
        await self._verified(shown.address)
        return shown
