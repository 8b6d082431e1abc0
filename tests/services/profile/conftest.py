"""What the tests of the profile service share."""

import uuid

import pytest

from services.profile.pictures.rules import Tickets
from shared.caller import Caller
from shared.contract import Event
from shared.contracts import pictures, points, profile
from shared.contracts.accounts import Role
from shared.settings import Key
from tests.announcing import announce


@pytest.fixture
async def person(bus, user_id):
    """The id of a person who has a profile."""
    await bus.ask(profile.open_profile, profile.OpenProfile(user_id=user_id, nickname="Ann"))
    return user_id


@pytest.fixture
def ticket_for(bus, acting):
    """Get a person's ticket to upload."""

    async def issue(user_id):
        with acting(user_id):
            ask = pictures.IssueTicket(user_id=user_id)
            return (await bus.ask(pictures.issue_ticket, ask)).token

    return issue


@pytest.fixture
def tickets(secrets_of_suite):
    """What the service seals its tickets and passes with."""
    return Tickets(Key.parse(secrets_of_suite["USERHUB_UPLOAD_KEY"]))


@pytest.fixture
def upload(bus, ticket_for):
    """Upload a picture for a person."""

    async def store(user_id, content, timeout=10):
        ask = pictures.StorePicture(ticket=await ticket_for(user_id), content=content)
        return await bus.ask(pictures.store_picture, ask, timeout=timeout)

    return store


@pytest.fixture
def tell(js, mongo, eventually):
    """Announce an event of auth as auth would, so many times, and wait until it is handled."""

    async def publish(event: Event, times: int = 1) -> None:
        db = mongo("userhub_profile")
        for _ in range(times):
            handled = f"profile:{await announce(js, event)}"

            async def is_handled(handled=handled):
                return await db["handled"].find_one({"_id": handled})

            await eventually(is_handled)

    return publish


@pytest.fixture
def facts_of(mongo, eventually):
    """Give the facts that the service announced of a person, once all are published."""

    async def read(user_id):
        outbox = mongo("userhub_profile")["outbox"]

        async def all_published():
            return not await outbox.find_one({"subject": str(user_id), "waiting": True})

        await eventually(all_published)
        rows = outbox.find({"subject": str(user_id)}).sort("sequence", 1)
        return [row["fact"] async for row in rows]

    return read


@pytest.fixture
def administer(bus):
    """Ask something as an administrator, or as somebody with another role."""

    async def ask(call, message, role=Role.ADMIN):
        return await bus.ask(call, message, caller=Caller(1, "0" * 32, int(role)))

    return ask


@pytest.fixture
def newcomers(bus, user_id):
    """Make so many people who have a profile; gives their ids."""

    async def make(count):
        ids = [user_id * 100 + number for number in range(count)]
        for one in ids:
            await bus.ask(profile.open_profile, profile.OpenProfile(user_id=one, nickname="Bob"))
        return ids

    return make


@pytest.fixture
def grant(administer):
    """Give points to a person, or take them, in hundredths."""

    async def change(user_id, amount, key=None, **fields):
        call = points.grant if amount > 0 else points.take
        ask = points.Change(
            user_id=user_id,
            points=abs(amount),
            reason=fields.pop("reason", "for nothing"),
            key=key or uuid.uuid4().hex,
            **fields,
        )
        return await administer(call, ask)

    return change


@pytest.fixture
def balance(bus):
    """How many hundredths of a point somebody has."""

    async def read(user_id):
        [found] = await bus.ask(points.read_balances, points.ReadBalances(user_ids=[user_id]))
        return found.points

    return read


@pytest.fixture
def audit(administer):
    """Add somebody's ledger up anew."""

    async def check(user_id):
        return await administer(points.check, points.OwnerOf(user_id=user_id))

    return check


@pytest.fixture
def asking(bus, acting):
    """Ask something as a person: give the call, the person, and the rest of the message."""

    async def ask(call, user_id, timeout=10, **values):
        with acting(user_id):
            return await bus.ask(call, call.ask(user_id=user_id, **values), timeout=timeout)

    return ask


@pytest.fixture
def entries(administer):
    """Give the newest entries of somebody's ledger, newest first."""

    async def read(user_id, limit=100):
        ask = points.ListEntries(user_id=user_id, limit=limit)
        return (await administer(points.inspect_entries, ask)).entries

    return read
