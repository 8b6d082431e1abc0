"""Puzzles with ropes: as clients lay them out, and marks that tell a script nothing."""

import math
from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageStat

from services.auth.human_checks import drawing, ropes, tangle
from shared.contracts import human_checks
from tests.services.auth.sliders import opened, places

SLOTS = range(tangle.ROPES)
WAYS = [(order, begin, end) for order in tangle.ORDERS for begin in SLOTS for end in SLOTS]
TOPS, BOTTOMS, HEIGHT = [50.0, 150.0, 250.0], [45.0, 150.0, 264.0], 102.0
MOST = 0.65
"""The part of 80 puzzles that no third of them exceeds by chance, but once in a hundred million."""


@pytest.fixture(scope="module")
def puzzles() -> list[drawing.Drawn]:
    """Puzzles as they are handed out."""
    return [ropes.draw() for _ in range(80)]


def test_puzzles_are_as_clients_expect(puzzles):
    """Sizes, kind and place of the pictures are those of the page."""
    for one in puzzles:
        background, piece = opened(one.background), opened(one.piece)
        assert (background.format, background.size) == ("JPEG", human_checks.BACKGROUND)
        assert (piece.format, piece.size) == ("JPEG", (human_checks.PIECE,) * 2)
        background.load()
        piece.load()
        assert len(one.background) + len(one.piece) < 50_000
        assert drawing.X_RANGE[0] <= one.x <= drawing.X_RANGE[1]
        assert drawing.Y_RANGE[0] <= one.y <= drawing.Y_RANGE[1]


def test_three_places_are_marked_alike_and_the_piece_belongs_to_one(puzzles):
    """The marks are where an answer may be, and neither their order nor their shade tells more."""
    which: Counter[int] = Counter()
    darkest = 0
    for one in puzzles:
        found = places(one.background, one.y)
        assert len(found) == tangle.ROPES
        assert drawing.X_RANGE[0] <= found[0]
        assert found[-1] <= drawing.X_RANGE[1]
        picture = opened(one.background).convert("L")
        inner = [(x + 2, one.y + 2, x + 48, one.y + 48) for x in found]
        shades = [ImageStat.Stat(picture.crop(box)).mean[0] for box in inner]
        which[found.index(one.x)] += 1
        darkest += shades.index(min(shades)) == found.index(one.x)

    assert max(which.values()) <= len(puzzles) * MOST
    assert darkest <= len(puzzles) * MOST


@pytest.mark.parametrize(("order", "begin", "end"), WAYS)
def test_every_plate_can_lead_to_every_place(order, begin, end):
    """Coins are tossed until the rope leads where it is to, and leave the other ropes open."""
    chance = Random(4)
    tossed = [tangle.toss(order, begin, end, chance) for _ in range(60)]

    assert all(tangle.ends(order, crossed)[end] == begin for crossed in tossed)
    assert len({tuple(tangle.ends(order, crossed)) for crossed in tossed}) > 1


@given(
    seed=st.integers(0, 2**32),
    order=st.sampled_from(tangle.ORDERS),
    crossed=st.lists(st.booleans(), min_size=3, max_size=3),
)
def test_ropes_lead_where_the_coins_say(seed, order, crossed):
    """Each line leads from its plate to its place within the picture, and is never broken."""
    tied = tangle.tie(TOPS, BOTTOMS, HEIGHT, order, crossed, Random(seed))

    for place, rope in enumerate(tangle.ends(order, crossed)):
        line = tied.lines[rope]
        assert line[0] == (TOPS[rope], 0.0)
        assert line[-1] == (BOTTOMS[place], HEIGHT)
        assert max(math.dist(before, point) for before, point in pairwise(line)) < 20
        assert all(0 < x < drawing.WIDTH for x, _ in line)


@given(seed=st.integers(0, 2**32), order=st.sampled_from(tangle.ORDERS))
def test_where_ropes_turn_back_there_is_a_gap_and_where_they_cross_there_is_none(seed, order):
    """What a coin says can be seen: lines touch at a meeting, or stay a rope's width apart.

    Without looking, six of 800,000 came nearer than seven pixels.
    """
    for cross in (True, False):
        tied = tangle.tie(TOPS, BOTTOMS, HEIGHT, order, [cross] * 3, Random(seed))
        for meeting in tied.meetings:
            one, other = (tied.lines[rope] for rope in meeting.ropes)
            near = [point for point in one if math.dist(point, meeting.at) < 13]
            apart = min(math.dist(a, b) for a in near for b in other)
            assert apart < 4 if cross else apart >= 9.5
