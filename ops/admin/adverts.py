"""`userhub admin adverts`: whether clients show advertisements, and which."""

import argparse
from typing import Any

import msgspec
from msgspec import UNSET

from ops.admin.connection import Services, add_action
from shared.contracts import adverts


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("adverts", help="whether clients show advertisements, and which")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_action(actions, "show", "print the setting", _show)
    change = add_action(actions, "set", "change the setting; what is not given stays", _set)
    change.add_argument("--shown", type=_answer, default=UNSET, metavar="yes|no")
    change.add_argument(
        "--vips-see", type=_answer, default=UNSET, metavar="yes|no", help="whether to VIPs as well"
    )
    change.add_argument("--android-slot", default=UNSET, help="the advertiser's id of the place")
    change.add_argument("--ios-slot", default=UNSET, help="the same on iOS")
    change.add_argument("--bottom-height", type=int, default=UNSET, help="room kept free below")


def _answer(text: str) -> bool:
    if text not in ("yes", "no"):
        raise argparse.ArgumentTypeError("say yes or no")
    return text == "yes"


async def _show(services: Services, _: Any) -> None:
    _print(await services.ask(adverts.read_setting, adverts.Look()))


async def _set(services: Services, arguments: Any) -> None:
    names = adverts.ChangeSetting.__struct_fields__
    ask = adverts.ChangeSetting(**{name: getattr(arguments, name) for name in names})
    _print(await services.ask(adverts.change_setting, ask))


def _print(setting: adverts.Setting) -> None:
    for name, value in msgspec.structs.asdict(setting).items():
        shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        print(f"{name.replace('_', '-')}: {shown}")
