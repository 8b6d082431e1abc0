"""Every route of the dialect."""

from typing import Any

from litestar import Router, get, post
from litestar.di import Provide

from gateway.core import Core
from gateway.dialects.yunhu import protobuf
from gateway.dialects.yunhu.accounts import Accounts
from gateway.dialects.yunhu.address_book import AddressBook
from gateway.dialects.yunhu.caller import Callers
from gateway.dialects.yunhu.codes import Codes
from gateway.dialects.yunhu.coins import Coins
from gateway.dialects.yunhu.contacts import Contacts
from gateway.dialects.yunhu.discovery import Discovery
from gateway.dialects.yunhu.envelope import NO_STORE, PROTOBUF
from gateway.dialects.yunhu.groups import Bots, Groups
from gateway.dialects.yunhu.images import Images
from gateway.dialects.yunhu.people import People
from gateway.dialects.yunhu.settings import Settings

PREFIXES = (
    "/v1/user",
    "/v1/verification",
    "/v1/friend",
    "/v1/sticky",
    "/v1/group",
    "/v1/bot",
    "/v1/coin",
    "/v1/misc",
    "/v1/vip",
)
_AS_PROTOBUF: dict[str, Any] = {"media_type": protobuf.MEDIA_TYPE, "opt": {PROTOBUF: True}}


def routers(core: Core) -> list[Router]:
    """Mount the dialect."""
    callers = Callers(core)
    dependencies = {
        "caller": Provide(callers.caller, sync_to_thread=False),
        "visitor": Provide(callers.visitor, sync_to_thread=False),
    }

    def mounted(path: str, *handlers: Any) -> Router:
        return Router(
            path=path,
            route_handlers=handlers,
            guards=[callers.guard],
            dependencies=dependencies,
            response_headers=NO_STORE,
            tags=[path.removeprefix("/v1/")],
        )

    codes, discovery, coins = Codes(core, callers), Discovery(core), Coins(core)
    groups, bots, contacts = Groups(core), Bots(core), Contacts(core)
    return [
        mounted("/v1/user", *_user(core, callers, codes, discovery, coins)),
        mounted(
            "/v1/verification",
            _post("/get-verification-code")(codes.send_sms),
            _post("/get-email-verification-code")(codes.send_email),
        ),
        mounted(
            "/v1/friend",
            _post("/apply")(contacts.apply),
            _post_protobuf("/request-list")(contacts.requests),
            _post_protobuf("/address-book-list")(AddressBook(core).show),
            _post("/agree-apply")(contacts.answer),
            _post("/delete-friend")(contacts.remove),
            _post("/no-notify")(contacts.silence),
        ),
        mounted(
            "/v1/sticky",
            _post("/add")(contacts.pin),
            _post("/delete")(contacts.unpin),
        ),
        mounted(
            "/v1/group",
            _post_protobuf("/create-group")(groups.create),
            _post_protobuf("/edit-group")(groups.edit),
            _post("/switch")(groups.switch),
            get("/category")(discovery.category_tree),
            _post("/recommend/list")(discovery.recommended_groups),
        ),
        mounted(
            "/v1/bot",
            _post_protobuf("/create-bot")(bots.create),
            _post("/web-edit-bot")(bots.edit),
            _post("/new-list")(discovery.bot_shop),
        ),
        mounted(
            "/v1/coin",
            _post("/task/my-task-info")(coins.tasks),
            _post("/task/raffle")(coins.raffle),
        ),
        mounted("/v1/misc", get("/qiniu-token")(Images(core).token)),
    ]


def _post(path: str) -> Any:
    return post(path, status_code=200)


def _post_protobuf(path: str) -> Any:
    return post(path, status_code=200, **_AS_PROTOBUF)


def _get_protobuf(path: str) -> Any:
    return get(path, **_AS_PROTOBUF)


def _user(
    core: Core, callers: Callers, codes: Codes, discovery: Discovery, coins: Coins
) -> list[Any]:
    accounts, people, settings = Accounts(core, callers), People(core), Settings(core)
    return [
        # signing in
        _post("/captcha")(codes.captcha),
        _post("/verification-login")(accounts.log_in_by_code),
        _post("/email-login")(accounts.log_in_by_email),
        _post("/logout")(accounts.log_out),
        _post("/forget-password")(accounts.set_password),
        _get_protobuf("/clients")(accounts.devices),
        _post("/device-offline")(accounts.end_device),
        # phone, e-mail address, leaving
        _post("/bing-phone")(accounts.bind_phone),
        _post("/bing-email")(accounts.bind_email),
        _post("/change-phone-check")(accounts.change_phone),
        _post("/change-email-check")(accounts.change_email),
        _post("/cancel-user")(accounts.leave),
        # people
        _get_protobuf("/info")(people.info),
        _post_protobuf("/get-user")(people.show),
        _post_protobuf("/medal")(people.own_medals),
        _post_protobuf("/edit-nickname")(people.edit_nickname),
        _post_protobuf("/edit-avatar")(people.edit_avatar),
        _post("/save-user-data")(people.save_user_data),
        _post("/get-user-data")(people.show_user_data),
        _post("/save-user-remarks")(people.save_remarks),
        # discovery
        _post("/recommend-category-list")(discovery.category_names),
        _post("/recommend-list")(discovery.groups),
        _post("/recommend")(discovery.recommended_bots),
        # settings
        _post("/module-ignore-info")(settings.show_modules),
        _post("/module-ignore")(settings.hide_modules),
        _post("/notification-status")(settings.show_notification),
        _post("/notification-info")(settings.set_notification),
        _post("/get-user-show-adv")(settings.advert),
        # coins and invitations
        _post("/gold-coin-increase-decrease-record")(coins.record),
        _post("/invite/invite-progress")(coins.invite_progress),
        _post("/invite/change-user-invite-code")(coins.choose_invite_code),
        _post("/invite/fill-invite-code")(coins.name_inviter),
    ]
