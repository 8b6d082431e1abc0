"""What a follow that begins or ends does to two people's numbers."""

from dataclasses import dataclass

from shared.contracts import relations


@dataclass(frozen=True)
class Tally:
    """How many follow somebody and whom they follow, or by how much that changes."""

    followings: int = 0
    followers: int = 0
    mutual: int = 0


def check(user_id: int, target_id: int) -> None:
    """Refuse that somebody follows themselves."""
    if user_id == target_id:
        raise relations.Oneself


def changes(user_id: int, target_id: int, by: int, mutual: bool) -> dict[int, Tally]:
    """Give how both people's numbers change by a follow that begins (`by` 1) or ends (-1).

    `mutual` is whether the other follows back: then the two become, or stop being, mutual.
    """
    both = by if mutual else 0
    return {
        user_id: Tally(followings=by, mutual=both),
        target_id: Tally(followers=by, mutual=both),
    }


def erased(follower: bool, mutual: bool) -> Tally:
    """Give how the numbers of somebody change who was tied to a person that is erased.

    `follower`: they followed that person. `mutual`: each followed the other, and both ties end.
    """
    if mutual:
        return Tally(followings=-1, followers=-1, mutual=-1)
    return Tally(followings=-1) if follower else Tally(followers=-1)
