"""Who is called back by a provider: the frame that every provider's way of reporting fits into."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from services.notify.sms_reports.rules import Report
from shared.contracts.sms_reports import UnreadableReport
from shared.encoding import UNREADABLE


@dataclass(frozen=True)
class Callback:
    """A call as it came: the headers that a provider signs with, and the body."""

    headers: Mapping[str, str]
    body: bytes

    def read(self, kind: type[Any]) -> Any:
        """Read the body as JSON of this shape, or raise `UnreadableReport`."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except UNREADABLE:
            raise UnreadableReport() from None


class Receiver(Protocol):
    """A provider that says of its own accord what became of messages."""

    thanks: str
    """What it reads as "taken", JSON; empty if the status is enough."""

    def reports(self, callback: Callback) -> list[Report]:
        """Give what a call says for good; what may still change is left out.

        Raises `NotSigned` if the provider signs and this is not signed so, `UnreadableReport`.
        """
        ...
