"""Where people have things sent: over the bus, and its rules."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profile.postal_addresses import rules
from shared import errors
from shared.contracts import deletion
from shared.contracts import postal_addresses as contract
from shared.contracts.postal_addresses import LONGEST, MOST_ADDRESSES, PostalAddress

GIVEN = {"name": "张三", "phone": "18818181818", "detail": "环球中心E1区9楼", "is_default": False}


@pytest.fixture
def add(asking):
    """Add an address of a person."""

    async def ask(user_id, **values):
        return await asking(contract.add_address, user_id, **(GIVEN | values))

    return ask


@pytest.fixture
def listed(asking):
    """A person's addresses."""

    async def ask(user_id):
        return await asking(contract.list_addresses, user_id)

    return ask


async def test_addresses_are_kept_changed_and_removed(person, asking, add, listed):
    """The newest first, only for their owner; what is not given stays and null clears."""
    first = await add(person, alias="家", postcode="610000")
    second = await add(person, province="四川省", city="成都市", county="高新区")
    assert await listed(person) == [second, first]
    assert (second.alias, second.postcode) == (None, None)

    changed = await asking(contract.change_address, person, id=first.id, alias=None, name="李四")
    assert (changed.alias, changed.name, changed.postcode) == (None, "李四", "610000")
    assert changed.created_at == first.created_at < changed.updated_at
    assert await asking(contract.read_address, person, id=first.id) == changed
    again = await asking(contract.change_address, person, id=first.id, name="李四")
    assert again == changed

    await asking(contract.delete_address, person, id=second.id)
    assert await listed(person) == [changed]
    for call in (contract.read_address, contract.change_address, contract.delete_address):
        with pytest.raises(contract.NoSuchPostalAddress):
            await asking(call, person, id=second.id)
        with pytest.raises(contract.NoSuchPostalAddress):
            await asking(call, person + 1, id=first.id)


async def test_nobody_reads_the_addresses_of_another(person, bus, acting):
    """Who asks is whose they are."""
    with acting(person + 1), pytest.raises(errors.NotTheCaller):
        await bus.ask(contract.list_addresses, contract.OfPerson(user_id=person))


async def test_20_addresses_are_the_most(person, add, asking, listed):
    """Of several at once the last place takes one; one that is removed makes room."""
    last = await add(person)
    for _ in range(MOST_ADDRESSES - 2):
        await add(person)

    results = await asyncio.gather(*(add(person) for _ in range(3)), return_exceptions=True)

    refused = [one for one in results if isinstance(one, contract.TooManyPostalAddresses)]
    assert (len(refused), len(await listed(person))) == (2, MOST_ADDRESSES)
    await asking(contract.delete_address, person, id=last.id)
    assert await add(person)


async def test_one_default_at_most_whatever_happens_at_once(person, add, asking, listed):
    """Adding and changing at the same moment leaves one default; clearing it leaves none."""
    ids = [(await add(person)).id for _ in range(3)]

    await asyncio.gather(
        *(asking(contract.change_address, person, id=one, is_default=True) for one in ids),
        *(add(person, is_default=True) for _ in range(3)),
    )

    [default] = [one for one in await listed(person) if one.is_default]
    await asking(contract.change_address, person, id=default.id, is_default=False)
    assert not any(one.is_default for one in await listed(person))


@pytest.mark.parametrize("field", LONGEST)
@pytest.mark.parametrize(("character", "size"), [("a", 1), ("成", 2), ("🏠", 4), ("ꀀ", 4)])
async def test_lengths_are_bytes_of_gb18030(field, character, size):
    """The last length that is accepted, and the first that is not, in every kind of character."""
    limit = LONGEST[field]
    rules.check({field: character * (limit // size)})

    with pytest.raises(contract.PostalTextTooLong) as refusal:
        rules.check({field: character * (limit // size) + "a"})
    assert refusal.value.details == {"field": field, "limit": limit}


async def test_text_is_checked_where_it_is_kept(person, add, asking):
    """What is too long or cannot be shown is refused by the service, new or changed."""
    kept = await add(person, name="a" * 24)
    with pytest.raises(contract.PostalTextTooLong):
        await add(person, name="a" * 25)
    with pytest.raises(contract.PostalTextTooLong):
        await asking(contract.change_address, person, id=kept.id, detail="成" * 81)
    for text in ("a\nb", " ", "a\u202eb"):
        with pytest.raises(errors.UnusableText):
            await add(person, name=text)


async def test_a_leaving_person_takes_their_addresses_along(person, add, tell, mongo):
    """Nothing is left, and nothing comes after."""
    await add(person)
    await tell(deletion.UserDeleting(user_id=person))

    assert not await mongo("userhub_profile")["postal_addresses"].find_one({"_id": person})
    with pytest.raises(errors.AppError) as refusal:
        await add(person)
    assert refusal.value.code == "profile.no_such_profile"


@given(st.text(max_size=30))
def test_every_text_has_a_length_or_is_refused(text):
    """No text breaks the counting: it is accepted, too long or unusable."""
    try:
        rules.check({"name": text})
    except (contract.PostalTextTooLong, errors.UnusableText):
        return
    assert 0 < rules.length(text) <= LONGEST["name"]


WHEN = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "change", "remove"]), st.integers(1, 25), st.none() | st.booleans()
    ),
    max_size=60,
)


def an_address(id_: int, *, is_default: bool) -> PostalAddress:
    """Make an address."""
    return PostalAddress(
        id=id_,
        user_id=7,
        name="张三",
        phone="18818181818",
        detail="环球中心E1区9楼",
        is_default=is_default,
        created_at=WHEN,
        updated_at=WHEN,
    )


@given(STEPS)
def test_one_default_and_20_addresses_whatever_happens(steps):
    """After every step there are 20 at most, one default at most, and the newest word counts."""
    present: tuple[PostalAddress, ...] = ()
    number = 0
    for what, id_, default in steps:
        try:
            if what == "add":
                number += 1
                new = an_address(number, is_default=bool(default))
                present = rules.added(present, new)
            elif what == "change":
                values = {} if default is None else {"is_default": default}
                present = rules.changed(present, id_, values, WHEN)
                assert default in (None, rules.found(present, id_).is_default)
            else:
                present = rules.removed(present, id_)
        except (contract.NoSuchPostalAddress, contract.TooManyPostalAddresses):
            continue
        assert len(present) <= MOST_ADDRESSES
        assert sum(one.is_default for one in present) <= 1
        assert [one.id for one in present] == sorted((one.id for one in present), reverse=True)
