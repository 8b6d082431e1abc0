"""SMS pumping: which numbers, countries and networks are refused a code, on record."""

import secrets
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from services.auth.codes.store import RedisCodes
from services.auth.fraud import rules, store
from services.auth.fraud.guard import Guard
from services.auth.fraud.rules import Countries, Reason
from services.auth.fraud.store import MongoRefusals, RedisUnverified
from shared.contracts import fraud, switches
from shared.contracts.notify import Channel
from shared.contracts.switches import Switch
from shared.errors import InvalidAddress, LimitReached, Unavailable
from shared.mongo import Mongo
from shared.redis import Redis
from shared.settings import Key

IP = "192.0.2.1"


@pytest.mark.parametrize(
    ("to", "country", "mobile"),
    [
        ("+8613912345678", "CN", True),
        ("+447400123456", "GB", True),
        ("+14155550123", "US", True),
        ("+441212345678", "GB", False),  # fixed line
        ("+449012345678", "GB", False),  # premium rate
        ("+448001234567", "GB", False),  # toll free
        ("+448431234567", "GB", False),  # shared cost
        ("+445612345678", "GB", False),  # voice over IP
        ("+864001234567", "CN", False),
        ("+88213300000", "ZZ", False),
    ],
)
def test_which_numbers_may_be_mobile(to, country, mobile):
    """Mobile numbers pass, and those that cost the caller or are no telephone do not."""
    assert rules.look_at(to) == (country, mobile)


@pytest.mark.parametrize("wrong", ["", "cn", "XX", "CN,,?"])
def test_a_wrong_list_of_countries_stops_the_start(wrong):
    """A list that names no country is not read as one."""
    with pytest.raises(ValueError, match="must read CN,HK"):
        Countries.parse(wrong)


@pytest.fixture
async def make(suite):
    """Make a guard on data of its own, which counts a code as unverified at once."""
    redis = Redis(suite.urls["redis"])
    await redis.client.select(0)
    mongo = Mongo(suite.urls["mongo"], f"auth_{uuid.uuid4().hex[:12]}", "tests")
    await mongo.ensure_indexes(store.INDEXES)

    def guard(
        allowed: str = "*",
        off: tuple[Switch, ...] = (),
        grace: float = 0,
        known: tuple[str, ...] = (),
    ) -> Guard:
        async def is_known(address: str) -> bool:
            return address in known

        async def ask(call: Any, message: Any, **_: Any) -> list[Switch]:
            assert call is switches.read_switches
            return list(off)

        bus: Any = SimpleNamespace(ask=ask)
        codes = RedisCodes(redis, Key(secrets.token_bytes(32)))
        unverified = RedisUnverified(redis, 1.0, grace)
        countries = Countries.parse(allowed)
        refusals = MongoRefusals(mongo)
        return Guard(codes, unverified, refusals, countries, bus, is_known, counts=True)

    yield guard
    for key in await redis.client.keys("fraud:*"):
        await redis.client.delete(key)
    await mongo.client.drop_database(mongo.db.name)
    mongo.close()
    await redis.close()


def british(n: int) -> str:
    return f"+4474001{n:05}"


async def ask(guard: Guard, to: str, ip: str = IP) -> None:
    await guard.admit(to, ip, uuid.uuid4().hex)


async def reasons(guard: Guard) -> dict[str, int]:
    return {one.reason: one.count for one in await guard.refused(fraud.ReadRefusals())}


async def test_a_country_that_is_not_allowed_and_a_number_that_is_none(make):
    """Neither costs anything: no code is sent, and each refusal is on record with its reason."""
    guard = make("CN,GB")

    for to in ("+33612345678", "+33612345679", "+448001234567"):
        with pytest.raises(InvalidAddress):
            await ask(guard, to)
    await ask(guard, "+8613912345678")
    await ask(guard, "ann@example.com")

    assert await reasons(guard) == {Reason.COUNTRY: 2, Reason.NOT_MOBILE: 1}
    [one] = [row for row in await guard.refused(fraud.ReadRefusals()) if row.country == "FR"]
    assert one.network == IP


async def test_a_country_with_too_many_unverified_codes(make):
    """Past three in an hour that nobody showed, no more go to a country until some are shown."""
    guard = make()
    for n in range(rules.HOUR_LEAST):
        await ask(guard, british(n), f"192.0.2.{n}")

    with pytest.raises(LimitReached) as refused:
        await ask(guard, british(9), "192.0.2.9")
    await ask(guard, "+33612345678", "192.0.2.9")
    await guard.verified(british(0))
    await ask(guard, british(9), "192.0.2.9")

    assert refused.value.retry_after == 3600
    assert await reasons(guard) == {Reason.COUNTRY_HOUR: 1}


async def test_who_has_an_account_gets_in_while_a_country_is_closed(make):
    """Codes that others never show lock nobody out; one network has no more for that."""
    guard = make(known=(british(9),))
    for n in range(rules.HOUR_LEAST):
        await ask(guard, british(n), f"192.0.2.{n}")

    await ask(guard, british(9), "192.0.2.9")

    with pytest.raises(LimitReached):
        await ask(guard, british(8), "192.0.2.9")


async def test_a_busy_country_may_have_more(make):
    """Where many codes are shown, a share of them may go unverified."""
    guard = make()
    for n in range(100):
        await ask(guard, british(n), f"192.0.2.{n}")
        await guard.verified(british(n))
    for n in range(5):  # 30 % of a hundred, and of that the hour's part
        await ask(guard, british(200 + n), f"198.51.100.{n}")

    with pytest.raises(LimitReached):
        await ask(guard, british(300), "198.51.100.9")


async def test_a_network_that_tries_many_countries(make):
    """One network has unverified codes in three countries at most."""
    guard = make()
    for to in ("+8613912345678", "+33612345678", "+447400123456"):
        await ask(guard, to)

    with pytest.raises(LimitReached):
        await ask(guard, "+34612345678")
    await ask(guard, "+34612345678", "192.0.2.77")
    assert await reasons(guard) == {Reason.NETWORK_COUNTRIES: 1}


async def test_people_have_time_to_type(make):
    """A code that was sent a moment ago does not count yet."""
    guard = make(grace=60)

    for n in range(2 * rules.HOUR_LEAST):
        await ask(guard, british(n))


async def test_what_could_not_be_sent_does_not_count(make):
    """A code that is given back leaves room for another."""
    guard = make()
    for n in range(2 * rules.HOUR_LEAST):
        await guard.admit(british(n), IP, f"u{n}")
        await guard.give_back(british(n), f"u{n}")


async def test_what_is_switched_off_is_not_even_tried(make):
    """While an operator has stopped a channel or country, asking says so at once."""
    now: Any = "2026-11-25T00:00:00Z"
    france = Switch(channel=Channel.SMS, country="FR", reason="", since=now)
    email = Switch(channel=Channel.EMAIL, country=None, reason="", since=now)
    guard = make(off=(france, email))

    for to in ("+33612345678", "ann@example.com"):
        with pytest.raises(Unavailable):
            await ask(guard, to)
    await ask(guard, "+34612345678")
    assert await reasons(guard) == {Reason.SWITCHED_OFF: 1}
