"""What can be asked about human checks."""

import asyncio
import uuid

from services.auth.accounts.rules import by_address
from services.auth.accounts.store import MongoAccounts
from services.auth.codes.store import RedisCodes
from services.auth.human_checks import ropes
from services.auth.human_checks.store import RedisHumanChecks
from shared import addresses
from shared.contract import Table
from shared.contracts import accounts, captchas, human_checks
from shared.redis import Limit, Redis
from shared.telemetry import logs, metrics

IP_MINUTE = 60
"""Puzzles made for one network in a minute, and as many answers to them."""

WRONG_IP_HOUR = 20
"""Wrong answers of one network in an hour: one that guesses among the places gets few passes."""

BEGUN_IP_HOUR = 60
"""Resets begun from one network in an hour: each tells whether an address has an account."""

log = logs.logger("human_checks")


class HumanCheckHandlers:
    """Makes puzzles, and gives passes for solved ones."""

    def __init__(
        self,
        redis: Redis,
        checks: RedisHumanChecks,
        accounts: MongoAccounts,
        codes: RedisCodes,
        limit_scale: float,
        dev: bool,
    ) -> None:
        self.redis, self.checks, self.accounts, self.codes = redis, checks, accounts, codes
        self.scale, self.dev = limit_scale, dev

    def _limit(self, what: str, ip: str, most: int, seconds: int) -> Limit:
        key = f"{what}:ip:{addresses.network(ip)}"
        return Limit(key, max(1, int(most * self.scale)), seconds)

    async def make(self, ask: human_checks.MakePuzzle) -> human_checks.Puzzle:
        """Draw a puzzle that can be tried once, within five minutes."""
        address = addresses.key(ask.address)
        await self.redis.count(self._limit("puzzles", ask.ip, IP_MINUTE, 60))
        drawn = await asyncio.to_thread(ropes.draw)
        await self.checks.keep(address, ask.ip, drawn.x)
        return human_checks.Puzzle(background=drawn.background, piece=drawn.piece, y=drawn.y)

    async def solve(self, ask: human_checks.SolvePuzzle) -> None:
        """Check where the piece was put; right or wrong, the puzzle is used up.

        Each answer counts as wrong until it was right, so that many at once gain nothing.
        """
        answers = self._limit("puzzle-answers", ask.ip, IP_MINUTE, 60)
        wrong = self._limit("puzzles-wrong", ask.ip, WRONG_IP_HOUR, 3600)
        unique = uuid.uuid4().hex
        await self.redis.take([answers, wrong], unique)
        if not await self.checks.solve(addresses.key(ask.address), ask.ip, ask.x):
            metrics.SECURITY_EVENTS.labels("human_check_failed").inc()
            raise human_checks.WrongPosition()
        await self.redis.give_back([wrong], unique)

    async def tell(self, ask: human_checks.OfAddress) -> captchas.CaptchaAnswer:
        """Give the answer; only served in development."""
        x = await self.checks.answer(addresses.key(ask.address))
        if x is None:
            raise human_checks.WrongPosition()
        return captchas.CaptchaAnswer(answer=str(x))

    async def begin_reset(self, ask: human_checks.BeginReset) -> None:
        """Spend a pass for leave to reset the password of an address.

        The pass is spent before anybody looks whether there is an account, so that each look costs
        a puzzle.
        """
        address = addresses.key(ask.address)
        await self.redis.count(self._limit("resets", ask.ip, BEGUN_IP_HOUR, 3600))
        if await self.checks.spend(address, ask.ip) is None:
            raise human_checks.HumanCheckNeeded()
        account = await self.accounts.find(**by_address(address))
        if account is None or account.state != accounts.State.ACTIVE:
            raise accounts.NoSuchAccount()
        await self.codes.allow_reset(address, ask.purpose)
        log.info("authn_reset_begun", user_id=account.user_id)

    def table(self) -> Table:
        """Which call is whose."""
        calls: Table = {
            human_checks.make_puzzle: self.make,
            human_checks.solve_puzzle: self.solve,
            human_checks.begin_reset: self.begin_reset,
        }
        return {**calls, human_checks.puzzle_answer: self.tell} if self.dev else calls
