"""Whose address counts: the nearest hop that is no proxy of ours, whatever a client claims."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import pytest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.adapters import AccountAdapter
from accounts.models import User
from api.addresses import client_address, client_network, parse_address

JSON = "application/json"
CLIENT = "198.51.100.7"
PROXIES = ["10.0.0.0/8", "fd00::/8"]


def request_of(remote: str, forwarded: str | None = None) -> Any:
    request = RequestFactory().get("/api/content", REMOTE_ADDR=remote)
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return request


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1\t", "192.0.2.1"),
        ("192.0.2.1:8080", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%eth0]:443", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("::1", "::1"),
        *((text, None) for text in ("", " ", "unknown", "_hidden", "unix:", "[", "[]", "1.2.3")),
        *((text, None) for text in ("1.2.3.4.5", "256.1.1.1", "01.2.3.4", "a:b", ":", "::1::")),
        *((text, None) for text in ("192.0.2.1;x", "192.0.2.1 ::1", "\u0661.2.3.4", "%", "1")),
    ],
)
def test_an_address_as_proxies_write_it(text: str, address: str | None) -> None:
    found = parse_address(text)
    assert (str(found) if found else None) == address


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        (CLIENT, None, CLIENT),
        # Who is no proxy of ours says nothing about others.
        (CLIENT, "192.0.2.1", CLIENT),
        (CLIENT, "10.0.0.1", CLIENT),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", CLIENT, CLIENT),
        ("::ffff:10.0.0.1", CLIENT, CLIENT),
        ("fd00::1", CLIENT, CLIENT),
        ("10.0.0.1", f"192.0.2.66, {CLIENT}", CLIENT),
        ("10.0.0.1", f"192.0.2.66, {CLIENT}, 10.1.1.1,10.2.2.2", CLIENT),
        ("10.0.0.1", f"10.6.6.6, {CLIENT}, 10.1.1.1", CLIENT),
        ("10.0.0.1", f"192.0.2.66, {CLIENT}:5000 , [fd00::2]:80", CLIENT),
        # What cannot be read ends the chain at the last hop that could.
        ("10.0.0.1", "192.0.2.66, unknown", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.66, <script>, 10.9.9.9", "10.9.9.9"),
        ("10.0.0.1", "192.0.2.66,,", "10.0.0.1"),
        # Proxies alone: the farthest of them.
        ("10.0.0.1", "10.3.3.3, 10.2.2.2", "10.3.3.3"),
        ("10.0.0.1", "10.3.3.3, " * 5_000 + "10.2.2.2", "10.3.3.3"),
        ("10.0.0.1", "::ffff:198.51.100.7", CLIENT),
        ("", CLIENT, ""),
        ("unix:", CLIENT, ""),
    ],
)
def test_the_nearest_hop_that_is_not_ours(
    settings: Any, remote: str, forwarded: str | None, address: str
) -> None:
    settings.TRUSTED_PROXIES = PROXIES
    assert client_address(request_of(remote, forwarded)) == address


def test_without_trusted_proxies_nobody_is_believed(settings: Any) -> None:
    settings.TRUSTED_PROXIES = []
    assert client_address(request_of("10.0.0.1", CLIENT)) == "10.0.0.1"
    assert client_address(request_of("127.0.0.1", CLIENT)) == "127.0.0.1"


def test_a_server_without_an_address_has_none(settings: Any) -> None:
    settings.TRUSTED_PROXIES = []
    request = request_of("x")
    del request.META["REMOTE_ADDR"]
    assert client_address(request) == client_network(request) == ""
    assert AccountAdapter().get_client_ip(request) == "127.0.0.1"


def test_a_household_counts_as_one() -> None:
    assert client_network(request_of("2001:db8:1:2:3:4:5:6")) == "2001:db8:1:2::/64"
    assert client_network(request_of("2001:db8:1:2:ffff::")) == "2001:db8:1:2::/64"
    assert client_network(request_of("2001:db8:1:3::1")) == "2001:db8:1:3::/64"
    assert client_network(request_of("::ffff:192.0.2.1")) == "192.0.2.1"


addresses = st.ip_addresses().map(str)
rubbish = st.text(st.characters(exclude_characters=","), max_size=20)


@given(st.lists(addresses | rubbish, max_size=6), addresses)
def test_no_claim_moves_a_client(claims: list[str], nearest: str) -> None:
    """What stands left of the hop that our proxy wrote changes nothing."""
    request = request_of("10.0.0.1", ",".join([*claims, nearest]))
    honest = request_of("10.0.0.1", nearest)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.TRUSTED_PROXIES", ["10.0.0.1/32"])
        if nearest != "10.0.0.1":
            assert client_address(request) == client_address(honest)


@given(st.text(max_size=60))
def test_any_header_gives_an_address(header: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.TRUSTED_PROXIES", ["0.0.0.0/0", "::/0"])
        assert ip_address(client_address(request_of("10.0.0.1", header)))


@given(st.ip_addresses(v=6))
def test_the_network_holds_the_address(address: IPv6Address) -> None:
    network = ip_network(client_network(request_of(str(address))))
    known: IPv4Address | IPv6Address = address.ipv4_mapped or address
    assert known in network
    assert network.prefixlen == (32 if address.ipv4_mapped else 64)


def sign_in(count: int, **extra: Any) -> list[int]:
    body = {"email": "nobody@example.com", "password": "wrong"}
    path = "/_allauth/app/v1/auth/login"
    return [Client().post(path, body, JSON, **extra).status_code for _ in range(count)]


def test_signing_in_counts_by_the_same_address(alice: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = PROXIES
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    behind: dict[str, Any] = {
        "REMOTE_ADDR": "10.0.0.1",
        "HTTP_X_FORWARDED_FOR": f"192.0.2.66, {CLIENT}",
    }
    assert sign_in(4, **behind) == [400, 400, 400, 429]
    # Another claim is the same client; another client is not.
    assert sign_in(1, **{**behind, "HTTP_X_FORWARDED_FOR": f"1.2.3.4, {CLIENT}:99"}) == [429]
    assert sign_in(1, REMOTE_ADDR=CLIENT) == [429]
    assert sign_in(1, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.66") == [400]
    assert sign_in(3, REMOTE_ADDR="2001:db8::1") == [400] * 3
    assert sign_in(1, REMOTE_ADDR="2001:db8::2") == [429]


def test_the_api_counts_by_the_same_address(db: None, settings: Any) -> None:
    settings.TRUSTED_PROXIES = PROXIES

    def left(forwarded: str) -> int:
        extra: dict[str, Any] = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
        found = Client().get("/api/auth/session", **extra)
        return int(found.headers["X-RateLimit-Remaining"])

    assert [left(CLIENT), left(f"1.1.1.1, {CLIENT}"), left(f"[::ffff:{CLIENT}]:1")] == [9, 8, 7]
    assert [left("2001:db8::1"), left("2001:db8::2"), left("2001:db8:0:1::1")] == [9, 8, 9]
