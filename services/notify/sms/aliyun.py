"""Alibaba Cloud's SMS service: `SendSms` and `QuerySendDetails` of 2017-05-25, signature V3.

It reports by `SmsReport` over HTTP (help.aliyun.com/en/sms/developer-reference/smsreport-http): a
JSON array, without a signature. What is not answered with 200 comes again after 1, 5 and 10
minutes.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from services.notify import web
from services.notify.sending.channels import Message, Receipt, Refused, TryLater, Unserved
from services.notify.sms.own_templates import OwnTemplates
from services.notify.sms_reports.receivers import Callback
from services.notify.sms_reports.rules import Report

VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
CHINA = timezone(timedelta(hours=8))
"""The days of `QuerySendDetails` are Beijing's."""

NEVER = frozenset({"isv.MOBILE_NUMBER_ILLEGAL"})
"""Codes of a number that nobody can send to."""

NOT_NOW = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isv.MOBILE_COUNT_OVER_LIMIT"})
"""Codes of a number that has had enough from this provider; they say nothing about others."""

FATES = {1: "waiting", 2: "failed", 3: "delivered"}


@dataclass(frozen=True)
class AliyunSettings:
    """An account, its approved signature and templates."""

    url: str
    key_id: str
    key_secret: str
    sign_name: str
    templates: OwnTemplates


class _Sent(msgspec.Struct):
    code: str = msgspec.field(name="Code")
    receipt: str | None = msgspec.field(name="BizId", default=None)


class _Detail(msgspec.Struct):
    status: int = msgspec.field(name="SendStatus")
    error: str = msgspec.field(name="ErrCode", default="")


class _Page(msgspec.Struct):
    rows: list[_Detail] = msgspec.field(name="SmsSendDetailDTO", default_factory=list)


class _Details(msgspec.Struct):
    page: _Page = msgspec.field(name="SmsSendDetailDTOs", default_factory=_Page)


class _Reported(msgspec.Struct):
    receipt: str = msgspec.field(name="biz_id")
    delivered: bool = msgspec.field(name="success")
    code: str | None = msgspec.field(name="err_code", default=None)


class Aliyun:
    """Sends by templates that Alibaba Cloud approved. It has no way to tell a repeat."""

    name, repeatable = "aliyun", False
    thanks = '{"code":0,"msg":"OK"}'

    def __init__(self, http: httpx.AsyncClient, settings: AliyunSettings) -> None:
        self._http, self._settings = http, settings

    async def send(self, message: Message) -> Receipt:
        """Send one SMS."""
        answer = await self._call(
            "SendSms",
            {
                "PhoneNumbers": _number(message.to),
                "SignName": self._settings.sign_name,
                "TemplateCode": self._settings.templates.id_for(message),
                "TemplateParam": json.dumps(dict(message.parameters), ensure_ascii=False),
                "OutId": message.id,
            },
        )
        sent: _Sent = answer.read(_Sent)
        if sent.code in NEVER:
            raise Refused(f"said {sent.code}")
        if sent.code in NOT_NOW:
            raise Unserved(f"said {sent.code}")
        if sent.code != "OK":
            raise TryLater(f"said {sent.code}")
        return Receipt(sent.receipt)

    async def fate(self, to: str, receipt: str, at: datetime) -> str:
        """Ask what became of an SMS that was sent at this time."""
        day = at.astimezone(CHINA).strftime("%Y%m%d")
        query = {"PhoneNumber": _number(to), "BizId": receipt, "SendDate": day}
        page = {"PageSize": "1", "CurrentPage": "1"}
        answer = await self._call("QuerySendDetails", query | page)
        rows: list[_Detail] = answer.read(_Details).page.rows
        if not rows:
            return "unknown"
        fate = FATES.get(rows[0].status, "unknown")
        return f"{fate} ({rows[0].error})" if rows[0].error else fate

    def reports(self, callback: Callback) -> list[Report]:
        """Read `SmsReport`."""
        return [
            Report(one.receipt, one.delivered, one.code) for one in callback.read(list[_Reported])
        ]

    async def _call(self, action: str, query: Mapping[str, str]) -> web.Answer:
        settings, line = self._settings, canonical_query(query)
        url = f"{settings.url.rstrip('/')}/?{line}"
        headers = {
            "host": urlsplit(settings.url).netloc,
            "x-acs-action": action,
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
            "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": VERSION,
        }
        signed = authorization(settings.key_id, settings.key_secret, line, headers)
        headers["authorization"] = signed
        return await web.call(self._http, self._http.build_request("POST", url, headers=headers))


def canonical_query(query: Mapping[str, str]) -> str:
    """Write a query as it is signed and sent: sorted, and quoted as RFC 3986 has it."""
    pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def authorization(key_id: str, secret: str, query: str, headers: Mapping[str, str]) -> str:
    """Sign a POST to `/` without a body: all these headers, whose names are in lower case."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join(("POST", "/", query, lines, names, headers["x-acs-content-sha256"]))
    text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"


def _number(to: str) -> str:
    """Write a number as Alibaba Cloud wants it: Chinese ones without country, others without +."""
    return to.removeprefix("+86") if to.startswith("+86") else to.removeprefix("+")
