"""Hashing passwords: argon2id over a peppered digest, in a few threads of low priority.

A login costs some 20 ms of one core. The threads yield to everything else on the machine, so that
reads stay quick while logins queue; past the queue's bound a login is refused as busy.
"""

import asyncio
import contextlib
import hashlib
import hmac
import os
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from services.auth.passwords import rules
from shared.errors import Busy
from shared.settings import KeyRing
from shared.telemetry import metrics

T = TypeVar("T")


class Hash(msgspec.Struct, frozen=True):
    """A password as it is kept."""

    encoded: str
    """argon2's own form: parameters, salt and hash."""
    pepper: str
    """Id of the pepper that went into it."""


class Hasher:
    """Makes and checks hashes without holding up the event loop."""

    def __init__(
        self, peppers: KeyRing, memory_kib: int, passes: int, threads: int, queue: int
    ) -> None:
        self._peppers = peppers
        self._argon2 = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID
        )
        self._threads = ThreadPoolExecutor(threads, "hash", initializer=_stand_back)
        self._most_waiting = threads + queue
        self._waiting = 0
        self._nobody = self._hash(secrets.token_hex(16))

    async def hash(self, password: str) -> Hash:
        """Hash a new password."""
        return await self._in_thread(lambda: self._hash(password))

    async def verify(self, password: str, known: Hash | None) -> bool:
        """Tell whether this is the password; the same work is done when there is none to know."""
        right = await self._in_thread(lambda: self._verify(password, known or self._nobody))
        return right and known is not None

    def outdated(self, known: Hash) -> bool:
        """Tell whether this hash should be made anew with today's parameters and pepper."""
        return known.pepper != self._peppers.current or self._argon2.check_needs_rehash(
            known.encoded
        )

    def _hash(self, password: str) -> Hash:
        pepper = self._peppers.current
        return Hash(self._argon2.hash(self._peppered(password, pepper)), pepper)

    def _verify(self, password: str, known: Hash) -> bool:
        if known.pepper not in self._peppers.keys:
            return False
        try:
            return self._argon2.verify(known.encoded, self._peppered(password, known.pepper))
        except (VerificationError, InvalidHashError):
            return False

    def _peppered(self, password: str, pepper: str) -> bytes:
        key = self._peppers.keys[pepper].raw
        return hmac.digest(key, rules.normal(password).encode(), hashlib.sha256)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._most_waiting:
            raise Busy()
        self._waiting += 1
        metrics.HASHES_WAITING.set(self._waiting)
        started = time.perf_counter()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
            metrics.HASHES_WAITING.set(self._waiting)
            metrics.HASH_SECONDS.observe(time.perf_counter() - started)


def _stand_back() -> None:
    """Run this thread only while nothing else wants its core (see sched(7), SCHED_IDLE)."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(threading.get_native_id(), os.SCHED_IDLE, os.sched_param(0))
