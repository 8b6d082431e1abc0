"""What the social service accepts, answers, refuses and announces."""

from typing import ClassVar

from shared.contract import Event


class UserErased(Event):
    """The social service has nothing left of this person."""

    fact: ClassVar[str] = "social.user_erased"


EVENTS: tuple[type[Event], ...] = (UserErased,)
