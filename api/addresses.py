"""Whose address a request comes from: the nearest hop that is not a proxy of ours."""

from functools import cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from django.conf import settings
from django.http import HttpRequest

type Address = IPv4Address | IPv6Address

# What a household or a server rents: within it addresses change at will.
IPV6_PREFIX = 64
# More hops than any honest request has; the header is the client's to fill.
MOST_HOPS = 32


@cache
def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


def parse_address(text: str) -> Address | None:
    """An address as proxies write it (`::1`, `[::1]:443`, `192.0.2.1:80`); None for anything else.

    An IPv4 address that is mapped into IPv6 is that IPv4 address.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def client_address(request: HttpRequest) -> str:
    """The caller's address; empty where the server was reached through a Unix socket.

    `X-Forwarded-For` is read from its right end, as far as the hops are TRUSTED_PROXIES; what
    stands further left is the client's own claim.
    """
    nearest = parse_address(request.META.get("REMOTE_ADDR", ""))
    if nearest is None or not settings.TRUSTED_PROXIES:
        return str(nearest or "")
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-MOST_HOPS:]
    while hops and _is_trusted(nearest):
        found = parse_address(hops.pop())
        if found is None:
            break
        nearest = found
    return str(nearest)


def client_network(request: HttpRequest) -> str:
    """What limits count by: an IPv4 address, or the /64 of an IPv6 one."""
    address = client_address(request)
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/{IPV6_PREFIX}", strict=False))
