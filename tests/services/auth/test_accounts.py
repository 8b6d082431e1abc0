"""Accounts: made of a proven address, found, read, locked."""

import asyncio
import hashlib
from urllib.parse import urlsplit

import msgspec
import pytest
from nats.js.errors import KeyNotFoundError

from services.auth.codes.store import Verified
from shared import access
from shared.access import Flags
from shared.contracts import (
    accounts,
    administration,
    codes,
    logins,
    passwords,
    profile,
    registration,
)
from shared.errors import Malformed, Unavailable
from shared.mongo import Mongo
from tests.services.auth.visitor import (
    PASSWORD,
    PURPOSE,
    new_email,
    new_phone,
    outcomes,
)
from tests.services.auth.wire import wire_to


async def flags_of(js, user_id: int) -> Flags:
    """What gateways are told of an account."""
    store = await js.key_value(access.ACCOUNTS_BUCKET)
    try:
        entry = await store.get(str(user_id))
    except KeyNotFoundError:
        return access.DEFAULT
    return msgspec.json.decode(entry.value.partition(b":")[2], type=Flags)


async def test_a_person_registers(member, bus, announced, gate):
    """There is an account, a session that gateways admit, a profile, and an event."""
    ann = await member()

    account = await ann.account()
    assert (account.user_id, account.phone, account.email) == (ann.user_id, ann.address, None)
    assert (account.role, account.state) == (accounts.Role.USER, accounts.State.ACTIVE)
    assert gate.admits(ann.session.token)
    ask = profile.ReadProfiles(user_ids=[ann.user_id])
    assert [one.nickname for one in await bus.ask(profile.read_profiles, ask)] == ["Ann"]
    [event] = await announced(registration.UserRegistered, ann.user_id)
    assert event.data["nickname"] == "Ann"


async def test_without_terms_there_is_no_session(visitor, eventually):
    """A dialect that logs in separately gets no session from registering."""
    one = visitor()
    done = await one.register(await one.token(eventually), terms=None)

    assert done.session is None
    assert await one.devices() == []


async def test_an_email_address_keeps_its_spelling_and_is_one_in_any_case(visitor, eventually):
    """It logs in in any case; a second account in other capitals is refused."""
    one = visitor(address=new_email())
    await one.register(await one.token(eventually))
    other = visitor(address=one.address.swapcase())
    token = await other.token(eventually)

    assert (await visitor(address=one.address.upper()).log_in()).user_id == one.user_id
    with pytest.raises(accounts.EmailTaken):
        await other.register(token)


@pytest.mark.parametrize(
    ("address", "refusal"), [(new_phone, accounts.PhoneTaken), (new_email, accounts.EmailTaken)]
)
async def test_of_registrations_at_once_one_wins(visitor, eventually, address, refusal, mongo):
    """With four proofs of one address there is one account, and the others are told it is taken."""
    one = visitor(address=address())
    tokens = [await one.token(eventually) for _ in range(4)]

    made, refused = await outcomes(*(one.register(token) for token in tokens))

    assert len(made) == 1
    assert [type(one) for one in refused] == [refusal] * 3
    field, value = (
        ("email_key", one.address.lower()) if "@" in one.address else ("phone", one.address)
    )
    assert await mongo("userhub_auth")["accounts"].count_documents({field: value}) == 1


async def test_a_taken_address_uses_the_token_up(member, visitor, eventually):
    """Who is told that the address is taken has used the token."""
    ann = await member()
    token = await ann.token(eventually)

    with pytest.raises(accounts.PhoneTaken):
        await visitor(address=ann.address).register(token)
    with pytest.raises(codes.UnknownVerification):
        await visitor(address=ann.address).register(token)


async def test_of_two_who_want_one_username_one_gets_it(visitor, eventually):
    """The other is told so, keeps the token, and gets in under another name."""
    name = f"Kim{new_phone()[-9:]}"
    first, second = visitor(), visitor()
    tokens = [await one.token(eventually) for one in (first, second)]

    made, refused = await outcomes(
        first.register(tokens[0], username=name), second.register(tokens[1], username=name.upper())
    )

    assert len(made) == 1
    assert [type(one) for one in refused] == [accounts.UsernameTaken]
    late, token = (second, tokens[1]) if first.user_id else (first, tokens[0])
    assert (await late.register(token, username=f"{name}_2")).user_id


async def test_a_username_is_found_for_who_gave_none(visitor, eventually):
    """Two people of one nickname at once both get in, one of them with a suffix."""
    nickname = f"李雷{new_phone()[-9:]}"
    both = [visitor(), visitor()]
    tokens = [await one.token(eventually) for one in both]

    await asyncio.gather(
        *(one.register(token, nickname=nickname) for one, token in zip(both, tokens, strict=True))
    )

    usernames = sorted([(await one.account()).username for one in both], key=len)
    assert usernames[0] == nickname
    assert usernames[1].startswith(f"{nickname}_")
    assert len(usernames[1]) == len(nickname) + 6


@pytest.mark.parametrize("password", ["abc12", "password123", "sealtalk"])
async def test_a_bad_password_is_refused_and_the_token_kept(visitor, eventually, password):
    """Who chooses a weak password may choose another with the same token."""
    one = visitor()
    token = await one.token(eventually)

    for weak in (password, one.address, one.address[3:]):
        with pytest.raises(passwords.WeakPassword):
            await one.register(token, password=weak)
    assert (await one.register(token)).user_id


@pytest.mark.parametrize(
    "fields",
    [{"password": ""}, {"password": "x" * 1025}, {"nickname": "x" * 65}, {"dialect": "Sealtalk"}],
)
async def test_what_the_contract_forbids_is_malformed(visitor, eventually, fields):
    """Too long or empty is refused before anything is done; the token stays."""
    one = visitor()
    token = await one.token(eventually)

    with pytest.raises(Malformed):
        await one.register(token, **fields)
    assert (await one.register(token, password="x" * 1024)).user_id


async def test_the_token_outlives_an_outage_of_the_database(workshop, suite, monkeypatch):
    """When the account could not be written, the same token makes it a moment later.

    It does not live longer for that.
    """
    phone = new_phone()
    token = await workshop.codes.make_token(phone, PURPOSE)
    key = f"verified:{hashlib.sha256(token.encode()).hexdigest()}"
    await workshop.redis.client.expire(key, 300)
    ask = registration.Register(
        proof=codes.ByToken(token=token, purpose=PURPOSE),
        password=PASSWORD,
        dialect="sealtalk",
        nickname="Kay",
    )
    async with wire_to(urlsplit(suite.urls["mongo"]).port) as wire:
        url = f"mongodb://127.0.0.1:{wire.port}/?directConnection=true"
        far = Mongo(url, workshop.mongo.db.name, "tests")
        process = workshop.again(far)
        hashing = process.hasher.hash

        async def cut_the_wire(password):
            hashed = await hashing(password)
            await wire.cut()
            return hashed

        monkeypatch.setattr(process.hasher, "hash", cut_the_wire)
        with pytest.raises(Unavailable):
            await process.table[registration.register](ask)
        await far.close()
    assert await workshop.accounts.find(phone=phone) is None
    assert await workshop.codes.read_token(token, PURPOSE) == Verified(phone, PURPOSE)
    assert await workshop.redis.client.ttl(key) <= 300

    made = await workshop.table[registration.register](ask)

    assert (await workshop.accounts.find(phone=phone)).user_id == made.user_id


async def test_who_is_registered_is_told_where_it_is_documented(member, bus, visitor):
    """An address is available until somebody has it, and then leads to their id."""
    stranger, ann = visitor(), await member()
    for one, available in ((stranger, True), (ann, False)):
        ask = accounts.ByAddress(address=one.address)
        assert (await bus.ask(accounts.check_address, ask)).available is available

    found = await bus.ask(accounts.find_by_address, accounts.ByAddress(address=ann.address))
    assert found.user_id == ann.user_id
    with pytest.raises(accounts.NoSuchAccount):
        await bus.ask(accounts.find_by_address, accounts.ByAddress(address=stranger.address))


async def test_a_role_reaches_the_gateways(member, operate, js, announced, eventually):
    """A new role is in the bucket when the call is answered, and announced."""
    ann = await member()

    await operate(
        administration.set_role,
        administration.SetRole(user_id=ann.user_id, role=accounts.Role.ADMIN),
    )

    assert (await flags_of(js, ann.user_id)).role == accounts.Role.ADMIN
    assert (await ann.account()).role == accounts.Role.ADMIN
    [event] = await announced(accounts.RoleChanged, ann.user_id)
    assert event.data["role"] == accounts.Role.ADMIN


async def test_roles_of_nobody(operate, user_id):
    """There is no role for who has no account, nor a lock."""
    with pytest.raises(accounts.NoSuchAccount):
        await operate(
            administration.set_role,
            administration.SetRole(user_id=user_id, role=accounts.Role.ADMIN),
        )
    for disabled in (True, False):
        ask = administration.SetDisabled(user_id=user_id, disabled=disabled)
        with pytest.raises(accounts.NoSuchAccount):
            await operate(administration.set_disabled, ask)


async def test_a_person_is_locked_out_and_let_in(member, bus, js, gate, announced, operate):
    """Locking out ends all sessions for good, is told to who knows the password, and is undone."""
    ann = await member()
    second = await ann.log_in()
    lock = administration.SetDisabled(user_id=ann.user_id, disabled=True)

    await operate(administration.set_disabled, lock)
    assert (await flags_of(js, ann.user_id)).locked
    for token in (ann.session.token, second.token):
        await gate.refuses_soon(token)
    await operate(administration.set_disabled, lock)
    with pytest.raises(accounts.AccountDisabled):
        await ann.log_in()
    with pytest.raises(logins.WrongCredentials):
        await ann.log_in("another password")
    with pytest.raises(accounts.NoSuchAccount):
        await bus.ask(accounts.find_by_address, accounts.ByAddress(address=ann.address))

    await operate(
        administration.set_disabled, administration.SetDisabled(user_id=ann.user_id, disabled=False)
    )
    assert not (await flags_of(js, ann.user_id)).locked
    third = await ann.log_in()

    async def admitted():
        return gate.admits(third.token)

    await gate.eventually(admitted)
    assert not gate.admits(ann.session.token)
    assert not gate.admits(second.token)
    assert [one.session_id for one in await ann.devices()] == [third.session_id]
    assert len(await announced(accounts.UserEnabled, ann.user_id)) == 1
    assert len(await announced(accounts.UserDisabled, ann.user_id)) == 1
