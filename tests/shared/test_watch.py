"""Watching a bucket."""

import asyncio
import uuid

import pytest
from nats.js.api import KeyValueConfig, StorageType

from shared import bus as shared_bus
from shared import watch as watch_module
from shared.watch import Watch, ensure_bucket, has_key, put_newer
from tests.shared.conftest import beside


@pytest.fixture
async def bucket(js):
    """A bucket that nobody else watches."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    config = KeyValueConfig(bucket=name, history=1, storage=StorageType.FILE)
    await asyncio.gather(*(ensure_bucket(js, config) for _ in range(4)))
    yield name
    await js.delete_key_value(name)


async def test_a_watch_sees_what_is_there_and_what_comes(js, bucket, eventually):
    """First all that is there, once; then each change within moments."""
    for number in range(300):
        await put_newer(js, bucket, f"key{number}", 1, b"%d" % number)
    seen: dict[str, bytes] = {}
    watch = Watch(js, bucket, seen.__setitem__)
    assert not watch.current
    async with beside(watch.run()):

        async def current():
            return watch.current

        await eventually(current)
        assert seen == {f"key{number}": b"%d" % number for number in range(300)}

        await put_newer(js, bucket, "key7", 2, b"new")

        async def changed():
            return seen["key7"] == b"new"

        await eventually(changed)
        assert watch.current


async def test_old_news_changes_nothing(js, bucket):
    """Of many writers at once the highest version stays, whoever comes last."""
    versions = [3, 9, 1, 7, 9, 2, 8]
    await asyncio.gather(
        *(put_newer(js, bucket, "key", version, b"v%d" % version) for version in versions)
    )
    await put_newer(js, bucket, "key", 4, b"late")

    entry = await (await js.key_value(bucket)).get("key")
    assert entry.value == b"9:v9"
    assert await has_key(js, bucket, "key")
    assert not await has_key(js, bucket, "another")


async def test_a_watch_outlives_the_server(nats_server, eventually):
    """While NATS is away the watch says that it is not current; afterwards it goes on."""
    client = await shared_bus.connect(nats_server.url, "tests")
    js = client.jetstream(timeout=5)
    config = KeyValueConfig(bucket="test", history=1, storage=StorageType.FILE)
    await ensure_bucket(js, config)
    await put_newer(js, "test", "one", 1, b"1")
    seen: dict[str, bytes] = {}
    watch = Watch(js, "test", seen.__setitem__)

    async def current():
        return watch.current

    async def not_current():
        return not watch.current

    async with beside(watch.run()) as running:
        await eventually(current)
        for turn in (2, 3):
            await nats_server.kill()
            await eventually(not_current)
            await nats_server.start()
            await eventually(current, seconds=60)
            await put_newer(js, "test", "one", turn, b"%d" % turn)

            async def changed(value=b"%d" % turn):
                return seen["one"] == value

            await eventually(changed)
        assert not running.done()
    await client.close()


async def test_a_bucket_that_comes_late(js, eventually):
    """Without its bucket a watch is not current; once the bucket is there it is."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    watch = Watch(js, name, lambda *_: None)
    async with beside(watch.run()):
        await asyncio.sleep(0.3)
        assert not watch.current
        await ensure_bucket(js, KeyValueConfig(bucket=name, history=1))

        async def current():
            return watch.current

        await eventually(current)
    await js.delete_key_value(name)


async def test_who_catches_up_knows_all_that_was_put(js, bucket, eventually, monkeypatch):
    """What was put before is handed over when it returns: each time, not nearly always."""
    monkeypatch.setattr(watch_module, "CATCH_UP_SECONDS", 60)
    seen: dict[str, bytes] = {}
    watch = Watch(js, bucket, seen.__setitem__)
    async with beside(watch.run()):

        async def current():
            return watch.current

        await eventually(current)
        for number in range(1, 301):
            await put_newer(js, bucket, f"key{number % 7}", number, b"%d" % number)
            await watch.catch_up()

            assert seen[f"key{number % 7}"] == b"%d" % number
