"""A webhook of one's own: for providers that are not built in, and for gateways in the house.

It is signed as Standard Webhooks 1.0 has it: HMAC-SHA-256 in base64 over `<id>.<seconds>.<body>`.
It reports in the same way, with the same key: `[{"receipt": …, "status": "delivered"}, …]`.
"""

import base64
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from typing import Literal

import httpx
import msgspec

from services.notify import web
from services.notify.sending.channels import Message, Receipt, Refused, TryLater
from services.notify.sms_reports.receivers import Callback
from services.notify.sms_reports.rules import Report
from shared.contracts.sms_reports import NotSigned
from shared.encoding import to_json
from shared.settings import Key

NEVER = (410, 422)
"""Statuses that say: this message can never be sent."""

OLDEST_SECONDS = 300
"""How far from now a report may have been signed: what Standard Webhooks' own libraries allow."""


@dataclass(frozen=True)
class WebhookSettings:
    """Where it is, and the key that it shares with us."""

    url: str
    key: Key


class _Taken(msgspec.Struct):
    receipt: str | None = None


class _Reported(msgspec.Struct):
    receipt: str
    status: Literal["delivered", "failed"]
    code: str | None = None


class Webhook:
    """Hands messages over as JSON. Its id tells a repeat: who takes it must look at it."""

    name, repeatable = "webhook", True
    thanks = ""

    def __init__(self, http: httpx.AsyncClient, settings: WebhookSettings) -> None:
        self._http, self._settings = http, settings

    async def send(self, message: Message) -> Receipt:
        """Hand one message over; any 2xx takes it, `{"receipt": …}` may name it.

        Without a name, what it is reported by is the id that it was handed over with.
        """
        body = to_json(
            {
                "id": message.id,
                "channel": message.channel,
                "to": message.to,
                "template": message.template,
                "parameters": dict(message.parameters),
                "locale": message.locale,
                "text": message.body,
                "expires_at": message.expires_at,
            }
        )
        headers = signed_headers(self._settings.key, message.id, int(time.time()), body)
        request = self._http.build_request(
            "POST", self._settings.url, headers=headers, content=body
        )
        answer = await web.call(self._http, request)
        if answer.status in NEVER:
            raise Refused(f"answered {answer.status}")
        if 300 <= answer.status < 500:
            raise TryLater(f"answered {answer.status}")
        if answer.status >= 500:
            raise web.Unclear(f"answered {answer.status}")
        try:
            taken: _Taken = answer.read(_Taken)
        except web.Unclear:
            return Receipt(message.id)
        return Receipt(taken.receipt or message.id)

    def reports(self, callback: Callback) -> list[Report]:
        """Check and read reports."""
        if not is_signed(self._settings.key, callback, time.time()):
            raise NotSigned()
        return [
            Report(one.receipt, one.status == "delivered", one.code)
            for one in callback.read(list[_Reported])
        ]


def signed_headers(key: Key, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Sign a body: its id, the time and itself."""
    text = b"%b.%d.%b" % (id.encode(), timestamp, body)
    signature = base64.b64encode(hmac.new(key.raw, text, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def is_signed(key: Key, callback: Callback, now: float) -> bool:
    """Tell whether a call was signed with this key, of late."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    id, at, signatures = (callback.headers.get(name, "") for name in names)
    if not re.fullmatch("[0-9]{1,12}", at) or abs(now - int(at)) > OLDEST_SECONDS:
        return False
    right = signed_headers(key, id, int(at), callback.body)["webhook-signature"].encode()
    return any(hmac.compare_digest(right, one.encode()) for one in signatures.split(" "))
