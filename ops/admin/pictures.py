"""`userhub admin pictures`: whose a picture is, and removing it."""

from typing import Any

from ops.admin.connection import Services, add_action, show
from shared.contracts import pictures


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("pictures", help="whose a picture is, and removing it")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, help_text, do in (
        ("show", "say whose a picture is and what is known of it", _show),
        ("remove", "remove a picture for good, whoever shows it", _remove),
    ):
        action = add_action(actions, name, help_text, do)
        action.add_argument("picture", help="its key, or any link or node that ends with it")


def _ask(arguments: Any) -> pictures.PictureByKey:
    text = arguments.picture.partition("?")[0].rpartition("/")[2]
    key = pictures.key_of_node(f"public:{text}")
    if key is None:
        raise pictures.NoSuchPicture
    return pictures.PictureByKey(key=key)


async def _show(services: Services, arguments: Any) -> None:
    found = await services.ask(pictures.trace_picture, _ask(arguments))
    one = found.picture
    rows = [
        ("owner", found.owner),
        ("since (UTC)", f"{one.created_at:%Y-%m-%d %H:%M}"),
        ("channel", one.channel),
        ("size", f"{one.width} x {one.height}, {one.size} bytes, {one.media_type}"),
        ("node", one.node),
    ]
    show(rows, header=("WHAT", "VALUE"), empty="")


async def _remove(services: Services, arguments: Any) -> None:
    await services.ask(pictures.remove_picture, _ask(arguments))
