"""The API of SealTalk's application server: `/user/*`, `/friendship/*`, `/group/*`."""

from gateway.dialects.dialect import Dialect
from gateway.dialects.sealtalk import caller, envelope, routes

DIALECT = Dialect(
    name="sealtalk",
    title="SealTalk",
    prefixes=("/user", "/friendship", "/group"),
    routers=routes.routers,
    admit=caller.admit,
    fail=envelope.fail,
    credential={"type": "apiKey", "in": "cookie", "name": "rong_im_auth"},
)
