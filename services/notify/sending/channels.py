"""What a channel is: the frame that every provider fits into."""

from dataclasses import dataclass
from typing import Protocol

from shared.contracts import notify


class TryLater(Exception):
    """The provider did not take the message, and may later. The text says why, without values."""


class Refused(Exception):
    """The provider will never take this message. The text says why, without values."""


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


@dataclass(frozen=True)
class Receipt:
    """That a provider took a message, and its own id of it, if it has one."""

    id: str | None = None


class Channel(Protocol):
    """A way to a reader, through one provider."""

    name: str
    """The provider, as operators know it."""

    repeatable: bool
    """Whether a message handed over twice, with one id, reaches its reader once."""

    async def send(self, message: Message) -> Receipt:
        """Hand a message over; raises `TryLater` or `Refused`.

        Anything else it raises counts as "may have been sent".
        """
        ...
