"""A call that is said to only read changes nothing: whoever asks it may ask it twice.

Each is asked once, of a person who has used everything, while MongoDB, Redis and JetStream tell
what is done to them.
"""

import asyncio
import contextlib
import hashlib
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio as asyncio_redis
from nats.js import JetStreamContext

from ops.admin.connection import OPERATOR
from ops.config import SuiteConfig
from ops.suite import Suite
from shared import bus as shared_bus
from shared.bus import Bus
from shared.caller import Caller
from shared.contract import Call
from shared.contracts import (
    accounts,
    activity,
    administration,
    adverts,
    blacklist,
    bots,
    captchas,
    checkins,
    codes,
    contacts,
    directory,
    follows,
    fraud,
    friendships,
    groups,
    human_checks,
    invitations,
    lookups,
    medals,
    module_settings,
    nearby,
    notify,
    pictures,
    points,
    postal_addresses,
    profile,
    push_devices,
    recommendations,
    relations,
    remarks,
    sessions,
    snapshot,
    switches,
    sync,
    tasks,
    tokens,
    verification,
    vip,
)
from shared.mongo import Mongo
from tests.conftest import ANY_SESSION, CALLERS, ENV, wait_for
from tests.life import Life, lived
from tests.services.profile.images import png
from tests.test_who_may_ask import calls

SERVICES = ("auth", "profile", "social", "notify")
READING = {"query", "getmore", "aggregate", "count", "distinct"}
"""What changes nothing, in the words of MongoDB's profiler; but see `_writes`."""

OF_THEIR_OWN_ACCORD = {
    "leases": {"update", "findAndModify"},
    "fan_out": {"findAndModify"},
    "bot_deletions": {"findAndModify"},
    "erasing": {"findAndModify"},
}
"""What services do without being asked, by collection: renew leases, and look for jobs to take."""


class Watch:
    """Hears what services do to MongoDB, Redis and JetStream."""

    def __init__(self, databases: list[Mongo], redis: Any, js: JetStreamContext) -> None:
        self._databases, self._redis, self._js = databases, redis, js
        self._writing: set[str] = set()
        self._commands: list[str] = []
        self._apps = [f"userhub-{name}" for name in SERVICES]

    @contextlib.asynccontextmanager
    async def begun(self) -> AsyncIterator["Watch"]:
        for one in self._databases:
            size = 64 * 2**20
            await one.db.create_collection("system.profile", capped=True, size=size)
            await one.db.command("profile", 2)
        known = await self._redis.execute_command("COMMAND")
        self._writing = {name for name, about in known.items() if "write" in about["flags"]}
        assert {"set", "zadd", "hset", "del"} <= self._writing
        async with self._redis.monitor() as monitor:
            listening = asyncio.create_task(self._listen(monitor))
            yield self
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self, monitor: Any) -> None:
        async for heard in monitor.listen():
            self._commands.append(heard["command"])

    async def quiet(self) -> None:
        """Wait until no event is under way, and nothing was written for half a second."""
        before = await self.seen()
        while True:
            await wait_for(self._nothing_is_under_way, 60)
            await asyncio.sleep(0.5)
            if (now := await self.seen()) == before:
                return
            before = now

    async def _nothing_is_under_way(self) -> bool:
        waiting = [await one["outbox"].find_one({"waiting": True}) for one in self._databases]
        consumers = [
            consumer
            for stream in ("EVENTS", "NOTIFY")
            for consumer in await self._js.consumers_info(stream)
        ]
        assert consumers
        return not any(waiting) and not any(
            one.num_pending or one.num_ack_pending for one in consumers
        )

    async def seen(self) -> list[str]:
        """Give every write so far."""
        return [
            *[write for one in self._databases for write in await self._in_mongo(one)],
            *await self._in_redis(),
            *[
                f"{info.config.name}: {info.state.messages} messages to {info.state.last_seq}"
                for info in await self._js.streams_info()
            ],
        ]

    async def _in_mongo(self, one: Mongo) -> list[str]:
        writes = []
        async for done in one["system.profile"].find({"appName": {"$in": self._apps}}):
            collection, command = done["ns"].partition(".")[2], done.get("command", {})
            name = next(iter(command), "") if done["op"] == "command" else done["op"]
            if _writes(name, command) and name not in OF_THEIR_OWN_ACCORD.get(collection, ()):
                writes.append(f"{name} {done['ns']}")
        return writes

    async def _in_redis(self) -> list[str]:
        mark = f"mark {len(self._commands)}"
        await self._redis.echo(mark)
        while not any(mark in one for one in self._commands):
            await asyncio.sleep(0.005)
        return [one for one in self._commands if one.split()[0].lower() in self._writing]


def _writes(name: str, command: Mapping[str, Any]) -> bool:
    stages = {stage for one in command.get("pipeline", ()) for stage in one}
    return name not in READING or bool(stages & {"$out", "$merge"})


async def whole(life: Life, ask: Callable[..., Any]) -> dict[Call[Any, Any], Any]:
    """Give a question for each call that only reads, and see that there is something to answer."""
    ann, who, whom = life.ann, life.ann.user_id, life.bob.user_id
    for one in (who, whom):
        region = profile.Region(province="四川省", city="成都市")
        await ask(profile.change_profile, profile.ChangeProfile(user_id=one, region=region))
    listed = blacklist.Blacklisting(owner_id=who, target_id=life.elder.user_id)
    await ask(blacklist.add_to_blacklist, listed)
    await ask(follows.follow, follows.Following(user_id=who, target_id=whom))
    await ask(switches.turn_switch, switches.TurnSwitch(channel="push", off=True))
    captcha = await ask(captchas.make_captcha, captchas.MakeCaptcha(ip=ann.ip))
    by_id = captchas.CaptchaById(captcha_id=captcha.captcha_id)
    await ask(human_checks.make_puzzle, human_checks.MakePuzzle(address=ann.address, ip=ann.ip))
    refresh = (await ann.log_in(access_lifetime=300)).refresh
    assert refresh
    [mine, *_] = await ask(groups.list_groups, relations.ListOfOwner(owner_id=who))
    group_id = mine.group.group_id
    await ask(
        groups.change_group, groups.ChangeGroup(owner_id=who, group_id=group_id, hidden=False)
    )
    [bot, *_] = await ask(bots.list_own_bots, bots.BotsOf(owner_id=who))
    [address] = await ask(postal_addresses.list_addresses, postal_addresses.OfPerson(user_id=who))
    shown = (await ask(profile.read_profiles, profile.ReadProfiles(user_ids=[who])))[0].avatar
    key = shown.rpartition("/")[2]
    content = png()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    page = follows.ListFollows(user_id=who, limit=5)
    return {
        accounts.check_address: accounts.ByAddress(address=ann.address),
        accounts.find_by_address: accounts.ByAddress(address=ann.address),
        accounts.read_account: accounts.ByUser(user_id=who),
        accounts.read_phones: accounts.ReadPhones(user_ids=[who, whom]),
        lookups.find_account: lookups.FindAccount(login=ann.address),
        lookups.read_accounts: lookups.ReadAccounts(user_ids=[who, whom]),
        lookups.list_accounts: lookups.ListAccounts(limit=5),
        administration.list_people: administration.ListPeople(limit=5),
        administration.search_people: administration.SearchPeople(keyword=str(who), limit=5),
        administration.read_person: administration.OfPerson(user_id=who),
        administration.list_sessions: administration.OfPerson(user_id=who),
        captchas.captcha_picture: by_id,
        captchas.captcha_answer: by_id,
        fraud.read_budget: fraud.ReadBudget(),
        fraud.read_decisions: fraud.ReadDecisions(to=ann.address),
        human_checks.puzzle_answer: human_checks.OfAddress(address=ann.address),
        sessions.list_devices: accounts.ByUser(user_id=who),
        snapshot.read_snapshot: snapshot.ReadSnapshot(),
        tokens.refresh_access: tokens.RefreshAccess(refresh=refresh, dialect="sealtalk"),
        notify.read_inbox: notify.ReadInbox(to=ann.address),
        push_devices.read_push_device: push_devices.ReadPushDevice(
            user_id=who, device_id=life.word
        ),
        switches.read_switches: switches.ReadSwitches(),
        activity.read_activity: activity.ReadActivity(user_ids=[who]),
        activity.list_active: activity.ListActive(),
        adverts.read_advert: adverts.Viewer(user_id=who),
        adverts.read_setting: adverts.Look(),
        checkins.read_counts: checkins.ReadCounts(user_ids=[who]),
        checkins.read_cycle: checkins.Checkin(user_id=who),
        invitations.list_invited: invitations.ListInvited(user_id=who),
        invitations.read_invitation: invitations.Host(user_id=who),
        medals.list_medals: medals.All(),
        medals.read_medals: medals.ReadMedals(user_ids=[who]),
        module_settings.read_modules: module_settings.OfDevice(user_id=who, device_id="another"),
        nearby.list_nearby: nearby.ListNearby(user_id=who),
        pictures.announce_picture: pictures.AnnouncePicture(
            user_id=who, md5=md5, size=len(content), media_type="image/png"
        ),
        pictures.describe_pictures: pictures.DescribePictures(keys=[key]),
        pictures.issue_ticket: pictures.IssueTicket(user_id=who),
        pictures.own_picture: pictures.OwnPicture(user_id=who, key=key),
        pictures.read_picture: pictures.ReadPicture(key=key, width=2),
        pictures.trace_picture: pictures.PictureByKey(key=key),
        points.read_balances: points.ReadBalances(user_ids=[who]),
        points.check: points.OwnerOf(user_id=who),
        points.list_entries: points.ListEntries(user_id=who),
        points.inspect_entries: points.ListEntries(user_id=who),
        points.rank_income: points.RankIncome(days=7, viewer_id=who),
        postal_addresses.list_addresses: postal_addresses.OfPerson(user_id=who),
        postal_addresses.read_address: postal_addresses.OnePostalAddress(
            user_id=who, id=address.id
        ),
        profile.read_profiles: profile.ReadProfiles(user_ids=[who, whom]),
        recommendations.list_recommended: recommendations.ListRecommended(),
        tasks.read_tasks: tasks.Doer(user_id=who),
        verification.list_all: verification.ListVerifications(),
        verification.read_any: verification.OfPerson(user_id=who),
        verification.read_own: verification.OfPerson(user_id=who),
        verification.read_public: verification.OfPeople(user_ids=[who]),
        vip.read_vips: vip.ReadVips(user_ids=[who]),
        blacklist.blocked_among: blacklist.AmongBlacklist(
            owner_id=who, target_ids=[whom, life.elder.user_id]
        ),
        blacklist.latest_blocked: blacklist.LatestBlocked(owner_id=who, limit=5),
        blacklist.list_blacklist: relations.ListOfOwner(owner_id=who),
        bots.list_added_bots: bots.BotsOf(owner_id=who),
        bots.list_own_bots: bots.BotsOf(owner_id=who),
        bots.read_bots: bots.ReadBots(viewer_id=who, bot_ids=[bot.bot_id]),
        bots.search_bots: bots.SearchBots(viewer_id=who, limit=5, keyword=bot.name),
        contacts.list_applications: contacts.ListApplications(owner_id=who),
        directory.list_categories: directory.AllCategories(),
        directory.read_groups: directory.ReadGroups(group_ids=[group_id]),
        directory.search_groups: directory.SearchGroups(limit=5),
        follows.count_follows: follows.CountFollows(user_ids=[who]),
        follows.list_followers: page,
        follows.list_followings: page,
        follows.list_mutual: page,
        follows.relate: follows.Relate(viewer_id=who, user_ids=[whom]),
        friendships.list_friendships: relations.ListOfOwner(owner_id=who),
        friendships.read_friendship: friendships.OneFriend(owner_id=who, target_id=whom),
        groups.list_groups: relations.ListOfOwner(owner_id=who),
        groups.list_members: groups.OneGroup(owner_id=who, group_id=group_id),
        groups.read_group: groups.OneGroup(owner_id=who, group_id=group_id),
        remarks.list_remarks: remarks.ListRemarks(owner_id=who),
        remarks.read_remarks: remarks.ReadRemarks(owner_id=who, chat_ids=[whom]),
        sync.sync: sync.Sync(owner_id=who, since=0),
    }


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[tuple[Life, Watch, Callable[..., Any]]]:
    """A person, who watches, and a way to ask, in a suite where nobody else does anything."""
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="userhub-reads-"))
        suite = Suite(SuiteConfig(data_dir=Path(folder), env=ENV, quiet=True))
        await suite.start()
        stack.push_async_callback(suite.stop)
        client = await shared_bus.connect(suite.urls["nats"], "tests")
        stack.push_async_callback(client.close)
        bus = Bus(client, CALLERS)
        redis = asyncio_redis.from_url(suite.urls["redis"])
        stack.push_async_callback(redis.aclose)
        databases = [Mongo(suite.urls["mongo"], f"userhub_{one}", "tests") for one in SERVICES]
        for one in databases:
            stack.push_async_callback(one.close)

        async def ask(call: Call[Any, Any], message: Any) -> Any:
            person = call.acts_for and Caller(getattr(message, call.acts_for), ANY_SESSION)
            return await bus.ask(call, message, caller=person or OPERATOR)

        life = await lived(bus, ask, wait_for)
        watch = Watch(databases, redis, client.jetstream(timeout=5))
        yield life, await stack.enter_async_context(watch.begun()), ask


async def test_a_call_that_only_reads_changes_nothing(world):
    """None of them writes, whether or not it changes something by that; all have an answer."""
    life, watch, ask = world
    questions = await whole(life, ask)
    assert {one.subject for one in questions} == {one.subject for one in calls() if one.read_only}
    await watch.quiet()

    for call, question in questions.items():
        before = Counter(await watch.seen())
        answer = await ask(call, question)
        assert answer or not isinstance(answer, list), f"{call.subject} had nothing to read"
        assert not Counter(await watch.seen()) - before, call.subject


async def test_what_is_written_is_seen(world):
    """The watch hears of a write to each store, also of one that changes nothing."""
    life, watch, ask = world
    ip, nothing = life.ann.ip, switches.TurnSwitch(channel="email", off=False)
    send = codes.SendCode(address="+8613912345678", purpose="sealtalk.register", ip=ip)
    await watch.quiet()
    for call, question, word in (
        (switches.turn_switch, nothing, "remove userhub_notify.switches"),
        (captchas.make_captcha, captchas.MakeCaptcha(ip=ip), "HSET captcha:"),
        (codes.send_code, send, "NOTIFY: "),
    ):
        before = Counter(await watch.seen())
        await ask(call, question)
        new = Counter(await watch.seen()) - before
        assert any(one.startswith(word) for one in new), (call.subject, new)
