"""Collecting garbage less often: what is there at a start stays, what requests make is small."""

import gc

YOUNGEST = 50_000
"""New objects before the youngest are looked through (Python: 700). A request makes hundreds that
count while it lasts, so that with Python's number every second request paid for a collection."""


def settle() -> None:
    """Leave what is there now out of all later collections; for the end of a process's start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNGEST, 20, 100)
