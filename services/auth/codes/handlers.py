"""What can be asked about verification codes."""

from datetime import UTC, datetime, timedelta

from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from services.auth.captchas.handlers import CaptchaHandlers
from services.auth.codes import rules
from services.auth.codes.proofs import Proofs
from services.auth.codes.store import RedisCodes
from services.auth.fraud.attempts import Attempt
from services.auth.fraud.guard import Guard
from services.auth.fraud.rules import Reason
from services.auth.human_checks.store import Pass, RedisHumanChecks
from shared import errors
from shared.bus import Bus
from shared.contract import Table
from shared.contracts import captchas, codes, notify
from shared.encoding import to_msgpack
from shared.telemetry import logs

log = logs.logger("codes")


class CodeHandlers:
    """Sends codes through notify and checks them."""

    def __init__(
        self,
        codes: RedisCodes,
        proofs: Proofs,
        checks: RedisHumanChecks,
        captchas: CaptchaHandlers,
        guard: Guard,
        bus: Bus,
        js: JetStreamContext,
    ) -> None:
        self.codes, self.proofs, self.checks, self.captchas = codes, proofs, checks, captchas
        self.guard, self.bus, self.js = guard, bus, js

    async def send(self, ask: codes.SendCode) -> None:
        """Send a new code, which replaces the one before; answered once notify's stream has it.

        What it counts against and when it is refused is up to `Guard.admit`. Whether an account has
        the address makes no difference to the answer.
        """
        caller = self.bus.known_caller()
        attempt = Attempt.of(ask, caller.user_id if caller else None)
        spent = await self._see_a_person(ask, attempt)
        try:
            charge = await self.guard.admit(attempt)
        except errors.AppError:
            await self._give_back(spent)
            raise
        try:
            code = rules.draw(ask.digits)
            await self.codes.issue(attempt.address, ask.purpose, code, ask.lifetime)
            await self._hand_to_notify(attempt, code, ask)
        except (errors.AppError, NatsError, TimeoutError):
            await self.guard.give_back(attempt, charge)
            await self._give_back(spent)
            await self.guard.refuse(attempt, Reason.UNAVAILABLE)
        await self.guard.sent(attempt, charge)
        to = logs.mask(attempt.address)
        log.info("code.accepted", message=attempt.unique, to=to, purpose=ask.purpose)

    async def _see_a_person(self, ask: codes.SendCode, attempt: Attempt) -> Pass | None:
        """Use up the captcha or the pass that comes with a question; gives the pass."""
        if ask.captcha:
            try:
                await self.captchas.solve(ask.captcha)
            except (captchas.NoSuchCaptcha, captchas.WrongCaptcha):
                await self.guard.record(attempt, Reason.HUMAN_CHECK)
                raise
        spent = await self.checks.spend(attempt.address, ask.ip) if ask.needs_pass else None
        if ask.needs_pass and spent is None:
            await self.guard.refuse(attempt, Reason.HUMAN_CHECK)
        return spent

    async def _give_back(self, spent: Pass | None) -> None:
        if spent:
            await self.checks.give_back(spent)

    async def _hand_to_notify(self, attempt: Attempt, code: str, ask: codes.SendCode) -> None:
        message = notify.Send(
            id=attempt.unique,
            channel=attempt.channel,
            to=attempt.address,
            template="verification_code",
            parameters={"code": code, "minutes": str(max(1, ask.lifetime // 60))},
            locale=ask.locale,
            expires_at=datetime.now(UTC) + timedelta(seconds=ask.lifetime),
        )
        await self.js.publish(
            notify.WORK,
            to_msgpack(message),
            timeout=3,
            headers={"Nats-Msg-Id": attempt.unique},
        )

    async def check(self, ask: codes.CheckCode) -> codes.Verification:
        """Exchange a right code for a token of one use."""
        shown = await self.proofs.show(ask)
        return codes.Verification(token=await self.codes.make_token(shown.address, ask.purpose))

    def table(self) -> Table:
        """Which call is whose."""
        return {codes.send_code: self.send, codes.check_code: self.check}
