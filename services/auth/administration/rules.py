"""Who may act on whom."""

from shared.contracts.accounts import Role


def below(actor: int) -> int | None:
    """Give the role that somebody must be below to be acted on; none for everybody."""
    return None if actor >= Role.ROOT else actor


def may_act(actor: int, target: int) -> bool:
    """Tell whether a role may act on another: on lower ones, the highest on all."""
    bound = below(actor)
    return bound is None or target < bound
