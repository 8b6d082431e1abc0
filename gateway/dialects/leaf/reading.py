"""How this dialect reads bodies: as its first server did, in Go."""

from functools import cache
from typing import Any

import msgspec
from litestar.enums import RequestEncodingType

from gateway.errors import BadRequest, NoUpload
from gateway.reading import BodyRequest, fields, form


class LeafRequest(BodyRequest):
    """JSON with keys in any case; a form where it is not announced as JSON.

    What is left out, or `null`, has the default of its field, and keys that nobody knows are passed
    over. JSON that is not announced counts as an empty form.
    """

    async def read(self, body: bytes, wanted: Any) -> Any:
        """Read JSON strictly, and a form's texts as numbers where those are wanted."""
        kind, _ = self.content_type
        if kind == RequestEncodingType.JSON:
            return in_any_case(msgspec.json.decode(body), wanted)
        return in_any_case(await self._texts(kind, body), wanted, strict=False)

    async def _texts(self, kind: str, body: bytes) -> dict[str, str]:
        if kind == RequestEncodingType.URL_ENCODED:
            return fields(body)
        if kind != RequestEncodingType.MULTI_PART:
            return {}
        try:
            found = await form(self)
        except NoUpload:
            raise BadRequest() from None
        return {key: value for key, value in found.items() if isinstance(value, str)}


def in_any_case(found: Any, wanted: Any, strict: bool = True) -> Any:
    """Make a struct of what was found, whatever the case of its keys.

    >>> class Cover(msgspec.Struct):
    ...     spacecover: str = ""
    >>> in_any_case({"spaceCover": "/a.png", "other": 1}, Cover)
    Cover(spacecover='/a.png')
    >>> in_any_case({"SPACECOVER": None}, Cover)
    Cover(spacecover='')
    """
    if found is None:
        found = {}
    if not isinstance(found, dict):
        raise msgspec.ValidationError("Expected `object`")
    names = _names(wanted)
    values = {
        names[key.lower()]: value
        for key, value in found.items()
        if value is not None and key.lower() in names
    }
    return msgspec.convert(values, wanted, strict=strict)


@cache
def _names(wanted: Any) -> dict[str, str]:
    return {one.encode_name.lower(): one.encode_name for one in msgspec.structs.fields(wanted)}
