"""Push services on this machine, which check who asks as their documents say."""

import asyncio
import base64
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import h2.config
import h2.connection
import h2.events
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

APP = ("app-key", "master-secret")
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


class PushCloud(ThreadingHTTPServer):
    """JPush and FCM with Google's token server; `plan` holds answers to give instead."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), PushHandler)
        self.taken: list[dict[str, Any]] = []
        self.plan: list[tuple[int, Any]] = []
        self.tokens: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def account(self) -> dict[str, str]:
        """The file that Google would give a service account."""
        return {
            "type": "service_account",
            "project_id": "userhub-1",
            "private_key_id": "kid-1",
            "private_key": pem(RSA_KEY),
            "client_email": "push@userhub-1.iam.gserviceaccount.com",
            "token_uri": f"{self.url}/token",
        }


class PushHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PushCloud

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":
            return self._say(*self._token(body.decode()))
        status, refusal = self._check()
        if refusal is not None:
            return self._say(status, refusal)
        if self.server.plan:
            return self._say(*self.server.plan.pop(0))
        self.server.taken.append(json.loads(body))
        n = len(self.server.taken)
        if self.path == "/v3/push":
            return self._say(200, {"sendno": "0", "msg_id": str(n)})
        return self._say(200, {"name": f"projects/userhub-1/messages/{n}"})

    def _token(self, body: str) -> tuple[int, Any]:
        form = {name: value for name, [value] in parse_qs(body).items()}
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        assert jwt.get_unverified_header(form["assertion"])["kid"] == "kid-1"
        claims = jwt.decode(
            form["assertion"],
            RSA_KEY.public_key(),
            algorithms=["RS256"],
            audience=f"{self.server.url}/token",
            issuer="push@userhub-1.iam.gserviceaccount.com",
        )
        assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
        assert claims["exp"] - claims["iat"] <= 3600
        self.server.tokens.append(f"ya29.{len(self.server.tokens)}")
        token = self.server.tokens[-1]
        return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def _check(self) -> tuple[int, Any]:
        kind, _, said = self.headers["Authorization"].partition(" ")
        if self.path == "/v3/push":
            right = base64.b64encode(":".join(APP).encode()).decode()
            ok = (kind, said) == ("Basic", right)
            return 401, None if ok else {"error": {"code": 1004, "message": "no"}}
        assert self.path == "/v1/projects/userhub-1/messages:send"
        ok = kind == "Bearer" and said == self.server.tokens[-1]
        return 401, None if ok else {"error": {"code": 401, "status": "UNAUTHENTICATED"}}

    def _say(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        with contextlib.suppress(BrokenPipeError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving() -> Iterator[PushCloud]:
    """Serve until the block ends."""
    server = PushCloud()
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@dataclass
class Apple:
    """APNs over HTTP/2: checks the provider token, answers as `plan` says."""

    url: str = ""
    taken: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    plan: list[tuple[int, str]] = field(default_factory=list)
    connections: int = 0
    tokens: set[str] = field(default_factory=set)

    def answer(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        kind, _, token = headers["authorization"].partition(" ")
        claims = jwt.decode(token, EC_KEY.public_key(), algorithms=["ES256"], issuer="TEAM000001")
        assert kind.lower() == "bearer"
        assert jwt.get_unverified_header(token)["kid"] == "KEY0000001"
        assert time.time() - claims["iat"] < 3600
        self.tokens.add(token)
        if self.plan:
            status, reason = self.plan.pop(0)
            return status, {"reason": reason}
        self.taken.append((headers[":path"], headers, json.loads(body)))
        return 200, {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        link = h2.connection.H2Connection(config)
        link.initiate_connection()
        writer.write(link.data_to_send())
        asked: dict[int, tuple[dict[str, str], bytearray]] = {}
        while data := await reader.read(65536):
            for event in link.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    headers = {str(name): str(value) for name, value in event.headers}
                    asked[event.stream_id] = (headers, bytearray())
                elif isinstance(event, h2.events.DataReceived):
                    asked[event.stream_id][1].extend(event.data)
                    link.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    headers, body = asked.pop(event.stream_id)
                    status, said = self.answer(headers, bytes(body))
                    reply = [(":status", str(status)), ("apns-id", headers["apns-id"])]
                    link.send_headers(event.stream_id, reply)
                    content = json.dumps(said).encode() if said else b""
                    link.send_data(event.stream_id, content, end_stream=True)
            writer.write(link.data_to_send())
            await writer.drain()
        writer.close()


@asynccontextmanager
async def apple() -> AsyncIterator[Apple]:
    """Serve until the block ends."""
    one = Apple()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield one
    server.close()
