"""Reading what a request of this dialect brings: query, JSON and forms are one set of parameters.

Clients send a DELETE's parameters in its query or its body, and older ones send forms. Texts lose
the blanks around them, passwords excepted, and an empty text counts as none (reference 1).
"""

import re
from typing import Any

import msgspec

from gateway.dialects.thinksns.checks import MISSHAPEN, Invalid
from gateway.errors import BadRequest
from gateway.reading import BodyRequest, fields

FORM = "application/x-www-form-urlencoded"
DEEPEST = 32
"""Levels of nesting that are read."""

_KEPT_AS_TYPED = ("password", "old_password", "password_confirmation")
_NOTHING = b"{}"
_WHERE = re.compile(r"`\$\.(.+)`\Z")
"""Which parameter msgspec could not use, in its words."""


class ParameterRequest(BodyRequest):
    """A request whose parameters may come in its query as well as in its body."""

    async def body(self) -> bytes:
        """Read the body; where there is none, all parameters may still be in the query."""
        return await super().body() or _NOTHING

    async def read(self, body: bytes, wanted: Any) -> Any:
        """Give all parameters; what the body says goes before what the query says.

        Raises `Invalid` about one that is of another type than documented: a text passes for a
        number, as queries have nothing else.
        """
        if self.content_type[0] == FORM and body != _NOTHING:
            given: Any = fields(body)
        else:
            given = msgspec.json.decode(body)
        if not isinstance(given, dict):
            raise BadRequest()
        parameters = tidied(fields(self.scope["query_string"]) | given)
        try:
            return msgspec.convert(parameters, wanted, strict=False)
        except msgspec.ValidationError as error:
            if found := _WHERE.search(str(error)):
                raise Invalid.at(found[1], MISSHAPEN) from None
            raise


def tidied(value: Any, key: str = "", depth: int = 0) -> Any:
    """Take blanks off texts and make none of empty ones, at any depth that is read.

    >>> tidied({"name": " a ", "bio": "", "password": " x "})
    {'name': 'a', 'bio': None, 'password': ' x '}
    """
    if depth > DEEPEST:
        raise BadRequest()
    if isinstance(value, str):
        return (value if key in _KEPT_AS_TYPED else value.strip()) or None
    if isinstance(value, dict):
        return {name: tidied(one, name, depth + 1) for name, one in value.items()}
    if isinstance(value, list):
        return [tidied(one, "", depth + 1) for one in value]
    return value
