"""HTTP clients, each as its documentation shows it, with a sealed request as it is.

`LIBRARIES` has a function for each: it posts the request and returns the status, the headers and
the body that came, each in the type that the library has for it. Redirects and retries are as
README.md wants them, off, but where the library has no such setting.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

from kmcrypto.exchange.client import SealedRequest
from tests.support.processes import PATIENCE
from tests.support.servers import package

Came = tuple[Any, Any, Any]  # status, headers and body, as Client.open takes them
Post = Callable[..., Came]  # (address, request, timeout)


def post_by_urllib(address: str, request: SealedRequest, timeout: float = PATIENCE) -> Came:
    outgoing = urllib.request.Request(
        address, data=request.body, headers=dict(request.headers), method="POST"
    )
    try:
        with urllib.request.urlopen(outgoing, timeout=timeout) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:  # every status of 300 and more, with its answer
        with error:
            return error.code, error.headers, error.read()


def post_by_http_client(address: str, request: SealedRequest, timeout: float = PATIENCE) -> Came:
    connection = HTTPConnection(address.removeprefix("http://"), timeout=timeout)
    try:
        connection.request("POST", "/", request.body, dict(request.headers))
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def post_by_requests(address: str, request: SealedRequest, timeout: float = PATIENCE) -> Came:
    response = package("requests").post(
        address,
        data=request.body,
        headers=request.headers,
        allow_redirects=False,
        timeout=(PATIENCE, timeout),
    )
    return response.status_code, response.headers, response.content


def post_by_httpx(address: str, request: SealedRequest, timeout: float = PATIENCE) -> Came:
    httpx = package("httpx")
    response = httpx.post(
        address,
        content=request.body,
        headers=request.headers,
        timeout=httpx.Timeout(PATIENCE, read=timeout),
    )
    return response.status_code, response.headers, response.content


def post_by_httpx_async(address: str, request: SealedRequest, timeout: float = PATIENCE) -> Came:
    httpx = package("httpx")

    async def post() -> Came:
        async with httpx.AsyncClient(timeout=httpx.Timeout(PATIENCE, read=timeout)) as client:
            response = await client.post(address, content=request.body, headers=request.headers)
        return response.status_code, response.headers, response.content

    return asyncio.run(post())


def post_by_aiohttp(address: str, request: SealedRequest, timeout: float = PATIENCE) -> Came:
    aiohttp = package("aiohttp")
    waiting = aiohttp.ClientTimeout(sock_read=timeout)

    async def post() -> Came:
        async with (
            aiohttp.ClientSession(timeout=waiting) as session,
            session.post(
                address, data=request.body, headers=request.headers, allow_redirects=False
            ) as response,
        ):
            return response.status, response.headers, await response.read()

    return asyncio.run(post())


STANDARD = ("urllib", "http.client")  # of the standard library
LIBRARIES: dict[str, Post] = {
    "urllib": post_by_urllib,
    "http.client": post_by_http_client,
    "requests": post_by_requests,
    "httpx": post_by_httpx,
    "httpx-async": post_by_httpx_async,
    "aiohttp": post_by_aiohttp,
}
