"""Showing that a person is asking: a slider puzzle per address, and the pass it earns.

Auth answers. The pass belongs to the address alone, since clients know nothing else: whoever asks
next for that address spends it. It is spent once, within 30 minutes. A network spends few passes
that were earned in another one: past that it is as if there was none.
"""

from typing import Annotated

from msgspec import Meta

from shared.contract import Address, Call, Ip, Message, Purpose
from shared.contracts.accounts import NoSuchAccount
from shared.contracts.captchas import CaptchaAnswer
from shared.errors import AppError, Kind, LimitReached

BACKGROUND = (310, 160)
"""Width and height of the picture in pixels."""

PIECE = 50
"""Width and height of the piece."""

TOLERANCE = 2
"""Pixels by which an answer may be off."""


class HumanCheckNeeded(AppError):
    """Show first that a person is asking (`human_checks`)."""

    code, kind = "auth.human_check_needed", Kind.FORBIDDEN


class ResetNotBegun(AppError):
    """A reset has to be begun first (`human_checks.begin_reset`), at most 30 minutes before."""

    code, kind = "auth.reset_not_begun", Kind.FORBIDDEN


class WrongPosition(AppError):
    """The piece does not belong there, or there is no puzzle for this address; get another."""

    code, kind = "auth.wrong_position", Kind.INVALID


class MakePuzzle(Message):
    """Draw a puzzle, in place of the one before of this address and network; a pass stays."""

    address: Address
    ip: Ip


class Puzzle(Message):
    """A puzzle that waits to be solved, for five minutes."""

    background: bytes
    """JPEG of `BACKGROUND`, with the hole."""
    piece: bytes
    """JPEG, `PIECE` pixels square."""
    y: int
    """Where the piece is to be put, from the top."""


class SolvePuzzle(Message):
    """Put the piece somewhere: one try, which uses the puzzle up. Right, it earns a pass."""

    address: Address
    x: Annotated[int, Meta(ge=-(2**31), le=2**31)]
    ip: Ip


class OfAddress(Message):
    """Whose puzzle."""

    address: Address


class BeginReset(Message):
    """Spend a pass to be allowed, for 30 minutes, to reset the password of an address.

    See `passwords.ResetPassword.must_be_begun`; the leave is good for this purpose only.
    """

    address: Address
    purpose: Purpose
    ip: Ip


make_puzzle = Call("auth.human_checks.make", MakePuzzle, Puzzle, (LimitReached,))
solve_puzzle = Call(
    "auth.human_checks.solve", SolvePuzzle, type(None), (WrongPosition, LimitReached)
)
puzzle_answer = Call(
    "auth.human_checks.answer", OfAddress, CaptchaAnswer, (WrongPosition,), read_only=True
)
"""The x of the puzzle of an address. Served in development only."""
begin_reset = Call(
    "auth.human_checks.begin_reset",
    BeginReset,
    type(None),
    (HumanCheckNeeded, NoSuchAccount, LimitReached),
)
"""`HumanCheckNeeded` without a pass; the pass is spent also where nobody has the address."""
