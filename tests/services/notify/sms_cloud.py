"""SMS providers on this machine: they verify what they get as their documents say, not as we sign.

Written from the documents of Alibaba Cloud ("V3 request structure and signature"), Tencent Cloud
("Signature v3"), Twilio (API 2010-04-01) and Standard Webhooks 1.0.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ALIYUN = {"YourAccessKeyId": "YourAccessKeySecret"}
TENCENT = {"AKIDexample": "tencent-secret"}
TWILIO = {"AC123": "twilio-token"}
WEBHOOK = bytes(range(32))


def hmac_sha256(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


class SmsCloud(ThreadingHTTPServer):
    """Keeps what it took; `plan` says, message by message, what happens instead.

    `error`, `busy`, `hang`, or a code of the provider; `drop` the connection, or `hold`, after
    taking the message.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SmsHandler)
        self.taken: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.plan: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address) -> None:
        """Say nothing of who has not waited."""


class SmsHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SmsCloud

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        split = urlsplit(self.path)
        self.url_path, self.query = split.path, split.query
        if "x-acs-action" in self.headers:
            self._serve("aliyun", self._aliyun)
        elif "x-tc-action" in self.headers:
            self._serve("tencent", self._tencent)
        elif self.url_path.startswith("/2010-04-01/"):
            self._serve("twilio", self._twilio)
        else:
            self._serve("webhook", self._webhook)

    def do_GET(self) -> None:
        self.do_POST()

    def _serve(self, name: str, answer: Any) -> None:
        cloud = self.server
        cloud.asked.append(name)
        planned = cloud.plan.pop(0) if cloud.plan else ""
        if planned == "busy":
            return self._say(503, {})
        if planned == "error":
            return self._say(500, "<html>", raw=True)
        if planned == "hang":
            time.sleep(1)
            return None
        if planned == "hold":
            answer("")
            time.sleep(1)
            return None
        status, body = answer(planned)
        if planned == "drop":
            self.close_connection = True
            return None
        return self._say(status, body)

    def _say(self, status: int, body: Any, raw: bool = False) -> None:
        data = body.encode() if raw else json.dumps(body).encode()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    def _signed_lines(self, names: str) -> str:
        return "".join(f"{name}:{self.headers[name].strip()}\n" for name in names.split(";"))

    def _authorization(self, algorithm: str) -> dict[str, str]:
        kind, _, rest = self.headers["Authorization"].partition(" ")
        assert kind == algorithm
        parts = (part.strip().partition("=") for part in rest.split(","))
        return {name: value for name, _, value in parts}

    def _aliyun(self, planned: str) -> tuple[int, Any]:
        said = self._authorization("ACS3-HMAC-SHA256")
        names = said["SignedHeaders"]
        assert {"host", "x-acs-action", "x-acs-date", "x-acs-version"} < set(names.split(";"))
        digest = sha256(self.body)
        text = (
            f"POST\n{self.url_path}\n{self.query}\n{self._signed_lines(names)}\n{names}\n{digest}"
        )
        secret = ALIYUN[said["Credential"]].encode()
        right = hmac_sha256(secret, f"ACS3-HMAC-SHA256\n{sha256(text.encode())}").hex()
        fields = dict(parse_qsl(self.query, keep_blank_values=True, strict_parsing=True))
        if not hmac.compare_digest(right, said["Signature"]):
            return 400, {"Code": "SignatureDoesNotMatch", "RequestId": "r"}
        if self.headers["x-acs-action"] == "QuerySendDetails":
            row = {"SendStatus": 3, "ErrCode": "DELIVERED", "PhoneNum": fields["PhoneNumber"]}
            return 200, {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [row]}}
        if planned and planned != "drop":
            return 200, {"Code": planned, "Message": fields["PhoneNumbers"], "RequestId": "r"}
        return 200, {"Code": "OK", "BizId": self._take(fields), "RequestId": "r"}

    def _tencent(self, planned: str) -> tuple[int, Any]:
        said = self._authorization("TC3-HMAC-SHA256")
        secret_id, date, service, last = said["Credential"].split("/")
        assert (service, last) == ("sms", "tc3_request")
        names, now = said["SignedHeaders"], self.headers["X-TC-Timestamp"]
        assert abs(int(now) - time.time()) < 300
        assert date == time.strftime("%Y-%m-%d", time.gmtime(int(now)))
        request = f"POST\n/\n\n{self._signed_lines(names)}\n{names}\n{sha256(self.body)}"
        text = f"TC3-HMAC-SHA256\n{now}\n{date}/sms/tc3_request\n{sha256(request.encode())}"
        key = hmac_sha256(f"TC3{TENCENT[secret_id]}".encode(), date)
        right = hmac_sha256(hmac_sha256(hmac_sha256(key, "sms"), "tc3_request"), text).hex()
        if not hmac.compare_digest(right, said["Signature"]):
            error = {"Code": "AuthFailure.SignatureFailure", "Message": "no"}
            return 200, {"Response": {"Error": error, "RequestId": "r"}}
        fields = json.loads(self.body)
        if self.headers["X-TC-Action"] == "PullSmsSendStatusByPhoneNumber":
            row = {"SerialNo": "n1", "ReportStatus": "FAIL", "Description": "off"}
            return 200, {"Response": {"PullSmsSendStatusSet": [row], "RequestId": "r"}}
        code = planned if planned and planned != "drop" else "Ok"
        receipt = self._take(fields) if code == "Ok" else ""
        status = {"SerialNo": receipt, "Code": code, "Message": fields["PhoneNumberSet"][0]}
        return 200, {"Response": {"SendStatusSet": [status], "RequestId": "r"}}

    def _twilio(self, planned: str) -> tuple[int, Any]:
        kind, _, pair = self.headers["Authorization"].partition(" ")
        name, _, password = base64.b64decode(pair).decode().partition(":")
        if kind != "Basic" or TWILIO.get(name) != password or f"/{name}/" not in self.path:
            return 401, {"code": 20003, "message": "Authenticate"}
        if self.command == "GET":
            return 200, {"sid": "n1", "status": "undelivered", "error_code": 30005}
        fields = dict(parse_qsl(self.body.decode(), strict_parsing=True))
        if planned and planned != "drop":
            return 400, {"code": int(planned), "message": f"{fields['To']} is wrong", "status": 400}
        return 201, {"sid": self._take(fields), "status": "queued", "error_code": None}

    def _webhook(self, planned: str) -> tuple[int, Any]:
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}."
        right = hmac.digest(WEBHOOK, signed.encode() + self.body, "sha256")
        versions = self.headers["webhook-signature"].split(" ")
        if f"v1,{base64.b64encode(right).decode()}" not in versions:
            return 401, {}
        if planned and planned != "drop":
            return int(planned), {}
        return 200, {"receipt": self._take(json.loads(self.body))}

    def _take(self, fields: dict[str, Any]) -> str:
        self.server.taken.append(fields)
        return f"n{len(self.server.taken)}"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving() -> Iterator[SmsCloud]:
    """Serve until the block ends."""
    server = SmsCloud()
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
