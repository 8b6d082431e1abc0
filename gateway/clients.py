"""Where a request comes from: the address, believed only as far as the operator says."""

import ipaddress
from typing import Any

from litestar import Request

from gateway.config import networks
from shared.caller import Caller

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AnyRequest = Request[Caller | None, Any, Any]


class Clients:
    """Finds the address of a client behind trusted proxies."""

    def __init__(self, trusted_proxies: str) -> None:
        self._trusted = networks(trusted_proxies)

    def ip(self, request: AnyRequest) -> str:
        """Give the last address before the proxies we trust; a made-up header changes nothing."""
        address = _parse(request.client.host if request.client else "")
        hops = request.headers.getall("x-forwarded-for", []) if self._trusted else []
        for hop in reversed(",".join(hops).split(",")):
            if not self._is_trusted(address) or not hop.strip():
                break
            address = _parse(hop.strip())
        return str(address) if address else ""

    def _is_trusted(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._trusted)


def _parse(address: str) -> Address | None:
    """Read an address; an IPv4 one that comes as IPv6, as to a socket for both, is IPv4.

    Some proxies write the port as well: `203.0.113.9:4711`, `[2001:db8::9]:4711`.
    """
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return (parsed.ipv4_mapped if parsed.version == 6 else None) or parsed


def origins(text: str) -> list[str]:
    """Read the list of web origins."""
    return [origin.strip() for origin in text.split(",") if origin.strip()]


def device(request: AnyRequest) -> str:
    """Give what a client says it is, shortened to what is kept."""
    return request.headers.get("user-agent", "")[:200]
