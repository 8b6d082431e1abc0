"""The document of events: made of the contracts, valid, and only ever added to."""

import copy
import json
import re
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from ops import events
from ops.compatibility import breaches
from shared.contract import Event
from shared.contracts import accounts, blacklist, deletion, friendships, profile, registration
from shared.events import data_of, encode
from tests.conftest import read_events
from tests.fortress import ROOT

OFFICIAL = ROOT / "tests/docs/schemas/node_modules/@asyncapi/specs/schemas/3.0.0.json"
KINDS = {kind.fact: kind for kind in events.all_events()}
PRESENT = events.document(KINDS.values())
RELEASED = json.loads(events.RELEASED.read_text())


def test_the_document_is_current():
    """docs/events/asyncapi.json is what `./userhub events asyncapi` prints."""
    assert events.PRESENT.read_text() == events.text(PRESENT)


def test_every_event_has_an_address_of_its_own():
    """Whatever a contract announces has a channel, and no two share its address."""
    addresses = [channel["address"] for channel in PRESENT["channels"].values()]

    assert len(set(addresses)) == len(addresses) == len(events.all_events())


def test_what_was_released_holds():
    """Against the last released document there are only additions."""
    assert breaches(RELEASED, PRESENT) == []


@pytest.fixture(scope="module")
def official():
    if not OFFICIAL.exists():
        pytest.skip("AsyncAPI's schema is not here (ops/bootstrap.sh dev installs it, with npm)")
    return jsonschema.Draft7Validator(json.loads(OFFICIAL.read_text()))


@pytest.mark.parametrize("document", [PRESENT, RELEASED], ids=["present", "released"])
def test_the_document_is_asyncapi(official, document):
    """The document satisfies the schema that AsyncAPI publishes, and points at nothing missing."""
    official.validate(document)

    assert lost(document) == set()


def lost(document: dict[str, Any]) -> set[str]:
    """References to what is not there: no schema of documents can find them."""

    def is_there(ref: str) -> bool:
        place: Any = document
        for name in ref.removeprefix("#/").split("/"):
            place = place.get(name, {})
        return bool(place)

    refs = re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))
    return {ref for ref in refs if not is_there(ref)}


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
    event = registration.UserRegistered(user_id=1, username="Tom", nickname="汤姆", dialect="leaf")
    schema = events.schema(registration.UserRegistered)
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


def allowed(schema: dict[str, Any], schemas: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema allows; hypothesis-jsonschema's own way with objects is broken."""
    if ref := schema.get("$ref"):
        return allowed(schemas[ref.rpartition("/")[2]], schemas)
    if branches := schema.get("anyOf"):
        return st.one_of(*(allowed(branch, schemas) for branch in branches))
    if schema.get("type") == "array":
        return st.lists(allowed(schema["items"], schemas), max_size=4)
    if schema.get("type") == "object":
        parts = {name: allowed(part, schemas) for name, part in schema["properties"].items()}
        needed = {name: parts.pop(name) for name in schema["required"]}
        return st.fixed_dictionaries(needed, optional=parts)
    return from_schema(schema)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_schema_and_contract_say_the_same(kind):
    """A schema is JSON Schema; what it allows, the contract reads, and writes as it allows."""
    schema = events.schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)

    @settings(max_examples=20)
    @given(allowed(schema["$defs"][kind.fact], schema["$defs"]))
    def holds(data):
        check.validate(envelope(msgspec.convert(data, kind)))

    holds()


async def test_what_is_announced_is_as_its_schema_says(people, bus, acting, announced, js):
    """Whatever is announced about a person from first to last satisfies its event's schema."""
    tom, ann = await people.one(nickname="Tom"), await people.one(nickname="Ann")
    await tom.post("/user/set_nickname", {"nickname": "Thomas"})
    await tom.post("/friendship/invite", {"friendId": ann.id, "message": "hello"})
    await tom.post("/user/add_to_blacklist", {"friendId": ann.id})
    user_id = (
        await bus.ask(accounts.find_by_address, accounts.ByAddress(address=tom.e164))
    ).user_id
    with acting(user_id):
        await bus.ask(deletion.delete_account, deletion.DeleteAccount(user_id=user_id))
    await announced(deletion.UserDeleted, user_id)
    found = await read_events(js, "events.>", str(user_id))

    facts = {envelope.type for envelope in found}
    assert facts >= {kind.fact for kind in (registration.UserRegistered, profile.ProfileChanged)}
    assert facts >= {kind.fact for kind in (friendships.FriendInvited, blacklist.PersonBlocked)}
    for one in found:
        schema = events.schema(KINDS[one.type])
        jsonschema.Draft202012Validator(schema).validate(json.loads(encode(one)))


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
    "broken",
    [
        changed(info=None),
        changed(asyncapi="2.0.0"),
        changed(unheard_of={}),
        changed("operations", "announce.auth.user_registered", action="shout"),
        changed("channels", "auth.user_registered", address=1),
        changed(*REGISTERED, type="objekt"),
        changed(*REGISTERED, required="username"),
    ],
)
def test_what_is_no_asyncapi_is_found(official, broken):
    """A document that AsyncAPI's schema does not allow is refused."""
    assert not official.is_valid(broken)


def test_what_leads_nowhere_is_found():
    """A reference to a schema that is not there is named."""
    broken = changed("components", "schemas", **{"auth.user_registered": None})

    assert lost(broken) == {"#/components/schemas/auth.user_registered"}


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
        changed(*REGISTERED, "properties", "username", format="hostname"),
    ],
)
def test_additions_are_fine(present):
    """New events, new fields, a format and better words break nobody."""
    assert breaches(RELEASED, present) == []
