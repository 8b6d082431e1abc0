"""Twilio's Programmable Messaging, API 2010-04-01: the text as it is, HTTP Basic authentication.

It reports by status callbacks to the `StatusCallback` of each message
(twilio.com/docs/messaging/guides/track-outbound-message-status): a form, signed as
twilio.com/docs/usage/security#validating-requests has it. A later status may come before an earlier
one, so only those that are the last are read.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec

from services.notify import web
from services.notify.sending.channels import Message, Receipt, Refused, TryLater
from services.notify.sms_reports.receivers import Callback
from services.notify.sms_reports.rules import Report
from shared.contracts.sms_reports import NotSigned, UnreadableReport

NEVER = frozenset({21211, 21214, 21217, 21610, 21614})
"""Error codes of a number that is none, is no mobile, or that asked not to get anything."""

MOST_FIELDS = 100
"""Fields of a status callback that are read: it has some fifteen."""

FATES = {"undelivered": "failed", "failed": "failed", "delivered": "delivered"}


@dataclass(frozen=True)
class TwilioSettings:
    """An account and who sends: a number, or the id of a messaging service (`MG…`)."""

    url: str
    account_sid: str
    auth_token: str
    sender: str
    callback: str = ""
    """Where reports are taken; empty: nowhere."""


class _Sent(msgspec.Struct):
    sid: str
    status: str = ""
    error_code: int | None = None


class _Error(msgspec.Struct):
    code: int | None = None


class Twilio:
    """Sends our own text. It has no way to tell a repeat."""

    name, repeatable = "twilio", False
    thanks = ""

    def __init__(self, http: httpx.AsyncClient, settings: TwilioSettings) -> None:
        self._http, self._settings = http, settings
        self._messages = (
            f"{settings.url.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}/Messages"
        )

    async def send(self, message: Message) -> Receipt:
        """Send one SMS."""
        sender = self._settings.sender
        by = "MessagingServiceSid" if sender.startswith("MG") else "From"
        form = {"To": message.to, "Body": message.body, by: sender}
        if self._settings.callback:
            form["StatusCallback"] = self._settings.callback
        answer = await self._call("POST", ".json", form)
        if answer.status == 201:
            sent: _Sent = answer.read(_Sent)
            return Receipt(sent.sid)
        if answer.status >= 500:
            raise web.Unclear(f"answered {answer.status}")
        error: _Error = answer.read(_Error)
        if error.code in NEVER:
            raise Refused(f"said {error.code}")
        raise TryLater(f"answered {answer.status}, code {error.code}")

    async def fate(self, to: str, receipt: str, at: datetime) -> str:
        """Ask what became of an SMS."""
        answer = await self._call("GET", f"/{receipt}.json")
        sent: _Sent = answer.read(_Sent)
        fate = FATES.get(sent.status, "waiting")
        return f"{fate} ({sent.error_code})" if sent.error_code else fate

    def reports(self, callback: Callback) -> list[Report]:
        """Check and read a status callback."""
        try:
            text = callback.body.decode()
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            raise UnreadableReport() from None
        signed = callback.headers.get("x-twilio-signature", "").encode()
        if not any(
            hmac.compare_digest(signature(self._settings.auth_token, url, pairs), signed)
            for url in spellings(self._settings.callback)
        ):
            raise NotSigned()
        fields = dict(pairs)
        if not (fields.get("MessageSid") and fields.get("MessageStatus")):
            raise UnreadableReport()
        fate = FATES.get(fields["MessageStatus"])
        if fate is None:
            return []
        return [Report(fields["MessageSid"], fate == "delivered", fields.get("ErrorCode"))]

    async def _call(self, method: str, path: str, form: dict[str, str] | None = None) -> web.Answer:
        headers = web.basic(self._settings.account_sid, self._settings.auth_token)
        url = self._messages + path
        request = self._http.build_request(method, url, headers=headers, data=form)
        return await web.call(self._http, request)


def signature(auth_token: str, url: str, form: Sequence[tuple[str, str]]) -> bytes:
    """Sign a request as Twilio does: its URL, and each field with its value, sorted by name.

    A field that comes twice with one value is signed once.
    """
    text = url + "".join(name + value for name, value in sorted(set(form)))
    return b64encode(hmac.digest(auth_token.encode(), text.encode(), "sha1"))


def spellings(url: str) -> list[str]:
    """Give a URL with and without its port: Twilio's own libraries take a signature over either."""
    parts = urlsplit(url)
    host, port = parts.netloc, 443 if parts.scheme == "https" else 80
    other = host.rpartition(":")[0] if parts.port else f"{host}:{port}"
    return [url, parts._replace(netloc=other).geturl()]
