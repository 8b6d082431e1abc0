"""What can be asked about verification codes."""

import uuid
from datetime import UTC, datetime, timedelta

import msgspec
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from services.auth.codes import rules
from services.auth.codes.proofs import Proofs
from services.auth.codes.store import RedisCodes
from services.auth.fraud.guard import Guard
from services.auth.human_checks.store import Pass, RedisHumanChecks
from shared import addresses, errors
from shared.contract import Table
from shared.contracts import codes, human_checks, notify
from shared.telemetry import logs

log = logs.logger("codes")


class CodeHandlers:
    """Sends codes through notify and checks them."""

    def __init__(
        self,
        codes: RedisCodes,
        proofs: Proofs,
        checks: RedisHumanChecks,
        guard: Guard,
        js: JetStreamContext,
        limit_scale: float,
        email_hour: int = rules.EMAIL_HOUR,
    ) -> None:
        self.codes, self.proofs, self.checks, self.guard = codes, proofs, checks, guard
        self.js, self.scale, self.email_hour = js, limit_scale, email_hour

    async def send(self, ask: codes.SendCode) -> None:
        """Send a new code, which replaces the one before; answered once notify's stream has it.

        Whether an account has this address makes no difference. Refused past the limits of
        `rules.sending_limits`, and by `Guard.admit`.
        """
        address = addresses.key(ask.address)
        limits = rules.sending_limits(
            self.codes.hidden("target", address),
            address,
            ask.purpose,
            ask.ip,
            ask.cooldown,
            self.scale,
            self.email_hour,
        )
        unique = uuid.uuid4().hex
        spent = await self._spend(address) if ask.needs_pass else None
        try:
            await self.codes.take(limits, unique)
        except errors.AppError:
            await self._give_back(spent)
            raise
        try:
            await self.guard.admit(address, ask.ip, unique)
        except errors.AppError:
            # It counts all the same: who is refused shall not ask without end.
            await self._give_back(spent)
            raise
        try:
            code = rules.draw(ask.digits)
            await self.codes.issue(address, ask.purpose, code, ask.lifetime)
            await self._hand_to_notify(unique, address, code, ask)
        except (errors.AppError, NatsError, TimeoutError) as error:
            await self.codes.give_back(limits, unique)
            await self.guard.give_back(address, unique)
            await self._give_back(spent)
            raise errors.Unavailable(part="notify") from error
        log.info("code.accepted", message=unique, to=logs.mask(address), purpose=ask.purpose)

    async def _spend(self, address: str) -> Pass:
        spent = await self.checks.spend(address)
        if spent is None:
            raise human_checks.HumanCheckNeeded()
        return spent

    async def _give_back(self, spent: Pass | None) -> None:
        if spent:
            await self.checks.give_back(spent)

    async def _hand_to_notify(
        self, message_id: str, address: str, code: str, ask: codes.SendCode
    ) -> None:
        message = notify.Send(
            id=message_id,
            channel=notify.Channel.EMAIL if "@" in address else notify.Channel.SMS,
            to=address,
            template="verification_code",
            parameters={"code": code, "minutes": str(max(1, ask.lifetime // 60))},
            locale=ask.locale,
            expires_at=datetime.now(UTC) + timedelta(seconds=ask.lifetime),
        )
        await self.js.publish(
            notify.WORK,
            msgspec.msgpack.encode(message),
            timeout=3,
            headers={"Nats-Msg-Id": message_id},
        )

    async def check(self, ask: codes.CheckCode) -> codes.Verification:
        """Exchange a right code for a token of one use."""
        shown = await self.proofs.show(ask)
        return codes.Verification(token=await self.codes.make_token(shown.address, ask.purpose))

    def table(self) -> Table:
        """Which call is whose."""
        return {codes.send_code: self.send, codes.check_code: self.check}
