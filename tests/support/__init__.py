"""Helpers that several test files share, one module for each concern. Only tests import them.

This file holds the made-up values of the tests, none of which belongs to anybody. The modules:

    bodies            bodies of requests
    carriers          the ways in which a key travels
    chunks            bodies in chunks, and coroutines without an event loop
    clocks            clocks that fail after the constructor has tried them
    copies            copies of the package, as `kmcrypto vendor` makes them
    digits            digits of other scripts, and characters that only look like digits
    documents         JSON documents: strict equality, nesting, places
    encodings         base64url and DER
    failures          a call for each way to fail, with marked secrets
    fields            encrypted fields, built and opened by hand, and their refusals
    hostile           inputs that are made to cost much, and the readers that take them
    hsm               a private key that stays in an HSM
    json_texts        JSON texts and values that are read, refused, or not written
    key_forms         key forms written by hand, so that each part of them can be wrong
    keys              RSA keys, shared by all tests, and the forms that `cryptography` writes
    leaks             the search for secrets in errors (D7)
    masking_costs     what masking costs, in units of json.loads
    mistakes          requests and answers with one mistake each, formed by hand
    pages             README.md and the pages of docs/: blocks of code, headings, links
    parties           one project, seen from its two sides
    peers             other implementations of JOSE
    processes         other programs, fresh interpreters, forked children, terminals
    project_keys      the project key of the tests
    properties        the number of examples of a property
    public_api        the public API as text
    public_names      what a caller can call of the package
    published         vectors of other projects, and the folder of our own
    raises            the `raise` statements of the package, and which of them were executed
    recipes           the Python blocks of docs/recipes, to be run and counted
    records           the sealed projects of the commands
    redis_clients     the kinds of clients that the replay guards of Redis take
    redis_sentinel    two servers and the sentinels that watch them
    redis_server      a real redis-server, for one test: alone, as a cluster, over TLS
    sandboxes         a sandbox on a loopback socket, and its caller
    sealed_projects   the sealed files of the two sides of one project
    servers           HTTP servers of web frameworks on loopback
    speed             limits on work, in CPU time
    transcripts       the commands of a text file, and what they must print
    vector_files      the files of `vectors/`, read once
    vector_sample     a small folder of vectors, and the command that runs it
    weakening         copies of the package in which one function is weaker
    work              the HMAC work of a call, counted
    written_keys      key texts of every form that `cryptography` writes
    wycheproof_rules  the rules of Wycheproof's schemas
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]  # of the project
ASP_ID = "TESTPROVIDER001"
ACCESS_KEY = "1a2b3c4-00112233445566778899aabbccddeeff"
PASSWORD = "made-up password: 암호"  # of private keys
SECRET = "made-up secret for tests: 비밀"
KEY_ID = "00000000000000000000000000000aaa"
OTHER_KEY_ID = "00000000000000000000000000000bbb"
THIRD_KEY_ID = "00000000000000000000000000000ccc"
NOW_NS = 1_795_392_909_123_000_000  # 2026-11-23 00:15:09.123 UTC, 09:15:09.123 KST
STANDARD_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"  # RFC 4648, 4


def clock() -> int:
    """A clock that stands still at NOW_NS."""
    return NOW_NS
