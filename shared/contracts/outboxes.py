"""Publishing events again, to rebuild a stream that was lost. Every service answers for its own."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message
from shared.contracts.accounts import Role

SERVICES = ("auth", "profile", "social", "notify")


class Republish(Message):
    """Publish again what was published in a time, of the last thirty days; some thousand at once.

    With the same ids and numbers: who has handled them leaves them, who has not gets them.
    """

    since: Annotated[datetime, Meta(tz=True)]
    until: Annotated[datetime, Meta(tz=True)]
    """The same for every part, or what is published again would be so without end."""


def republish(service: str) -> Call[Republish, int]:
    """Give the call for one service; it answers how many events that are: 0 when there are none."""
    return Call(f"{service}.outbox.republish", Republish, int, least_role=Role.ROOT)
