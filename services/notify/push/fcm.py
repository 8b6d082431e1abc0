"""Firebase Cloud Messaging, HTTP v1: OAuth 2 with a service account's key (RFC 7523)."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import msgspec

from services.notify import web
from services.notify.push.channel import Dead
from services.notify.sending.channels import Message, Receipt, Refused, TryLater

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS = 3600
"""The most that Google allows."""

RENEW_SECONDS = 300
"""How long before its end an access token is renewed."""

TOKEN_SECONDS = 4.0
"""How long one message waits for an access token, so that time is left for the message."""


class ServiceAccount(msgspec.Struct, frozen=True):
    """What is used of the JSON file that Google gives a service account."""

    project_id: str
    client_email: str
    private_key: str
    private_key_id: str
    token_uri: str

    def __repr__(self) -> str:
        return f"ServiceAccount({self.project_id}, …)"


@dataclass(frozen=True)
class FcmSettings:
    """A project, and the account that sends for it."""

    url: str
    account: ServiceAccount


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int


class _Sent(msgspec.Struct):
    name: str


class _Detail(msgspec.Struct):
    code: str = msgspec.field(name="errorCode", default="")


class _Error(msgspec.Struct):
    status: str = ""
    details: list[_Detail] = msgspec.field(default_factory=list)


class _Failed(msgspec.Struct):
    error: _Error


class Fcm:
    """Pushes a notification; on Android a repeat takes the place of the first by its tag."""

    name, repeatable = "fcm", False

    def __init__(self, http: httpx.AsyncClient, settings: FcmSettings) -> None:
        self._http, self._account = http, settings.account
        self._url = f"{settings.url.rstrip('/')}/v1/projects/{settings.account.project_id}"
        self._token, self._token_until = "", 0.0
        self._renewing = asyncio.Lock()

    async def send(self, message: Message) -> Receipt:
        """Push to one registration token."""
        token = await self._access_token()
        request = self._http.build_request(
            "POST",
            f"{self._url}/messages:send",
            headers={"authorization": f"Bearer {token}"},
            json={"message": _body(message)},
        )
        answer = await web.call(self._http, request)
        if answer.status == 200:
            sent: _Sent = answer.read(_Sent)
            return Receipt(sent.name)
        error: _Error = answer.read(_Failed).error
        code = next((detail.code for detail in error.details if detail.code), error.status)
        said = f"answered {answer.status}, {code}"
        if code == "UNREGISTERED" or answer.status == 404:
            raise Dead(said)
        if answer.status == 401:
            self._token_until = 0.0  # it was taken back: the next try has a new one
            raise TryLater(said)
        if answer.status >= 500:
            raise web.Unclear(said)
        if answer.status == 403:
            raise TryLater(said)
        raise Refused(said)

    async def _access_token(self) -> str:
        """Give the token that is kept, or a new one; who waits in vain has said nothing to FCM."""
        try:
            async with asyncio.timeout(TOKEN_SECONDS):
                return await self._shared_token()
        except TimeoutError:
            raise TryLater("gave no access token in time") from None

    async def _shared_token(self) -> str:
        """Give the token that is kept, or a new one; many who wait share one request."""
        async with self._renewing:
            if time.monotonic() < self._token_until:
                return self._token
            form = {"grant_type": GRANT, "assertion": assertion(self._account, int(time.time()))}
            request = self._http.build_request("POST", self._account.token_uri, data=form)
            try:
                answer = await web.call(self._http, request)
                token: _Token = answer.read(_Token)
            except (web.Unclear, httpx.HTTPError) as error:
                # Nothing of the message was said yet.
                raise TryLater(f"gave no access token: {type(error).__name__}") from None
            self._token = token.access_token
            self._token_until = time.monotonic() + token.expires_in - RENEW_SECONDS
            return self._token


def assertion(account: ServiceAccount, now: int) -> str:
    """Sign who we are, for Google's token server."""
    claims = {
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    headers = {"kid": account.private_key_id}
    return jwt.encode(claims, account.private_key, algorithm="RS256", headers=headers)


def _body(message: Message) -> dict[str, Any]:
    return {
        "token": message.to,
        "notification": {"title": message.subject, "body": message.body},
        "data": {"id": message.id, "template": message.template},
        "android": {"collapse_key": message.id, "notification": {"tag": message.id}},
        "apns": {"headers": {"apns-collapse-id": message.id}},
    }
