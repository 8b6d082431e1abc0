"""Where a request comes from: the address, believed only as far as the operator says."""

import ipaddress
from typing import Any

from litestar import Request

from gateway.config import networks
from shared.caller import Caller

AnyRequest = Request[Caller | None, Any, Any]


class Clients:
    """Finds the address of a client behind trusted proxies."""

    def __init__(self, trusted_proxies: str) -> None:
        self._trusted = networks(trusted_proxies)

    def ip(self, request: AnyRequest) -> str:
        """Give the last address before the proxies we trust; a made-up header changes nothing."""
        address = request.client.host if request.client else ""
        if not self._trusted:
            return address
        hops = request.headers.getall("x-forwarded-for", [])
        for hop in reversed(",".join(hops).split(",")):
            if not self._is_trusted(address):
                break
            if not hop.strip():
                break
            address = hop.strip()
        return address if _parse(address) else ""

    def _is_trusted(self, address: str) -> bool:
        parsed = _parse(address)
        if parsed is not None and parsed.version == 6:
            parsed = parsed.ipv4_mapped or parsed  # as a socket for both kinds gives the former
        return parsed is not None and any(parsed in network for network in self._trusted)


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def origins(text: str) -> list[str]:
    """Read the list of web origins."""
    return [origin.strip() for origin in text.split(",") if origin.strip()]


def device(request: AnyRequest) -> str:
    """Give what a client says it is, shortened to what is kept."""
    return request.headers.get("user-agent", "")[:200]
