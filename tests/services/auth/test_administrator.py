"""The first administrator."""

import asyncio

import pytest

from services.auth.codes.store import RedisCodes
from shared.contracts import accounts, codes, registration
from tests.services.auth.visitor import Visitor, new_email

LONG = "fifteen letters or more"


@pytest.fixture
def instance(workshop):
    """The part of another auth process that makes the administrator."""
    return lambda: workshop.again().administrator


async def roots(workshop):
    return await workshop.mongo["accounts"].count_documents({"role": accounts.Role.ROOT})


async def test_of_instances_that_start_at_once_one_makes_it(workshop, instance):
    """Four processes start together: there is one administrator, announced once."""
    email = new_email()

    await asyncio.gather(*(instance().ensure(email, LONG, strict=True) for _ in range(4)))
    await instance().ensure(new_email(), LONG, strict=True)

    assert await roots(workshop) == 1
    found = await workshop.accounts.find(email_key=email.lower())
    assert found.role == accounts.Role.ROOT
    assert found.email == email.lower()  # as of everybody, or they could never change it
    assert await workshop.hasher.verify(LONG, found.password)
    query = {"fact": accounts.RoleChanged.fact}
    assert await workshop.mongo["outbox"].count_documents(query) == 1


async def test_none_without_both_settings(workshop, instance):
    """Without address or password nothing is made."""
    await instance().ensure("", LONG, strict=True)
    await instance().ensure(new_email(), "", strict=True)

    assert await roots(workshop) == 0


@pytest.mark.parametrize(("password", "made"), [("x" * 14, 0), ("x" * 15, 1)])
async def test_both_sides_of_an_operators_password(workshop, instance, password, made):
    """Production refuses to start with fewer than fifteen characters, and says which setting."""
    if made:
        await instance().ensure(new_email(), password, strict=True)
    else:
        with pytest.raises(SystemExit, match="USERHUB_ADMIN_PASSWORD"):
            await instance().ensure(new_email(), password, strict=True)

    assert await roots(workshop) == made


async def test_an_address_that_somebody_has(workshop, instance):
    """Nobody is promoted because they have the administrator's address."""
    email = new_email()
    sent: RedisCodes = workshop.codes
    ask = registration.Register(
        proof=codes.ByToken(
            token=await sent.make_token(email, "leaf.register"), purpose="leaf.register"
        ),
        password="right words",
        dialect="leaf",
    )
    await workshop.table[registration.register](ask)

    await instance().ensure(email, LONG, strict=True)

    assert await roots(workshop) == 0


async def test_the_suites_administrator_logs_in(bus, gate):
    """What the settings of the suite name has an account, and gateways know its role."""
    root = Visitor(bus, address="root@example.com")
    session = await root.log_in("the very first administrator")

    assert gate.sessions.caller(session.token, "sealtalk").role == accounts.Role.ROOT
