"""Addresses on loopback: those that no other machine reaches."""

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from ..common.failure import Failure

_DEFAULT_HTTP_PORT = 80


class LoopbackUrl(NamedTuple):
    """The parts of an HTTP URL on loopback: host, port, and the path with its query."""

    host: str
    port: int
    target: str


def check_listening_address(address: str, *, allow_other_machines: bool) -> None:
    """Raise Failure unless an IP address may be listened on.

    It must be a loopback address, unless calls of other machines are allowed.
    """
    try:
        is_loopback = ip_address(address).is_loopback
    except ValueError:
        raise Failure("--address must be an IP address, such as 127.0.0.1 or ::1") from None
    if not is_loopback and not allow_other_machines:
        raise Failure(
            f"{address} is not a loopback address: other machines could call the sandbox, "
            "and everybody has its keys; add --allow-other-machines if that is meant"
        )


def parse_loopback_url(url: str) -> LoopbackUrl:
    """Return the parts of a URL, which must be http:// and on loopback. Raises Failure."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_HTTP_PORT
    except ValueError:
        raise Failure("--callback must be a URL such as http://127.0.0.1:9000/callback") from None
    if parts.scheme != "http" or parts.username is not None or parts.fragment:
        raise Failure("--callback must be an http:// URL without a user and a fragment")
    host = parts.hostname or ""
    if not _is_loopback_host(host):
        raise Failure("--callback must be on loopback: localhost, 127.0.0.1 or [::1]")
    target = parts.path or "/"
    if parts.query:
        target = f"{target}?{parts.query}"
    if not (target.isascii() and target.isprintable() and " " not in target):
        raise Failure("--callback must be a URL of visible ASCII")
    return LoopbackUrl(host, port, target)


def _is_loopback_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
