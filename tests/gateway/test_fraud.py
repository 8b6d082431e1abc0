"""What is refused before a code costs anything, as clients of each dialect are told.

On a suite of its own, where codes that nobody shows count as in production.
"""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.suite import Suite, SuiteConfig
from services.auth.fraud import limits, rules
from services.auth.fraud.guard import SWITCHES_SECONDS
from services.auth.fraud.rules import Reason
from shared import bus as shared_bus
from shared.bus import Bus
from shared.caller import Caller
from shared.contracts import fraud, switches
from shared.contracts.accounts import Role
from shared.mongo import Mongo
from shared.redis import Redis, Spending
from tests.clients import Clients, fresh_ip
from tests.conftest import CALLERS, ENV
from tests.gateway.leaf.viewers import Viewer
from tests.gateway.thinksns.members import Member
from tests.gateway.yunhu.together import Citizen
from tests.people import Person, fresh_phone

OPERATOR = Caller(user_id=0, session_id="ops", role=Role.ROOT)
BUDGET = 20_000


@dataclass
class Strict:
    """The suite, and what tests reach into."""

    clients: Clients
    bus: Bus
    redis: Redis
    mongo: Mongo

    def client(self, ip: str = "") -> httpx.AsyncClient:
        """Give a client at an address of its own, unless one is given."""
        return self.clients.client(ip)

    async def owner(self, address: str) -> int:
        query = {"email_key" if "@" in address else "phone": address}
        found = await self.mongo["accounts"].find_one(query)
        assert found
        return int(found["_id"])

    async def age(self, pattern: str, seconds: int) -> None:
        """Make what is counted so much older."""
        async for key in self.redis.client.scan_iter(pattern):
            for member, score in await self.redis.client.zrange(key, 0, -1, withscores=True):
                await self.redis.client.zadd(key, {member: score - seconds * 1000})

    async def fill(self, key: str, count: int) -> None:
        """Count so many against a limit."""
        seconds, _ = await self.redis.client.time()
        members = {f"before-{n}": seconds * 1000 for n in range(count)}
        await self.redis.client.zadd(f"limit:codes:{key}", members)

    async def reasons(self, to: str) -> list[str]:
        """Read why an address got no code."""
        ask = fraud.ReadDecisions(to=to)
        found = await self.bus.ask(fraud.read_decisions, ask, caller=OPERATOR)
        return [one.reason for one in found]

    async def turn(self, channel: Any, country: str | None = None, *, off: bool) -> None:
        ask = switches.TurnSwitch(channel=channel, country=country, off=off)
        await self.bus.ask(switches.turn_switch, ask, caller=OPERATOR)


@pytest.fixture(scope="module")
async def started() -> AsyncIterator[Strict]:
    with tempfile.TemporaryDirectory(prefix="userhub-strict-") as folder:
        env = ENV | {"COUNT_UNVERIFIED_CODES": "always", "SMS_DAY_BUDGET": str(BUDGET // 1000)}
        suite = Suite(SuiteConfig(data_dir=Path(folder), env=env, quiet=True))
        await suite.start()
        client = await shared_bus.connect(suite.urls["nats"], "tests")
        mongo = Mongo(suite.urls["mongo"], "userhub_auth", "tests")
        redis = Redis(suite.urls["redis"])
        async with Clients(suite.urls["gateway"]) as clients:
            yield Strict(clients, Bus(client, CALLERS), redis, mongo)
        await mongo.close()
        await redis.close()
        await client.close()
        await suite.stop()


@pytest.fixture
async def strict(started: Strict) -> Strict:
    """The suite, in which nobody has asked for a code yet."""
    for pattern in ("fraud:*", "limit:*", "budget:*"):
        async for key in started.redis.client.scan_iter(pattern):
            await started.redis.client.delete(key)
    return started


# ------------------------------------------------------------------------------ the dialects


@dataclass
class Asker:
    """Somebody who has codes sent through a dialect."""

    http: httpx.AsyncClient
    token: str = ""

    def fresh(self) -> str:
        """Give an address that nobody has."""
        return f"+86{fresh_phone()}"

    async def sign_up(self) -> str:
        """Get an account and a session; gives its address."""
        raise NotImplementedError

    async def ask(self, to: str, *, known: bool = False, **more: Any) -> httpx.Response:
        """Have a code sent; `known`: to an address that has an account."""
        raise NotImplementedError

    def sent(self, reply: httpx.Response) -> bool:
        raise NotImplementedError

    def limited(self, reply: httpx.Response) -> bool:
        """Whether it is told that there were too many, and nothing more."""
        raise NotImplementedError

    async def seen(self) -> dict[str, Any]:
        """Give what shows with a request that a person asks, where not every request does."""
        return {}

    async def read(self, picture: str) -> str:
        """Read a picture as a person does."""
        found = await self.http.get("/dev/captcha", params={"id": picture})
        return str(found.json()["answer"])


class Sealtalk(Asker):
    async def sign_up(self) -> str:
        return (await Person(self.http).sign_up()).e164

    async def ask(self, to: str, *, known: bool = False, **more: Any) -> httpx.Response:
        body = {"region": "86", "phone": to.removeprefix("+86")}
        return await self.http.post("/user/send_code", json=body | more)

    async def seen(self) -> dict[str, Any]:
        found = (await self.http.get("/user/get_sms_img_code")).json()["result"]["verifyId"]
        return {"picCodeId": found, "picCode": await self.read(found)}

    def sent(self, reply: httpx.Response) -> bool:
        return (reply.status_code, reply.json()) == (200, {"code": 200})

    def limited(self, reply: httpx.Response) -> bool:
        return (reply.status_code, reply.json()) == (200, {"code": 5000})


class Leaf(Asker):
    def fresh(self) -> str:
        return f"{fresh_phone()}@example.com"

    async def sign_up(self) -> str:
        one = Viewer(self.http)
        assert (await one.register()).json()["code"] == 200
        one.keep(await one.log_in())
        self.token = one.token
        return one.email

    async def ask(self, to: str, *, known: bool = False, **more: Any) -> httpx.Response:
        one = Viewer(self.http, email=to, token=self.token)
        await one.pass_check()
        return await one.post("user/code/email", email=to)

    def sent(self, reply: httpx.Response) -> bool:
        return bool(reply.json()["code"] == 200)

    def limited(self, reply: httpx.Response) -> bool:
        return bool(reply.json()["code"] == 9010)


class Yunhu(Asker):
    async def sign_up(self) -> str:
        one = await Citizen(self.http).sign_in()
        self.token = one.token
        return one.e164

    async def ask(self, to: str, *, known: bool = False, **more: Any) -> httpx.Response:
        one = Citizen(self.http, token=self.token)
        body = {"mobile": to.removeprefix("+86"), **await one.picture(), **more}
        return await one.post("/v1/verification/get-verification-code", body)

    def sent(self, reply: httpx.Response) -> bool:
        return bool(reply.json() == {"code": 1, "msg": "success"})

    def limited(self, reply: httpx.Response) -> bool:
        return bool(reply.json() == {"code": -1, "msg": "操作过于频繁，请稍后再试"})


class Thinksns(Asker):
    async def sign_up(self) -> str:
        one = await Member(self.http).sign_up()
        self.token = one.token
        return one.e164

    async def ask(self, to: str, *, known: bool = False, **more: Any) -> httpx.Response:
        path = "/verifycodes" if known else "/verifycodes/register"
        body = {"phone": to.removeprefix("+86")} | more
        return await Member(self.http, token=self.token).ask("POST", path, body)

    async def seen(self) -> dict[str, Any]:
        found = await Member(self.http).get("/verifycodes/captcha")
        assert found["image"].startswith("data:image/png;base64,")
        picture = found["captcha_id"]
        return {"captcha_id": picture, "captcha_code": await self.read(picture)}

    def sent(self, reply: httpx.Response) -> bool:
        return reply.status_code == 202

    def limited(self, reply: httpx.Response) -> bool:
        said = {"message": "操作过于频繁,请稍后再试"}
        return (reply.status_code, reply.json()) == (429, said)


DIALECTS = {"sealtalk": Sealtalk, "leaf": Leaf, "yunhu": Yunhu, "thinksns": Thinksns}
Make = Callable[..., Any]


@pytest.fixture(params=DIALECTS)
def make(request, strict) -> Make:
    """Make somebody who uses the dialect: `make(ip)`."""
    return lambda ip="": DIALECTS[request.param](strict.client(ip))


# ------------------------------------------------------------------------ accounts and devices


async def test_codes_of_one_account(make, strict) -> None:
    """Past ten an hour nobody has one more sent to it, and its owner none to anywhere."""
    owner = make()
    address = await owner.sign_up()
    account = f"account:{await strict.owner(address)}"
    await strict.age("limit:*", 60)
    await strict.redis.client.delete(f"limit:codes:{account}:hour")
    await strict.fill(f"{account}:hour", limits.ACCOUNT_HOUR - 1)

    assert owner.sent(await owner.ask(owner.fresh()))
    refused = await owner.ask(owner.fresh())
    stranger = make()
    same = await stranger.ask(address, known=True)

    assert owner.limited(refused)
    assert stranger.limited(same)
    assert (await strict.reasons(address))[0] == Reason.ACCOUNT_LIMIT
    assert stranger.sent(await stranger.ask(stranger.fresh()))


async def test_codes_of_one_device(strict) -> None:
    """Past ten an hour a device that yunhu's clients name gets none, at whatever network."""
    device = "android_6fa459ea-ee8a-3ca4"
    for _ in range(limits.DEVICE_HOUR):
        one = Yunhu(strict.client())
        assert one.sent(await one.ask(one.fresh(), deviceId=device))

    late = Yunhu(strict.client())
    to = late.fresh()
    assert late.limited(await late.ask(to, deviceId=device))
    assert late.sent(await late.ask(to, deviceId="android_another-1"))
    assert sorted(await strict.reasons(to)) == [Reason.DEVICE_LIMIT, Reason.SENT]


# ------------------------------------------------------------------------------------- budget


@pytest.mark.usefixtures("one_day")
async def test_what_a_day_may_cost(make, strict) -> None:
    """The last code that the budget pays is sent, the next is not; e-mail costs nothing."""
    one = make()
    spending = Spending("sms", "CN", 45, BUDGET)
    spent = {"all": BUDGET - 45, "CN": BUDGET - 45}
    await strict.redis.client.hset(spending.keys[0], mapping=spent)

    assert one.sent(await one.ask(one.fresh()))
    last = await one.ask(one.fresh())

    assert one.sent(last) if isinstance(one, Leaf) else one.limited(last)
    budget = await strict.bus.ask(fraud.read_budget, fraud.ReadBudget(), caller=OPERATOR)
    assert budget.spent == BUDGET - (45 if isinstance(one, Leaf) else 0)


@pytest.mark.usefixtures("one_day")
async def test_of_many_at_once_the_budget_pays_some(strict) -> None:
    """Twenty people at the same moment do not spend more than there is."""
    spending = Spending("sms", "CN", 45, BUDGET)
    spent = {"all": BUDGET - 3 * 45, "CN": BUDGET - 3 * 45}
    await strict.redis.client.hset(spending.keys[0], mapping=spent)
    askers = [Sealtalk(strict.client()) for _ in range(20)]

    replies = await asyncio.gather(*(one.ask(one.fresh()) for one in askers))

    assert sum(askers[0].sent(reply) for reply in replies) == 3
    assert sum(askers[0].limited(reply) for reply in replies) == 17


# -------------------------------------------------------------------------- unverified codes


async def test_a_network_that_shows_none(make, strict) -> None:
    """After ten codes that nobody showed in time a network gets no more, captcha or not."""
    ip = fresh_ip()
    one, to, name = make(ip), make().fresh(), f"fraud:network:{ip}"
    seconds, _ = await strict.redis.client.time()
    before = {f"CN:before-{n}": seconds * 1000 for n in range(rules.NETWORK_LEAST - 1)}
    await strict.redis.client.zadd(name, before)

    assert one.sent(await one.ask(one.fresh(), **await one.seen()))
    await strict.age(name, 2 * rules.GRACE_SECONDS)

    assert one.limited(await one.ask(to, **await one.seen()))
    assert await strict.reasons(to) == [Reason.NETWORK_DAY]
    elsewhere = make()
    assert elsewhere.sent(await elsewhere.ask(elsewhere.fresh()))


async def unseen(strict: Strict, one: Asker) -> None:
    """Have as many codes sent from a network as go without a captcha, and shown by nobody."""
    for _ in range(rules.NETWORK_FREE):
        assert one.sent(await one.ask(one.fresh()))
    await strict.age("fraud:network:*", 2 * rules.GRACE_SECONDS)


async def test_sealtalk_asks_for_a_picture(strict) -> None:
    """The sixth code of a network that showed none takes a picture that is read right, once."""
    one = Sealtalk(strict.client())
    await unseen(strict, one)
    to = one.fresh()

    refused = await one.ask(to)
    assert refused.json()["code"] == 5000
    assert "picCodeId" in refused.json()["message"]
    wrong = await one.ask(to, **(await one.seen() | {"picCode": "????"}))
    assert wrong.json() == refused.json()
    seen = await one.seen()
    assert one.sent(await one.ask(to, **seen))
    again = await one.ask(one.fresh(), **seen)
    assert again.json() == refused.json()
    assert await strict.reasons(to) == [Reason.SENT, Reason.HUMAN_CHECK]


async def test_thinksns_asks_for_a_picture(strict) -> None:
    """The sixth code of a network is 422 about `captcha_code`, until a picture was read."""
    one = Thinksns(strict.client())
    await unseen(strict, one)
    to = one.fresh()

    refused = await one.ask(to)
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["captcha_code"])
    assert "verifycodes/captcha" in refused.json()["message"]
    seen = await one.seen()
    for given in (seen | {"captcha_code": "????"}, seen):  # one try, which uses it up
        wrong = await one.ask(to, **given)
        assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["captcha_code"])
    assert one.sent(await one.ask(to, **await one.seen()))
    long = await one.ask(to, captcha_id="x" * 65)
    assert (long.status_code, list(long.json()["errors"])) == (422, ["captcha_id"])


@pytest.mark.parametrize("kind", [Sealtalk, Thinksns])
async def test_an_address_whose_codes_nobody_shows(strict, kind) -> None:
    """The sixth code to one address takes a picture, wherever it is asked for."""
    to = kind(strict.client()).fresh()
    for _ in range(rules.ADDRESS_FREE):
        one = kind(strict.client())
        assert one.sent(await one.ask(to))
        await strict.age("limit:codes:*", 3600)

    one = kind(strict.client())
    assert not one.sent(await one.ask(to))
    assert (await strict.reasons(to))[0] == Reason.HUMAN_CHECK
    assert one.sent(await one.ask(one.fresh()))


async def test_who_is_at_home_reads_no_picture(strict) -> None:
    """An owner gets a code in a network where they were before, whoever else is there."""
    ip = fresh_ip()
    address = await Sealtalk(strict.client(ip)).sign_up()
    await unseen(strict, Sealtalk(strict.client(ip)))
    await strict.age("limit:codes:*", 60)

    home = Thinksns(strict.client(ip))
    assert home.sent(await home.ask(address, known=True))
    assert not home.sent(await home.ask(home.fresh()))


async def test_a_code_that_is_shown_does_not_count(strict) -> None:
    """People who show their codes leave room for others in their network."""
    ip = fresh_ip()
    for _ in range(rules.NETWORK_FREE):
        await Person(strict.client(ip)).sign_up()

    one = Sealtalk(strict.client(ip))
    assert one.sent(await one.ask(one.fresh()))


# -------------------------------------------------------------------------------- kill switches


async def test_a_channel_is_switched_off(make, strict, eventually) -> None:
    """No dialect sends a code by it any more, and then again (within five seconds, line 21)."""
    assert SWITCHES_SECONDS < 5
    one = make()
    channel = "email" if isinstance(one, Leaf) else "sms"

    async def asked() -> bool:
        for pattern in ("fraud:*", "limit:*"):
            async for key in strict.redis.client.scan_iter(pattern):
                await strict.redis.client.delete(key)
        return bool(one.sent(await one.ask(one.fresh())))

    async def refused() -> bool:
        return not await asked()

    try:
        await strict.turn(channel, off=True)
        await eventually(refused)
        to = one.fresh()
        assert not one.sent(await one.ask(to))
        assert await strict.reasons(to) == [Reason.SWITCHED_OFF]
    finally:
        await strict.turn(channel, off=False)
    await eventually(asked)


async def test_a_country_is_switched_off(strict, eventually) -> None:
    """Codes to its numbers are soon refused, and to others they go."""
    one = Sealtalk(strict.client())

    numbers = itertools.count(612345678)

    async def french() -> bool:
        reply = await one.ask(str(next(numbers)), region="33")
        return bool(reply.status_code == 500)

    try:
        await strict.turn("sms", "FR", off=True)
        await eventually(french)
        other = Sealtalk(strict.client())
        assert other.sent(await other.ask(other.fresh()))
    finally:
        await strict.turn("sms", "FR", off=False)
