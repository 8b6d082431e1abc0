"""The document of events: made of the contracts, and only ever added to."""

import copy
import json
from typing import Any

import jsonschema
import pytest

from ops import events
from ops.compatibility import breaches
from shared.contract import Event
from shared.contracts import auth, social
from shared.events import data_of

PRESENT = events.document(events.all_events())
RELEASED = json.loads(events.RELEASED.read_text())


def test_the_document_is_current():
    """docs/events/asyncapi.json is what `python -m ops events asyncapi` prints."""
    assert events.PRESENT.read_text() == events.text(PRESENT)


def test_every_event_of_a_contract_is_in_it():
    """Whatever a contract lists among its events has a channel, with an address of its own."""
    listed = {kind.fact for kind in (*auth.EVENTS, *social.EVENTS)}
    addresses = [channel["address"] for channel in PRESENT["channels"].values()]

    assert listed < set(PRESENT["channels"])
    assert len(set(addresses)) == len(addresses)


def test_what_was_released_holds():
    """Against the last released document there are only additions."""
    assert breaches(RELEASED, PRESENT) == []


def envelope(event: Event) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "6b0c",
        "source": f"/userhub/{event.fact.partition('.')[0]}",
        "type": event.fact,
        "subject": event.subject,
        "time": "2026-11-21T03:01:13.2Z",
        "datacontenttype": "application/json",
        "sequence": "1",
        "data": data_of(event),
    }


def test_an_event_is_as_its_schema_says():
    """An event satisfies the schema that is printed for it, and a wrong one does not."""
    event = auth.UserRegistered(user_id=1, username="Tom", nickname="汤姆", dialect="leaf")
    schema = events.schema(auth.UserRegistered)
    check = jsonschema.Draft202012Validator(schema)
    right = envelope(event)

    check.validate(right)
    for wrong in (
        right | {"type": "auth.user_deleted"},
        right | {"data": {"user_id": 1}},
        right | {"sequence": "0"},
        right | {"data": right["data"] | {"dialect": "no such"}},
    ):
        assert not check.is_valid(wrong)
    for kind in events.all_events():
        jsonschema.Draft202012Validator.check_schema(events.schema(kind))


REGISTERED = ("components", "schemas", "auth.user_registered")


def changed(*path: str, **values: Any) -> dict[str, Any]:
    """The released document with something else at a place; None takes it away."""
    document: dict[str, Any] = copy.deepcopy(RELEASED)
    place = document
    for name in path:
        place = place[name]
    for name, value in values.items():
        if value is None:
            del place[name]
        else:
            place[name] = value
    return document


@pytest.mark.parametrize(
    ("present", "said"),
    [
        (changed("channels", **{"auth.user_registered": None}), "auth.user_registered is gone"),
        (changed(*REGISTERED, "properties", username=None), "username is gone"),
        (changed(*REGISTERED, "properties", username={"type": "integer"}), "is something else"),
        (changed(*REGISTERED, required=["user_id"]), "username is not always there any more"),
        (changed("components", "schemas", "CloudEvent", "properties", id=None), "id is gone"),
        (
            changed("channels", "auth.user_registered", address="events.elsewhere"),
            "has another address",
        ),
    ],
)
def test_what_would_break_a_reader_is_found(present, said):
    """An event, field, type or promise that is taken away is named."""
    found = breaches(RELEASED, present)

    assert any(said in one for one in found), found
    assert all(one.startswith(("auth.user_registered", "CloudEvent")) for one in found)


@pytest.mark.parametrize(
    "present",
    [
        changed("channels", **{"auth.new_event": {"address": "events.auth.new_event"}}),
        changed(*REGISTERED, "properties", country={"type": "string"}),
        changed(*REGISTERED, description="Somebody has an account."),
    ],
)
def test_additions_are_fine(present):
    """New events, new fields and better words break nobody."""
    assert breaches(RELEASED, present) == []
