"""OpenTelemetry traces: off unless the standard OTEL variables name an exporter.

The SDK is imported only when it is wanted; without it the API's calls do nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import context, propagate, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

_state = {"on": False}


def wanted(environ: Mapping[str, str]) -> bool:
    """Tell whether an operator asked for traces."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return bool(
        environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
        or environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        or environ.get("OTEL_TRACES_EXPORTER")
    )


def start(process: str, environ: Mapping[str, str]) -> None:
    """Export this process's spans over OTLP/HTTP, MongoDB commands among them, if wanted."""
    if not wanted(environ):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.pymongo import PymongoInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = environ.get("OTEL_SERVICE_NAME") or f"userhub-{process}"
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    PymongoInstrumentor().instrument()
    _state["on"] = True


def stop() -> None:
    """Send what is still waiting to be exported."""
    shutdown = getattr(trace.get_tracer_provider(), "shutdown", None)
    if _state["on"] and shutdown:
        shutdown()


def is_on() -> bool:
    """Tell whether traces are exported; lets a hot path skip what only they need."""
    return _state["on"]


def inject(headers: dict[str, str]) -> None:
    """Write the present span's context into the headers of a message."""
    if _state["on"]:
        propagate.inject(headers)


@contextmanager
def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, headers: Mapping[str, str] | None = None
) -> Iterator[Any]:
    """Run a block as a span, as a child of the context found in `headers`, if any."""
    if not _state["on"]:
        yield None
        return
    parent = propagate.extract(headers) if headers else context.get_current()
    tracer = trace.get_tracer("userhub")
    with tracer.start_as_current_span(
        name, context=parent, kind=kind, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
