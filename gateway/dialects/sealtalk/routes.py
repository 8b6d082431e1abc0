"""Every route of the dialect: POST as its page says, and GET as well where real clients use it."""

from typing import Any

from litestar import Router, get, post, route
from litestar.di import Provide

from gateway.core import Core
from gateway.dialects.sealtalk.accounts import Accounts
from gateway.dialects.sealtalk.blacklist import Blacklist
from gateway.dialects.sealtalk.caller import Callers
from gateway.dialects.sealtalk.codes import Codes
from gateway.dialects.sealtalk.friendships import Friendships
from gateway.dialects.sealtalk.groups import Groups
from gateway.dialects.sealtalk.ids import PublicIds
from gateway.dialects.sealtalk.im import InstantMessaging
from gateway.dialects.sealtalk.people import People
from gateway.dialects.sealtalk.profiles import Profiles
from gateway.dialects.sealtalk.sync import Syncing

NO_STORE = {"cache-control": "private, no-store"}


def routers(core: Core) -> list[Router]:
    """Mount the dialect."""
    ids = PublicIds(core.config.sealtalk_id_alphabet, core.config.sealtalk_id_length)
    callers, people = Callers(core), People(core, ids)
    groups = Groups(core, ids, people)

    def mounted(path: str, handlers: list[Any]) -> Router:
        return Router(
            path=path,
            route_handlers=handlers,
            dependencies={"caller": Provide(callers.caller, sync_to_thread=False)},
            response_headers=NO_STORE,
            tags=[path.removeprefix("/")],
        )

    return [
        mounted("/user", _user(core, ids, callers, people, groups)),
        mounted("/friendship", _friendship(Friendships(core, ids, people))),
        mounted("/group", _group(groups)),
    ]


def _posted(*paths: str) -> Any:
    return post(list(paths), status_code=200)


def _asked(*paths: str) -> Any:
    return route(list(paths), http_method=["GET", "POST"], status_code=200)


def _user(
    core: Core, ids: PublicIds, callers: Callers, people: People, groups: Groups
) -> list[Any]:
    im = InstantMessaging(core, ids)
    codes, profiles = Codes(core, callers), Profiles(core, ids)
    accounts = Accounts(core, ids, callers, im)
    blacklist, syncing = Blacklist(core, ids, people), Syncing(core, ids, people)
    return [
        # codes
        _posted("/send_code", "/send_code_yp")(codes.send),
        _posted("/verify_code", "/verify_code_yp")(codes.verify),
        _posted("/check_phone_available")(codes.check_phone),
        _asked("/get_sms_img_code")(codes.image),
        get("/sms_img_code/{name:str}")(codes.show_image),
        # accounts
        _posted("/register")(accounts.register),
        _posted("/login")(accounts.log_in),
        _posted("/verify_code_register")(accounts.log_in_by_code),
        _posted("/logout")(accounts.log_out),
        _posted("/reset_password")(accounts.reset_password),
        _posted("/change_password")(accounts.change_password),
        # instant messaging
        _asked("/get_token")(im.get_token),
        _asked("/get_image_token")(im.get_image_token),
        # blacklist, groups, sync
        _asked("/blacklist")(blacklist.show),
        _posted("/add_to_blacklist")(blacklist.add),
        _posted("/remove_from_blacklist")(blacklist.remove),
        _asked("/groups")(groups.mine),
        _asked("/sync/{version:str}")(syncing.sync),
        # profiles
        _posted("/set_nickname")(profiles.set_nickname),
        _posted("/set_portrait_uri")(profiles.set_portrait_uri),
        get("/batch")(profiles.batch),
        get("/regionlist")(profiles.regions),
        _asked("/find/{region:str}/{phone:str}")(profiles.find),
        _asked("/{user_id:str}")(profiles.show),
    ]


def _friendship(friendships: Friendships) -> list[Any]:
    return [
        _posted("/invite")(friendships.invite),
        _posted("/agree")(friendships.agree),
        _posted("/ignore")(friendships.ignore),
        _posted("/delete")(friendships.delete),
        _posted("/set_display_name")(friendships.set_display_name),
        get("/all")(friendships.show_all),
        get("/{friend_id:str}/profile")(friendships.profile),
    ]


def _group(groups: Groups) -> list[Any]:
    return [
        _posted("/create")(groups.create),
        _posted("/add")(groups.add),
        _posted("/join")(groups.join),
        _posted("/kick")(groups.kick),
        _posted("/quit")(groups.quit),
        _posted("/dismiss")(groups.dismiss),
        _posted("/transfer")(groups.transfer),
        _posted("/rename")(groups.rename),
        _posted("/set_bulletin")(groups.set_bulletin),
        _posted("/set_portrait_uri")(groups.set_portrait_uri),
        _posted("/set_display_name")(groups.set_display_name),
        get("/{group_id:str}")(groups.show),
        get("/{group_id:str}/members")(groups.members),
    ]
