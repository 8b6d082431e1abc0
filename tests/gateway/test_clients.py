"""Whose address a request has."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st
from litestar import Request

from gateway.clients import Clients

ADDRESSES = st.ip_addresses().filter(lambda one: not getattr(one, "ipv4_mapped", None)).map(str)
OUTSIDE = st.ip_addresses(v=4, network="203.0.113.0/24").map(str)
PROXIES = st.ip_addresses(v=4, network="10.0.0.0/8").map(str)
WORDS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=50)


def ip(peer: str, *headers: str, trusted: str = "10.0.0.0/8") -> str:
    """The address of a request from this peer with these X-Forwarded-For headers."""
    lines = [(b"x-forwarded-for", header.encode("latin-1")) for header in headers]
    scope = {"type": "http", "client": (peer, 1), "headers": lines, "path": "/", "method": "GET"}
    return Clients(trusted).ip(Request(scope))  # type: ignore[arg-type]


@given(ADDRESSES, st.lists(WORDS | ADDRESSES, max_size=4))
def test_without_trusted_proxies_the_header_is_nothing(peer, headers):
    """Where no proxy is trusted, the peer is the client."""
    assert ip(peer, *headers, trusted="") == peer


@given(OUTSIDE, st.lists(WORDS | ADDRESSES, max_size=4))
def test_a_peer_that_is_no_proxy(peer, headers):
    """What an untrusted peer says of itself changes nothing."""
    assert ip(peer, *headers) == peer


@given(PROXIES, OUTSIDE, st.lists(PROXIES, max_size=3), st.lists(WORDS | ADDRESSES, max_size=4))
def test_behind_proxies_the_last_address_before_them_counts(peer, client, proxies, made_up):
    """Whatever a client writes in front, its address is the one that the first proxy saw."""
    header = ", ".join([*made_up, client, *proxies])

    assert ip(peer, header) == client


@given(PROXIES, OUTSIDE, st.lists(PROXIES, max_size=3), st.lists(WORDS | ADDRESSES, max_size=4))
def test_several_headers_are_one_list(peer, client, proxies, made_up):
    """A proxy may add a header of its own instead of appending to the one there is."""
    assert ip(peer, *made_up, client, *proxies) == client


@given(ADDRESSES | WORDS, st.lists(WORDS | ADDRESSES, max_size=6))
def test_it_is_always_an_address_or_nothing(peer, headers):
    """Nothing but an address ever comes out."""
    found = ip(peer, *headers)

    assert found == "" or str(ipaddress.ip_address(found))


@given(PROXIES, OUTSIDE, st.lists(PROXIES.map("::ffff:{}".format), max_size=3))
def test_a_gateway_that_listens_on_both_kinds_of_address(peer, client, proxies):
    """There an IPv4 address comes in the form of an IPv6 one, and is the same proxy or client."""
    assert ip(f"::ffff:{peer}", ", ".join([f"::ffff:{client}", *proxies])) == client
    assert ip(f"::ffff:{client}") == ip(f"::ffff:{client}", trusted="") == client


@given(
    PROXIES, OUTSIDE | st.ip_addresses(v=6, network="2001:db8::/32").map(str), st.integers(1, 65535)
)
def test_a_proxy_that_writes_ports(peer, client, port):
    """Some proxies write the port behind the address, and an IPv6 one in brackets then."""
    written = f"[{client}]" if ":" in client else client

    assert ip(peer, f"{written}:{port}") == client
    assert ip(peer, f"{client}, {peer}:{port}") == client


@given(PROXIES)
def test_a_proxy_that_says_nothing(peer):
    """A trusted peer without the header is the client itself."""
    assert ip(peer) == peer
    assert ip(peer, "") == peer
