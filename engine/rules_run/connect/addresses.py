"""Which addresses a connector may talk to."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from rules_run.errors import ConnectorUnusable

_VISIBLE = re.compile(r"[\x21-\x7e]+")
_HEADER = re.compile(r"[\x21-\x7e ]*")
# Clients resolve `.` and `..` before they send, in their coded forms too: what is asked for would be another path.
_DOTS = re.compile(r"/(\.|%2e){1,2}(?=[/?#]|$)", re.IGNORECASE)
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRules:
    """The hosts a connector may reach: exact (`host` or `host:port`), or every host below a leading dot."""

    hosts: tuple[str, ...]
    allow_http: bool = False
    allow_private: bool = False


def check_url(url: str, rules: AddressRules) -> str:
    """Return the address as it may be used; raise ConnectorUnusable for any other, whoever named it."""
    scheme, host, port = _parts(url)
    if not host:
        raise _refused(url, "it names no host")
    if scheme != "https" and not (scheme == "http" and (host in _LOOPBACK_NAMES or rules.allow_http)):
        raise _refused(url, "only https is used (plain http needs `allow_http: true` on the connector)")
    if _is_number(host) and host not in _LOOPBACK_NAMES and not rules.allow_private:
        raise _refused(url, "a number in place of a host name needs `allow_private: true` on the connector")
    if not any(_covers(pattern, scheme, host, port) for pattern in rules.hosts):
        raise _refused(url, f"the host is none of those this connector may reach ({', '.join(rules.hosts)})")
    return url


def origin_of(url: str) -> str:
    """Return `host` or `host:port` of an address, as it stands in a list of hosts."""
    scheme, host, port = _parts(url)
    return host if port == _default_port(scheme) else f"{host}:{port}"


def check_header(name: str, value: str) -> str:
    """Return the header value; raise ConnectorUnusable where it holds anything but visible ASCII and blanks."""
    if not _HEADER.fullmatch(value):
        raise ConnectorUnusable(f"The value for the header {name} holds characters that no header may hold.")
    return value


def check_peer(address: str, host: str, rules: AddressRules) -> None:
    """Raise ConnectorUnusable where a public name led into a private network."""
    if rules.allow_private or host in _LOOPBACK_NAMES:
        return
    peer = ipaddress.ip_address(address.partition("%")[0])
    if not peer.is_global:
        raise ConnectorUnusable(
            f"{host} leads to {address}, an address of a private network: nothing was sent. "
            "If that is meant, say `allow_private: true` on the connector."
        )


def _parts(url: str) -> tuple[str, str, int]:
    """Split an address as the HTTP client will, and refuse what any two parsers could read differently."""
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    if not _VISIBLE.fullmatch(url) or "\\" in url:
        raise _refused(url, "it holds characters that no address holds")
    try:
        client, other = parse_url(url), urlsplit(url)
        port = other.port
    except (LocationParseError, ValueError) as fault:
        raise _refused(url, "it cannot be read") from fault
    if client.auth or "@" in other.netloc:
        raise _refused(url, "it holds a user name")
    if _DOTS.search(url.partition("?")[0]):
        raise _refused(url, "its path leads elsewhere by dots")
    host = (client.host or "").strip("[]").lower().rstrip(".")
    if host != (other.hostname or "").rstrip(".") or client.port != port or client.scheme != other.scheme:
        raise _refused(url, "it can be read in two ways")
    return other.scheme, host, port or _default_port(other.scheme)


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # 2130706433, 0x7f.1 and the like: resolvers read them as addresses although they are not written as such.
        return bool(re.fullmatch(r"(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+))*", host))
    return True


def _covers(pattern: str, scheme: str, host: str, port: int) -> bool:
    name, _, wanted = pattern.rpartition(":") if re.search(r":\d+$", pattern) else (pattern, "", "")
    if port != (int(wanted) if wanted else _default_port(scheme)):
        return False
    return host.endswith(name) and len(host) > len(name) if name.startswith(".") else host == name


def _refused(url: str, why: str) -> ConnectorUnusable:
    shown = re.sub(r"//[^/@]*@", "//***@", url.partition("?")[0])
    return ConnectorUnusable(f"The address {shown!a} is not used: {why}.")
