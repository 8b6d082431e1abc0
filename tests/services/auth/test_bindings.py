"""Phone and e-mail of an account after it was made: bound, replaced, taken away."""

import asyncio
from typing import Any

import pytest

from shared.contracts import (
    accounts,
    bindings,
    codes,
    deletion,
    logins,
    passwords,
    registration,
)
from shared.contracts.bindings import AddressKind, Expects
from tests.services.auth.visitor import PASSWORD, Visitor, new_email, new_phone, outcomes

PURPOSE = "yunhu"


async def bind(one: Visitor, address: str, wait_for, **fields) -> None:
    """Bind an address with a code that was sent to it."""
    there = Visitor(one.bus, address=address)
    proof = there.by_code(await there.code(wait_for, PURPOSE), PURPOSE)
    ask = bindings.BindAddress(user_id=one.user_id, proof=proof, **fields)
    await one.ask(bindings.bind_address, ask)


async def unbind_ask(one: Visitor, address: str, wait_for, **fields) -> bindings.UnbindAddress:
    """Prepare to take an address away."""
    there = Visitor(one.bus, address=address)
    usual = {
        "user_id": one.user_id,
        "kind": "email" if "@" in address else "phone",
        "password": PASSWORD,
        "proof": there.by_code(await there.code(wait_for, PURPOSE), PURPOSE),
        "ip": one.ip,
    }
    return bindings.UnbindAddress(**(usual | fields))


async def notices(bus, address: str, template: str, wait_for, count: int = 1):
    """Wait for so many messages of a kind."""
    one = Visitor(bus, address=address)

    async def enough():
        found = [message for message in await one.messages() if message.template == template]
        return found if len(found) >= count else []

    return await wait_for(enough)


async def test_an_address_is_bound_replaced_and_told_of(member, eventually, announced, bus):
    """The new one logs in, the old one no more; both are told, and no event names either."""
    ann, first, second = await member(), new_email(), new_email()
    await bind(ann, first, eventually, expects=Expects.NONE)
    assert (await ann.log_in(login=first.upper())).user_id == ann.user_id

    await bind(ann, second, eventually, expects=Expects.ONE)

    assert (await ann.account()).email == second.lower()
    assert (await ann.log_in(login=second)).user_id == ann.user_id
    with pytest.raises(logins.WrongCredentials):
        await ann.log_in(login=first)
    told = await announced(bindings.AddressChanged, ann.user_id, 2)
    assert [one.data["how"] for one in told] == ["bound", "replaced"]
    assert {one.data["kind"] for one in told} == {"email"}
    for address, times in ((second, 1), (first, 2), (ann.address, 1)):
        told_there = await notices(bus, address, "address_changed", eventually, times)
        assert len(told_there) == times
    again = Visitor(bus, address=first)
    await again.register(await again.token(eventually))


async def test_what_is_expected_of_the_address_before(member, eventually):
    """Nothing is replaced that must not be there, and nothing bound where something must be."""
    ann = await member()
    with pytest.raises(bindings.NothingBound):
        await bind(ann, new_email(), eventually, expects=Expects.ONE)
    with pytest.raises(bindings.AlreadyBound):
        await bind(ann, new_phone(), eventually, expects=Expects.NONE)
    await bind(ann, ann.address, eventually)
    assert (await ann.account()).phone == ann.address


@pytest.mark.parametrize("call", [bindings.bind_address, bindings.unbind_address])
async def test_a_change_while_the_account_is_closed(workshop, monkeypatch, call):
    """There is no such account any more, whatever was to be changed; the code stays good."""
    phone, email, new = new_phone(), new_email().lower(), new_email().lower()
    token = await workshop.codes.make_token(phone, PURPOSE)
    made = await workshop.table[registration.register](
        registration.Register(
            proof=codes.ByToken(token=token, purpose=PURPOSE), dialect="yunhu", password=PASSWORD
        )
    )
    await workshop.mongo["accounts"].update_one(
        {"_id": made.user_id}, {"$set": {"email": email, "email_key": email}}
    )
    to = new if call is bindings.bind_address else phone
    await workshop.codes.issue(to, PURPOSE, "111111", 60)
    proof = codes.ByCode(address=to, purpose=PURPOSE, code="111111", ip="")
    ask: Any = bindings.BindAddress(user_id=made.user_id, proof=proof)
    if call is bindings.unbind_address:
        ask = bindings.UnbindAddress(
            user_id=made.user_id, kind=AddressKind.PHONE, password=PASSWORD, proof=proof, ip=""
        )
    take = workshop.proofs.take

    async def closed_meanwhile(proof):
        proved = await take(proof)
        await workshop.closing.close(made.user_id)
        return proved

    monkeypatch.setattr(workshop.proofs, "take", closed_meanwhile)

    with pytest.raises(accounts.NoSuchAccount):
        await workshop.table[call](ask)

    assert await take(proof)


async def test_an_address_of_somebody_else(member, eventually):
    """It stays theirs, and the code is used up."""
    ann, bob = await member(), await member()
    there = Visitor(ann.bus, address=bob.address)
    proof = there.by_code(await there.code(eventually, PURPOSE), PURPOSE)
    ask = bindings.BindAddress(user_id=ann.user_id, proof=proof)

    with pytest.raises(accounts.PhoneTaken):
        await ann.ask(bindings.bind_address, ask)
    with pytest.raises(codes.WrongCode):
        await ann.ask(bindings.bind_address, ask)
    assert (await bob.account()).phone == bob.address


async def test_of_many_people_at_once_one_gets_an_address(member, eventually, workshop):
    """The unique index decides, whatever codes say."""
    people, email = [await member() for _ in range(3)], new_email()
    there = Visitor(people[0].bus, address=email)
    proofs = [
        there.by_code(await there.code(eventually, f"yunhu.{word}"), f"yunhu.{word}")
        for word in ("one", "two", "three")
    ]
    asks = [
        one.ask(bindings.bind_address, bindings.BindAddress(user_id=one.user_id, proof=proof))
        for one, proof in zip(people, proofs, strict=True)
    ]

    done, refused = await outcomes(*asks)

    assert len(done) == 1
    assert {type(one) for one in refused} == {accounts.EmailTaken}
    assert [(await one.account()).email for one in people].count(email.lower()) == 1


async def test_an_address_is_taken_away_with_password_and_code(member, eventually, bus):
    """Each alone is not enough; what went is told, and may register again."""
    ann, email = await member(), new_email()
    await bind(ann, email, eventually)
    ask = await unbind_ask(ann, email, eventually)
    wrong: list[tuple[type[Exception], dict[str, Any]]] = [
        (passwords.WrongPassword, {"password": "not this one"}),
        (codes.WrongCode, {"proof": Visitor(bus, address=email).by_code("", PURPOSE)}),
        (codes.WrongCode, {"proof": Visitor(bus, address=new_email()).by_code("1", PURPOSE)}),
    ]
    for refusal, fields in wrong:
        values = {name: getattr(ask, name) for name in ask.__struct_fields__}
        with pytest.raises(refusal):
            await ann.ask(bindings.unbind_address, bindings.UnbindAddress(**(values | fields)))

    await ann.ask(bindings.unbind_address, ask)

    assert (await ann.account()).email is None
    with pytest.raises(bindings.NothingBound):
        await ann.ask(bindings.unbind_address, ask)
    assert await notices(bus, email, "address_changed", eventually)


async def test_the_last_address_stays_also_when_both_go_at_once(member, eventually):
    """Of two that would leave nothing, one is refused."""
    ann, email = await member(), new_email()
    with pytest.raises(bindings.LastAddress):
        await ann.ask(bindings.unbind_address, await unbind_ask(ann, ann.address, eventually))
    await bind(ann, email, eventually)
    asks = [await unbind_ask(ann, one, eventually) for one in (ann.address, email)]

    done, refused = await outcomes(*(ann.ask(bindings.unbind_address, ask) for ask in asks))

    assert (len(done), [type(one) for one in refused]) == (1, [bindings.LastAddress])
    account = await ann.account()
    assert [account.phone, account.email].count(None) == 1


async def test_who_has_no_password_takes_nothing_away(visitor, eventually):
    """There is nothing to prove it with."""
    ann, email = visitor(), new_email()
    code = await ann.code(eventually, PURPOSE)
    await ann.register("", proof=ann.by_code(code, PURPOSE), password=None)
    await bind(ann, email, eventually)

    ask = await unbind_ask(ann, email, eventually, kind=AddressKind.EMAIL)
    with pytest.raises(passwords.WrongPassword):
        await ann.ask(bindings.unbind_address, ask)


async def test_leaving_with_a_code(member, eventually, bus):
    """Only a code to one's own address closes the account; its owner is told and may come again."""
    ann = await member()
    stranger = Visitor(bus, address=new_phone())
    other = stranger.by_code(await stranger.code(eventually, PURPOSE), PURPOSE)
    for proof in (other, ann.by_code("", PURPOSE)):
        with pytest.raises(codes.WrongCode):
            await ann.ask(
                deletion.delete_account, deletion.DeleteAccount(user_id=ann.user_id, proof=proof)
            )
    proof = ann.by_code(await ann.code(eventually, PURPOSE), PURPOSE)

    await ann.ask(deletion.delete_account, deletion.DeleteAccount(user_id=ann.user_id, proof=proof))

    with pytest.raises(logins.WrongCredentials):
        await ann.log_in()
    assert await notices(bus, ann.address, "account_deleted", eventually)
    again = Visitor(bus, address=ann.address)
    await again.register(await again.token(eventually))
    assert again.user_id > ann.user_id


async def test_what_people_are_told(member, visitor, bus, eventually):
    """A new password and a login from elsewhere are told by e-mail, each once."""
    ann = await member(address=new_email())
    await ann.change_password(ann.password, "quite other words")
    away = visitor(address=ann.address, password="quite other words")

    await asyncio.gather(ann.log_in("quite other words"), away.log_in(device="a strange phone"))

    [changed] = await notices(bus, ann.address, "password_changed", eventually)
    assert (await ann.account()).username in changed.body
    [seen] = await notices(bus, ann.address, "new_device", eventually)
    assert "a strange phone" in seen.body
