"""Every route of the dialect, and the role that it takes."""

from typing import Any

from litestar import Router, get, post
from litestar.di import Provide

from gateway.core import Core
from gateway.dialects.leaf.accounts import Accounts
from gateway.dialects.leaf.caller import Callers
from gateway.dialects.leaf.codes import Codes
from gateway.dialects.leaf.follows import Follows
from gateway.dialects.leaf.images import Images
from gateway.dialects.leaf.management import Management, only_search
from gateway.dialects.leaf.people import People
from gateway.dialects.leaf.pictures import FIELD, Pictures
from gateway.dialects.leaf.profiles import Profiles
from gateway.dialects.leaf.sliders import Sliders
from gateway.reading import FORM_BYTES, form_with_file
from shared.contracts.accounts import Role
from shared.contracts.pictures import MOST_BYTES

NO_STORE = {"cache-control": "private, no-store"}


def routers(core: Core) -> list[Router]:
    """Mount the dialect."""
    callers, images = Callers(core), Images(core.config)
    people = People(core, images)

    def reading(path: str, role: Role | None = None) -> Any:
        return get(path, guards=guards(role))

    def posting(path: str, role: Role | None = None, **options: Any) -> Any:
        return post(path, status_code=200, guards=guards(role), **options)

    def guards(role: Role | None) -> list[Any]:
        return [] if role is None else [callers.needs(role)]

    def mounted(path: str, handlers: list[Any], tag: str, **options: Any) -> Router:
        return Router(
            path=path,
            route_handlers=handlers,
            dependencies={"caller": Provide(callers.caller, sync_to_thread=False)},
            tags=[tag],
            **options,
        )

    accounts, codes, sliders = Accounts(core, callers), Codes(core, callers), Sliders(core)
    profiles, follows = Profiles(core, images, people), Follows(core, people)
    management, pictures = Management(core, images), Pictures(core)

    user = [
        # anyone
        posting("/register")(accounts.register),
        posting("/login")(accounts.log_in),
        posting("/login/email")(accounts.log_in_by_code),
        posting("/code/email")(codes.send),
        reading("/resetpwd/check")(codes.begin_reset),
        posting("/resetpwd/check")(codes.begin_reset_posted),
        posting("/pwd/modify")(codes.reset),
        reading("/token/refresh")(accounts.refresh),
        reading("/info/other")(profiles.show),
        reading("/uid")(profiles.find),
        # who is logged in
        reading("/info/get", Role.USER)(profiles.show_own),
        posting("/info/modify", Role.USER)(profiles.change),
        posting("/cover/modify", Role.USER)(profiles.change_cover),
        # administrators
        reading("/manage/list", Role.ADMIN)(management.list_all),
        reading("/manage/search", Role.ADMIN)(management.search),
        get("/manage/{asked:path}", guards=[only_search, *guards(Role.ADMIN)])(
            management.search_in_path
        ),
        posting("/manage/modify", Role.ADMIN)(management.modify),
        posting("/manage/delete", Role.ADMIN)(management.delete),
        posting("/manage/role/modify", Role.ROOT)(management.set_role),
    ]
    captcha = [
        reading("/get")(sliders.show),
        posting("/get")(sliders.show_posted),
        posting("/validate")(sliders.solve),
    ]
    follow = [
        reading("/following")(follows.followings),
        reading("/follower")(follows.followers),
        reading("/count")(follows.count),
        reading("/status", Role.USER)(follows.status),
        posting("/add", Role.USER)(follows.add),
        posting("/cancel", Role.USER)(follows.cancel),
    ]
    as_form = {
        "request_max_body_size": MOST_BYTES + FORM_BYTES,
        "operation_class": form_with_file(FIELD),
    }
    upload = [posting("/image", Role.USER, **as_form)(pictures.upload)]
    return [
        mounted("/api/v1/user", user, "user", response_headers=NO_STORE),
        mounted("/api/v1/captcha", captcha, "captcha", response_headers=NO_STORE),
        mounted("/api/v1/follow", follow, "follow", response_headers=NO_STORE),
        mounted("/api/v1/upload", upload, "upload", response_headers=NO_STORE),
        mounted("/api/image", [get("/{key:str}")(pictures.show)], "image"),
    ]
