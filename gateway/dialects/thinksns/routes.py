"""Every route of the dialect: its method, its path, and the status that clients check for."""

from typing import Any

from litestar import Router, delete, get, patch, post, put, route
from litestar.di import Provide

from gateway.core import Core
from gateway.dialects.thinksns import envelope
from gateway.dialects.thinksns.accounts import Accounts
from gateway.dialects.thinksns.bootstrap import Bootstrap
from gateway.dialects.thinksns.caller import Callers
from gateway.dialects.thinksns.codes import Codes
from gateway.dialects.thinksns.credentials import Credentials
from gateway.dialects.thinksns.files import Files
from gateway.dialects.thinksns.follows import Blacks, Follows
from gateway.dialects.thinksns.limits import RequestLimits
from gateway.dialects.thinksns.people import People
from gateway.dialects.thinksns.points import Points
from gateway.dialects.thinksns.postal_addresses import PostalAddresses
from gateway.dialects.thinksns.profiles import Profiles
from gateway.dialects.thinksns.rank import Ranking
from gateway.dialects.thinksns.storage import Storage
from gateway.dialects.thinksns.users import Users
from gateway.dialects.thinksns.verifications import Verifications
from gateway.reading import BodyRequest
from shared.contracts.pictures import MOST_BYTES

API, FILES = "/api/v2", "/storage"


def routers(core: Core) -> list[Router]:
    """Mount the dialect."""
    files, callers = Files(core.config), Callers(core)
    people = People(core, files)
    storage = Storage(core, files)
    api = Router(
        path=API,
        route_handlers=[
            *_accounts(core, callers),
            *_people(core, people),
            *_own(core, files, people),
            post("/storage", status_code=201)(storage.announce),
        ],
        dependencies={
            "caller": Provide(callers.caller, sync_to_thread=False),
            "viewer": Provide(callers.viewer, sync_to_thread=False),
        },
        middleware=[RequestLimits(core, callers)],
        response_headers=envelope.HEADERS,
        tags=["thinksns"],
    )
    return [api, _files(storage)]


def _files(storage: Storage) -> Router:
    """Mount what is not part of the API: bytes in, bytes out."""
    return Router(
        path=FILES,
        route_handlers=[
            put("/{name:str}", status_code=201, request_max_body_size=MOST_BYTES)(storage.upload),
            get("/{name:str}")(storage.show),
        ],
        request_class=BodyRequest,
        tags=["files"],
    )


def _accounts(core: Core, callers: Callers) -> list[Any]:
    codes, accounts = Codes(core), Accounts(core, callers)
    credentials, bootstrap = Credentials(core), Bootstrap(core)
    return [
        get("/bootstrappers")(bootstrap.show),
        get("/verifycodes/captcha")(codes.captcha),
        post("/verifycodes", status_code=202)(codes.send_to_known),
        post("/verifycodes/register", status_code=202)(codes.send_to_new),
        post("/users", status_code=201)(accounts.register),
        post("/auth/login", status_code=200)(accounts.log_in),
        _any("/auth/refresh")(accounts.refresh),
        _any("/auth/logout")(accounts.log_out),
        delete("/user", status_code=202)(accounts.leave),
        get("/user/abilities")(accounts.abilities),
        put("/system/disabled/{user:str}", status_code=204)(accounts.disable),
        put("/user", status_code=204)(credentials.change_address),
        put("/user/password", status_code=204)(credentials.change_password),
        put("/user/retrieve-password", status_code=204)(credentials.retrieve_password),
        delete("/user/phone", status_code=204)(credentials.unbind_phone),
        delete("/user/email", status_code=204)(credentials.unbind_email),
    ]


def _people(core: Core, people: People) -> list[Any]:
    users, ranking = Users(core, people), Ranking(core, people)
    follows, blacks = Follows(core, people), Blacks(core, people)
    return [
        get("/user")(users.me),
        get("/users")(users.list_all),
        get("/users/{user:str}")(users.show),
        get("/user/recommends")(users.recommended),
        get("/user/nearby")(users.nearby),
        get("/user/currency/income-rank")(ranking.income),
        get("/user/followings")(follows.my_followings),
        get("/user/followers")(follows.my_followers),
        get("/user/follow-mutual")(follows.mutual),
        get("/users/{user:str}/followings")(follows.followings),
        get("/users/{user:str}/followers")(follows.followers),
        put("/user/followings/{user:str}", status_code=204)(follows.follow),
        delete("/user/followings/{user:str}", status_code=204)(follows.unfollow),
        get("/user/blacks")(blacks.show),
        post("/user/black/{user:str}", status_code=201)(blacks.add),
        delete("/user/black/{user:str}", status_code=204)(blacks.remove),
    ]


def _own(core: Core, files: Files, people: People) -> list[Any]:
    profiles, verifications = Profiles(core, files), Verifications(core)
    addresses, points = PostalAddresses(core), Points(core, people)
    return [
        patch("/user", status_code=204)(profiles.change),
        post("/user/verification", status_code=201)(verifications.submit),
        _changed("/user/verification", 204)(verifications.resubmit),
        delete("/user/verification", status_code=204)(verifications.withdraw),
        get("/user/addresses")(addresses.show_all),
        get("/user/addresses/{address:str}")(addresses.show),
        post("/user/addresses", status_code=201)(addresses.add),
        _changed("/user/addresses/{address:str}", 200)(addresses.change),
        delete("/user/addresses/{address:str}", status_code=204)(addresses.delete),
        get("/currency/orders")(points.orders),
        get("/sign/signView")(points.sign_view),
        get("/sign/daySign")(points.signed_today),
        post("/sign/add", status_code=200)(points.sign),
        put("/user/checkin/currency", status_code=204)(points.check_in),
        patch("/user/inviter", status_code=204)(points.name_inviter),
        get("/user/invited-users")(points.invited),
    ]


def _any(path: str) -> Any:
    return route(path, http_method=["GET", "POST", "PUT", "PATCH", "DELETE"], status_code=200)


def _changed(path: str, status: int) -> Any:
    return route(path, http_method=["PUT", "PATCH"], status_code=status)
