"""The object store in a folder, and the sweep of what is left over in it."""

import asyncio
import os
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import structlog.testing

from services.profile.pictures import rules, sweep
from services.profile.pictures.objects import LocalFolder, remove_all
from services.profile.pictures.store import PictureStore
from shared import errors, sweeping
from shared.clock import now
from shared.contracts.pictures import Picture

KEY = "0123456789abcdef" * 2 + ".jpg"


@pytest.fixture
def folder(tmp_path):
    store = LocalFolder(tmp_path / "media")
    store.prepare()
    return store


def aged(root: Path, key: str, seconds: int) -> None:
    """Make an object older than it is."""
    then = time.time() - seconds
    os.utime(root / "media" / key[:2] / key, (then, then))


async def test_an_object_is_kept_until_it_is_removed(folder):
    """What was put is given; removing twice is no error."""
    assert await folder.get(KEY) is None

    await folder.put(KEY, b"one")
    assert await folder.get(KEY) == b"one"

    await folder.delete(KEY)
    await folder.delete(KEY)
    assert await folder.get(KEY) is None


async def test_nothing_incomplete_is_left(folder, tmp_path):
    """After a write there is the object and nothing beside it; its time is now."""
    await folder.put(KEY, b"one")
    await folder.put(KEY, b"two")

    files = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert files == [tmp_path / "media" / "01" / KEY]
    [stored] = [stored async for stored in folder.listing()]
    assert stored.key == KEY
    assert abs((datetime.now(UTC) - stored.modified_at).total_seconds()) < 60


@pytest.mark.parametrize("key", ["", "..", "../x.jpg", "/etc/passwd", KEY.upper(), KEY + "\n"])
async def test_a_key_never_leaves_the_folder(folder, key):
    """A key of another form is a mistake in the program, whatever is done with it."""
    for work in (folder.get(key), folder.put(key, b""), folder.delete(key)):
        with pytest.raises(ValueError, match="not a key"):
            await work


async def test_a_folder_that_cannot_be_written_is_unavailable(folder, tmp_path):
    """A full or broken disk is "not now", and not a fault of who asked."""
    (tmp_path / "media" / "01").write_bytes(b"in the way")

    with pytest.raises(errors.Unavailable):
        await folder.put(KEY, b"one")


def test_what_a_dead_process_began_is_removed(tmp_path):
    """Old incomplete files go when a process starts, those of others under way stay."""
    incomplete = tmp_path / "media" / "incomplete"
    incomplete.mkdir(parents=True)
    (incomplete / "old").write_bytes(b"x")
    (incomplete / "new").write_bytes(b"x")
    os.utime(incomplete / "old", (time.time() - 3601,) * 2)

    LocalFolder(tmp_path / "media").prepare()

    assert [path.name for path in incomplete.iterdir()] == ["new"]


def test_a_start_beside_an_instance_that_writes(tmp_path):
    """A file that another instance moves to its place meanwhile does not stop the start."""
    incomplete = tmp_path / "media" / "incomplete"
    incomplete.mkdir(parents=True)
    (incomplete / "moved").symlink_to("nowhere")  # listed, and not there when it is looked at

    LocalFolder(tmp_path / "media").prepare()


async def test_the_sweep_removes_what_nothing_refers_to(folder, tmp_path, mongo, user_id):
    """An object of more than an hour without a document goes; others stay."""
    pictures = PictureStore(mongo("userhub_profile"))
    lost, fresh, known = (rules.new_key("image/png") for _ in range(3))
    for key in (lost, fresh, known):
        await folder.put(key, b"x")
    picture = Picture(
        key=known, width=1, height=1, size=1, media_type="image/png", created_at=now()
    )
    assert await pictures.insert(user_id, picture)
    aged(tmp_path, lost, 3601)
    aged(tmp_path, known, 3601)
    aged(tmp_path, fresh, 3000)

    assert await sweep.sweep(pictures, folder) == 1
    assert await sweep.sweep(pictures, folder) == 0

    assert {stored.key async for stored in folder.listing()} == {fresh, known}


async def test_the_sweep_goes_through_many(folder, tmp_path, mongo):
    """More objects than are looked up at once are all seen."""
    pictures = PictureStore(mongo("userhub_profile"))
    (tmp_path / "media" / "aa").mkdir()
    keys = ["aa" + rules.new_key("image/png")[2:] for _ in range(sweep.CHUNK + 1)]
    for key in keys:
        (tmp_path / "media" / "aa" / key).write_bytes(b"x")
        aged(tmp_path, key, 7200)

    assert await sweep.sweep(pictures, folder) == sweep.CHUNK + 1


async def test_of_many_that_cannot_be_removed_the_failure_is_the_usual_one(folder, tmp_path):
    """Where one object resists whoever removes many is told "not now"; the others are gone."""
    (tmp_path / "media" / "01" / KEY).mkdir(parents=True)  # no file, so it cannot be unlinked
    others = [rules.new_key("image/png") for _ in range(50)]
    for key in others:
        await folder.put(key, b"x")
    with pytest.raises(errors.Unavailable):
        await remove_all(folder, [KEY, *others])
    assert [stored.key async for stored in folder.listing()] == [KEY]


async def test_the_sweep_goes_on_after_a_failure(folder, tmp_path, mongo, monkeypatch, eventually):
    """A store that cannot be reached once is swept all the same when it can be again."""
    monkeypatch.setattr(sweeping, "EVERY_SECONDS", 0.05)
    resists = tmp_path / "media" / "01" / KEY
    resists.mkdir(parents=True)
    aged(tmp_path, KEY, 7200)
    with structlog.testing.capture_logs() as logs:
        pictures = PictureStore(mongo("userhub_profile"))
        going = asyncio.create_task(
            sweeping.sweep_for_ever("pictures", partial(sweep.sweep_all, pictures, folder))
        )
        try:

            async def failed():
                return any(one["event"] == "sweep.failed" for one in logs) or going.done()

            await eventually(failed)
            assert not going.done()
            resists.rmdir()
            resists.write_bytes(b"x")
            aged(tmp_path, KEY, 7200)

            async def swept():
                return not resists.exists()

            await eventually(swept)
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)
