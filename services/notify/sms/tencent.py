"""Tencent Cloud's SMS service: `SendSms` of 2021-01-11, signed with TC3-HMAC-SHA256.

It reports by "SMS Sending Status Notification" (tencentcloud.com/document/product/382/43547): a
JSON array, without a signature, answered with `result` 0.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
import msgspec

from services.notify import web
from services.notify.sending.channels import Message, Receipt, Refused, TryLater, Unserved
from services.notify.sms.own_templates import OwnTemplates
from services.notify.sms_reports.receivers import Callback
from services.notify.sms_reports.rules import Report

VERSION, SERVICE = "2021-01-11", "sms"
ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json; charset=utf-8"
REPORTS = 100
"""Reports asked for about one number: the most that the interface gives."""

NEVER = frozenset(
    {
        "FailedOperation.PhoneNumberInBlacklist",
        "InvalidParameterValue.IncorrectPhoneNumber",
        "UnsupportedOperation.ChineseMainlandPhoneNumberAreNotSupported",
    }
)
"""Codes of a number that cannot be sent to, or that asked not to get anything."""

NOT_NOW = "LimitExceeded.PhoneNumber"
"""Beginning of codes of a number that has had enough from this provider."""

FATES = {"SUCCESS": "delivered", "FAIL": "failed"}


@dataclass(frozen=True)
class TencentSettings:
    """An application, its approved signature and templates.

    A template's id may name the parameters in the order in which its text has them:
    `1234:code:minutes`. Without names it gets the code alone.
    """

    url: str
    secret_id: str
    secret_key: str
    region: str
    app_id: str
    sign_name: str
    templates: OwnTemplates


class _Status(msgspec.Struct):
    code: str = msgspec.field(name="Code")
    receipt: str | None = msgspec.field(name="SerialNo", default=None)


class _Error(msgspec.Struct):
    code: str = msgspec.field(name="Code")


class _Report(msgspec.Struct):
    receipt: str = msgspec.field(name="SerialNo")
    status: str = msgspec.field(name="ReportStatus")
    description: str = msgspec.field(name="Description", default="")


class _Reported(msgspec.Struct):
    receipt: str = msgspec.field(name="sid")
    status: Literal["SUCCESS", "FAIL"] = msgspec.field(name="report_status")
    code: str | None = msgspec.field(name="errmsg", default=None)


class _Response(msgspec.Struct):
    error: _Error | None = msgspec.field(name="Error", default=None)
    sent: list[_Status] = msgspec.field(name="SendStatusSet", default_factory=list)
    reports: list[_Report] = msgspec.field(name="PullSmsSendStatusSet", default_factory=list)


class _Body(msgspec.Struct):
    response: _Response = msgspec.field(name="Response")


class Tencent:
    """Sends by templates that Tencent Cloud approved. It has no way to tell a repeat."""

    name, repeatable = "tencent", False
    thanks = '{"result":0,"errmsg":"OK"}'

    def __init__(self, http: httpx.AsyncClient, settings: TencentSettings) -> None:
        self._http, self._settings = http, settings

    async def send(self, message: Message) -> Receipt:
        """Send one SMS."""
        template, *names = self._settings.templates.id_for(message).split(":")
        response = await self._call(
            "SendSms",
            {
                "PhoneNumberSet": [message.to],
                "SmsSdkAppId": self._settings.app_id,
                "SignName": self._settings.sign_name,
                "TemplateId": template,
                "TemplateParamSet": in_order(message.parameters, names or ["code"]),
                "SessionContext": message.id,
            },
        )
        if len(response.sent) != 1:
            raise web.Unclear("said nothing about the message")
        [status] = response.sent
        if status.code in NEVER:
            raise Refused(f"said {status.code}")
        if status.code.startswith(NOT_NOW):
            raise Unserved(f"said {status.code}")
        if status.code != "Ok":
            raise TryLater(f"said {status.code}")
        return Receipt(status.receipt)

    async def fate(self, to: str, receipt: str, at: datetime) -> str:
        """Ask what became of an SMS that was sent at this time."""
        response = await self._call(
            "PullSmsSendStatusByPhoneNumber",
            {
                "BeginTime": int(at.timestamp()) - 60,
                "Offset": 0,
                "Limit": REPORTS,
                "PhoneNumber": to,
                "SmsSdkAppId": self._settings.app_id,
            },
        )
        found = [report for report in response.reports if report.receipt == receipt]
        if not found:
            return "waiting"
        fate = FATES.get(found[-1].status, "unknown")
        return fate if fate == "delivered" else f"{fate} ({found[-1].description})"

    def reports(self, callback: Callback) -> list[Report]:
        """Read "SMS Sending Status Notification"."""
        return [
            Report(one.receipt, one.status == "SUCCESS", one.code)
            for one in callback.read(list[_Reported])
        ]

    async def _call(self, action: str, body: Mapping[str, Any]) -> _Response:
        settings, payload, now = self._settings, json.dumps(body).encode(), int(time.time())
        host = urlsplit(settings.url).netloc
        headers = {
            "host": host,
            "content-type": CONTENT_TYPE,
            "x-tc-action": action,
            "x-tc-version": VERSION,
            "x-tc-region": settings.region,
            "x-tc-timestamp": str(now),
            "authorization": authorization(
                settings.secret_id, settings.secret_key, SERVICE, host, payload, now
            ),
        }
        request = self._http.build_request("POST", settings.url, headers=headers, content=payload)
        response: _Response = (await web.call(self._http, request)).read(_Body).response
        if response.error:
            # An error of the whole request: it was not looked at whom it was for.
            raise TryLater(f"said {response.error.code}")
        return response


def in_order(parameters: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """Give the parameters with these names; one that there is not is a fault of the settings."""
    missing = [name for name in names if name not in parameters]
    if missing:
        raise Unserved(f"wants a parameter {missing[0]} that this message has not")
    return [parameters[name] for name in names]


def authorization(
    secret_id: str, secret_key: str, service: str, host: str, payload: bytes, timestamp: int
) -> str:
    """Sign a POST to `/`: content type and host, with a key of the day."""
    date = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
    names, scope = "content-type;host", f"{date}/{service}/tc3_request"
    lines = f"content-type:{CONTENT_TYPE}\nhost:{host}\n"
    request = "\n".join(("POST", "/", "", lines, names, hashlib.sha256(payload).hexdigest()))
    hashed = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join((ALGORITHM, str(timestamp), scope, hashed))
    key = f"TC3{secret_key}".encode()
    for part in (date, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"{secret_id}/{scope}"
    return f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
