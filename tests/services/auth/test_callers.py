"""Who may ask: what is about a person is asked by that person alone."""

import pkgutil
import time
from typing import Any

import msgspec
import pytest

from ops.keys import CALLER_KEYS
from shared import contracts
from shared.bus import Bus
from shared.caller import LIFETIME, Caller, _Signed, signed_caller
from shared.contract import Call
from shared.contracts import (
    accounts,
    administration,
    bindings,
    codes,
    deletion,
    passwords,
    sessions,
)
from shared.errors import NotTheCaller
from shared.seals import seal_with_each
from shared.settings import Key, KeyRing
from tests.conftest import ANY_SESSION, CALLER_SECRETS, CALLERS
from tests.services.auth.visitor import new_ip

SESSION = "0" * 32
PROOF = codes.ByCode(address="ann@example.com", code="123456", purpose="leaf", ip="")
ASKS: dict[Call[Any, Any], dict[str, Any]] = {
    sessions.log_out: {"session_id": SESSION},
    sessions.end_session: {"session_id": SESSION},
    sessions.list_devices: {},
    accounts.read_account: {},
    deletion.delete_account: {},
    sessions.end_device: {"dialect": "yunhu", "device_id": "d"},
    accounts.change_username: {"username": "Somebody Else"},
    bindings.bind_address: {"proof": PROOF},
    bindings.unbind_address: {
        "proof": PROOF,
        "kind": "phone",
        "password": "correct horse battery",
        "ip": new_ip(),
    },
    passwords.change_password: {
        "session_id": SESSION,
        "present": "correct horse battery",
        "new": "quite other words",
        "ip": new_ip(),
    },
}


def ask_of(call, user_id):
    return call.ask(user_id=user_id, **ASKS[call])


@pytest.fixture
def with_header():
    """Send a header as it is."""

    async def ask(bus, call, user_id, header):
        before = signed_caller.set(header)
        try:
            return await bus.ask(call, ask_of(call, user_id))
        finally:
            signed_caller.reset(before)

    return ask


def signed(
    caller: Caller, expires_at: float, keys: KeyRing = CALLERS, purpose: str = "caller"
) -> str:
    payload = msgspec.msgpack.encode(_Signed(caller, expires_at))
    return seal_with_each(keys, purpose, payload)


def own_keys(service: str) -> KeyRing:
    """Give what one service of the suite has."""
    return KeyRing.parse(CALLER_SECRETS[CALLER_KEYS[service]])


def test_every_such_call_is_tried_here():
    """The list above has every call of auth that is about the person who asks."""
    modules = [
        pkgutil.resolve_name(f"{contracts.__name__}.{one.name}")
        for one in pkgutil.iter_modules(contracts.__path__)
    ]
    named = [one for module in modules for one in vars(module).values() if isinstance(one, Call)]

    assert {one for one in named if one.service == "auth" and one.acts_for} == set(ASKS)


@pytest.mark.parametrize("call", ASKS, ids=lambda call: call.subject)
async def test_asked_by_another(bus, acting, member, with_header, call):
    """Without a caller, with another one, with a forged or an old one the call is refused."""
    ann, bob = await member(), await member()
    me = Caller(ann.user_id, ANY_SESSION)
    soon = time.time() + LIFETIME
    good = signed(me, soon)
    _, payload, *macs = good.split(".")
    [of_profile] = own_keys("profile").keys.values()
    headers = [
        None,
        "",
        "rubbish",
        signed(Caller(bob.user_id, ANY_SESSION), soon),
        signed(Caller(bob.user_id, ANY_SESSION, role=3), soon),
        signed(me, time.time() - 1),
        signed(me, soon, purpose="session"),
        signed(me, soon, KeyRing({"auth1": Key(bytes(range(32)))})),
        *(signed(me, soon, own_keys(other)) for other in ("profile", "social", "notify")),
        signed(me, soon, KeyRing({"auth1": of_profile})),
        ".".join(("v1", payload, *macs[2:])),
        ".".join(("v1", payload, "auth1", macs[3])),
        good[: good.index(macs[1]) + 20],
    ]

    for header in headers:
        with pytest.raises(NotTheCaller):
            await with_header(bus, call, ann.user_id, header)

    assert (await ann.account()).state == accounts.State.ACTIVE
    assert (await ann.log_in()).user_id == ann.user_id


async def test_asked_by_oneself(bus, member, with_header):
    """The same header, signed for the person and not yet old, is good."""
    ann = await member()
    header = signed(Caller(ann.user_id, ANY_SESSION), time.time() + LIFETIME)

    account = await with_header(bus, accounts.read_account, ann.user_id, header)

    assert account.user_id == ann.user_id


@pytest.mark.parametrize("service", ["profile", "social", "notify"])
async def test_a_service_that_is_taken_over_acts_for_nobody(bus, suite, member, service):
    """With the keys of another service nobody can be named to auth, and it is logged."""
    ann = await member()
    taken_over = Bus(bus.client, own_keys(service))
    root = Caller(ann.user_id, ANY_SESSION, int(accounts.Role.ROOT))
    leave = deletion.DeleteAccount(user_id=ann.user_id)
    disable = administration.SetDisabled(user_id=ann.user_id, disabled=True)
    log = suite.config.home / "logs" / "auth.log"
    before = len(log.read_text())

    with pytest.raises(NotTheCaller):
        await taken_over.ask(deletion.delete_account, leave, caller=root)
    with pytest.raises(NotTheCaller):
        await taken_over.ask(administration.set_disabled, disable, caller=root)

    assert (await ann.account()).state == accounts.State.ACTIVE
    lines = [msgspec.json.decode(line) for line in log.read_text()[before:].splitlines()]
    assert [
        (one["call"], one["actor"], one["why"]) for one in lines if one["event"] == "authz_fail"
    ] == [
        ("auth.accounts.delete", None, "not_the_caller"),
        ("auth.administration.set_disabled", None, "not_the_caller"),
    ]
