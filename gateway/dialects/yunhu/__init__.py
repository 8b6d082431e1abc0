"""The API of Yunhu, a chat app: `/v1/user/*` and what its clients need besides."""

from gateway.dialects.dialect import Dialect
from gateway.dialects.yunhu import caller, envelope, protobuf, routes

DIALECT = Dialect(
    name="yunhu",
    title="Yunhu",
    prefixes=routes.PREFIXES,
    routers=routes.routers,
    admit=caller.admit,
    fail=envelope.fail,
    credential={"type": "apiKey", "in": "header", "name": "token"},
    request=protobuf.YunhuRequest,
)
