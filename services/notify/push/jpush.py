"""JPush (Aurora), push API v3: HTTP Basic with the application's key and master secret."""

from dataclasses import dataclass

import httpx
import msgspec

from services.notify import web
from services.notify.push.channel import Dead
from services.notify.sending.channels import Message, Receipt, Refused, TryLater

NO_TARGET = 1011
"""Error code: no device has this registration id (any more)."""

LATER = frozenset({1000, 1030, 2002, 2003, 2008})
"""Error codes: the service is overloaded, out of order, or has had too many requests from us."""

LIVES_SECONDS = 86400
"""How long JPush keeps a message for a device that is offline: its own default, a day."""


@dataclass(frozen=True)
class JPushSettings:
    """An application."""

    url: str
    app_key: str
    master_secret: str
    production: bool
    """Whether iOS devices have the app from the store (JPush hands on to APNs)."""


class _Sent(msgspec.Struct):
    msg_id: str | int


class _Error(msgspec.Struct):
    code: int


class _Failed(msgspec.Struct):
    error: _Error


class JPush:
    """Pushes a notification. A repeat is told by nothing of ours."""

    name, repeatable = "jpush", False

    def __init__(self, http: httpx.AsyncClient, settings: JPushSettings) -> None:
        self._http, self._settings = http, settings

    async def send(self, message: Message) -> Receipt:
        """Push to one registration id."""
        settings = self._settings
        extras = {"id": message.id, "template": message.template}
        alert = {"title": message.subject, "body": message.body}
        body = {
            "platform": "all",
            "audience": {"registration_id": [message.to]},
            "notification": {
                "android": {"title": message.subject, "alert": message.body, "extras": extras},
                "ios": {"alert": alert, "sound": "default", "extras": extras},
            },
            "options": {"time_to_live": LIVES_SECONDS, "apns_production": settings.production},
        }
        request = self._http.build_request(
            "POST",
            f"{settings.url.rstrip('/')}/v3/push",
            headers=web.basic(settings.app_key, settings.master_secret),
            json=body,
        )
        answer = await web.call(self._http, request)
        if answer.status == 200:
            sent: _Sent = answer.read(_Sent)
            return Receipt(str(sent.msg_id))
        failed: _Failed = answer.read(_Failed)
        code = failed.error.code
        if code == NO_TARGET:
            raise Dead(f"said {code}")
        if answer.status in (401, 403) or code in LATER:
            raise TryLater(f"answered {answer.status}, code {code}")
        if answer.status >= 500:
            raise web.Unclear(f"answered {answer.status}, code {code}")
        raise Refused(f"answered {answer.status}, code {code}")
