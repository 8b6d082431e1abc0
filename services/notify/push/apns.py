"""Apple Push Notification service: HTTP/2, authenticated by a provider token (ES256)."""

import time
import uuid
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import jwt
import msgspec

from services.notify import web
from services.notify.push.channel import Dead
from services.notify.sending.channels import Message, Receipt, Refused, TryLater

TOKEN_SECONDS = 2400
"""Age at which a provider token is renewed: Apple wants that between 20 and 60 minutes."""

LIVES_SECONDS = 86400
"""How long Apple keeps a message for a device that is offline."""

DEAD = frozenset({"BadDeviceToken", "Unregistered", "ExpiredToken", "DeviceTokenNotForTopic"})
OURS = frozenset(
    {"ExpiredProviderToken", "InvalidProviderToken", "MissingProviderToken", "TooManyRequests"}
)
"""Reasons that are about us, not about the message."""


@dataclass(frozen=True)
class ApnsSettings:
    """A team's key, and the app that is pushed to."""

    url: str
    key: str
    """PEM of the `.p8` file."""
    key_id: str
    team_id: str
    topic: str
    """The app's bundle id."""

    def __repr__(self) -> str:
        return f"ApnsSettings({self.url}, {self.topic}, …)"


class _Failed(msgspec.Struct):
    reason: str


class Apns:
    """Pushes an alert; a repeat takes the place of the first by its collapse id."""

    name, repeatable = "apns", False

    def __init__(self, http: httpx.AsyncClient, settings: ApnsSettings) -> None:
        self._http, self._settings = http, settings
        self._token, self._token_at = "", 0.0

    async def send(self, message: Message) -> Receipt:
        """Push to one device token."""
        settings = self._settings
        headers = {
            "authorization": f"bearer {self._provider_token()}",
            "apns-topic": settings.topic,
            "apns-push-type": "alert",
            "apns-priority": "10",
            "apns-expiration": str(int(time.time()) + LIVES_SECONDS),
            "apns-id": str(uuid.UUID(message.id)),
            "apns-collapse-id": message.id,
        }
        alert = {"title": message.subject, "body": message.body}
        request = self._http.build_request(
            "POST",
            f"{settings.url.rstrip('/')}/3/device/{quote(message.to, safe='')}",
            headers=headers,
            json={"aps": {"alert": alert, "sound": "default"}, "template": message.template},
        )
        answer = await web.call(self._http, request)
        if answer.status == 200:
            return Receipt(answer.headers.get("apns-id", headers["apns-id"]))
        failed: _Failed = answer.read(_Failed)
        said = f"answered {answer.status}, {failed.reason}"
        if answer.status == 410 or failed.reason in DEAD:
            raise Dead(said)
        if failed.reason in OURS:
            self._token_at = 0.0
            raise TryLater(said)
        if answer.status >= 500:
            raise web.Unclear(said)
        raise Refused(said)

    def _provider_token(self) -> str:
        now = time.time()
        if now - self._token_at > TOKEN_SECONDS:
            settings = self._settings
            claims = {"iss": settings.team_id, "iat": int(now)}
            headers = {"kid": settings.key_id}
            self._token = jwt.encode(claims, settings.key, algorithm="ES256", headers=headers)
            self._token_at = now
        return self._token
