"""The users API of ThinkSNS+: `/api/v2/*`, and the files at `/storage/*`."""

from gateway.dialects.dialect import Dialect
from gateway.dialects.thinksns import caller, envelope, routes
from gateway.dialects.thinksns.reading import ParameterRequest

DIALECT = Dialect(
    name=caller.NAME,
    title="ThinkSNS+",
    prefixes=(routes.API, routes.FILES),
    routers=routes.routers,
    admit=caller.admit,
    fail=envelope.fail,
    credential={"type": "http", "scheme": "bearer"},
    request=ParameterRequest,
)
