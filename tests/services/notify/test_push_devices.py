"""Push devices: one row per person and device, changed in place; a registration has one device."""

import asyncio
import secrets

import pytest

from shared.contracts import push_devices
from shared.contracts.push_devices import (
    MOST_DEVICES,
    NoSuchPushDevice,
    PersonIsGone,
    ReadPushDevice,
    RegisterPushDevice,
)
from shared.errors import Malformed, NotTheCaller

NEW = {"is_open": True, "type": 2}


@pytest.fixture
def register(bus, acting):
    """Register a device in its person's name."""

    async def ask(user_id, device="a phone", registration="", **fields):
        registration = registration or secrets.token_hex(10)
        with acting(user_id):
            return await bus.ask(
                push_devices.register_push_device,
                RegisterPushDevice(
                    user_id=user_id,
                    device_id=device,
                    registration_id=registration,
                    **(NEW | fields),
                ),
            )

    return ask


@pytest.fixture
def read(bus, acting):
    """Read a device in its person's name."""

    async def ask(user_id, device="a phone"):
        with acting(user_id):
            return await bus.ask(
                push_devices.read_push_device, ReadPushDevice(user_id=user_id, device_id=device)
            )

    return ask


async def test_a_device_is_changed_in_place(register, read, user_id):
    """A second registration of a device keeps its id and beginning, and changes the rest."""
    first = await register(user_id, registration="r" * 512)
    second = await register(user_id, is_open=False, type=-(2**31))

    assert await read(user_id) == second
    assert (second.id, second.created_at) == (first.id, first.created_at)
    assert second.registration_id != first.registration_id
    assert (second.is_open, second.type, second.device_id) == (False, -(2**31), "a phone")
    assert second.updated_at > first.updated_at == first.created_at


async def test_devices_are_apart(register, read, user_id):
    """Each device of a person has its own row and id; one that never registered has none."""
    one, two = [await register(user_id, device=device) for device in ("one", "d" * 512)]

    assert one.id != two.id
    assert await read(user_id, "one") == one
    with pytest.raises(NoSuchPushDevice):
        await read(user_id, "three")
    with pytest.raises(NoSuchPushDevice):
        await read(user_id + 10**13, "one")


async def test_of_registrations_at_once_each_device_has_one_row(register, mongo, user_id):
    """Many registrations at the same moment leave one row a device, and one owner of an id."""
    shared = secrets.token_hex(10)
    await asyncio.gather(
        *(register(user_id + n % 2 * 10**13, f"d{n % 4}", shared) for n in range(8)),
    )
    rows = mongo("userhub_notify")["push_devices"]

    assert await rows.count_documents({"registration_id": shared}) == 4
    assert await rows.count_documents({"target": shared}) == 1


async def test_the_oldest_makes_room(register, read, user_id, mongo):
    """One device more than the limit takes the place of the one that registered longest ago."""
    rows = mongo("userhub_notify")["push_devices"]
    old = await register(user_id, "d0")
    like = await rows.find_one({"_id": old.id})
    del like["target"]
    like["user_id"] = user_id
    more = [
        like | {"_id": -old.id * 1000 - n, "device_id": f"d{n}"} for n in range(1, MOST_DEVICES)
    ]
    await rows.insert_many(more)
    await register(user_id, "d0")
    await register(user_id, "one more")

    assert await rows.count_documents({"user_id": user_id}) == MOST_DEVICES
    assert (await read(user_id, "d0")).id == old.id


@pytest.mark.parametrize(
    "fields",
    [{"registration": "r" * 513}, {"device": "d" * 513}, {"device": ""}, {"type": 2**31}],
)
async def test_what_is_too_much_is_refused(register, read, user_id, fields):
    """Ids beyond 512 characters, an empty device and a type beyond 32 bits change nothing."""
    with pytest.raises(Malformed):
        await register(user_id, **fields)
    with pytest.raises(NoSuchPushDevice):
        await read(user_id)


async def test_only_one_s_own(bus, acting, user_id):
    """Nobody registers or reads for another person."""
    with acting(user_id + 10**13), pytest.raises(NotTheCaller):
        await bus.ask(push_devices.read_push_device, ReadPushDevice(user_id=user_id, device_id="x"))


async def test_nothing_of_an_erased_person(register, mongo, user_id):
    """Who is erased cannot register again."""
    await mongo("userhub_notify")["erased"].insert_one({"_id": user_id})
    with pytest.raises(PersonIsGone):
        await register(user_id)
