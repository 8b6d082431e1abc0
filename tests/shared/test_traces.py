"""Traces: one trace from the client's request to the database; nothing of it unless wanted."""

import asyncio
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ops.suite import Suite, SuiteConfig
from shared.telemetry import traces
from tests.conftest import ENV
from tests.people import People


class Collector:
    """Receives spans over OTLP/HTTP."""

    def __init__(self) -> None:
        self.spans: defaultdict[bytes, set[tuple[str, str]]] = defaultdict(set)
        self.bodies: list[bytes] = []
        collected, bodies = self.spans, self.bodies

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                bodies.append(body)
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    name = next(
                        one.value.string_value
                        for one in resource.resource.attributes
                        if one.key == "service.name"
                    )
                    for scope in resource.scope_spans:
                        for span in scope.spans:
                            collected[span.trace_id].add((name, span.name))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector():
    one = Collector()
    yield one
    one.close()


async def test_one_trace_from_the_gateway_to_the_database(collector, eventually):
    """Of a sign-up, one trace has spans of gateway, auth and a MongoDB command."""
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    with tempfile.TemporaryDirectory(prefix="userhub-traces-") as folder:
        suite = Suite(SuiteConfig(data_dir=Path(folder), env={**ENV, **told}, quiet=True))
        await suite.start()
        try:
            async with People(suite.urls["gateway"]) as people:
                tom = await people.one()

            async def whole():
                return [
                    spans
                    for spans in collector.spans.values()
                    if any(name == "userhub-gateway" for name, _ in spans)
                    and ("userhub-auth", "serve auth.accounts.register") in spans
                    and any(name == "userhub-auth" and "insert" in span for name, span in spans)
                ]

            [spans] = await eventually(whole, seconds=60)
        finally:
            await suite.stop()
    assert ("userhub-profile", "serve profile.profiles.open") in spans
    sent = b"".join(collector.bodies)
    for secret in (tom.phone, tom.password):
        assert secret.encode() not in sent


SCRIPT = """
import sys
OURS = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.instrumentation")
import gateway.app, services.auth.__main__, services.notify.__main__
from shared.telemetry import traces
traces.start("tests", {})
with traces.span("x"):
    traces.inject({})
traces.stop()
print([name for name in sys.modules if name.startswith(OURS)])
"""


async def test_without_settings_there_is_no_sdk():
    """No variable of OpenTelemetry: nothing that makes or exports spans is even imported."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", SCRIPT],
        env={"PATH": "/usr/bin", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, False),
        ({"OTEL_SDK_DISABLED": "True", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, False),
        ({"OTEL_SERVICE_NAME": "x"}, False),
    ],
)
def test_when_traces_are_wanted(environ, wanted):
    """The standard variables say so."""
    assert traces.wanted(environ) is wanted
