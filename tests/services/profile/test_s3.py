"""The object store in a bucket, against a server that speaks the protocol of S3."""

import socket

import boto3
import pytest
import structlog.testing
from moto.server import ThreadedMotoServer

from services.profile.config import Config
from services.profile.pictures import rules, sweep
from services.profile.pictures.handlers import PictureHandlers
from services.profile.pictures.looks import Looks
from services.profile.pictures.rules import Tickets
from services.profile.pictures.s3 import S3Bucket
from services.profile.pictures.store import PictureStore
from services.profile.pictures.studio import Studio
from shared import errors, settings
from shared.clock import now
from shared.contracts import pictures
from shared.settings import Key
from tests.services.profile.images import opened, png
from tests.services.profile.test_start import ENVIRONMENT

ACCESS = {"region": "eu-central-1", "access_key": "it-is-me", "secret_key": "and-I-know-it"}


@pytest.fixture(scope="module")
def endpoint():
    """Where the server is."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, user_id):
    """A bucket of one's own, empty."""
    name = f"pictures-{user_id}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=ACCESS["region"],
        aws_access_key_id=ACCESS["access_key"],
        aws_secret_access_key=ACCESS["secret_key"],
    )
    client.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    client.put_object(Bucket=name, Key="something else", Body=b"x")
    return S3Bucket(name, endpoint=endpoint, **ACCESS)


async def test_objects_come_and_go(bucket):
    """What was put is given and listed, with its time; removing twice is no error."""
    bucket.prepare()
    key = rules.new_key("image/png")
    assert await bucket.get(key) is None

    for content in (b"one", b"two"):
        await bucket.put(key, content)
        assert await bucket.get(key) == content
    [stored] = [one async for one in bucket.listing()]
    assert stored.key == key
    assert abs((now() - stored.modified_at).total_seconds()) < 60

    for _ in range(2):
        await bucket.delete(key)
    assert await bucket.get(key) is None


@pytest.mark.parametrize("key", ["", "something else", "../x.jpg"])
async def test_nothing_but_our_keys_is_touched(bucket, key):
    """A key of another form is a mistake in the program, whatever is done with it."""
    for work in (bucket.get(key), bucket.put(key, b""), bucket.delete(key)):
        with pytest.raises(ValueError, match="not a key"):
            await work


async def test_pictures_live_in_a_bucket(bucket, person, mongo, monkeypatch):
    """Uploaded, shown, swept and erased as in a folder."""
    documents, studio = PictureStore(mongo("userhub_profile")), Studio()
    handlers = PictureHandlers(Tickets(Key(bytes(32))), documents, bucket, studio, Looks(studio))
    stored = await handlers.add(pictures.AddPicture(user_id=person, content=png(40, 30)))
    shown = await handlers.read(pictures.ReadPicture(key=stored.key, width=20))
    assert opened(shown.content).size == (20, 15)

    lost = rules.new_key("image/png")
    await bucket.put(lost, b"x")
    monkeypatch.setattr(sweep, "LEFT_OVER_AFTER", now() - now())
    assert await sweep.sweep(documents, bucket) == 1
    assert await bucket.get(stored.key)
    await mongo("userhub_profile").transact(lambda session: handlers.erase(person, session))
    assert [one async for one in bucket.listing()] == []
    studio.close()


async def test_a_bucket_that_cannot_be_used_is_unavailable(endpoint):
    """Wherever the fault is, it is "not now" for who asks, and said at the start."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        for store in (
            S3Bucket("no-such-bucket", endpoint=endpoint, **ACCESS),
            S3Bucket("pictures", endpoint=closed, **ACCESS),
        ):
            with structlog.testing.capture_logs() as logs:
                store.prepare()
                for work in (store.get, store.delete):
                    with pytest.raises(errors.Unavailable):
                        await work("0" * 64 + ".png")
            assert logs[0]["event"] == "objects.no_bucket"


@pytest.mark.parametrize("missing", ["S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY"])
def test_half_a_bucket_is_refused(missing):
    """The service does not start with a bucket that it cannot use."""
    whole = {"S3_BUCKET": "b", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "s", "OBJECT_STORE": "s3"}
    assert settings.read(Config, ENVIRONMENT | whole).object_store == "s3"

    with pytest.raises(ValueError, match=f"{missing} is not set"):
        settings.read(Config, ENVIRONMENT | whole | {missing: ""})
