"""Who may ask: what is about a person is asked by that person alone."""

import pkgutil
import time
from typing import Any

import msgspec
import pytest

from shared import contracts
from shared.caller import LIFETIME, Caller, _Signed, signed_caller
from shared.contract import Call
from shared.contracts import (
    accounts,
    bindings,
    codes,
    deletion,
    passwords,
    sessions,
)
from shared.errors import NotTheCaller
from shared.seals import seal
from shared.settings import Key, KeyRing
from tests.conftest import ANY_SESSION
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


def signed(bus, caller: Caller, expires_at: float) -> str:
    payload = msgspec.msgpack.encode(_Signed(caller, expires_at))
    return seal(bus.callers._keys, "caller", payload)


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
    forged = KeyRing({"c": Key(bytes(range(32)))})
    headers = [
        None,
        "",
        "rubbish",
        signed(bus, Caller(bob.user_id, ANY_SESSION), time.time() + LIFETIME),
        signed(bus, Caller(bob.user_id, ANY_SESSION, role=3), time.time() + LIFETIME),
        signed(bus, me, time.time() - 1),
        seal(forged, "caller", msgspec.msgpack.encode(_Signed(me, time.time() + LIFETIME))),
        seal(bus.callers._keys, "session", msgspec.msgpack.encode(_Signed(me, time.time() + 60))),
    ]

    for header in headers:
        with pytest.raises(NotTheCaller):
            await with_header(bus, call, ann.user_id, header)

    assert (await ann.account()).state == accounts.State.ACTIVE
    assert (await ann.log_in()).user_id == ann.user_id


async def test_asked_by_oneself(bus, member, with_header):
    """The same header, signed for the person and not yet old, is good."""
    ann = await member()
    header = signed(bus, Caller(ann.user_id, ANY_SESSION), time.time() + 5)

    account = await with_header(bus, accounts.read_account, ann.user_id, header)

    assert account.user_id == ann.user_id
