"""The API of SealTalk's application server: `/user/*`, and later `/friendship/*` and `/group/*`."""

from gateway.dialects.dialect import Dialect
from gateway.dialects.sealtalk import caller, envelope, routes

DIALECT = Dialect(
    name="sealtalk",
    title="SealTalk",
    prefixes=("/user", "/friendship", "/group"),
    router=routes.router,
    admit=caller.admit,
    fail=envelope.fail,
)
