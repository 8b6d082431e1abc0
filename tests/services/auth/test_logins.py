"""Logging in by any name and by code, and accounts that come to be that way."""

import asyncio

import pytest

from shared.contracts import (
    accounts,
    administration,
    codes,
    logins,
    passwords,
    profile,
    registration,
)
from tests.services.auth.visitor import PASSWORD, Visitor, new_email, outcomes

CODE = "yunhu"
LEAF = "leaf"


async def test_one_account_by_each_of_its_names(visitor, eventually):
    """A username, in any case, logs in as the address does; another person's name does not."""
    ann = visitor(address=new_email())
    code = await ann.code(eventually, LEAF)
    name = f"Ann {ann.address[4:12]}"
    await ann.register("", proof=ann.by_code(code, LEAF), username=name)

    for login in (name, name.upper(), ann.address.upper()):
        assert (await ann.log_in(login=login)).user_id == ann.user_id
    with pytest.raises(logins.WrongCredentials):
        await ann.log_in(login=f"{name}x")


async def test_a_code_registers_once_and_only_if_the_account_is_made(visitor, eventually):
    """A refused password leaves the code good; of ten at once one makes the account."""
    ann = visitor(address=new_email())
    code = await ann.code(eventually, LEAF)
    proof = ann.by_code(code, LEAF)
    with pytest.raises(passwords.WeakPassword):
        await ann.register("", proof=proof, password="123456")

    made, refused = await outcomes(*(ann.register("", proof=proof) for _ in range(10)))

    assert len(made) == 1
    assert {type(one) for one in refused} <= {codes.WrongCode, accounts.EmailTaken}
    with pytest.raises(codes.WrongCode):
        await ann.register("", proof=proof)


async def test_a_code_of_another_purpose_or_none_registers_nobody(visitor, eventually):
    """An empty code, one that was never sent, and one for something else are wrong."""
    ann = visitor(address=new_email())
    code = await ann.code(eventually, LEAF)

    for given, purpose in (("", LEAF), ("", "leaf.other"), (code, "leaf.other")):
        with pytest.raises(codes.WrongCode):
            await ann.register("", proof=ann.by_code(given, purpose))


async def test_an_account_without_password(visitor, eventually):
    """It has none, no password opens it, and the first one is set without an old one."""
    ann = visitor()
    code = await ann.code(eventually, CODE)
    await ann.register("", proof=ann.by_code(code, CODE), password=None)
    assert not (await ann.account()).has_password
    for tried in ("", " ", PASSWORD):
        with pytest.raises(logins.WrongCredentials):
            await ann.log_in(tried or "x")

    await ann.change_password(None, "quite other words")

    assert (await ann.account()).has_password
    assert (await ann.log_in("quite other words")).user_id == ann.user_id
    with pytest.raises(passwords.WrongPassword):
        await ann.change_password(None, "third words of hers")


async def test_reserved_names(visitor, eventually):
    """Nobody registers as an operator; a name made of such a nickname gets a suffix."""
    ann = visitor()
    token = await ann.token(eventually)
    for name in ("root", "ADMIN", "管理员"):
        with pytest.raises(accounts.UsernameReserved):
            await ann.register(token, username=name)

    await ann.register(token, nickname="Admin")

    assert (await ann.account()).username.startswith("Admin_")


async def test_a_newcomer_gets_an_account_with_the_first_code(visitor, eventually, bus):
    """Where a dialect makes accounts, the first code does, with a profile; the next finds it."""
    ann = visitor()
    create = registration.NewAccount(nickname="Ann of the sea")

    first = await ann.enter(await ann.code(eventually, CODE), CODE, create=create)
    second = await ann.enter(await ann.code(eventually, CODE), CODE, create=create)

    assert (first.created, second.created) == (True, False)
    assert first.session.user_id == second.session.user_id
    read = profile.ReadProfiles(user_ids=[first.session.user_id])
    [shown] = await bus.ask(profile.read_profiles, read)
    assert shown.nickname == "Ann of the sea"


async def test_who_has_no_account_is_told_only_with_the_right_code(visitor, eventually):
    """A wrong code says wrong code to everybody; the right one says once that there is nobody."""
    ann = visitor(address=new_email())
    code = await ann.code(eventually, LEAF)
    wrong = f"{(int(code) + 1) % 10**6:06d}"

    for given in ("", wrong):
        with pytest.raises(codes.WrongCode):
            await ann.enter(given, LEAF)
    with pytest.raises(accounts.NoSuchAccount):
        await ann.enter(code, LEAF)
    with pytest.raises(codes.WrongCode):
        await ann.enter(code, LEAF)


async def test_an_empty_code_opens_nothing(member):
    """Where no code was sent, none is right: not the empty one either."""
    ann = await member()
    for given in ("", "0", "000000"):
        with pytest.raises(codes.WrongCode):
            await ann.enter(given, "leaf.never")


async def test_one_code_is_one_session(member, eventually):
    """Of ten logins at once with one code, one succeeds."""
    ann = await member()
    code = await ann.code(eventually, CODE)

    done, refused = await outcomes(*(ann.enter(code, CODE) for _ in range(10)))

    assert len(done) == 1
    assert {type(one) for one in refused} == {codes.WrongCode}


async def test_a_disabled_person_says_so_only_to_the_right_code(member, eventually, operate):
    """The code is used up by that answer."""
    ann = await member()
    lock = administration.SetDisabled(user_id=ann.user_id, disabled=True)
    await operate(administration.set_disabled, lock)
    code = await ann.code(eventually, CODE)

    with pytest.raises(codes.WrongCode):
        await ann.enter("000", CODE)
    with pytest.raises(accounts.AccountDisabled):
        await ann.enter(code, CODE)
    with pytest.raises(codes.WrongCode):
        await ann.enter(code, CODE)


async def test_failures_count_against_the_account_by_whichever_name(member, bus):
    """Ten failures spread over two names of one person are ten."""
    ann = await member()
    name = (await ann.account()).username
    attacker = Visitor(bus, address=ann.address)
    for login in [name, ann.address] * 5:
        with pytest.raises(logins.WrongCredentials):
            await attacker.log_in("not this one", login=login)

    for login in (name, ann.address):
        with pytest.raises(passwords.TooManyFailures):
            await attacker.log_in("not this one", login=login)
    assert (await ann.log_in()).user_id == ann.user_id


async def test_a_newcomer_who_registers_and_logs_in_at_once_has_one_account(visitor, eventually):
    """Two dialects, two codes, one address: there is one account, and the login is in it."""
    ann = visitor(address=new_email())
    first, second = [await ann.code(eventually, one) for one in ("leaf", "yunhu")]

    done, refused = await outcomes(
        ann.register("", proof=ann.by_code(first, "leaf")),
        ann.enter(second, "yunhu", create=registration.NewAccount()),
    )

    assert {type(one) for one in refused} <= {accounts.EmailTaken}
    [entered] = [one for one in done if isinstance(one, logins.Entered)]
    assert entered.session.user_id == (ann.user_id or entered.session.user_id)


async def test_a_code_given_back_does_not_replace_a_newer_one(workshop):
    """What could not be done leaves the code good, unless another was sent meanwhile."""
    sent, proof = workshop.codes, {"address": "+8613900000001", "purpose": "leaf", "ip": ""}
    await sent.issue(proof["address"], "leaf", "111111", 60)
    taken = await workshop.proofs.take(codes.ByCode(code="111111", **proof))
    await taken.give_back()
    again = await workshop.proofs.take(codes.ByCode(code="111111", **proof))
    await sent.issue(proof["address"], "leaf", "222222", 60)
    await asyncio.gather(taken.give_back(), again.give_back())

    with pytest.raises(codes.WrongCode):
        await workshop.proofs.take(codes.ByCode(code="111111", **proof))
    assert (await workshop.proofs.take(codes.ByCode(code="222222", **proof))).address
