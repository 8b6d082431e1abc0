"""A code that somebody asks for, as it is judged."""

import uuid
from dataclasses import dataclass, field
from functools import cached_property

from services.auth.fraud import rules
from shared import addresses
from shared.contracts import codes
from shared.contracts.notify import Channel


@dataclass(frozen=True)
class Attempt:
    """What is known of it before it is sent."""

    address: str
    """As `addresses.key` gives it."""
    purpose: str
    ip: str
    cooldown: int = 0
    device: str = ""
    """What the client calls its device, if anything."""
    caller: int | None = None
    """The account that is logged in."""
    is_human: bool = False
    """Whether a person was seen: a captcha was solved for it, or a pass spent."""
    unique: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def of(cls, ask: codes.SendCode, caller: int | None) -> "Attempt":
        """Read a question; raises `InvalidAddress`."""
        return cls(
            address=addresses.key(ask.address),
            purpose=ask.purpose,
            ip=ask.ip,
            cooldown=ask.cooldown,
            device=ask.device_id,
            caller=caller,
            is_human=ask.needs_pass or ask.captcha is not None,
        )

    @property
    def network(self) -> str:
        """Where it comes from."""
        return addresses.network(self.ip)

    @property
    def channel(self) -> Channel:
        """How the code would travel."""
        return Channel.EMAIL if "@" in self.address else Channel.SMS

    @property
    def country(self) -> str:
        """ISO 3166, two letters; `BY_EMAIL` for e-mail."""
        return self._looked_at[0]

    @property
    def is_mobile(self) -> bool:
        """Whether it goes to what may be a mobile number, or to an e-mail address."""
        return self._looked_at[1]

    @cached_property
    def _looked_at(self) -> tuple[str, bool]:
        if self.channel is Channel.EMAIL:
            return rules.BY_EMAIL, True
        return rules.look_at(self.address)
