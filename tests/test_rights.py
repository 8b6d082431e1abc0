"""What each process may do on NATS, MongoDB and Redis as operators run them, and what not."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable

import nats
import pytest
import redis.asyncio as asyncio_redis
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig
from PIL import Image
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from redis.exceptions import AuthenticationError, NoPermissionError

from shared import bus as shared_bus
from shared.bus import Bus
from shared.caller import Caller
from shared.contracts import accounts, deletion, notify, profile, relations
from shared.settings import KeyRing
from tests.conftest import ANY_SESSION, read_events, wait_for
from tests.fortress import SERVICES, Fortress, environment
from tests.people import People, Person


@pytest.fixture(scope="session")
async def fortress(tmp_path_factory) -> AsyncIterator[Fortress]:
    """The suite on servers that refuse all that is not needed."""
    one = Fortress(tmp_path_factory.mktemp("fortress"))
    try:
        await one.start()
        assert one.violations() == []
        yield one
    finally:
        await one.stop()


async def refusal(
    fortress: Fortress, user: str, action: Callable[[Client], Awaitable[object]]
) -> list[str]:
    """Do something as a user, and wait for what the server's log says that it refused of it."""
    before = len(fortress.violations())

    async def logged() -> list[str]:
        return fortress.violations()[before:]

    client = await nats.connect(fortress.nats_url(user), error_cb=_ignore)
    try:
        await action(client)
        return await wait_for(logged)
    finally:
        await client.close()


async def _ignore(_: Exception) -> None:
    """The client is told as well; the log says more."""


def picture() -> bytes:
    """Draw a small picture."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return file.getvalue()


async def test_a_life_within_the_rights(fortress):
    """Signing up, a picture, friends, a group, leaving: none of it needs what is refused."""
    before = fortress.violations()
    async with People(fortress.gateway) as people:
        tom = await people.one(nickname="Tom")
        assert (await tom.get(f"/user/{tom.id}")).json()["result"]["nickname"] == "Tom"
        await show_a_picture(tom)
        await be_social(tom, await people.one(nickname="Jerry"))
        assert (await tom.post("/user/logout")).json() == {"code": 200}
        assert (await tom.get(f"/user/{tom.id}")).status_code == 403
        assert (await tom.log_in()).status_code == 200
        await leave(fortress, tom)

        async def locked_out() -> bool:
            return (await tom.get(f"/user/{tom.id}")).status_code == 403

        await wait_for(locked_out)
    assert fortress.violations() == before


async def show_a_picture(person: Person) -> None:
    ticket = (await person.get("/user/get_image_token")).json()["result"]["token"]
    files = {"file": ("a.png", picture(), "image/png")}
    stored = await person.http.post("/media", data={"token": ticket}, files=files)
    assert (await person.get(f"/media/{stored.json()['key']}")).status_code == 200


async def be_social(tom: Person, jerry: Person) -> None:
    """Become friends, make a group, and be told of both in the inbox of instant messaging."""
    invitation = {"friendId": jerry.id, "message": "hello"}
    assert (await tom.post("/friendship/invite", invitation)).json()["result"]["action"] == "Sent"
    assert (await jerry.post("/friendship/agree", {"friendId": tom.id})).json() == {"code": 200}
    assert (await tom.get(f"/friendship/{jerry.id}/profile")).status_code == 200
    group = {"name": "the two", "memberIds": [tom.id, jerry.id]}
    made = await tom.post("/group/create", group)
    assert made.json()["code"] == 200, made.text
    assert len((await jerry.get("/user/sync/0")).json()["result"]["group_members"]) == 2

    async def told() -> bool:
        inbox = await tom.http.get("/dev/inbox", params={"to": jerry.id})
        return bool(inbox.json()["messages"])

    await wait_for(told)


async def leave(fortress: Fortress, person: Person) -> None:
    """Delete an account, as the operator and in its owner's name, until every service knows."""
    client = await shared_bus.connect(fortress.nats_url("operator"), "tests")
    bus = Bus(client, KeyRing.parse(environment("gateway", fortress.env)["USERHUB_CALLER_KEYS"]))
    js = client.jetstream()
    owner = (
        await bus.ask(accounts.find_by_address, accounts.ByAddress(address=person.e164))
    ).user_id
    await bus.ask(
        deletion.delete_account,
        deletion.DeleteAccount(user_id=owner),
        caller=Caller(owner, ANY_SESSION),
        timeout=5,
    )
    for fact in (profile.UserErased.fact, relations.UserErased.fact, notify.UserErased.fact):

        async def told(subject: str = f"events.{fact}") -> bool:
            return bool(await read_events(js, subject, str(owner)))

        await wait_for(told)
    await client.close()


NOT_FOR = {
    "gateway": [
        "events.auth.user_registered",
        "events.gateway.anything",
        "work.notify.send",
        "dead.notify-sending",
        "outbox.auth.nudge",
        "$KV.account_flags.1",
        "$JS.API.INFO",
        "$JS.API.STREAM.MSG.GET.NOTIFY",
        "$JS.API.CONSUMER.CREATE.NOTIFY",
        "$JS.API.CONSUMER.CREATE.NOTIFY.mine.work.notify.send",
        "$JS.API.CONSUMER.MSG.NEXT.NOTIFY.notify-sending",
        "$JS.API.CONSUMER.CREATE.EVENTS.mine.events.>",
        "$JS.API.STREAM.CREATE.MINE",
        "$JS.API.STREAM.UPDATE.KV_account_flags",
        "_INBOX.userhub-auth.guessed",
    ],
    "auth": [
        "events.profile.profile_changed",
        "notify.inbox.read",
        "social.anything",
        "$JS.API.STREAM.MSG.GET.NOTIFY",
        "$JS.API.CONSUMER.DURABLE.CREATE.NOTIFY.auth",
        "$JS.API.STREAM.MSG.GET.DEAD_LETTERS",
        "$JS.API.STREAM.UPDATE.EVENTS",
        "$JS.API.STREAM.DELETE.KV_account_flags",
    ],
    "profile": [
        "events.auth.x",
        "events.auth.user_deleting",
        "work.notify.send",
        "auth.accounts.delete",
        "$KV.ended_sessions.x",
        "$JS.API.STREAM.CREATE.MINE",
        "$JS.API.STREAM.UPDATE.EVENTS",
        "$JS.API.CONSUMER.MSG.NEXT.EVENTS.auth",
        "$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.social",
        "$JS.ACK.EVENTS.auth.1.1.1.1.1",
    ],
    "social": [
        "events.profile.user_erased",
        "work.notify.send",
        "$JS.API.STREAM.MSG.GET.NOTIFY",
        "$JS.API.DIRECT.GET.NOTIFY",
        "$JS.API.STREAM.UPDATE.NOTIFY",
        "$JS.API.CONSUMER.CREATE.NOTIFY",
        "$JS.API.CONSUMER.DURABLE.CREATE.NOTIFY.social",
        "$JS.API.CONSUMER.MSG.NEXT.NOTIFY.notify-sending",
        "$JS.API.STREAM.MSG.GET.DEAD_LETTERS",
    ],
    "notify": [
        "events.auth.user_registered",
        "work.notify.other",
        "auth.sessions.log_in",
        "$KV.account_flags.1",
        "$JS.API.STREAM.UPDATE.NOTIFY",
        "$JS.API.STREAM.DELETE.NOTIFY",
        "$JS.API.STREAM.MSG.DELETE.EVENTS",
        "$JS.API.STREAM.MSG.GET.DEAD_LETTERS",
    ],
    "subscriber": [
        "events.auth.user_registered",
        "auth.accounts.find",
        "notify.deliveries.read",
        "work.notify.send",
        "$JS.API.STREAM.MSG.GET.NOTIFY",
        "$JS.API.CONSUMER.MSG.NEXT.NOTIFY.notify-sending",
        "$JS.API.CONSUMER.CREATE.EVENTS.mine.events.>",
        "$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.mine",
        "$JS.API.CONSUMER.DELETE.EVENTS.auth",
        "$JS.API.CONSUMER.MSG.NEXT.EVENTS.notify-im",
        "$JS.ACK.EVENTS.auth.1.1.1.1.1",
        "$JS.API.STREAM.PURGE.EVENTS",
    ],
}
OUT_OF_EARSHOT = {
    "gateway": [">", "events.>", "work.notify.>", "auth.>", "$KV.>", "_INBOX.userhub-auth.>"],
    "auth": [">", "work.notify.>", "profile.>", "events.>", "_INBOX.>"],
    "profile": ["auth.>", "work.>", "$KV.>", "_INBOX.userhub-gateway.>", "outbox.auth.nudge"],
    "social": ["work.notify.send", "notify.>", "_INBOX.*.>", "$JS.API.>"],
    "notify": ["auth.>", "events.>", "_INBOX.userhub-gateway.>"],
    "subscriber": [">", "work.notify.>", "auth.>", "dead.>", "$KV.>", "_INBOX.userhub-admin.>"],
}


@pytest.mark.parametrize(
    ("user", "subject"), [(user, subject) for user, all_ in NOT_FOR.items() for subject in all_]
)
async def test_a_user_cannot_publish(fortress, user, subject):
    """Orders to JetStream, events, calls and replies that are not a user's own are refused."""
    refused = await refusal(fortress, user, lambda client: client.publish(subject, b"{}"))

    assert refused == [f'"USERHUB/user:{user}" - Publish Violation - Subject "{subject}"']


@pytest.mark.parametrize(
    ("user", "subject"),
    [(user, subject) for user, all_ in OUT_OF_EARSHOT.items() for subject in all_],
)
async def test_a_user_cannot_listen(fortress, user, subject):
    """What is meant for others cannot be subscribed to: calls, work, replies, buckets."""
    refused = await refusal(fortress, user, lambda client: client.subscribe(subject))

    assert refused == [f'"USERHUB/user:{user}" - Subscription Violation - Subject "{subject}"']


async def test_own_events_and_the_operator_s_look_are_allowed(fortress):
    """A service's own event is taken, and the operator may look at any stream."""
    profile_client = await shared_bus.connect(fortress.nats_url("profile"), "userhub-profile")
    operator = await shared_bus.connect(fortress.nats_url("operator"), "tests")

    taken = await profile_client.jetstream().publish("events.profile.of_no_meaning", b"{}")
    seen = await operator.jetstream().stream_info("NOTIFY")

    assert (taken.stream, seen.config.name) == ("EVENTS", "NOTIFY")
    await profile_client.close()
    await operator.close()


async def test_a_subscriber_follows_its_place(fortress):
    """The example subscriber has all the rights it needs, at a place that the operator made."""
    operator = await shared_bus.connect(fortress.nats_url("operator"), "tests")
    place = ConsumerConfig(durable_name="next-door", filter_subject="events.>")
    await operator.jetstream().add_consumer("EVENTS", place)
    client = await nats.connect(fortress.nats_url("subscriber"), inbox_prefix="_INBOX.subscriber")
    follow = await client.jetstream().pull_subscribe_bind(durable="next-door", stream="EVENTS")
    before = len(fortress.violations())

    await operator.jetstream().publish("events.profile.of_no_meaning", b"{}")
    [message] = await follow.fetch(1, timeout=30)
    await message.ack_sync()

    assert message.subject.startswith("events.")
    assert len(fortress.violations()) == before
    await operator.jetstream().delete_consumer("EVENTS", "next-door")
    for one in (client, operator):
        await one.close()


@pytest.mark.parametrize("credentials", ["", "auth:wrong@", "nobody:wrong@"])
async def test_nobody_comes_in_without_a_password(fortress, credentials):
    """NATS has no default user."""
    with pytest.raises(NatsError, match=r"(?i)authorization violation"):
        await nats.connect(
            f"nats://{credentials}127.0.0.1:{fortress.ports['nats']}", allow_reconnect=False
        )


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_its_own_database_only(fortress, service):
    """A service reads and writes its database; those of others and the server are closed to it."""
    others = [f"userhub_{other}" for other in SERVICES if other != service]
    with MongoClient[dict[str, object]](fortress.mongo_url(service)) as client:
        client[f"userhub_{service}"]["leases"].find_one()
        for database in (*others, "admin", "local"):
            with pytest.raises(OperationFailure, match="not authorized"):
                client[database]["leases"].find_one()
        with pytest.raises(OperationFailure, match="not authorized"):
            client[f"userhub_{service}"].command("createUser", "x", pwd="x", roles=[])
        with pytest.raises(OperationFailure, match="not authorized"):
            client.admin.command("shutdown")


async def test_the_gateway_has_limits_only(fortress):
    """In Redis the gateway reaches its limits and no code; nobody may empty or inspect it."""
    async with asyncio_redis.from_url(fortress.redis_url("gateway")) as gateway:
        await gateway.zadd("limit:x", {"a": 1})
        for key in ("code:x", "captcha:x", "verified:x"):
            with pytest.raises(NoPermissionError):
                await gateway.get(key)
    for user in ("gateway", "auth"):
        async with asyncio_redis.from_url(fortress.redis_url(user)) as client:
            for command in ("FLUSHALL", "KEYS *", "CONFIG GET *", "ACL LIST", "SHUTDOWN"):
                with pytest.raises(NoPermissionError):
                    await client.execute_command(*command.split())


async def test_without_a_password_redis_says_no_more_than_that_it_is_there(fortress):
    """The user that the health check uses can ping."""
    async with asyncio_redis.Redis(port=fortress.ports["redis"]) as client:
        assert await client.ping()
        with pytest.raises((NoPermissionError, AuthenticationError)):
            await client.get("limit:x")
