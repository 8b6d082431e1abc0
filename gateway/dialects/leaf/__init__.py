"""The user API of the Leaf video site: `/api/v1/{user,captcha,follow,upload}/*`, `/api/image/*`."""

from gateway.dialects.dialect import Dialect
from gateway.dialects.leaf import caller, envelope, routes
from gateway.dialects.leaf.reading import LeafRequest

DIALECT = Dialect(
    name=caller.NAME,
    title="Leaf",
    prefixes=(
        "/api/v1/user",
        "/api/v1/captcha",
        "/api/v1/follow",
        "/api/v1/upload",
        "/api/image",
    ),
    routers=routes.routers,
    admit=caller.admit,
    fail=envelope.fail,
    credential={"type": "apiKey", "in": "header", "name": "Authorization"},
    request=LeafRequest,
)
