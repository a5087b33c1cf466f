"""No `raise` of the package gives a secret away (D7): each is executed with marked secrets.

A public call is made for each way to fail; its exception is searched. The lines that were
executed prove that no `raise` statement was left out, save those that are named below. A new
`raise` needs a call in tests/support/failures.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.failures import (
    MARKED_BYTES,
    MARKED_TEXTS,
    adapters,
    apis,
    clock,
    encryption,
    exchange,
    keys,
    redact,
    signing,
    testing,
)
from tests.support.leaks import our_frames, our_locals, places_of, sinks_of
from tests.support.parties import Parties
from tests.support.raises import executed_lines, raise_sites, reached

# The statements that no call from outside executes, and why.
OUT_OF_REACH = {
    "__init__.py _check_cryptography: raise ImportError(f'{__name__} needs cryptography"
    " {_OLDEST_CRYPTOGRAPHY} or newer, not {version}')": "another one: tests/test_package.py",
    "__init__.py _load: raise ImportError(f'{__name__}.{name} cannot be loaded: {error}')"
    " from error": "a damaged dependency: tests/test_package.py",
    "_core/scrub.py _scrub_chain: raise": "at the limit of recursion: tests/_core/test_scrub.py",
    "_core/values.py Compared._compared: raise NotImplementedError": "a subclass has it",
    "exchange/receiver.py Receiver._candidates: raise NotImplementedError": "a subclass has it",
    "exchange/responding_receiver.py _answer_key: raise errors.UnknownCryptoKey('the request names"
    " no crypto key for its answer (S1.4)')": "accept() and verify() have found the key",
    "keys/loading.py _with_certificate: raise InvalidKey('the certificate beside the key must be"
    " that of the key (S5.2)')": "cryptography gives a certificate only if it is that of the key",
}

# The calls that nothing scrubs, because they get no secret: the frames hold what the test passed.
NOT_SCRUBBED = ("apis: abstract error", "apis: unknown name", "adapters: ")


def failures(parties: Parties, folder: Path) -> dict[str, Callable[[], object]]:
    """The calls of all folders, by folder and name."""
    folders = {
        "clock": clock.failures(),
        "signing": signing.failures(parties),
        "apis": apis.failures(),
        "keys": keys.failures(parties, folder),
        "encryption": encryption.failures(parties),
        "exchange": exchange.failures(parties),
        "testing": testing.failures(parties),
        "adapters": adapters.failures(),
        "redact": redact.failures(),
    }
    return {
        f"{folder}: {name}": call
        for folder, calls in folders.items()
        for name, call in calls.items()
    }


def outcome(call: Callable[[], object]) -> BaseException:
    """The exception that leaves a call."""
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("the call did not fail")


def test_no_raise_gives_a_secret_away(parties: Parties, tmp_path: Path) -> None:
    calls = failures(parties, tmp_path)
    with executed_lines() as lines:
        left = {name: outcome(call) for name, call in calls.items()}
    found = {
        name: problems(error, scrubbed=not name.startswith(NOT_SCRUBBED))
        for name, error in left.items()
    }
    assert {name: places for name, places in found.items() if places} == {}
    sites = raise_sites()
    missed = {str(site) for site in set(sites) - reached(sites, lines)}
    assert missed == set(OUT_OF_REACH)
    sinks = sum(len(sinks_of(error)) for error in left.values())
    print(f"{len(sites)} raise statements, {len(missed)} out of reach, by {len(calls)} calls:")
    print(f"{sinks} places searched")


def problems(error: BaseException, *, scrubbed: bool) -> list[object]:
    """What an exception that left a call still holds."""
    found: list[object] = list(places_of(error, MARKED_TEXTS, MARKED_BYTES))
    if scrubbed:
        found += our_locals(error)
        found += [inner for inner in (error.__cause__, error.__context__) if inner is not None]
    if not our_frames(error):
        found.append("no frame to look at")
    return found
