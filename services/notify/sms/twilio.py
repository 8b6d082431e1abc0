"""Twilio's Programmable Messaging, API 2010-04-01: the text as it is, HTTP Basic authentication."""

from dataclasses import dataclass
from datetime import datetime

import httpx
import msgspec

from services.notify import web
from services.notify.sending.channels import Message, Receipt, Refused, TryLater

NEVER = frozenset({21211, 21214, 21217, 21610, 21614})
"""Error codes of a number that is none, is no mobile, or that asked not to get anything."""

FATES = {"undelivered": "failed", "failed": "failed", "delivered": "delivered"}


@dataclass(frozen=True)
class TwilioSettings:
    """An account and who sends: a number, or the id of a messaging service (`MG…`)."""

    url: str
    account_sid: str
    auth_token: str
    sender: str


class _Sent(msgspec.Struct):
    sid: str
    status: str = ""
    error_code: int | None = None


class _Error(msgspec.Struct):
    code: int | None = None


class Twilio:
    """Sends our own text. It has no way to tell a repeat."""

    name, repeatable = "twilio", False

    def __init__(self, http: httpx.AsyncClient, settings: TwilioSettings) -> None:
        self._http, self._settings = http, settings
        self._messages = (
            f"{settings.url.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}/Messages"
        )

    async def send(self, message: Message) -> Receipt:
        """Send one SMS."""
        sender = self._settings.sender
        by = "MessagingServiceSid" if sender.startswith("MG") else "From"
        answer = await self._call(
            "POST", ".json", {"To": message.to, "Body": message.body, by: sender}
        )
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

    async def _call(self, method: str, path: str, form: dict[str, str] | None = None) -> web.Answer:
        headers = web.basic(self._settings.account_sid, self._settings.auth_token)
        url = self._messages + path
        request = self._http.build_request(method, url, headers=headers, data=form)
        return await web.call(self._http, request)
