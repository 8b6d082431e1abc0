"""How a contract is written down: messages, the calls that carry them, and events.

The contracts themselves are in `shared/contracts/`, one module per noun.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, TypeAlias, TypeVar, dataclass_transform

import msgspec
from msgspec import Meta

from shared.errors import AppError

Ask = TypeVar("Ask", bound="Message")
Answer = TypeVar("Answer")

UserId = Annotated[int, Meta(ge=1, le=2**63 - 1)]
"""A person's id: drawn from one sequence with groups and bots, never used again."""

Secret = Annotated[str, Meta(max_length=4096, extra={"log": "hide"})]
"""A password, code or token: logs show that it is there, never what it is."""

Address = Annotated[str, Meta(min_length=3, max_length=254, extra={"log": "mask"})]
"""A phone number in E.164 or an e-mail address: logs show a masked form."""

Ip = Annotated[str, Meta(max_length=45)]
Dialect = Annotated[str, Meta(pattern="^[a-z]{1,16}$")]
Purpose = Annotated[str, Meta(pattern="^[a-z_.]{1,40}$")]
"""What a code or token is for; it is good for nothing else. Begins with the dialect's name."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _MessageMeta(msgspec.StructMeta):
    """Makes every message frozen, with fields given by name, without saying so in each class."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], space: dict[str, Any], **config: Any
    ) -> Any:
        return super().__new__(
            cls, name, bases, space, **{"frozen": True, "kw_only": True, **config}
        )


class Message(msgspec.Struct, metaclass=_MessageMeta, omit_defaults=True):
    """What is asked or answered. Unknown fields are dropped, so that versions may differ."""


class Event(Message):
    """A fact that others may rely on: it is announced if and only if it was committed.

    Events carry ids and what changed, never a code, password, token, phone number or e-mail
    address.
    """

    fact: ClassVar[str]
    """`<service>.<what happened>`; its subject on the bus is `events.` and this."""

    user_id: UserId

    @property
    def subject(self) -> str:
        """The person whose events stay in order with this one."""
        return str(self.user_id)


@dataclass(frozen=True)
class Call(Generic[Ask, Answer]):
    """One question that a service answers: subject, shapes and refusals, declared once."""

    subject: str
    ask: type[Ask]
    answer: type[Answer]
    refuses: tuple[type[AppError], ...] = ()
    acts_for: str | None = None
    """The field of `ask` that names the person asking: it must be the signed caller's id."""
    least_role: int = 0
    """The least role (`accounts.Role`) that the signed caller must have; above 0 to administer."""
    read_only: bool = False
    """Whether its handler changes nothing, in no store and no stream, so that it may be asked twice
    (`shared/asking.py`). Logs and what a process has in memory do not count."""

    @cached_property
    def read_ask(self) -> Callable[[bytes], Ask]:
        """Decode what is asked; raises `msgspec.MsgspecError`."""
        return msgspec.msgpack.Decoder(self.ask).decode

    @cached_property
    def read_answer(self) -> Callable[[bytes], Answer]:
        """Decode what is answered."""
        return msgspec.msgpack.Decoder(self.answer).decode

    @property
    def service(self) -> str:
        """The service that answers: the first word of the subject."""
        return self.subject.partition(".")[0]


Handler: TypeAlias = Callable[[Any], Awaitable[Any]]
Table: TypeAlias = Mapping[Call[Any, Any], Handler]
Listener: TypeAlias = Callable[[Any, Any], Awaitable[None]]
Listeners: TypeAlias = Mapping[type[Event], Listener]


def all_of(*many: Listeners) -> Listeners:
    """Have every listener of an event hear it, in this order, in the one transaction."""
    kinds = {kind for listeners in many for kind in listeners}

    def chain(kind: type[Event]) -> Listener:
        chained = [listeners[kind] for listeners in many if kind in listeners]

        async def hear(event: Any, session: Any) -> None:
            for listener in chained:
                await listener(event, session)

        return hear

    return {kind: chain(kind) for kind in kinds}
