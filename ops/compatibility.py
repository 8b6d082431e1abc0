"""What a new version of the events may change for those who read an earlier one: only additions."""

from collections.abc import Iterator
from typing import Any

WORDS = frozenset({"title", "description", "examples", "default"})
"""Parts of a schema that promise nothing."""


def breaches(released: dict[str, Any], present: dict[str, Any]) -> list[str]:
    """Say what of the released document does not hold any more, each as one sentence.

    Allowed: new events, new fields, new values of an enumeration, fields that are now always there
    or now say their format.
    """
    found = []
    for name, channel in released["channels"].items():
        now = present["channels"].get(name)
        if now is None:
            found.append(f"{name} is gone")
        elif now["address"] != channel["address"]:
            found.append(f"{name} has another address")
    old, new = (one["components"]["schemas"] for one in (released, present))
    kept = [name for name in released["channels"] if name in present["channels"]]
    for name in ["CloudEvent", *kept]:
        found += _compare(name, old[name], new[name], old, new)
    return found


def _compare(
    path: str, old: dict[str, Any], new: dict[str, Any], olds: Any, news: Any
) -> Iterator[str]:
    old, new = _resolved(old, olds), _resolved(new, news)
    for name, part in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{path}.{name} is gone"
        else:
            yield from _compare(f"{path}.{name}", part, new["properties"][name], olds, news)
    for name in sorted(set(old.get("required", ())) - set(new.get("required", ()))):
        if name in new.get("properties", {}):
            yield f"{path}.{name} is not always there any more"
    if not set(old.get("enum", ())) <= set(new.get("enum", old.get("enum", ()))):
        yield f"{path} has lost a value"
    for word in ("items", "additionalProperties"):
        if isinstance(old.get(word), dict) and isinstance(new.get(word), dict):
            yield from _compare(f"{path}[]", old[word], new[word], olds, news)
    was, now = _rest(old), _rest(new)
    if "format" not in was:
        now.pop("format", None)
    if was != now:
        yield f"{path} is something else: {was} has become {now}"


def _rest(schema: dict[str, Any]) -> dict[str, Any]:
    """Give what must stay as it is: type, bounds, pattern, constants, alternatives."""
    followed = {"properties", "required", "enum", "items", "additionalProperties"}
    return {name: part for name, part in schema.items() if name not in WORDS | followed}


def _resolved(schema: dict[str, Any], schemas: Any) -> dict[str, Any]:
    while reference := schema.get("$ref"):
        schema = schemas[reference.rpartition("/")[2]]
    return schema
