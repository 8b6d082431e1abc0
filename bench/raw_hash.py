"""The baseline of logins: argon2id alone, in as many threads, as often as it goes.

Prints verifications a second.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher


def main(memory_kib: int, passes: int, threads: int, seconds: float) -> None:
    """Verify one hash over and over."""
    hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
    known = hasher.hash(b"x" * 32)
    end = time.perf_counter() + seconds

    def work(_: int) -> int:
        done = 0
        while time.perf_counter() < end:
            hasher.verify(known, b"x" * 32)
            done += 1
        return done

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        total = sum(pool.map(work, range(threads)))
    print(total / (time.perf_counter() - started))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
