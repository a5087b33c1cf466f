"""Bodies as they are signed: bytes, whatever they hold (D1)."""

from __future__ import annotations

BODY = '{"cardNo":"9400000000000001","name":"홍길동"}'.encode()
BODIES = {
    "empty": b"",
    "JSON": b'{"a":1}',
    "not ASCII": BODY,
    "not UTF-8": bytes(range(256)),
    "one block": b"x" * 64,
    "line ends": b"\r\n\0\n",
    "a mebibyte": bytes(range(256)) * 4096,
}
