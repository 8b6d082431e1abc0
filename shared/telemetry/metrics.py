"""Prometheus metrics of a process, and the port that shows them."""

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

HTTP_SECONDS = Histogram(
    "userhub_http_request_seconds",
    "Time from a request's first byte to its reply, by route and status",
    ("dialect", "route", "method", "status"),
    buckets=_SECONDS,
)
CALL_SECONDS = Histogram(
    "userhub_call_seconds",
    "Time a service took for a call, by subject and outcome (ok or the error's code)",
    ("subject", "outcome"),
    buckets=_SECONDS,
)
CALLS_IN_FLIGHT = Gauge(
    "userhub_calls_in_flight", "Calls under way in this process", multiprocess_mode="livesum"
)
CALLS_REPEATED = Counter(
    "userhub_calls_repeated_total",
    "Reads that were asked again because their answer was long in coming, by subject",
    ("subject",),
)
HASHES_WAITING = Gauge(
    "userhub_hash_pool_waiting", "Password hashes waiting for a thread", multiprocess_mode="livesum"
)
HASH_SECONDS = Histogram(
    "userhub_hash_seconds", "Time for one password hash, waiting included", buckets=_SECONDS
)
OUTBOX_LAG = Gauge(
    "userhub_outbox_lag_seconds",
    "Age of the oldest committed event that is not yet published",
    ("service",),
    multiprocess_mode="livemax",
)
OUTBOX_PUBLISHED = Counter("userhub_outbox_published_total", "Events published", ("service",))
CONSUMER_LAG = Gauge(
    "userhub_consumer_pending",
    "Messages that a durable consumer has not handled yet",
    ("consumer",),
    multiprocess_mode="livemax",
)
CONSUMED = Counter(
    "userhub_consumed_total", "Messages handled by a consumer, by outcome", ("consumer", "outcome")
)
DELIVERY_ATTEMPTS = Counter(
    "userhub_delivery_attempts_total",
    "Times that a provider was asked to deliver a message, by outcome",
    ("channel", "provider", "outcome"),
)
DELIVERY_REPORTS = Counter(
    "userhub_delivery_reports_total",
    "Messages of which their provider said whether they arrived (delivered or failed)",
    ("provider", "report"),
)
CODE_DECISIONS = Counter(
    "userhub_code_decisions_total",
    "Codes that were asked for: sent, or why not",
    ("reason", "channel"),
)
CODE_COST = Counter(
    "userhub_code_cost_total", "What SMS with codes cost, by SMS_PRICES", ("country",)
)
CODE_BUDGET = Gauge(
    "userhub_code_budget", "What SMS with codes may cost in a day", multiprocess_mode="livemax"
)
SECURITY_EVENTS = Counter(
    "userhub_security_events_total", "Authentication and limit decisions", ("event",)
)


def serve(host: str, port: int) -> None:
    """Show this process's metrics at `http://host:port/metrics`."""
    start_http_server(port, addr=host)


def render(multiprocess_dir: str | None = None) -> bytes:
    """Give the metrics as text, those of all sibling workers if they share a directory."""
    if not multiprocess_dir:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=multiprocess_dir)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
