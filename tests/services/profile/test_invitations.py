"""Who brought whom."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profile.invitations import rules
from shared import errors
from shared.contracts import deletion, invitations
from shared.contracts.points import Cause


@pytest.fixture
def read(bus, acting):
    async def ask(user_id):
        with acting(user_id):
            return await bus.ask(invitations.read_invitation, invitations.Host(user_id=user_id))

    return ask


@pytest.fixture
def choose(bus, acting):
    async def ask(user_id, code):
        with acting(user_id):
            ask = invitations.ChooseCode(user_id=user_id, code=code)
            await bus.ask(invitations.choose_code, ask)

    return ask


@pytest.fixture
def name(bus, acting):
    async def ask(user_id, code):
        with acting(user_id):
            ask = invitations.NameInviter(user_id=user_id, code=code)
            await bus.ask(invitations.name_inviter, ask)

    return ask


@pytest.fixture
def listed(bus, acting):
    async def ask(user_id, **fields):
        with acting(user_id):
            ask = invitations.ListInvited(user_id=user_id, **fields)
            page = await bus.ask(invitations.list_invited, ask)
        return [one.user_id for one in page.invited], page.total

    return ask


def own_code(user_id, length=10):
    """A code that no other test chooses."""
    return f"Z{user_id % 10 ** (length - 1):0{length - 1}d}"


@pytest.mark.usefixtures("one_day")
async def test_whoever_brings_somebody_is_paid_once(
    newcomers, read, name, listed, entries, announced
):
    """The guest says so once, by either code in any case; the host sees them, latest first."""
    host, ann, bob = await newcomers(3)
    code = (await read(host)).code
    assert code == invitations.standard_code(host)
    await name(ann, code.lower())
    await name(bob, code)
    with pytest.raises(invitations.AlreadyInvited):
        await name(ann, code)

    found = await read(host)
    assert (found.invited, found.invited_today, found.rewarded) == (2, 2, 2)
    assert found.income == 2 * invitations.REWARD
    assert [one.cause for one in await entries(host)] == [Cause.INVITATION] * 2
    assert await listed(host) == ([bob, ann], 2)
    assert await listed(host, skip=1) == ([ann], 2)
    assert (await read(ann)).inviter_id == host
    [event] = await announced(invitations.PersonInvited, ann)
    assert event.data["inviter_id"] == host


async def test_a_chosen_code_works_beside_the_standard_one(newcomers, read, choose, name):
    """It is shown as chosen, nobody else can have it, and given up it is free."""
    host, ann, bob = await newcomers(3)
    code = own_code(host)
    await choose(host, code)
    assert (await read(host)).code == code
    with pytest.raises(invitations.CodeTaken):
        await choose(ann, code.lower())
    await name(ann, code.lower())
    await name(bob, invitations.standard_code(host))
    assert (await read(host)).invited == 2

    await choose(host, invitations.standard_code(host))
    assert (await read(host)).code == invitations.standard_code(host)
    await choose(ann, code)


async def test_of_two_who_choose_a_code_at_once_one_has_it(newcomers, choose):
    """The index decides."""
    ids = await newcomers(4)
    code = own_code(ids[0])
    done = await asyncio.gather(*(choose(one, code) for one in ids), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["CodeTaken"] * 3 + ["NoneType"]


async def test_who_cannot_have_brought_somebody(newcomers, user_id, name, read):
    """Not oneself, nor who came later, nor nobody; and of many answers at once one holds."""
    first, second, third = await newcomers(3)
    for guest, code, refusal in (
        (second, invitations.standard_code(second), invitations.NotInvitedBy),
        (first, invitations.standard_code(second), invitations.NotInvitedBy),
        (first, invitations.standard_code(user_id), invitations.NoSuchCode),
        (first, "!", invitations.NoSuchCode),
        (user_id, invitations.standard_code(first), invitations.NoSuchGuest),
    ):
        with pytest.raises(refusal):
            await name(guest, code)
    codes = [invitations.standard_code(one) for one in (first, second) * 3]
    done = await asyncio.gather(*(name(third, code) for code in codes), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["AlreadyInvited"] * 5 + ["NoneType"]
    assert (await read(first)).invited + (await read(second)).invited == 1


async def test_the_standard_codes_of_others_cannot_be_chosen(person, choose):
    """Neither of people who are here nor of those who may come; too short is refused as well."""
    for other in (1, 4, 10**6, rules.ORDINARY_IDS):
        with pytest.raises(invitations.CodeTaken):
            await choose(person, invitations.standard_code(other))


async def test_a_chosen_code_has_4_to_16_letters_and_digits(person, choose):
    """Shorter, longer and other characters are refused."""
    for code in ("abc", "Z" * 17, "ab-cd", "编号编号", ""):
        with pytest.raises(errors.Malformed):
            await choose(person, code)
    for code in (own_code(person, 4), own_code(person, 16)):
        await choose(person, code)


async def test_both_sides_forget_who_left(newcomers, tell, name, read, listed):
    """The guest is not listed any more; the host is nobody's inviter, and still nobody else is."""
    other, host, ann, bob = await newcomers(4)
    for guest in (ann, bob):
        await name(guest, invitations.standard_code(host))
    await tell(deletion.UserDeleting(user_id=ann))
    assert await listed(host) == ([bob], 1)
    await tell(deletion.UserDeleting(user_id=host))
    assert (await read(bob)).inviter_id is None
    for code, refusal in ((host, invitations.NoSuchCode), (other, invitations.AlreadyInvited)):
        with pytest.raises(refusal):
            await name(bob, invitations.standard_code(code))


def test_the_standard_code_is_that_of_the_product():
    """Ids and codes as clients know them (thinksns reference 2)."""
    for user_id, code in ((4, "10ABC3"), (1, "10ABC0"), (13, "10ABCC")):
        assert invitations.standard_code(user_id) == code
        assert invitations.owner_of_standard(code.lower()) == user_id


@given(st.integers(1, 2**63 - 1))
def test_a_standard_code_names_its_owner(user_id):
    """Whatever the id, its code leads back to it, in either case."""
    code = invitations.standard_code(user_id)
    assert invitations.owner_of_standard(code) == user_id
    assert invitations.owner_of_standard(code.swapcase()) == user_id


@given(st.text(max_size=20))
def test_any_other_text_names_nobody(text):
    """A text leads to an id only if it is that id's code."""
    owner = invitations.owner_of_standard(text)
    assert owner is None or invitations.standard_code(owner) == text.upper()


@given(st.lists(st.integers(0, 2), max_size=150))
def test_only_so_many_invitations_pay(gaps):
    """Ten on one day, a hundred in all; every one is counted."""
    host, today, paid = rules.Host(user_id=1), 1, 0
    on_day: dict[int, int] = {}
    for gap in gaps:
        today += gap == 2
        host, pays = rules.brought(host, today)
        on_day[today] = on_day.get(today, 0) + pays
        paid += pays
    income = paid * invitations.REWARD
    assert (host.invited, host.rewarded, host.income) == (len(gaps), paid, income)
    assert paid <= invitations.REWARDED_IN_ALL
    assert all(count <= invitations.REWARDED_A_DAY for count in on_day.values())
    expected = sum(min(10, gaps_on) for gaps_on in _per_day(gaps))
    assert paid == min(invitations.REWARDED_IN_ALL, expected)


def _per_day(gaps):
    counts = [0]
    for gap in gaps:
        if gap == 2:
            counts.append(0)
        counts[-1] += 1
    return counts
