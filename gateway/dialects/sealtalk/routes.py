"""Every route of the dialect: POST as its page says, and GET as well where real clients use it."""

from typing import Any

from litestar import Router, get, post, route
from litestar.di import Provide

from gateway.core import Core
from gateway.dialects.sealtalk.accounts import Accounts
from gateway.dialects.sealtalk.caller import Callers
from gateway.dialects.sealtalk.codes import Codes
from gateway.dialects.sealtalk.ids import PublicIds
from gateway.dialects.sealtalk.im import InstantMessaging
from gateway.dialects.sealtalk.profiles import Profiles

NO_STORE = {"cache-control": "private, no-store"}


def router(core: Core) -> Router:
    """Mount the dialect."""
    ids = PublicIds(core.config.sealtalk_id_alphabet, core.config.sealtalk_id_length)
    callers = Callers(core)
    im = InstantMessaging(core, ids)
    codes, profiles = Codes(core), Profiles(core, ids)
    accounts = Accounts(core, ids, callers, im)

    def posted(*paths: str) -> Any:
        return post(list(paths), status_code=200)

    def asked(*paths: str) -> Any:
        return route(list(paths), http_method=["GET", "POST"], status_code=200)

    handlers: list[Any] = [
        # codes
        posted("/send_code", "/send_code_yp")(codes.send),
        posted("/verify_code", "/verify_code_yp")(codes.verify),
        posted("/check_phone_available")(codes.check_phone),
        asked("/get_sms_img_code")(codes.image),
        get("/sms_img_code/{name:str}")(codes.show_image),
        # accounts
        posted("/register")(accounts.register),
        posted("/login")(accounts.log_in),
        posted("/logout")(accounts.log_out),
        posted("/reset_password")(accounts.reset_password),
        posted("/change_password")(accounts.change_password),
        # instant messaging
        asked("/get_token")(im.get_token),
        asked("/get_image_token")(im.get_image_token),
        # profiles
        posted("/set_nickname")(profiles.set_nickname),
        posted("/set_portrait_uri")(profiles.set_portrait_uri),
        get("/batch")(profiles.batch),
        get("/regionlist")(profiles.regions),
        asked("/find/{region:str}/{phone:str}")(profiles.find),
        asked("/{user_id:str}")(profiles.show),
    ]
    return Router(
        path="/user",
        route_handlers=handlers,
        dependencies={"caller": Provide(callers.caller, sync_to_thread=False)},
        response_headers=NO_STORE,
        tags=["user"],
    )
