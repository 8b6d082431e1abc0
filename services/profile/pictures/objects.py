"""Where the bytes of pictures are: an object store, here a folder (`s3.py` has the other one)."""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from services.profile.pictures import rules
from shared import errors
from shared.telemetry import logs

ABANDONED_SECONDS = 3600
"""Age at which a file that was never completed belongs to a process that died."""

AT_ONCE = 16
"""Objects that are removed at once, where many are."""

log = logs.logger("objects")


@dataclass(frozen=True)
class StoredObject:
    """An object as a listing shows it."""

    key: str
    modified_at: datetime


class ObjectStore(Protocol):
    """Bytes by key; an object is there whole or not at all. Unreachable: `Unavailable`."""

    def prepare(self) -> None:
        """Make ready, before anything else, and say what will not work."""

    async def put(self, key: str, content: bytes) -> None:
        """Keep an object; it survives a power cut once this returns."""

    async def get(self, key: str) -> bytes | None:
        """Give an object, or nothing."""

    async def delete(self, key: str) -> None:
        """Remove an object if it is there."""

    def listing(self) -> AsyncIterator[StoredObject]:
        """List every object, in no particular order."""


def check_key(key: str) -> None:
    """Fail for a key of another form, which could name an object that is none of ours."""
    if not rules.is_key(key):
        raise ValueError("not a key of ours")


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        log.error("objects.unavailable", error=repr(error))
        raise errors.Unavailable(part="objects") from error


async def remove_all(objects: ObjectStore, keys: Iterable[str]) -> None:
    """Remove many objects, some at a time; raises what one that cannot be removed does.

    Without a `TaskGroup`: that raises a group, which nobody looks into, and leaves whoever used it
    looking cancelled (`heed_cancellation`) until Python 3.13.
    """
    left = iter(keys)

    async def remove() -> None:
        for key in left:
            await objects.delete(key)

    ended = await asyncio.gather(*(remove() for _ in range(AT_ONCE)), return_exceptions=True)
    if failure := next((one for one in ended if one is not None), None):
        raise failure


class LocalFolder:
    """Objects as files, in folders by the first two letters of their keys.

    Instances on several machines need a folder that they share.
    """

    def __init__(self, root: Path) -> None:
        self._root, self._incomplete = root, root / "incomplete"

    def prepare(self) -> None:
        """Make the folder, and remove what processes that died left incomplete in it."""
        self._incomplete.mkdir(parents=True, exist_ok=True)
        for file in self._incomplete.iterdir():
            with suppress(FileNotFoundError):  # another instance has completed it
                if time.time() - file.stat().st_mtime > ABANDONED_SECONDS:
                    file.unlink()

    async def put(self, key: str, content: bytes) -> None:
        """Write the file aside, sync it, and move it to its place."""
        with _reachable():
            await asyncio.to_thread(self._put, self._path(key), content)

    def _put(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(exist_ok=True)
        aside = self._incomplete / secrets.token_hex(16)
        try:
            with aside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.rename(path)
        finally:
            aside.unlink(missing_ok=True)
        for folder in (path.parent, self._root):
            _sync_folder(folder)

    async def get(self, key: str) -> bytes | None:
        """Read the file."""
        path = self._path(key)
        with _reachable():
            try:
                return await asyncio.to_thread(path.read_bytes)
            except FileNotFoundError:
                return None

    async def delete(self, key: str) -> None:
        """Remove the file."""
        path = self._path(key)
        with _reachable():
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def listing(self) -> AsyncIterator[StoredObject]:
        """List the files, one folder at a time."""
        with _reachable():
            folders = await asyncio.to_thread(lambda: sorted(self._root.glob("[0-9a-f][0-9a-f]")))
        for folder in folders:
            with _reachable():
                listed = await asyncio.to_thread(_list, folder)
            for stored in listed:
                yield stored

    def _path(self, key: str) -> Path:
        check_key(key)
        return self._root / key[:2] / key


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut as well."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _list(folder: Path) -> list[StoredObject]:
    listed = []
    for file in folder.iterdir():
        if rules.is_key(file.name):
            try:
                modified = file.stat().st_mtime
            except FileNotFoundError:  # removed since the folder was read
                continue
            listed.append(StoredObject(file.name, datetime.fromtimestamp(modified, UTC)))
    return listed
