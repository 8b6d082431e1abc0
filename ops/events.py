"""The events as others read about them: one AsyncAPI document, made of the contracts."""

import asyncio
import importlib
import json
import pkgutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from ops.admin.connection import Services, run_action
from shared import contracts
from shared.contract import Event
from shared.contracts import outboxes
from shared.events import CloudEvent

VERSION = "1.0.0"
"""Version of the events: the first number changes with what is no mere addition."""

FOLDER = Path(__file__).resolve().parents[1] / "docs/events"
PRESENT, RELEASED = FOLDER / "asyncapi.json", FOLDER / "asyncapi.released.json"
REF = "#/components/schemas/{name}"
DRAFT = "https://json-schema.org/draft/2020-12/schema"

ABOUT = (
    "What happens to people, as CloudEvents 1.0 in JSON, in the JetStream stream `EVENTS`. Events "
    "come at least once, and those of one person (`subject`) and one service (`source`) in the "
    "order of `sequence`. Within a version there are only additions: read what you know, and leave "
    "what you do not."
)


def all_events() -> list[type[Event]]:
    """Every event of every contract, by its fact."""
    for module in pkgutil.iter_modules(contracts.__path__, contracts.__name__ + "."):
        importlib.import_module(module.name)
    kinds = (kind for kind in Event.__subclasses__() if kind.__module__.startswith("shared."))
    return sorted(kinds, key=lambda kind: kind.fact)


def document(kinds: Iterable[type[Event]]) -> dict[str, Any]:
    """Make the AsyncAPI document of these events."""
    kinds = list(kinds)
    _, shared_parts = msgspec.json.schema_components([CloudEvent], ref_template=REF)
    schemas: dict[str, Any] = {"CloudEvent": _envelope(shared_parts["CloudEvent"])}
    for kind in kinds:
        schemas |= _schemas_of(kind)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Userhub: events", "version": VERSION, "description": ABOUT},
        "defaultContentType": "application/cloudevents+json",
        "channels": {kind.fact: _channel(kind) for kind in kinds},
        "operations": {
            f"announce.{kind.fact}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{kind.fact}"},
                "messages": [{"$ref": f"#/channels/{kind.fact}/messages/{kind.fact}"}],
            }
            for kind in kinds
        },
        "components": {"schemas": schemas},
    }


def schema(kind: type[Event]) -> dict[str, Any]:
    """Give one event as a JSON Schema that needs nothing else: the envelope with its data."""
    schemas = document([kind])["components"]["schemas"]
    whole = {"$schema": DRAFT, **_message(kind), "$defs": schemas}
    text = json.dumps(whole).replace("#/components/schemas/", "#/$defs/")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def text(of: dict[str, Any]) -> str:
    """Write a document as it is checked in."""
    return json.dumps(of, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _schemas_of(kind: type[Event]) -> dict[str, Any]:
    """Give the schemas of an event and of what is within it, by names of their own."""

    def name(part: str) -> str:
        return kind.fact if part == kind.__name__ else f"{kind.fact}.{part}"

    _, parts = msgspec.json.schema_components([kind], ref_template="#/{name}")
    written = json.dumps({name(part): schema for part, schema in parts.items()})
    for part in parts:
        written = written.replace(f'"#/{part}"', f'"{REF.format(name=name(part))}"')
    found: dict[str, Any] = json.loads(written)
    return found


def _envelope(schema: dict[str, Any]) -> dict[str, Any]:
    """Say of the envelope what holds of every event; `data` is each event's own."""
    properties = schema["properties"]
    properties["specversion"] = {"const": "1.0"}
    properties["sequence"]["pattern"] = "^[1-9][0-9]*$"
    properties["time"]["format"] = "date-time"
    always = ["specversion", "id", "source", "type", "subject", "time", "sequence", "data"]
    return schema | {"required": sorted({*always, "datacontenttype"})}


def _channel(kind: type[Event]) -> dict[str, Any]:
    summary = (kind.__doc__ or "").strip()
    message = {
        "name": kind.fact,
        "summary": " ".join(summary.split("\n\n")[0].split()),
        "contentType": "application/cloudevents+json",
        "payload": _message(kind),
    }
    return {"address": f"events.{kind.fact}", "messages": {kind.fact: message}}


def _message(kind: type[Event]) -> dict[str, Any]:
    own = {
        "type": {"const": kind.fact},
        "source": {"const": f"/userhub/{kind.fact.partition('.')[0]}"},
        "data": {"$ref": REF.format(name=kind.fact)},
    }
    return {"allOf": [{"$ref": REF.format(name="CloudEvent")}, {"properties": own}]}


def add_events(commands: Any) -> None:
    """Add `events asyncapi`, `events schema` and `events republish`."""
    command = commands.add_parser(
        "events",
        help="print how events look, for others, or publish them again",
        description=(
            "Print the events as an AsyncAPI document, or one of them as JSON Schema; or publish "
            "again what is kept of them, when NATS has lost its stream."
        ),
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    asyncapi = actions.add_parser("asyncapi", help="print the AsyncAPI document of all events")
    asyncapi.set_defaults(do=lambda arguments: _print(document(all_events())))
    one = actions.add_parser("schema", help="print the JSON Schema of one event")
    one.add_argument("fact", help="as auth.user_registered")
    one.set_defaults(do=lambda arguments: _schema(arguments.fact))

    again = actions.add_parser("republish", help="publish again what was published since a time")
    again.add_argument("since", help="as 2026-11-25T12:00:00+08:00; thirty days are kept")
    again.set_defaults(do=lambda arguments: asyncio.run(run_action(_republish, arguments)))


async def _republish(services: Services, arguments: Any) -> None:
    try:
        since = datetime.fromisoformat(arguments.since)
    except ValueError:
        raise SystemExit(f"userhub: {arguments.since} is no time") from None
    if since.tzinfo is None:
        raise SystemExit("userhub: say the time zone as well, as in 2026-11-25T12:00:00+08:00")
    ask = outboxes.Republish(since=since, until=datetime.now(UTC))
    for service in outboxes.SERVICES:
        count = 0
        while part := await services.ask(outboxes.republish(service), ask):
            count += part
        print(f"{service}: {count} events are published again")


def _schema(fact: str) -> int:
    kinds = {kind.fact: kind for kind in all_events()}
    if fact not in kinds:
        raise SystemExit(f"userhub: there is no event {fact}; there are {', '.join(kinds)}")
    return _print(schema(kinds[fact]))


def _print(of: dict[str, Any]) -> int:
    print(text(of), end="")
    return 0
