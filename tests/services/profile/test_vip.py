"""Memberships, and what is for members only."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profile.vip import rules
from shared import errors
from shared.contracts import deletion, module_settings, vip
from shared.contracts.vip import Level

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def grant_vip(administer):
    async def give(user_id, days=30, **fields):
        return await administer(vip.grant_vip, vip.GrantVip(user_id=user_id, days=days, **fields))

    return give


@pytest.fixture
def read(bus):
    async def ask(*user_ids):
        return await bus.ask(vip.read_vips, vip.ReadVips(user_ids=list(user_ids)))

    return ask


@pytest.fixture
def hide(bus, acting):
    async def ask(user_id, device_id, hidden):
        with acting(user_id):
            ask = module_settings.Hide(user_id=user_id, device_id=device_id, hidden=hidden)
            return await bus.ask(module_settings.hide_modules, ask)

    return ask


@pytest.fixture
def hidden(bus, acting):
    async def ask(user_id, device_id):
        with acting(user_id):
            ask = module_settings.OfDevice(user_id=user_id, device_id=device_id)
            return await bus.ask(module_settings.read_modules, ask)

    return ask


async def test_a_membership_grows_and_ends(person, grant_vip, read, administer, announced):
    """More days are added at its end, the level holds from now on, and an end is at once."""
    first = await grant_vip(person)
    more = await grant_vip(person, days=10, level=Level.MIDDLE, name="")
    assert (first.level, first.name, first.active) == (Level.LOW, "白金会员", True)
    assert more.until - first.until == timedelta(days=10)
    assert (more.level, more.name) == (Level.MIDDLE, "钻石会员")
    assert await read(person + 1, person, person) == [more]

    for _ in range(2):
        await administer(vip.end_vip, vip.EndVip(user_id=person))
    [over] = await read(person)
    assert (over.active, over.level) == (False, Level.MIDDLE)
    assert len(await announced(vip.VipChanged, person, 3)) == 3


async def test_no_granted_day_is_lost(person, grant_vip):
    """Of grants at the same moment each adds its days."""
    done = await asyncio.gather(*(grant_vip(person, days=1) for _ in range(5)))
    first, *_, last = sorted(one.until for one in done)
    assert last - first == timedelta(days=4)


async def test_memberships_are_for_people_who_exist(person, user_id, grant_vip, read, tell):
    """Nobody else becomes a member, and who left is none."""
    with pytest.raises(vip.NoSuchMember):
        await grant_vip(user_id + 1)
    with pytest.raises(errors.UnusableText):
        await grant_vip(person, name="two\nlines")
    await grant_vip(person)
    await tell(deletion.UserDeleting(user_id=person))
    assert await read(person) == []


@given(st.one_of(st.none(), st.timedeltas(-timedelta(days=9), timedelta(days=40_000))), st.data())
def test_a_grant_ends_so_many_days_after_what_was(left, data):
    """From the end, or from now if that is past; never beyond a hundred years."""
    days = data.draw(st.integers(1, vip.DAYS_MOST))
    present = (
        rules.Kept(user_id=1, level=Level.HIGH, name="x", until=NOW + left)
        if left is not None
        else None
    )
    kept = rules.granted(present, vip.GrantVip(user_id=1, days=days), NOW)
    begin = max(left or timedelta(0), timedelta(0))
    assert kept.until - NOW == min(begin + timedelta(days=days), timedelta(days=vip.DAYS_MOST))
    assert rules.shown(kept, NOW).active
    assert not rules.shown(kept, kept.until).active


async def test_modules_are_for_vips(person, hide, hidden, grant_vip, administer):
    """Others can neither hide nor look; what was hidden is there again with the membership."""
    for ask in (hide(person, "phone", ",10"), hidden(person, "phone")):
        with pytest.raises(module_settings.VipsOnly):
            await ask
    await grant_vip(person)
    assert await hidden(person, "phone") == module_settings.ModuleSetting(
        number=0, user_id=person, device_id="phone"
    )
    kept = await hide(person, "phone", ",30,20,10")
    assert kept.number > 0
    await administer(vip.end_vip, vip.EndVip(user_id=person))
    with pytest.raises(module_settings.VipsOnly):
        await hidden(person, "phone")
    await grant_vip(person)
    assert await hidden(person, "phone") == kept


async def test_each_device_has_its_own_modules(person, hide, hidden, grant_vip):
    """A setting is changed in place, under its number, and only on its device."""
    await grant_vip(person)
    first, other = await hide(person, "a", ",10"), await hide(person, "b" * 512, "")
    changed = await hide(person, "a", ",20")
    assert (changed.number, changed.hidden) == (first.number, ",20")
    assert other.number != first.number
    assert await hidden(person, "b" * 512) == other
    for device_id, text in (("a\n", ""), ("a", "\x00")):
        with pytest.raises(errors.UnusableText):
            await hide(person, device_id, text)
    for device_id, text in (("", ""), ("b" * 513, ""), ("a", "," * 256)):
        with pytest.raises(errors.Malformed):
            await hide(person, device_id, text)


async def test_one_device_has_one_setting_and_only_so_many_devices_have_one(
    person, hide, hidden, grant_vip, mongo
):
    """First settings at the same moment are one; one device too many pushes the oldest out."""
    await grant_vip(person)
    done = await asyncio.gather(*(hide(person, "old", f",{number}") for number in range(6)))
    assert len({one.number for one in done}) == 1
    docs = mongo("userhub_profile")["module_settings"]
    later = [
        {
            "_id": -person - number,
            "user_id": person,
            "device_id": f"d{number}",
            "hidden": "",
            "updated_at": done[0].updated_at + timedelta(minutes=number),
        }
        for number in range(1, module_settings.DEVICES_MOST)
    ]
    await docs.insert_many(later)
    await hide(person, "one more", "")
    assert await docs.count_documents({"user_id": person}) == module_settings.DEVICES_MOST
    assert (await hidden(person, "one more")).number > 0
    left_out = {"old", "d1"} - {row["device_id"] async for row in docs.find({"user_id": person})}
    assert left_out == {"old"}
