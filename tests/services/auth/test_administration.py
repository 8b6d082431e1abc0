"""What administrators do to accounts, and what they may not."""

import itertools

import pytest

from ops.admin.connection import OPERATOR
from services.auth.administration.rules import may_act
from services.auth.codes import rules
from shared.caller import Caller, signed_caller
from shared.contracts import (
    accounts,
    administration,
    bindings,
    codes,
    logins,
    passwords,
    registration,
    sessions,
)
from shared.contracts.accounts import Role
from shared.errors import NotAllowed
from tests.conftest import ANY_SESSION
from tests.services.auth.visitor import (
    PURPOSE,
    Visitor,
    new_email,
    new_ip,
    new_phone,
    outcomes,
)


@pytest.fixture
def promoted(member, operate):
    """Make somebody with a role."""

    async def make(role, **fields):
        one = await member(**fields)
        await operate(
            administration.set_role, administration.SetRole(user_id=one.user_id, role=role)
        )
        return one

    return make


async def act(one: Visitor, call, seen=Role.ADMIN, **fields):
    """Ask as somebody whom the gateway saw with a role."""
    caller = Caller(one.user_id, ANY_SESSION, seen)
    return await one.bus.ask(call, call.ask(**fields), caller=caller)


def test_who_may_act_on_whom():
    """On lower roles only; the highest on everybody."""
    for actor, target in itertools.product(Role, Role):
        assert may_act(actor, target) is (target < actor or actor == Role.ROOT)


async def test_without_the_role_nothing_is_done(member, promoted):
    """A role that the gateway saw is not enough if it is gone; nor is the one of an auditor."""
    ann, auditor = await member(), await promoted(Role.AUDITOR)
    asks = (
        (administration.set_disabled, {"user_id": ann.user_id, "disabled": True}),
        (administration.modify_account, {"user_id": ann.user_id, "username": "Mine"}),
        (administration.delete_person, {"user_id": ann.user_id}),
    )
    for call, fields in asks:
        for role in (Role.AUDITOR, Role.ROOT):
            with pytest.raises(NotAllowed):
                await act(auditor, call, role, **fields)
    with pytest.raises(NotAllowed):
        await act(auditor, administration.list_people, Role.AUDITOR, limit=1)
    with pytest.raises(NotAllowed):
        await act(ann, administration.set_role, Role.ADMIN, user_id=ann.user_id, role=Role.ROOT)
    assert (await ann.account()).state == accounts.State.ACTIVE


async def test_an_administrator_acts_on_lower_roles_only(member, promoted):
    """On a person, not on another administrator, and not on the own account."""
    ann, admin, other = await member(), await promoted(Role.ADMIN), await promoted(Role.ADMIN)
    for target, refusal in ((other, NotAllowed), (admin, administration.Oneself)):
        with pytest.raises(refusal):
            await act(admin, administration.set_disabled, user_id=target.user_id, disabled=True)
        with pytest.raises(refusal):
            await act(admin, administration.delete_person, user_id=target.user_id)
    with pytest.raises(NotAllowed):
        await act(admin, administration.modify_account, user_id=other.user_id, username="Mine")

    await act(admin, administration.set_disabled, user_id=ann.user_id, disabled=True)

    with pytest.raises(accounts.AccountDisabled):
        await ann.log_in()
    await act(admin, administration.delete_person, user_id=ann.user_id)
    with pytest.raises(logins.WrongCredentials):
        await ann.log_in()
    with pytest.raises(accounts.NoSuchAccount):
        await act(admin, administration.delete_person, user_id=ann.user_id)


async def test_names_are_changed_all_or_nothing(member, promoted, announced):
    """A taken address leaves the name as it was; both are compared in any case."""
    ann, bob = await member(), await member(address=new_email())
    admin, email = await promoted(Role.ADMIN), new_email()
    taken = [
        ({"username": "Ann Two", "email": bob.address.upper()}, accounts.EmailTaken),
        ({"username": (await bob.account()).username.upper()}, accounts.UsernameTaken),
        ({"username": "Admin"}, accounts.UsernameReserved),
    ]
    before = await ann.account()
    for fields, refusal in taken:
        with pytest.raises(refusal):
            await act(admin, administration.modify_account, user_id=ann.user_id, **fields)
    assert await ann.account() == before

    name = f"Ann of {ann.user_id}"
    await act(admin, administration.modify_account, user_id=ann.user_id, username=name, email=email)

    account = await ann.account()
    assert (account.username, account.email) == (name, email.lower())
    assert len(await announced(accounts.UsernameChanged, ann.user_id)) == 1
    assert len(await announced(bindings.AddressChanged, ann.user_id)) == 1


async def test_people_are_listed_and_searched(member, promoted, operate):
    """Oldest first with their number; a search is exact, by id, name, e-mail or phone."""
    ann, admin = await member(address=new_email()), await promoted(Role.ADMIN)
    account = await ann.account()
    for keyword in (str(ann.user_id), account.username.upper(), f" {ann.address.upper()} "):
        found = await act(admin, administration.search_people, keyword=keyword, limit=5)
        assert (found.total, [one.email for one in found.accounts]) == (1, [account.email])
    for keyword in (f"{ann.user_id}x", account.username[:-1], "", "$ne", "9" * 30):
        found = await act(admin, administration.search_people, keyword=keyword, limit=5)
        assert (found.total, found.accounts) == (0, [])

    first = await act(admin, administration.list_people, limit=2)
    second = await act(admin, administration.list_people, limit=2, skip=2)
    ids = [one.user_id for one in (*first.accounts, *second.accounts)]
    assert ids == sorted(set(ids))
    last = await act(admin, administration.list_people, limit=100, skip=first.total - 1)
    assert admin.user_id in [one.user_id for one in last.accounts]
    past = await act(admin, administration.list_people, limit=1, skip=first.total + 50)
    assert past.accounts == []


async def test_an_operator_ends_a_session(member, operate, gate):
    """One of a person's sessions ends, the other goes on."""
    ann = await member()
    other = await ann.log_in()
    of = administration.OfPerson(user_id=ann.user_id)
    listed = await operate(administration.list_sessions, of)
    assert {one.session_id for one in listed} == {ann.session.session_id, other.session_id}

    end = administration.EndSession(user_id=ann.user_id, session_id=other.session_id)
    await operate(administration.end_person_session, end)

    await gate.refuses_soon(other.token)
    assert gate.admits(ann.session.token)
    with pytest.raises(sessions.NoSuchSession):
        await operate(administration.end_person_session, end)


@pytest.fixture
async def roots(workshop):
    """Two people with the highest role, and nobody else."""
    ids = []
    for _ in range(2):
        phone = new_phone()
        proof = codes.ByToken(
            token=await workshop.codes.make_token(phone, PURPOSE), purpose=PURPOSE
        )
        ask = registration.Register(proof=proof, dialect="leaf")
        ids.append((await workshop.table[registration.register](ask)).user_id)
    await workshop.mongo["accounts"].update_many({}, {"$set": {"role": int(Role.ROOT)}})
    return ids


@pytest.mark.parametrize("how", ["demoted", "disabled", "deleted", "left"])
async def test_the_last_root_stays(workshop, roots, how):
    """Of two that go at the same moment, whatever the way, one is refused."""

    async def go(user_id):
        before = signed_caller.set(workshop.bus.callers.sign(OPERATOR))
        try:
            if how == "demoted":
                await workshop.table[administration.set_role](
                    administration.SetRole(user_id=user_id, role=Role.ADMIN)
                )
            elif how == "disabled":
                await workshop.table[administration.set_disabled](
                    administration.SetDisabled(user_id=user_id, disabled=True)
                )
            elif how == "deleted":
                await workshop.table[administration.delete_person](
                    administration.OfPerson(user_id=user_id)
                )
            else:
                await workshop.closing.close(user_id)
        finally:
            signed_caller.reset(before)

    done, refused = await outcomes(*(go(one) for one in roots))

    assert (len(done), [type(one) for one in refused]) == (1, [accounts.LastRoot])
    left = {"role": int(Role.ROOT), "state": accounts.State.ACTIVE}
    assert await workshop.mongo["accounts"].count_documents(left) == 1
    assert await workshop.mongo["outbox"].count_documents({"fact": "auth.user_deleting"}) == (
        how in ("deleted", "left")
    )


async def test_short_codes_of_administrators_bear_few_guesses(
    member, promoted, eventually, redis, hidden
):
    """Five wrong codes of four digits in a week close this way to their account, not to others'.

    Of strangers, and as many where administrators were before.
    """
    for one, opens in ((await promoted(Role.AUDITOR), False), (await member(), True)):
        name = hidden("address", "leaf", one.address)
        seconds, _ = await redis.time()
        guesses = {f"{n}": seconds * 1000 for n in range(rules.SHORT_WEEK_OF_ADMINISTRATORS)}
        await redis.zadd(f"code-failures:{name}:known:week", guesses)
        code = await one.code(eventually, "leaf", digits=4)
        reset = passwords.ResetPassword(proof=one.by_code(code, "leaf"), new="quite other words")
        if opens:
            assert await one.enter(code, "leaf")
            continue
        with pytest.raises(codes.WrongCode):
            await one.enter(code, "leaf")
        with pytest.raises(codes.WrongCode):
            await one.bus.ask(passwords.reset_password, reset)
        away = one.terms(ip=new_ip())
        await redis.rename(f"code-failures:{name}:known:week", f"code-failures:{name}:week")
        with pytest.raises(codes.WrongCode):
            await one.enter(code, "leaf", terms=away)
        await redis.zpopmin(f"code-failures:{name}:week")
        assert await one.enter(code, "leaf", terms=away)
        assert await one.log_in()
