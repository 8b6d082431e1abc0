"""What a channel and a provider are: the frame that every way to a reader fits into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.contracts import notify


class TryLater(Exception):
    """The provider did not take the message, and may later. The text says why, without values."""


class Unserved(TryLater):
    """This provider does not take such a message, or none more to this reader for now.

    That says nothing about how it does with others.
    """


class Crowded(Unserved):
    """More messages go this way at the moment than it bears: this one has to wait, no more."""


class NoTemplate(Unserved):
    """This provider sends by templates of its own, and has none for such a message."""


class Refused(Exception):
    """The message can never be sent, by nobody. The text says why, without values."""


class Stopped(Exception):
    """The message is not to be sent, and that is as it should be: no dead letter of it is kept.

    The text says why, without values.
    """


@dataclass(frozen=True)
class Message:
    """One message, ready to go. Its id stays the same when it is handed over again."""

    id: str
    channel: notify.Channel
    to: str
    template: str
    subject: str
    body: str
    code: str | None
    user_id: int | None
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What went into the text, for providers that fill in a template of their own."""
    locale: str = ""
    """The locale of the text."""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """That a provider took a message, and its own id of it, if it has one."""

    id: str | None = None


class Provider(Protocol):
    """Who takes messages and delivers them."""

    name: str
    """As operators know it: lower-case letters."""

    repeatable: bool
    """Whether a message handed over twice, with one id, reaches its reader once."""

    async def send(self, message: Message) -> Receipt:
        """Hand a message over; raises `TryLater`, `Refused` or `Stopped`.

        `TryLater` says that it was certainly not sent: the next provider is asked at once. Anything
        else that is raised counts as "may have been sent".
        """
        ...


class Reporting(Protocol):
    """A provider that can be asked later what became of a message."""

    async def fate(self, to: str, receipt: str, at: datetime) -> str:
        """Say what became of a message that was sent then; raises as `send` does."""
        ...


class Channel(Protocol):
    """A way to a reader."""

    async def providers(self, message: Message) -> Sequence[Provider]:
        """Give who may be asked to deliver a message, in this order.

        Raises `TryLater` if there is nobody at the moment, `Stopped` or `Refused` if nobody ever is
        to be asked.
        """
        ...


class Only:
    """A channel that one provider serves, whatever the message."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def providers(self, message: Message) -> Sequence[Provider]:
        """Give the one."""
        return [self._provider]
