"""Connections of HTTP/1.1 on loopback: as little as the load test needs, so that it costs little.

Answers must have a Content-Length, as those of the recipe and of uvicorn have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

LOOPBACK = "127.0.0.1"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class WireAnswer(NamedTuple):
    """An answer as it came; status 0 if none came."""

    status: int
    headers: dict[str, str]
    body: bytes


NO_ANSWER = WireAnswer(0, {}, b"")


class Connection:
    """A connection to one server; it is opened by its first request, and again once it broke."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._streams: Streams | None = None

    async def open(self) -> Streams:
        """Connect."""
        self._streams = await asyncio.open_connection(LOOPBACK, self.port)
        return self._streams

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> WireAnswer:
        """Send a POST request and wait for its answer."""
        return await self._send("POST", path, headers, body)

    async def get(self, path: str) -> WireAnswer:
        """Send a GET request and wait for its answer."""
        return await self._send("GET", path, {}, b"")

    async def close(self) -> None:
        """Close it, and wait until it is closed."""
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.close()
            with suppress(ConnectionError):  # it broke, and so it is closed
                await writer.wait_closed()

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> WireAnswer:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {LOOPBACK}",
            *(f"{name}: {value}" for name, value in headers.items()),
            f"Content-Length: {len(body)}",
        ]
        head = "\r\n".join(lines) + "\r\n\r\n"
        try:
            return await self._exchange(head.encode("latin-1") + body)
        except (ConnectionError, asyncio.IncompleteReadError):
            await self.close()
            return NO_ANSWER

    async def _exchange(self, request: bytes) -> WireAnswer:
        reader, writer = self._streams or await self.open()
        writer.write(request)
        answer = await _read(reader)
        if answer.headers.get("connection") == "close":
            await self.close()
        return answer


async def _read(reader: asyncio.StreamReader) -> WireAnswer:
    """Read one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    headers = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    body = await reader.readexactly(int(headers["content-length"]))
    return WireAnswer(int(first.split(" ")[1]), headers, body)
