"""What SMS providers tell of their own accord: whether a message arrived.

The notify service takes it. A provider calls a URL of ours, and whoever receives that call hands it
over as it came: only the notify service knows what each provider signs with, and how.
"""

from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message, Secret
from shared.errors import AppError, Kind

MOST_BYTES = 256 * 1024
"""Bytes of a call that are read: some thousand reports."""

HEADERS = ("x-twilio-signature", "webhook-id", "webhook-timestamp", "webhook-signature")
"""Headers that a provider signs with; no other one is of interest."""


class NoSuchReceiver(AppError):
    """No reports are taken here."""

    code, kind = "notify.no_such_receiver", Kind.NOT_FOUND


class NotSigned(AppError):
    """This is not signed as the provider signs, or was signed long ago."""

    code, kind = "notify.not_signed", Kind.FORBIDDEN


class UnreadableReport(AppError):
    """This is not what the provider documents."""

    code, kind = "notify.unreadable_report", Kind.INVALID


class TakeReports(Message):
    """Take what a provider says became of messages; who calls proves it by token and signature.

    The first report of a message stands: the same again, or another one, changes nothing. One of a
    message that we know nothing of (yet) is taken as well.
    Refused with `NoSuchReceiver` if reports are not taken, not of this provider, or the token is
    another one; `NotSigned`; `UnreadableReport`, of which nothing is taken then.
    """

    provider: Annotated[str, Meta(max_length=64)]
    token: Secret
    """The secret end of the URL that was called."""
    headers: Annotated[dict[str, str], Meta(max_length=len(HEADERS))]
    """Those of `HEADERS` that came, by their names in lower case."""
    body: Annotated[bytes, Meta(max_length=MOST_BYTES)]


class ReportsTaken(Message):
    """The reports are on record."""

    answer: str = ""
    """The JSON that the provider reads as "taken"; empty if it looks at the status alone."""


take_reports = Call(
    "notify.sms_reports.take",
    TakeReports,
    ReportsTaken,
    (NoSuchReceiver, NotSigned, UnreadableReport),
)
