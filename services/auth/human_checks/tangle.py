"""Ropes that lead from plates to places and meet on the way: their lines, before they are drawn.

Where two ropes meet they cross or turn back, as a coin says: which place a plate leads to can only
be told by looking at every meeting.
"""

import math
from collections.abc import Sequence
from random import Random

import msgspec

Point = tuple[float, float]

ROPES = 3
ORDERS = ((0, 1, 0), (1, 0, 1))
"""Between which neighbours ropes meet, one after the other: with either each can end anywhere."""

STRAY, RISE = 28, 6
"""Pixels by which a meeting is off the middle of its ropes, and off its share of the height."""

ACROSS, ALONG = (14, 24), (10.5, 17)
"""Pixels that a meeting reaches to the sides, and up and down."""

TILT, BEND, REACH = 0.8, 0.25, (0.85, 1.2)
"""Radians by which a meeting is turned, and each of its four arms; how long an arm is of that."""

GAP = (8, 10.5)
"""Pixels from the middle of a meeting to the ropes that turn back: a gap that can be seen."""

NEAR, LEAST_APART = 13, 9.5
"""Pixels around a meeting within which ropes that turn back stay a rope's width apart, however they
are bent: else they look as if they crossed."""


class Meeting(msgspec.Struct, frozen=True):
    """Where two ropes meet."""

    at: Point
    ropes: tuple[int, int]


class Tangle(msgspec.Struct, frozen=True):
    """Lines of all ropes from y = 0 downwards, by where they begin, and where they meet."""

    lines: list[list[Point]]
    meetings: list[Meeting]


def toss(order: Sequence[int], begin: int, end: int, chance: Random) -> list[bool]:
    """Say of every meeting whether its ropes cross, such that one leads from `begin` to `end`."""
    while True:
        crossed = [chance.random() < 0.5 for _ in order]
        if ends(order, crossed)[end] == begin:
            return crossed


def ends(order: Sequence[int], crossed: Sequence[bool]) -> list[int]:
    """Give for each place which rope ends there."""
    ropes = list(range(ROPES))
    for slot, cross in zip(order, crossed, strict=True):
        _pass(slot, cross, ropes)
    return ropes


def _pass(slot: int, cross: bool, ropes: list[int]) -> None:
    if cross:
        ropes[slot], ropes[slot + 1] = ropes[slot + 1], ropes[slot]


def tie(
    tops: Sequence[float],
    bottoms: Sequence[float],
    height: float,
    order: Sequence[int],
    crossed: Sequence[bool],
    chance: Random,
) -> Tangle:
    """Lay the ropes from `tops` to `bottoms`, which are x, over so many pixels.

    A few in ten thousand times they come too near to each other, and are laid anew.
    """
    while True:
        tied = _laid(tops, bottoms, height, order, crossed, chance)
        if all(
            cross or _apart(tied, meeting) >= LEAST_APART
            for cross, meeting in zip(crossed, tied.meetings, strict=True)
        ):
            return tied


def _apart(tied: Tangle, meeting: Meeting) -> float:
    """Give how near the one rope of a meeting comes to the other one there."""
    one, other = (tied.lines[rope] for rope in meeting.ropes)
    near = [point for point in one if math.dist(point, meeting.at) < NEAR]
    return min(math.dist(a, b) for a in near for b in other)


def _laid(
    tops: Sequence[float],
    bottoms: Sequence[float],
    height: float,
    order: Sequence[int],
    crossed: Sequence[bool],
    chance: Random,
) -> Tangle:
    ways: list[list[Point]] = [[(x, 0.0)] for x in tops]
    meetings: list[Meeting] = []
    ropes = list(range(ROPES))
    for number, (slot, cross) in enumerate(zip(order, crossed, strict=True)):
        share = (number + 0.5) / len(order)
        xs = [top + (bottom - top) * share for top, bottom in zip(tops, bottoms, strict=True)]
        y = 6 + (height - 12) * share
        middle = (xs[slot] + xs[slot + 1]) / 2 + chance.uniform(-STRAY, STRAY)
        one = Meeting((middle, y + chance.uniform(-RISE, RISE)), (ropes[slot], ropes[slot + 1]))
        _meet(one, cross, ways, chance)
        meetings.append(one)
        for alone in set(range(ROPES)) - {slot, slot + 1}:
            aside = (xs[alone] + chance.uniform(-16, 16), y + chance.uniform(-4, 4))
            ways[ropes[alone]].append(aside)
        _pass(slot, cross, ropes)
    for slot, x in enumerate(bottoms):
        ways[ropes[slot]].append((x, height))
    return Tangle([curve(way) for way in ways], meetings)


def _meet(one: Meeting, cross: bool, ways: list[list[Point]], chance: Random) -> None:
    """Lead two ropes through their meeting: both straight on, or each back to its side."""
    tilt = chance.uniform(-TILT, TILT)
    across, along = chance.uniform(*ACROSS), chance.uniform(*ALONG)
    gap, shift = chance.uniform(*GAP), chance.uniform(-3, 3)

    def arm(side: int, down: int) -> Point:
        reach, bend = chance.uniform(*REACH), chance.uniform(-BEND, BEND)
        return _turned((side * across * reach, down * along * reach), bend)

    arms = {(side, down): arm(side, down) for side in (-1, 1) for down in (-1, 1)}
    for rope, side in zip(one.ropes, (-1, 1), strict=True):
        middle, out = ((0.0, shift), -side) if cross else ((side * gap, shift), side)
        for point in (arms[side, -1], middle, arms[out, 1]):
            x, y = _turned(point, tilt)
            ways[rope].append((one.at[0] + x, one.at[1] + y))


def _turned(point: Point, angle: float) -> Point:
    (x, y), (u, v) = point, (math.cos(angle), math.sin(angle))
    return x * u - y * v, x * v + y * u


def curve(way: Sequence[Point]) -> list[Point]:
    """Draw a smooth line through points (Catmull-Rom), with one every three pixels or so."""
    line = []
    for before, start, stop, after in zip(
        [way[0], *way], way, way[1:], [*way[2:], way[-1]], strict=False
    ):
        steps = max(2, int(math.dist(start, stop) / 3))
        for step in range(steps):
            t = step / steps
            x, y = (
                b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
                for a, b, c, d in zip(before, start, stop, after, strict=True)
            )
            line.append((x, y))
    return [*line, way[-1]]
