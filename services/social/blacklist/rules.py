"""Who can be put on a blacklist."""

from shared.contracts import relations


def check(owner_id: int, target_id: int) -> None:
    """Refuse that somebody blocks themselves."""
    if owner_id == target_id:
        raise relations.Oneself
