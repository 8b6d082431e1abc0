"""Ropes that lead from plates to places and meet on the way: their lines, before they are drawn.

Where two ropes meet they cross or turn back, as a coin says, and their outline is the same either
way: which place a plate leads to can only be told by looking at every meeting.
"""

import math
from collections.abc import Mapping, Sequence
from random import Random

import msgspec

Point = tuple[float, float]

ROPES = 4
LEVELS = ((0, 2), (1,), (0, 2))
"""Between which neighbours there are meetings, level by level: each rope can end anywhere."""

STRAY, ARM = 12, 9
"""Pixels by which a meeting is off the middle of its ropes, and that it reaches to each side."""


class Meeting(msgspec.Struct, frozen=True):
    """Where two ropes meet."""

    at: Point
    ropes: tuple[int, int]


class Tangle(msgspec.Struct, frozen=True):
    """Lines of all ropes from y = 0 downwards, by where they begin, and where they meet."""

    lines: list[list[Point]]
    meetings: list[Meeting]


def toss(begin: int, end: int, chance: Random) -> list[dict[int, bool]]:
    """Say of every meeting whether its ropes cross, such that one leads from `begin` to `end`."""
    while True:
        crossed = [{slot: chance.random() < 0.5 for slot in level} for level in LEVELS]
        if ends(crossed)[end] == begin:
            return crossed


def ends(crossed: Sequence[Mapping[int, bool]]) -> list[int]:
    """Give for each place which rope ends there."""
    ropes = list(range(ROPES))
    for level in crossed:
        _pass(level, ropes)
    return ropes


def _pass(level: Mapping[int, bool], ropes: list[int]) -> None:
    for slot, cross in level.items():
        if cross:
            ropes[slot], ropes[slot + 1] = ropes[slot + 1], ropes[slot]


def tie(
    tops: Sequence[float],
    bottoms: Sequence[float],
    height: float,
    crossed: Sequence[Mapping[int, bool]],
    chance: Random,
) -> Tangle:
    """Lay the ropes from `tops` to `bottoms`, which are x, over so many pixels."""
    ways: list[list[Point]] = [[(x, 0.0)] for x in tops]
    meetings: list[Meeting] = []
    ropes = list(range(ROPES))
    for number, level in enumerate(crossed):
        share = (number + 0.5) / len(crossed)
        xs = [top + (bottom - top) * share for top, bottom in zip(tops, bottoms, strict=True)]
        y = 6 + (height - 10) * share
        for slot, cross in level.items():
            middle = (xs[slot] + xs[slot + 1]) / 2 + chance.uniform(-STRAY, STRAY)
            one = Meeting((middle, y + chance.uniform(-2, 2)), (ropes[slot], ropes[slot + 1]))
            _meet(one, cross, ways, chance)
            meetings.append(one)
        for alone in set(range(ROPES)) - {slot + side for slot in level for side in (0, 1)}:
            aside = (xs[alone] + chance.uniform(-6, 6), y + chance.uniform(-3, 3))
            ways[ropes[alone]].append(aside)
        _pass(level, ropes)
    for slot, x in enumerate(bottoms):
        ways[ropes[slot]].append((x, height))
    return Tangle([_curve(way) for way in ways], meetings)


def _meet(one: Meeting, cross: bool, ways: list[list[Point]], chance: Random) -> None:
    """Lead two ropes through their meeting: both straight on, or each back to its side."""
    tilt = chance.uniform(-0.5, 0.5)
    across, along = (chance.uniform(0.75, 1.1) * ARM for _ in "xy")
    overlap = 0 if cross else chance.uniform(0.5, 2)
    for rope, side in zip(one.ropes, (-1, 1), strict=True):
        out = -side if cross else side
        for u, v in ((side * across, -along), (-side * overlap, 0), (out * across, along)):
            x = one.at[0] + u * math.cos(tilt) - v * math.sin(tilt)
            ways[rope].append((x, one.at[1] + u * math.sin(tilt) + v * math.cos(tilt)))


def _curve(way: Sequence[Point]) -> list[Point]:
    """Draw a smooth line through points (Catmull-Rom), with one every two pixels or so."""
    curve = []
    for before, start, stop, after in zip(
        [way[0], *way], way, way[1:], [*way[2:], way[-1]], strict=False
    ):
        steps = max(2, int(math.dist(start, stop) / 2))
        for step in range(steps):
            t = step / steps
            x, y = (
                b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
                for a, b, c, d in zip(before, start, stop, after, strict=True)
            )
            curve.append((x, y))
    return [*curve, way[-1]]
