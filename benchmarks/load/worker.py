"""A worker: docs/recipes/fastapi.md as it stands, served by uvicorn, and bare routes beside it.

    python -m benchmarks.load.worker SOCKET TAKEN HTTP REDIS_URL

SOCKET is the descriptor of a socket that listens, TAKEN that of a file that is appended to, and
HTTP a protocol of uvicorn: h11 or httptools. Without REDIS_URL the recipe's guard is replaced by
one in memory: calls without a store.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import process_time
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

from kmcrypto import Claim, MemoryReplayGuard, one_time_token

from ..concerns.jwe import OAEP_256
from .hostile import parties, platform_private_key

RECIPE = Path(__file__).parents[2] / "docs" / "recipes" / "fastapi.md"
BARE_ANSWER = {"response": {"code": "000_000", "description": "Success"}, "point": 7}
LIFETIME = one_time_token.ExpiryTime(one_time_token.LIFETIME_MS[None])

decrypt = platform_private_key().decrypt
encrypted_key = platform_private_key().public_key().encrypt(os.urandom(16), OAEP_256)


class Taken:
    """Where the card number of each request is written that the recipe's routes were given.

    What was written is there if this process is killed right after it.
    """

    descriptor = -1

    @classmethod
    def add(cls, card: str) -> None:
        """Append a line, in one step among all workers."""
        os.write(cls.descriptor, f"{card}\n".encode())


class MemoryGuard:
    """A replay guard without a store, for the recipe's `await guard.claim(...)`."""

    def __init__(self) -> None:
        self._guard = MemoryReplayGuard()

    async def claim(self, claim: Claim, /) -> bool:
        return self._guard.claim(claim)


class InPlace:
    """The recipe's `asyncio`, for decryption without a thread."""

    @staticmethod
    async def to_thread(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        return function(*arguments, **options)


# --- What the reader of the recipe writes ---------------------------------------------------------


async def issue(asked: one_time_token.TokenRequest) -> one_time_token.TokenAnswer:
    """Issue a token that is made of the card number, so that answers can be told apart."""
    Taken.add(asked.card_no)
    return one_time_token.TokenAnswer(asked.card_no[::-1], "123", LIFETIME)


def read_balance(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a plain call."""
    card = payload["cardNo"]
    Taken.add(card)
    return {"response": {"code": "000_000", "description": "Success"}, "reversed": card[::-1]}


def run_recipe(**given: Any) -> dict[str, Any]:
    """Run the recipe's Python blocks in order, and return the names that they define."""
    scope = {"__name__": "recipe", **given}
    for block in re.findall(r"^```python\n(.*?)^```$", RECIPE.read_text("utf-8"), re.M | re.S):
        exec(compile(block, RECIPE.name, "exec"), scope)  # noqa: S102 - it is a file of ours
    return scope


def recipe(redis_url: str) -> dict[str, Any]:
    """The recipe with its settings; without a URL, its guard is one in memory."""
    platform = parties().platform
    scope = run_recipe(
        REDIS_URL=redis_url or "unix:///there/is/none",
        find_project={platform.key.access_key: platform}.get,
        issue=issue,
        read_balance=read_balance,
    )
    if not redis_url:
        scope["guard"] = MemoryGuard()
    return scope


def application(redis_url: str) -> FastAPI:
    """The recipe's application, with the routes of this file."""
    scope = recipe(redis_url)
    in_place = recipe(redis_url)
    in_place["asyncio"] = InPlace

    async def direct(request: Request) -> Response:
        accepted = await scope["accept"](request, encrypted=False)
        response: Response = scope["respond"](
            scope["gateway"].answer(accepted, read_balance(accepted.payload))
        )
        return response

    app: FastAPI = scope["app"]
    app.add_api_route("/direct", _with_types(direct), methods=["POST"])
    app.add_api_route("/in-place", in_place["issue_token"], methods=["POST"])
    app.add_api_route("/bare", _with_types(bare), methods=["POST"])
    app.add_api_route("/bare-rsa", _with_types(bare_rsa), methods=["POST"])
    app.add_api_route("/facts", facts, methods=["GET"])
    return app


def _with_types(route: Any) -> Any:
    """Give FastAPI the types of a route, which are texts in this file."""
    route.__annotations__ = {"request": Request, "return": Response}
    return route


# --- Routes beside the recipe's -------------------------------------------------------------------


async def bare(request: Request) -> Response:
    """As little as a route with a JSON body can do."""
    json.loads(await request.body())
    return Response(json.dumps(BARE_ANSWER), 200, {"content-type": "application/json"})


async def bare_rsa(request: Request) -> Response:
    """The bare route, with the RSA operation of an encrypted call in a thread, as the recipe."""
    await asyncio.to_thread(decrypt, encrypted_key, OAEP_256)
    return await bare(request)


async def facts() -> dict[str, float]:
    """CPU time in seconds, memory in bytes, and open descriptors of this process."""
    return {
        "cpu": process_time(),
        "memory": _memory(),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


def _memory() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


def main(listening: str, taken: str, http: str, redis_url: str = "") -> None:
    """Serve until a signal asks for the end."""
    Taken.descriptor = int(taken)
    config = uvicorn.Config(
        application(redis_url),
        http=http,
        loop="asyncio",
        ws="none",
        backlog=1024,
        log_config=None,
        log_level="error",
        access_log=False,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(listening))])


if __name__ == "__main__":
    main(*sys.argv[1:])
