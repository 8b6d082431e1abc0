"""Puzzles with ropes: as clients lay them out, and marks that tell a script nothing."""

from collections import Counter
from random import Random

import pytest
from PIL import ImageStat

from services.auth.human_checks import drawing, ropes, tangle
from shared.contracts import human_checks
from tests.services.auth.sliders import opened, places

CORNERS = [(begin, end) for begin in range(tangle.ROPES) for end in range(tangle.ROPES)]


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
        assert drawing.X_RANGE[0] <= one.x <= drawing.X_RANGE[1]
        assert drawing.Y_RANGE[0] <= one.y <= drawing.Y_RANGE[1]


def test_four_places_are_marked_alike_and_the_piece_belongs_to_one(puzzles):
    """The marks are where an answer may be, and neither their order nor their shade tells more."""
    which: Counter[int] = Counter()
    darkest = 0
    for one in puzzles:
        found = places(one.background, one.y)
        assert len(found) == tangle.ROPES
        assert drawing.X_RANGE[0] <= found[0]
        assert found[-1] <= drawing.X_RANGE[1]
        picture = opened(one.background).convert("L")
        inner = [(x + 4, one.y + 4, x + 46, one.y + 46) for x in found]
        shades = [ImageStat.Stat(picture.crop(box)).mean[0] for box in inner]
        which[found.index(one.x)] += 1
        darkest += shades.index(min(shades)) == found.index(one.x)

    assert max(which.values()) <= len(puzzles) / 2
    assert darkest <= len(puzzles) / 2


@pytest.mark.parametrize(("begin", "end"), CORNERS)
def test_every_plate_can_lead_to_every_place(begin, end):
    """Coins are tossed until the rope leads where it is to, and leave the other ropes open."""
    chance = Random(4)
    tossed = [tangle.toss(begin, end, chance) for _ in range(60)]

    assert all(tangle.ends(crossed)[end] == begin for crossed in tossed)
    assert len({tuple(tangle.ends(crossed)) for crossed in tossed}) > 1


@pytest.mark.parametrize(("begin", "end"), CORNERS)
def test_ropes_lead_where_the_coins_say(begin, end):
    """Each line goes down from its plate to its place, through the meetings of its own."""
    chance = Random(16 * begin + end)
    tops, bottoms = [40.0, 110.0, 180.0, 250.0], [45.0, 115.0, 185.0, 255.0]
    crossed = tangle.toss(begin, end, chance)

    tied = tangle.tie(tops, bottoms, 68, crossed, chance)

    for place, rope in enumerate(tangle.ends(crossed)):
        assert tied.lines[rope][0] == (tops[rope], 0)
        assert tied.lines[rope][-1] == (bottoms[place], 68)
    assert tied.lines[begin][-1] == (bottoms[end], 68)
    assert len(tied.meetings) == sum(len(level) for level in tangle.LEVELS)
    for meeting in tied.meetings:
        for rope in meeting.ropes:
            assert min(away(point, meeting.at) for point in tied.lines[rope]) < 3


def away(one: tangle.Point, other: tangle.Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def test_outlines_do_not_tell_who_crosses():
    """Whatever the coins say, ropes cover the same places: a mirror swaps them at their meeting."""
    tops, bottoms = [40.0, 110.0, 180.0, 250.0], [45.0, 115.0, 185.0, 255.0]
    for seed in range(20):
        straight, back = (
            tangle.tie(
                tops,
                bottoms,
                68,
                [dict.fromkeys(level, cross) for level in tangle.LEVELS],
                Still(seed),
            )
            for cross in (True, False)
        )
        covered = [point for line in straight.lines for point in line]
        for line in back.lines:
            assert all(min(away(point, other) for other in covered) < 6 for point in line)


class Still(Random):
    """The middle of every range, so that two tangles differ by their coins alone."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2
