"""SMS pumping: which numbers, countries, networks and accounts are refused a code, on record."""

import asyncio
import secrets
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest

from services.auth.codes.store import RedisCodes
from services.auth.fraud import decisions, limits, rules
from services.auth.fraud.attempts import Attempt
from services.auth.fraud.budget import Budget
from services.auth.fraud.decisions import Decisions
from services.auth.fraud.guard import Guard, Owners
from services.auth.fraud.limits import SendingLimits
from services.auth.fraud.rules import Countries, Prices, Reason
from services.auth.fraud.store import RedisUnverified
from shared.contracts import fraud, human_checks
from shared.errors import InvalidAddress, LimitReached, Unavailable
from shared.mongo import Mongo
from shared.redis import Redis
from shared.settings import Key
from tests.windows import HOUR, in_one

IP = "192.0.2.1"
CHINESE, BRITISH, FRENCH, SPANISH = (
    "+8613912345678",
    "+447400123456",
    "+33612345678",
    "+34612345678",
)
EMAIL = "ann@example.com"


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


class Office:
    """A guard on data of its own, which counts a code as unverified at once."""

    def __init__(self, guard: Guard, kept: Decisions, budget: Budget) -> None:
        self.guard, self.kept, self.budget = guard, kept, budget

    async def ask(self, to: str, ip: str = IP, *, is_human: bool = True, **fields) -> Attempt:
        """Ask for a code, which is sent if it is not refused."""
        attempt = Attempt(to, "sealtalk", ip, is_human=is_human, **fields)
        await self.guard.sent(attempt, await self.guard.admit(attempt))
        return attempt

    async def refused(self, to: str, ip: str = IP, error: type = LimitReached, **fields) -> Reason:
        """Ask for a code that must be refused, and give the reason on record."""
        before = await self.refusals()
        with pytest.raises(error):
            await self.ask(to, ip, **fields)
        [reason] = await self.refusals() - before
        return Reason(reason)

    async def refusals(self) -> Counter[str]:
        """How many are on record, by reason."""
        found: Counter[str] = Counter()
        for one in await self.decided(refused=True):
            found[one.reason] += one.count
        return found

    async def decided(self, **asked) -> list[fraud.Decision]:
        return await self.kept.read(fraud.ReadDecisions(**asked))

    async def spent(self) -> fraud.Budget:
        return await self.budget.read(fraud.ReadBudget())


@pytest.fixture
async def make(suite, bus):
    """Make an office, in an hour that does not end meanwhile."""
    await in_one(HOUR)
    mongo = Mongo(suite.urls["mongo"], f"auth_{uuid.uuid4().hex[:12]}", "tests")
    await mongo.ensure_indexes(decisions.INDEXES)
    redis = Redis(suite.urls["redis"].replace("/0", "/7"))
    await redis.client.flushdb()
    codes = RedisCodes(redis, Key(secrets.token_bytes(32)))

    def office(
        allowed: str = "*",
        grace: float = 0,
        accounts: dict[str, int] | None = None,
        homes: tuple[tuple[int, str], ...] = (),
        budget: int = 10**6,
        redis: Redis = redis,
        scale: float = 1.0,
    ) -> Office:
        async def owner_of(address: str, ip: str) -> tuple[int | None, bool]:
            account = (accounts or {}).get(address)
            return account, (account, ip) in homes

        async def knows(account: int, ip: str) -> bool:
            return (account, ip) in homes

        kept = Decisions(mongo, redis, codes.hidden, scale)
        money = Budget(redis, Prices.parse("CN=0.045,GB=0.3,*=0.6"), budget)
        guard = Guard(
            redis,
            SendingLimits(codes.hidden, scale),
            money,
            Countries.parse(allowed),
            RedisUnverified(redis, codes.hidden, scale, grace),
            kept,
            Owners(owner_of, knows),
            bus,
        )
        return Office(guard, kept, money)

    yield office
    await redis.client.flushdb()
    await mongo.client.drop_database(mongo.db.name)
    await mongo.close()
    await redis.close()


def british(n: int) -> str:
    return f"+4474001{n:05}"


# -------------------------------------------------------------------------- numbers and countries


async def test_a_country_that_is_not_allowed_and_a_number_that_is_none(make):
    """Neither costs anything: no code is sent, and each refusal is on record with its reason."""
    office = make("CN,GB")

    assert await office.refused(FRENCH, error=InvalidAddress) == Reason.COUNTRY
    assert await office.refused("+448001234567", error=InvalidAddress) == Reason.NOT_MOBILE
    assert (await office.spent()).spent == 0
    await office.ask(CHINESE)
    await office.ask(EMAIL)

    [french] = await office.decided(country="FR")
    assert (french.network, french.price, french.count) == (IP, 0, 1)


# ---------------------------------------------------------------------------- unverified codes


async def test_a_country_with_too_many_unverified_codes(make):
    """Past three in an hour that nobody showed, no more go to a country until some are shown."""
    office = make()
    for n in range(rules.HOUR_LEAST):
        await office.ask(british(n), f"192.0.2.{n}")

    with pytest.raises(LimitReached) as refused:
        await office.ask(british(9), "192.0.2.9")
    await office.ask(FRENCH, "192.0.2.9")
    await office.guard.verified(british(0))
    await office.ask(british(9), "192.0.2.9")

    assert refused.value.retry_after == 3600
    assert [one.reason for one in await office.decided(refused=True)] == [Reason.COUNTRY_HOUR]


async def test_who_has_an_account_gets_in_while_a_country_is_closed(make):
    """Codes that others never show lock nobody out; one network has no more for that."""
    owned = {british(n): n for n in range(100, 100 + rules.NETWORK_LEAST + 1)}
    office = make(accounts=owned)
    for n in range(rules.HOUR_LEAST):
        await office.ask(british(n), f"192.0.2.{n}")

    assert await office.refused(british(8), "192.0.2.9") == Reason.COUNTRY_HOUR
    for to in list(owned)[:-1]:
        await office.ask(to, "192.0.2.10")
    assert await office.refused(list(owned)[-1], "192.0.2.10") == Reason.NETWORK_DAY


async def test_a_busy_country_may_have_more(make):
    """Where many codes are shown, a share of them may go unverified."""
    office = make()
    for n in range(100):
        await office.ask(british(n), f"192.0.2.{n}")
        await office.guard.verified(british(n))
    for n in range(5):  # 30 % of a hundred, and of that the hour's part
        await office.ask(british(200 + n), f"198.51.100.{n}")

    assert await office.refused(british(300), "198.51.100.9") == Reason.COUNTRY_HOUR


async def test_a_network_that_tries_many_countries(make):
    """One network has unverified codes in three countries at most; e-mail is in none."""
    office = make()
    for to in (CHINESE, FRENCH, BRITISH, EMAIL):
        await office.ask(to)

    assert await office.refused(SPANISH) == Reason.NETWORK_COUNTRIES
    await office.ask("bob@example.com")
    await office.ask(SPANISH, "192.0.2.77")


async def test_a_network_that_floods_mailboxes(make):
    """Codes by e-mail that nobody shows count like those by SMS, but for no country."""
    office = make()
    for n in range(rules.NETWORK_LEAST):
        await office.ask(f"stranger{n}@example.com")

    assert await office.refused(EMAIL) == Reason.NETWORK_DAY
    await office.guard.verified("stranger0@example.com")
    await office.ask(EMAIL)


async def test_people_have_time_to_type(make):
    """A code that was sent a moment ago does not count yet."""
    office = make(grace=60)

    for n in range(2 * rules.HOUR_LEAST):
        await office.ask(british(n))


async def test_what_could_not_be_sent_does_not_count(make):
    """A code that is given back leaves room for another, and its money too, once."""
    office = make()
    for n in range(2 * limits.SMS_DAY):
        attempt = Attempt(british(1), "sealtalk", IP, unique=f"u{n}")
        charge = await office.guard.admit(attempt)
        await office.guard.give_back(attempt, charge)
        await office.guard.give_back(attempt, charge)

    assert (await office.spent()).spent == 0


# ------------------------------------------------------------------------------- human checks


async def test_an_address_that_never_shows_its_codes(make):
    """After five to one address a person has to be seen; who was seen gets the next."""
    office = make(grace=60)
    for n in range(rules.ADDRESS_FREE):
        await office.ask(EMAIL, f"192.0.2.{n}", is_human=False)

    asked = partial(office.refused, error=human_checks.HumanCheckNeeded, is_human=False)
    assert await asked(EMAIL, "192.0.2.77") == Reason.HUMAN_CHECK
    await office.ask("bob@example.com", "192.0.2.77", is_human=False)
    await office.ask(EMAIL, "192.0.2.77")
    assert await asked(EMAIL, "192.0.2.78") == Reason.HUMAN_CHECK
    await office.guard.verified(EMAIL)
    await office.ask(EMAIL, "192.0.2.78", is_human=False)


async def test_people_who_begin_together(make):
    """Twenty may have a code at once in one network; the next has to be seen."""
    office = make(grace=60)
    for n in range(rules.NETWORK_AT_ONCE):
        await office.ask(f"{n}@example.com", is_human=False)

    reason = await office.refused(EMAIL, error=human_checks.HumanCheckNeeded, is_human=False)
    assert reason == Reason.HUMAN_CHECK
    await office.ask(EMAIL, "192.0.2.77", is_human=False)


async def test_a_network_that_never_shows_its_codes(make):
    """After five for one network a person has to be seen, by SMS and e-mail together."""
    office = make()
    for n in range(rules.NETWORK_FREE):
        await office.ask(british(n) if n % 2 else f"{n}@example.com", is_human=False)

    reason = await office.refused(EMAIL, error=human_checks.HumanCheckNeeded, is_human=False)
    assert reason == Reason.HUMAN_CHECK
    await office.ask(EMAIL, "192.0.2.77", is_human=False)
    await office.ask("bob@example.com")


async def test_a_network_whose_codes_are_shown(make):
    """Where many people share a network and show their codes, nobody has to be seen."""
    office = make()
    for n in range(40):
        await office.ask(f"{n}@example.com", is_human=False)
        await office.guard.verified(f"{n}@example.com")
    for n in range(12):  # 30 % of forty
        await office.ask(f"late{n}@example.com", is_human=False)

    assert await office.refused(EMAIL) == Reason.NETWORK_DAY


async def test_who_is_at_home_need_not_be_seen(make):
    """A network from which the owner of an account was here before asks for itself, only."""
    office = make(grace=60, accounts={EMAIL: 1}, homes=((1, IP), (2, IP)))
    for n in range(rules.NETWORK_AT_ONCE):
        await office.ask(british(n), is_human=False)

    await office.ask(EMAIL, is_human=False)
    await office.ask("new@example.com", is_human=False, caller=2)
    asked = partial(office.refused, error=human_checks.HumanCheckNeeded, is_human=False)
    assert await asked("other@example.com") == Reason.HUMAN_CHECK
    assert await asked("new2@example.com", caller=3) == Reason.HUMAN_CHECK


async def test_who_comes_back_with_a_captcha_is_not_too_early(make):
    """Being asked for a captcha counts for the network alone: no pause, no code of the address."""
    office = make(grace=60)
    for n in range(rules.NETWORK_AT_ONCE):
        await office.ask(british(n), is_human=False)

    for _ in range(limits.SMS_DAY + 1):
        fields = {"error": human_checks.HumanCheckNeeded, "is_human": False, "cooldown": 60}
        assert await office.refused(CHINESE, **fields) == Reason.HUMAN_CHECK
    await office.ask(CHINESE, cooldown=60)
    assert await office.refused(CHINESE, cooldown=60) == Reason.COOLDOWN


# ------------------------------------------------------------------------ accounts and devices


async def test_both_sides_of_the_limit_of_an_account(make):
    """Ten codes an hour over all addresses of an account, and those that its owner asks for."""
    home = ((1, IP),)
    office = make(grace=60, accounts={BRITISH: 1, EMAIL: 1, FRENCH: 2}, homes=home)
    for n in range(limits.ACCOUNT_HOUR // 2):
        await office.ask(BRITISH)
        await office.ask(f"{n}@example.com", f"198.51.100.{n}", caller=1)

    assert await office.refused(EMAIL) == Reason.ACCOUNT_LIMIT
    assert await office.refused(EMAIL, "192.0.2.77") == Reason.ACCOUNT_LIMIT
    assert await office.refused("z@example.com", "192.0.2.78", caller=1) == Reason.ACCOUNT_LIMIT
    await office.ask("z@example.com", "192.0.2.78")
    await office.ask(FRENCH, "192.0.2.78")


async def test_strangers_do_not_use_up_an_account(make):
    """Codes to all addresses of a person leave two an hour to who comes from a known network."""
    office = make(grace=60, accounts={BRITISH: 1, EMAIL: 1}, homes=((1, IP),))
    part = limits.strangers_part(limits.ACCOUNT_HOUR)
    for n in range(part):
        await office.ask(EMAIL if n % 2 else BRITISH, f"198.51.100.{n}")

    assert await office.refused(EMAIL, "198.51.100.77") == Reason.ACCOUNT_LIMIT
    for _ in range(limits.ACCOUNT_HOUR - part):
        await office.ask(EMAIL)
    assert await office.refused(EMAIL) == Reason.ACCOUNT_LIMIT


async def test_both_sides_of_the_limit_of_a_device(make):
    """Ten codes an hour are asked for by one device, whatever its network."""
    office = make(grace=60)
    device = "android_6fa459ea-ee8a-3ca4"
    for n in range(limits.DEVICE_HOUR):
        await office.ask(f"{n}@example.com", f"192.0.2.{n}", device=device)

    assert await office.refused(EMAIL, "192.0.2.77", device=device) == Reason.DEVICE_LIMIT
    await office.ask(EMAIL, "192.0.2.77", device=f"{device}-b")


# ------------------------------------------------------------------------------------- budget


async def test_both_sides_of_the_budget(make):
    """A code is sent as long as its price is left; what is cheaper may still go, e-mail too."""
    office = make(grace=60, budget=945)
    await office.ask(FRENCH)
    await office.ask(BRITISH)

    with pytest.raises(LimitReached) as refused:
        await office.ask(british(1))
    await office.ask(CHINESE)
    assert await office.refused("+8613912345679") == Reason.BUDGET
    await office.ask(EMAIL)

    assert 0 < (refused.value.retry_after or 0) <= 86400
    spent = await office.spent()
    assert (spent.budget, spent.spent) == (945, 945)
    shown = [(one.country, one.price, one.spent) for one in spent.countries]
    assert shown == [("FR", 600, 600), ("GB", 300, 300), ("CN", 45, 45)]


async def test_of_many_at_once_as_many_as_the_budget_pays(make):
    """Forty codes at the same moment, of two instances, cost no more than there is."""
    one, other = make(grace=60, budget=7 * 45), make(grace=60, budget=7 * 45)
    numbers = count(13900000000)
    asked = [(one, other)[n % 2].ask(f"+86{next(numbers)}", f"192.0.2.{n}") for n in range(40)]

    done = await asyncio.gather(*asked, return_exceptions=True)

    assert sum(isinstance(found, Attempt) for found in done) == 7
    assert sum(isinstance(found, LimitReached) for found in done) == 33
    assert (await one.spent()).spent == 7 * 45


async def test_a_day_has_its_own_budget(make, monkeypatch):
    """What was spent yesterday is not spent today."""
    office = make(grace=60, budget=45)
    await office.ask(CHINESE)
    assert await office.refused("+8613912345679") == Reason.BUDGET

    tomorrow = datetime.now(UTC).timestamp() + 86400
    monkeypatch.setattr("shared.redis.time.time", lambda: tomorrow)
    assert (await office.spent()).spent == 0
    await office.ask("+8613912345679")


# ---------------------------------------------------------------------------------- decisions


async def test_why_somebody_got_no_code(make):
    """Each decision is found by address, country, time and outcome; the address is only masked."""
    office = make(grace=60)
    before = datetime.now(UTC)
    await office.ask(CHINESE, cooldown=60)
    for _ in range(3):
        await office.refused(CHINESE, cooldown=60)
    await office.ask(EMAIL)

    again, sent = await office.decided(to="+8613912345678")
    assert (again.reason, again.count, again.price) == (Reason.COOLDOWN, 3, 0)
    assert before - timedelta(seconds=1) <= again.first_at <= again.at
    assert (sent.reason, sent.count, sent.price) == (Reason.SENT, 1, 45)
    assert (sent.channel, sent.country, sent.network) == ("sms", "CN", IP)
    assert sent.purpose == "sealtalk"
    assert CHINESE[3:] not in sent.to_masked
    assert [one.reason for one in await office.decided(country="CN", refused=True)] == [
        Reason.COOLDOWN
    ]
    assert len(await office.decided(since=before - timedelta(hours=1))) == 3
    assert await office.decided(since=datetime.now(UTC) + timedelta(hours=1)) == []
    with pytest.raises(InvalidAddress):
        await office.decided(to="nobody")


async def test_floods_do_not_fill_the_disk(make):
    """Of one network the first hundred refusals in an hour keep their address, then it counts."""
    office = make("GB", scale=0.1)
    most = decisions.NETWORK_HOUR // 10
    for n in range(most + 5):
        await office.refused(f"+336123456{n:02}", error=(InvalidAddress, LimitReached))

    named = [one for one in await office.decided(country="FR") if one.to_masked]
    nameless = [one for one in await office.decided(country="FR") if not one.to_masked]
    assert len(named) == most
    assert sum(one.count for one in nameless) == 5
    assert {one.network for one in nameless} == {IP}


async def test_a_flood_of_many_networks(make, monkeypatch):
    """Past what is kept of all, refusals are counted without network as well."""
    monkeypatch.setattr(decisions, "ALL_HOUR", 5)
    office = make("GB")
    for n in range(8):
        await office.refused(FRENCH, f"192.0.2.{n}", error=(InvalidAddress, LimitReached))

    shown = await office.decided(country="FR")
    assert sorted(one.network for one in shown if one.to_masked) == [
        f"192.0.2.{n}" for n in range(5)
    ]
    assert {one.network for one in shown if not one.to_masked} == {""}
    assert sum(one.count for one in shown) == 8


async def test_who_leaves_is_not_named_any_more(make):
    """Decisions about the addresses of somebody who leaves stay without the address."""
    office = make(grace=60)
    await office.ask(CHINESE)
    await office.ask(EMAIL)

    await office.kept.forget(None, CHINESE, None)

    assert await office.decided(to=CHINESE) == []
    [sent] = await office.decided(country="CN")
    assert (sent.to_masked, sent.price) == ("", 45)
    assert len(await office.decided(to=EMAIL)) == 1


async def test_without_redis_nothing_is_sent(make):
    """Where nothing can be counted, no code goes."""
    away = Redis("redis://127.0.0.1:1")
    office = make(redis=away)

    for to in (CHINESE, EMAIL):
        with pytest.raises(Unavailable):
            await office.ask(to)
    await away.close()
