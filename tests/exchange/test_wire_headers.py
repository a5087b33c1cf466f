"""Headers as they are sent, and as they are shown."""

from __future__ import annotations

from kmcrypto.exchange.wire_headers import mask_headers
from tests.support import ACCESS_KEY

TOKEN = "KMV1:20261123091509123:" + "A" * 43 + "="
HEADERS = {
    "X-KM-Correlation-Id": "261123091509-abcdef0",
    "X-KM-Access-Key": ACCESS_KEY,
    "X-KM-Tran-Token": TOKEN,
    "Content-Type": "application/json",
}


def test_masked_headers_show_neither_access_key_nor_mac() -> None:
    """S8; of what a Client wrote, in the spelling that it wrote."""
    shown = mask_headers(HEADERS)
    assert list(shown) == list(HEADERS)
    assert shown.pop("X-KM-Access-Key") == ACCESS_KEY[:4] + "***"
    assert shown.pop("X-KM-Tran-Token") == TOKEN[:19] + "***"
    assert shown == {name: HEADERS[name] for name in shown}
