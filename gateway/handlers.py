"""What the classes that hold handlers have in common."""

from typing import Self


class Handlers:
    """Handlers as methods of an object that holds what they need.

    Litestar copies every handler deeply when it mounts it; the object behind must stay the one.
    """

    def __deepcopy__(self, _memo: object) -> Self:
        return self
