"""What leaves with an exception (D7): every failure is provoked with marked secrets; none is found.

Searched are text, repr, args, attributes, notes, cause and context, and the locals of every frame
of the package in the traceback. There, objects are opened: slots, attributes, members. Only what
opens nothing (a key, a keyed HMAC) stays.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import hmac
import inspect
import weakref
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from kmcrypto import (
    KST,
    CallbackReceiver,
    Client,
    CorrelationId,
    CryptoKey,
    Gateway,
    Instant,
    KeyRing,
    MemoryReplayGuard,
    Project,
    ProjectKey,
    Signer,
    TimeZone,
    TranToken,
    decrypt_message,
    encrypt_message,
    errors,
    jwe,
    one_time_token,
)
from kmcrypto._core.scrub import scrubbed
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, SECRET, clock
from tests.support.hsm import Hsm
from tests.support.keys import rsa_key
from tests.support.leaks import our_frames, places_of
from tests.support.parties import Parties, project_key

CARD = "9410777788881234"
BODY = b'{"cardNo":"9410777788881234"}'
PASSWORD = "made-up password of a key"
EXPECTED = hmac.new(SECRET.encode(), BODY, hashlib.sha256).digest()
MARKS = (SECRET, SECRET.encode(), CARD, CARD.encode(), PASSWORD, PASSWORD.encode(), EXPECTED)
MARKED_TEXT = [mark for mark in MARKS if isinstance(mark, str)] + [
    EXPECTED.hex(),
    base64.b64encode(EXPECTED).decode(),
]
MARKED_BYTES = [text.encode() for text in MARKED_TEXT] + [EXPECTED]


class Fault(Exception):
    """The error of a caller's own object."""


def leaks(error: BaseException) -> list[str]:
    """Where a mark is found in an exception."""
    found = places_of(error, MARKED_TEXT, MARKED_BYTES)
    if isinstance(error, errors.KmCryptoError) and (error.__cause__ or error.__context__):
        found.append("cause or context")
    return found


def raiser(error: BaseException) -> Callable[..., Any]:
    def call(*_: object, **__: object) -> Any:
        raise error

    return call


class Guard:
    def __init__(self, error: BaseException) -> None:
        self.claim = raiser(error)


def failures(parties: Parties) -> dict[str, tuple[type[BaseException], Callable[[], object]]]:
    """A call for each way to fail: what must leave, and how to provoke it."""
    secret, project = parties.key, parties.provider
    client = Client(project, clock=clock)
    gateway = Gateway(
        {ACCESS_KEY: parties.platform}.get, replay_guard=MemoryReplayGuard(), clock=clock
    )
    sealed, plain = (
        client.seal({"cardNo": CARD}, encrypted=True),
        client.seal({"cardNo": CARD}, encrypted=False),
    )
    accepted = gateway.accept(plain.headers, plain.body, encrypted=False)
    token = TranToken.sign("another secret", BODY, at=Instant.now(KST, clock=clock))
    pem = parties.first.client.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD.encode())
    )
    public = parties.first.platform.public_key()
    wire = jwe.encrypt(BODY, public)
    notjson = jwe.encrypt(CARD.encode(), public)

    def gate(**kwargs: Any) -> Gateway:
        return Gateway(
            **{"find_project": {ACCESS_KEY: parties.platform}.get, "clock": clock, **kwargs}
        )

    def hsm_ring(error: BaseException) -> Project:
        hsm = Hsm(parties.second.platform, error=error)
        key = CryptoKey.load(
            id=parties.second.provider_half.id, platform_private=hsm, client_public=public
        )
        return Project(secret, KeyRing([key]), zone=KST)

    forged = {**plain.headers, "X-KM-Tran-Token": str(token)}
    return {
        "secret with a space": (
            errors.InvalidKey,
            lambda: ProjectKey(asp_id=ASP_ID, access_key=ACCESS_KEY, secret_key=SECRET + " "),
        ),
        "asp id": (
            errors.InvalidHeaderValue,
            lambda: ProjectKey(asp_id="x", access_key=ACCESS_KEY, secret_key=SECRET),
        ),
        "secret of a wrong type": (
            TypeError,
            lambda: ProjectKey(asp_id=ASP_ID, access_key=ACCESS_KEY, secret_key=[SECRET]),  # type: ignore[arg-type]
        ),
        "sign a str": (TypeError, lambda: Signer(secret).headers(BODY.decode())),  # type: ignore[arg-type]
        "sign under a bad key id": (
            errors.InvalidHeaderValue,
            lambda: Signer(secret).headers(BODY, crypto_key_id="x"),
        ),
        "clock": (Fault, lambda: Signer(secret, clock=raiser(Fault())).headers(BODY)),
        "interrupted": (
            KeyboardInterrupt,
            lambda: Signer(secret, clock=raiser(KeyboardInterrupt())).headers(BODY),
        ),
        "verify": (errors.SignatureMismatch, lambda: token.verify(SECRET, BODY)),
        "verify under a key": (errors.SignatureMismatch, lambda: token.verify(secret, BODY)),
        "verify with a bad secret": (errors.InvalidKey, lambda: token.verify(SECRET + "\n", BODY)),
        "parse a token": (errors.MalformedToken, lambda: TranToken.parse("KMV1:" + SECRET)),
        "parse an id": (errors.MalformedHeader, lambda: CorrelationId.parse(CARD)),
        "password": (
            errors.InvalidKey,
            lambda: CryptoKey.load(id=KEY_ID, client_private=pem, password=PASSWORD + "x"),
        ),
        "halves": (
            errors.InvalidKey,
            lambda: CryptoKey.load(
                id=KEY_ID, client_private=pem, client_public=public, password=PASSWORD
            ),
        ),
        "encrypt a str": (TypeError, lambda: jwe.encrypt(CARD, public)),  # type: ignore[arg-type]
        "encrypt with another enc": (
            errors.InvalidSetting,
            lambda: jwe.encrypt(BODY, public, enc="A256CBC-HS512"),
        ),
        "payload": (
            errors.InvalidPayload,
            lambda: encrypt_message({"cardNo": CARD, "n": float("nan")}, public),
        ),
        "decrypt with another key": (
            errors.DecryptionError,
            lambda: jwe.decrypt(wire, parties.first.client),
        ),
        "no JSON inside": (
            errors.MalformedPayload,
            lambda: decrypt_message(b'{"encData":"%s"}' % notjson.encode(), parties.first.platform),
        ),
        "key object": (
            Fault,
            lambda: jwe.decrypt(wire, Hsm(parties.first.platform, error=Fault())),
        ),
        "seal what can't be said": (
            errors.InvalidPayload,
            lambda: client.seal({"cardNo": CARD, "x": {1}}, encrypted=True),
        ),
        "seal a wrong type": (TypeError, lambda: client.seal([CARD], encrypted=True)),  # type: ignore[arg-type]
        "forged": (
            errors.SignatureMismatch,
            lambda: gateway.accept(forged, plain.body, encrypted=False),
        ),
        "replayed": (
            errors.Replayed,
            lambda: gateway.accept(plain.headers, plain.body, encrypted=False),
        ),
        "wrong protection": (
            errors.WrongProtection,
            lambda: gateway.verify(plain.headers, plain.body, encrypted=True),
        ),
        "finder": (
            Fault,
            lambda: gate(find_project=raiser(Fault())).verify(
                plain.headers, plain.body, encrypted=False
            ),
        ),
        "guard": (
            Fault,
            lambda: gate(replay_guard=Guard(Fault())).accept(
                plain.headers, plain.body, encrypted=False
            ),
        ),
        "key object of a gateway": (
            Fault,
            lambda: gate(
                find_project=lambda _: hsm_ring(Fault()), replay_guard=MemoryReplayGuard()
            ).accept(sealed.headers, sealed.body, encrypted=True),
        ),
        "answer without a code": (
            errors.InvalidPayload,
            lambda: gateway.answer(accepted, {"cardNo": CARD}, encrypted=False),
        ),
        "callback": (
            errors.UnexpectedHeader,
            lambda: CallbackReceiver(project, clock=clock).verify(
                plain.headers, plain.body, encrypted=False
            ),
        ),
        "business error": (
            errors.ResultError,
            lambda: client.open(
                400,
                {"X-KM-Correlation-Id": str(sealed.correlation_id)},
                b'{"response":{"code":"006_001"},"cardNo":"9410777788881234"}',
                request=sealed,
                encrypted=True,
            ),
        ),
        "no answer": (
            errors.UnexpectedAnswer,
            lambda: client.open(502, {}, CARD.encode(), request=sealed, encrypted=True),
        ),
        "card number": (errors.InvalidPayload, lambda: one_time_token.TokenRequest(CARD + "5")),
        "card number that came": (
            errors.MalformedPayload,
            lambda: one_time_token.TokenRequest.read({"cardNo": CARD, "type": "atm"}),
        ),
    }


def test_no_failure_carries_a_secret_out(parties: Parties) -> None:
    for name, (kind, provoke) in failures(parties).items():
        with pytest.raises(kind) as caught:
            provoke()
        assert leaks(caught.value) == [], name


def test_the_search_finds_what_is_there() -> None:
    """Or the test above could not fail."""
    scope = {"__name__": "kmcrypto.imagined"}
    exec("def leaky(body):\n    held = {'deep': [body]}\n    raise ValueError('x')", scope)
    with pytest.raises(ValueError, match="x") as caught:
        scope["leaky"](BODY)  # type: ignore[operator]
    assert leaks(caught.value) == ["local body of leaky"] + ["local held of leaky"] * 3


def test_a_callers_own_frames_keep_their_locals(parties: Parties) -> None:
    def find(access_key: str) -> Project | None:
        why = "the table is locked"
        raise Fault(why)

    sealed = Client(parties.provider, clock=clock).seal({}, encrypted=False)
    with pytest.raises(Fault) as caught:
        Gateway(find, clock=clock).verify(sealed.headers, sealed.body, encrypted=False)
    step = caught.value.__traceback__
    names = []
    while step is not None:
        names.append(step.tb_frame.f_code.co_name)
        held, step = step.tb_frame.f_locals, step.tb_next
    assert names[-1] == "find"
    assert held["why"] == "the table is locked"


def test_an_error_inside_a_callers_handler_keeps_the_callers_context() -> None:
    outer, error = Fault("theirs"), None
    try:
        raise outer
    except Fault:
        try:
            TranToken.parse("x")
        except errors.MalformedToken as caught:
            error = caught
    assert error is not None
    assert error.__context__ is outer


@pytest.mark.parametrize(
    ("error", "is_kept"),
    [(errors.InvalidSetting("ours"), False), (Fault("theirs"), True)],
    ids=["ours", "theirs"],
)
def test_only_an_error_of_ours_loses_its_cause_and_context(error: Exception, is_kept: bool) -> None:
    cause = ValueError("holds the document")

    @scrubbed
    def read() -> None:
        try:
            raise cause
        except ValueError as caught:
            raise error from caught

    with pytest.raises(type(error)):
        read()
    assert (error.__cause__ is cause) is is_kept
    assert (error.__context__ is cause) is is_kept


def test_an_error_keeps_nothing_alive_once_it_is_dropped(parties: Parties) -> None:
    class Marked(dict[str, Any]):
        pass

    payload = Marked(cardNo={CARD})
    gone = weakref.ref(payload)
    client = Client(parties.provider, clock=clock)
    gc.disable()  # so that a cycle would stay
    try:
        try:
            client.seal(payload, encrypted=True)
        except errors.InvalidPayload as error:
            kept = error
        del payload
        assert gone() is None
        assert our_frames(kept)
    finally:
        gc.enable()


def test_the_methods_of_a_callers_subclass_are_left_alone() -> None:
    """A framework that asks whether one is a coroutine function gets the right answer."""

    class Mine(Gateway):
        async def accept_later(self, body: bytes) -> bytes:
            return body

    assert inspect.iscoroutinefunction(Mine.accept_later)
    assert Mine.accept is Gateway.accept
    assert Gateway.accept.__wrapped__  # type: ignore[attr-defined]  # ours are scrubbed


def test_a_scrubbed_call_takes_its_own_names_and_its_own_defaults() -> None:
    """By position and by name, whether the decorator or the method itself scrubs."""
    key = project_key()
    signer, body = Signer(key=key), b"{}"
    headers = signer.headers(body=body, crypto_key_id=KEY_ID)
    assert headers.keys() - signer.headers(body).keys() == {"X-KM-Crypto-Key-Id"}
    token = TranToken.parse(text=headers["X-KM-Tran-Token"])
    token.verify(body=body, secret=key)
    assert CorrelationId(text=headers["X-KM-Correlation-Id"])
    assert Instant(zone=KST, epoch_ms=1_795_392_909_123).zone is KST
    pair = rsa_key()
    sealed = jwe.encrypt(kid=KEY_ID, public_key=pair.public_key(), plaintext=body)
    assert jwe.decrypt(sealed, pair, kid=KEY_ID) == body
    for call in (
        lambda: TranToken.parse(token="x"),  # type: ignore[call-arg]
        lambda: token.verify(key),  # type: ignore[call-arg]
        lambda: signer.headers(body, None, None),  # type: ignore[call-arg]
        lambda: CorrelationId(id="x"),  # type: ignore[call-arg]
        lambda: Instant(1_795_392_909_123),  # type: ignore[call-arg]
        lambda: jwe.encrypt(body),  # type: ignore[call-arg]
    ):
        with pytest.raises(TypeError, match=r"argument|positional"):
            call()


SIGNATURES: list[tuple[Callable[..., Any], list[str]]] = [
    # These scrub by themselves ...
    (Signer.headers, ["self", "body", "crypto_key_id"]),
    (TranToken.parse, ["text"]),
    (TranToken.verify, ["self", "secret", "body"]),
    (CorrelationId, ["text"]),
    (Instant, ["epoch_ms", "zone"]),
    # ... these are decorated, as a method, a class method, a constructor and a function.
    (TimeZone.parse, ["text"]),
    (Instant.from_datetime, ["moment", "zone"]),
    (ProjectKey, ["asp_id", "access_key", "secret_key", "state", "kind"]),
    (jwe.encrypt, ["plaintext", "public_key", "enc", "kid"]),
]


@pytest.mark.parametrize(
    ("function", "names"), SIGNATURES, ids=[f.__qualname__ for f, _ in SIGNATURES]
)
def test_signatures_and_type_hints_are_those_of_the_function_itself(
    function: Callable[..., Any], names: list[str]
) -> None:
    assert list(inspect.signature(function).parameters) == names
    hinted = function.__init__ if isinstance(function, type) else function  # type: ignore[misc]
    assert set(get_type_hints(hinted)) - {"return"} == set(names) - {"self"}


ITSELF = [Signer.headers, TranToken.parse, TranToken.verify, CorrelationId.__init__]
ITSELF += [Instant.__init__]


@pytest.mark.parametrize("method", ITSELF, ids=lambda method: method.__qualname__)
def test_a_method_that_scrubs_itself_has_no_wrapper(method: Callable[..., Any]) -> None:
    """Or its caller would pay for two."""
    assert not hasattr(method, "__wrapped__")


@pytest.mark.parametrize(
    "call",
    [
        lambda: Signer.headers(CARD, BODY),  # type: ignore[arg-type]
        lambda: TranToken.parse([CARD]),  # type: ignore[arg-type]
        lambda: TranToken.parse(CARD),
        lambda: TranToken.verify(CARD, SECRET, BODY),  # type: ignore[arg-type]
        lambda: CorrelationId([CARD]),  # type: ignore[arg-type]
        lambda: CorrelationId(CARD),
        lambda: Instant([CARD], KST),  # type: ignore[arg-type]
        lambda: Instant(int(CARD), KST),
    ],
    ids=[
        "headers of a text",
        "parse a list",
        "parse a text",
        "verify of a text",
        "id of a list",
        "id of a text",
        "instant of a list",
        "instant of a number",
    ],
)
def test_a_method_that_scrubs_itself_leaves_nothing_in_its_frames(
    call: Callable[[], object],
) -> None:
    """Not even its own `self`: each is called with something that would be found."""
    with pytest.raises((TypeError, AttributeError, errors.KmCryptoError)) as caught:
        call()
    held = [frame.f_locals for frame in our_frames(caught.value)]
    assert len(held) >= 2
    assert [scope for scope in held if scope and set(scope) != {"cls"}] == []
    assert leaks(caught.value) == []
