"""A server on this machine that answers as RongCloud documents it."""

import contextlib
import hashlib
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

APP_KEY, APP_SECRET = "app-key", "app-secret"

SETTINGS = {
    "IM_PROVIDER": "rongcloud",
    "RONGCLOUD_APP_KEY": APP_KEY,
    "RONGCLOUD_APP_SECRET": APP_SECRET,
}
"""What a process of notify is told, beside `RONGCLOUD_URL`."""


class Cloud(ThreadingHTTPServer):
    """Checks signatures; answers as `answer` or, per path and once each, `next_answers` say.

    Keeps what it was asked, and apart from that what it took.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), CloudHandler)
        self.asked: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []
        self.taken: list[tuple[str, dict[str, list[str]]]] = []
        self.connections = 0
        self.answer: tuple[int, bytes] | None = None
        self.next_answers: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        self.slow = 0.0
        self.next_slow: list[float] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def process_request(self, request, client_address) -> None:
        self.connections += 1
        super().process_request(request, client_address)


class CloudHandler(BaseHTTPRequestHandler):
    """Gives a token with its number in it, and takes everything else."""

    protocol_version = "HTTP/1.1"
    server: Cloud

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = parse_qs(body, keep_blank_values=True)
        cloud = self.server
        cloud.asked.append((self.path, dict(self.headers), form))
        time.sleep(cloud.next_slow.pop(0) if cloud.next_slow else cloud.slow)
        waiting = cloud.next_answers[self.path]
        status, answer = waiting.pop(0) if waiting else cloud.answer or self._take(form)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # who asked has not waited
            self.wfile.write(answer)

    def _take(self, form: dict[str, list[str]]) -> tuple[int, bytes]:
        signed = f"{APP_SECRET}{self.headers['Nonce']}{self.headers['Timestamp']}"
        if self.headers["Signature"] != hashlib.sha1(signed.encode()).hexdigest():
            return 401, b'{"code":1004,"errorMessage":"signature error"}'
        self.server.taken.append((self.path, form))
        if self.path != "/user/getToken.json":
            return 200, b'{"code":200}'
        [user_id] = form["userId"]
        token = f"token-{len(self.server.asked)}"
        return 200, json.dumps({"code": 200, "userId": user_id, "token": token}).encode()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving() -> Iterator[Cloud]:
    """Serve until the block ends."""
    server = Cloud()
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
