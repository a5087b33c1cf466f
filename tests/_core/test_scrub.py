"""What leaves with an exception (D7): every frame from the public call inwards is cleared.

tests/test_every_raise.py executes every `raise` of the package. Here are the rules: what is
scrubbed, what is the caller's own and stays as it is, and what happens to an exception in a bad
moment: at the limit of recursion, or at Ctrl-C.
"""

from __future__ import annotations

import gc
import inspect
import signal
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pkgutil import walk_packages
from time import time_ns
from types import FrameType
from typing import Any, get_type_hints

import pytest

import kmcrypto
from kmcrypto import (
    KST,
    Client,
    CorrelationId,
    CorrelationIdSource,
    CryptoKey,
    FieldCipher,
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
from kmcrypto._core.scrub import Scrubbed, call_out, calling_out, raising, scrubbed
from kmcrypto.exchange.client import Answer
from kmcrypto.keys.sealed import Contents, Cost, seal, unseal
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, SECRET, clock
from tests.support.clocks import clock_that_then
from tests.support.failures import BODY, CARD, MARKED_BYTES, MARKED_TEXTS, PASSPHRASE, SEALING_KEY
from tests.support.keys import private_pem, rsa_key
from tests.support.leaks import chain_of, our_frames, our_locals, places_of
from tests.support.parties import Parties, project_key
from tests.support.speed import untraced

Call = Callable[[], object]


def leaks(error: BaseException) -> list[str]:
    """Where a mark is found in an exception."""
    return places_of(error, MARKED_TEXTS, MARKED_BYTES)


def outcome(call: Call) -> BaseException:
    """The exception that leaves a call."""
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("the call did not fail")


def assert_empty(error: BaseException) -> None:
    """No frame but the test's holds anything, and there is no cause or context."""
    assert our_locals(error) == []
    assert (error.__cause__, error.__context__) == (None, None)
    assert leaks(error) == []


def in_module(name: str, code: str) -> Callable[..., Any]:
    """The function `leaky` that some code defines in a module of that name."""
    scope: dict[str, Any] = {"__name__": name, "InvalidKey": errors.InvalidKey}
    exec(code, scope)
    leaky: Callable[..., Any] = scope["leaky"]
    return leaky


# --- The search ----------------------------------------------------------------------------------


def test_the_search_finds_what_is_there() -> None:
    """Or no test of leaks could fail. The module does not matter."""
    code = "def leaky(body):\n    held = {'deep': [body]}\n    raise ValueError('x')"
    for module in ("kmcrypto.imagined", "contextlib", "nacl.bindings"):
        error = outcome(lambda: in_module(module, code)(BODY))  # noqa: B023
        assert leaks(error) == ["local body of leaky"] + ["local held of leaky"] * 3


def test_the_search_follows_an_exception_that_a_frame_holds() -> None:
    """As the frame of contextlib's __exit__ did."""
    code = """
def leaky(body):
    try:
        inner(body)
    except Exception as error:
        kept = error
    del body
    raise ValueError('x')
def inner(body):
    raise ValueError('y')
"""
    assert leaks(outcome(lambda: in_module("contextlib", code)(BODY)))


# --- Every frame, every inner exception ----------------------------------------------------------

FOREIGN = """
def leaky(body):
    try:
        inner(body)
    except ValueError as error:
        raise InvalidKey('x') from error
def inner(body):
    raise ValueError(body)
"""


@pytest.mark.parametrize(
    "module", ["kmcrypto.imagined", "json.decoder", "contextlib", "nacl.utils"]
)
def test_frames_are_cleared_whichever_module_they_belong_to(module: str) -> None:
    error = outcome(lambda: scrubbed(in_module(module, FOREIGN))(BODY))
    assert [frame.f_code.co_name for frame in our_frames(error)] == ["call", "call", "leaky"]
    assert_empty(error)


def test_line_numbers_stay() -> None:
    error = outcome(lambda: scrubbed(in_module("x", FOREIGN))(BODY))
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    assert step is not None
    assert step.tb_lineno == 6


def test_inner_exceptions_are_scrubbed_before_they_are_dropped() -> None:
    """Somebody may hold one still."""
    held: list[BaseException] = []

    def inner(body: bytes) -> None:
        raise ValueError("x")

    def outer(body: bytes) -> None:
        try:
            inner(body)
        except ValueError as error:
            held.append(error)
            raise errors.InvalidKey("y") from None

    code = "def leaky(outer, body):\n    outer(body)"
    error = outcome(lambda: scrubbed(in_module("x", code))(outer, BODY))
    assert_empty(error)
    frames = [frame for frame in all_frames(held[0]) if frame.f_code.co_name in ("inner", "outer")]
    assert len(frames) == 2
    assert [frame.f_locals.get("body") for frame in frames] == [None, None]


def all_frames(error: BaseException) -> Iterator[FrameType]:
    """The frames that an exception left, those of tests included."""
    step = error.__traceback__
    while step is not None:
        yield step.tb_frame
        step = step.tb_next


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups came with Python 3.11")
def test_the_members_of_a_group_are_scrubbed() -> None:
    code = """
def leaky(body, Group):
    members = []
    for number in range(2):
        try:
            inner(body)
        except Exception as error:
            members.append(error)
    raise Group('x', [Group('y', members)])
def inner(body):
    try:
        body.missing
    except AttributeError as error:
        raise ValueError('x') from error
"""
    group = vars(__import__("builtins"))["ExceptionGroup"]
    error = outcome(lambda: scrubbed(in_module("x", code))(BODY, group))
    assert len(chain_of(error)) == 4
    assert our_locals(error) == []
    assert leaks(error) == []


def test_an_attribute_error_lets_go_of_its_object() -> None:
    error = outcome(lambda: scrubbed(in_module("x", "def leaky(body): body.missing"))(BODY))
    assert isinstance(error, AttributeError)
    assert_empty(error)


def test_raising_leaves_the_first_exception_in_no_frame() -> None:
    """Not even before anything is scrubbed does a frame of another module hold it."""

    def read(text: bytes) -> None:
        with raising(errors.InvalidKey("x"), UnicodeError, errors.InvalidSetting):
            text.decode()

    def refuse(error: Exception) -> None:
        with raising(errors.InvalidKey("x"), Exception):
            raise error

    error = outcome(lambda: scrubbed(read)(BODY + b"\xff"))
    assert type(error) is errors.InvalidKey
    assert_empty(error)
    assert type(outcome(lambda: refuse(errors.UnsealingFailed()))) is errors.UnsealingFailed
    assert type(outcome(lambda: refuse(KeyError()))) is errors.InvalidKey


# --- The caller's own code -----------------------------------------------------------------------


def fail(*_: object) -> Any:
    """A caller's own function, which knows why it fails."""
    why = "the table is locked"
    try:
        raise KeyError(why)
    except KeyError as error:
        raise errors.KeyUnavailable(why) from error


class Failing:
    """A key object, a guard and a source of ids whose methods fail."""

    key_size = 2048
    decrypt = public_key = claim = next = fail


def callers_code(parties: Parties) -> dict[str, Call]:
    """A call of each kind of code that a caller gives us."""
    client = Client(parties.provider, clock=clock)
    plain = client.seal({"cardNo": CARD}, encrypted=False)
    project = {ACCESS_KEY: parties.platform}.get
    wire = jwe.encrypt(BODY, rsa_key().public_key())
    own: Any = Failing()

    def accept(find: Any = project, **options: Any) -> Call:
        gateway = Gateway(find, **{"clock": clock, "replay_guard": MemoryReplayGuard(), **options})
        return lambda: gateway.accept(plain.headers, plain.body, encrypted=False)

    return {
        "finder": accept(fail),
        "guard": accept(replay_guard=own),
        "clock of a gateway": accept(clock=clock_that_then(fail)),
        "clock of a new gateway": lambda: Gateway(project, clock=fail),
        "clock of a guard": accept(replay_guard=MemoryReplayGuard(clock=clock_that_then(fail))),
        "clock of a new guard": lambda: MemoryReplayGuard(clock=fail),
        "clock of a signer": lambda: Signer(parties.key, clock=clock_that_then(fail)).headers(BODY),
        "clock of a new signer": lambda: Signer(parties.key, clock=fail),
        "clock of an instant": lambda: Instant.now(KST, clock=fail),
        "clock of a refusal": lambda: Gateway(project, clock=clock_that_then(fail)).refuse(
            errors.KeyUnavailable("x"), {}
        ),
        "clock of a client": lambda: Client(parties.provider, clock=clock_that_then(fail)).seal(
            {}, encrypted=True
        ),
        "ids": lambda: Signer(parties.key, correlation_ids=own).headers(BODY),
        "lane": lambda: CorrelationIdSource(fail, 2).next(Instant.now(KST)),
        "key object": lambda: jwe.decrypt(wire, own),
        "public key of a key object": lambda: CryptoKey.load(id=KEY_ID, client_private=own),
    }


def test_a_callers_own_code_keeps_its_frames_its_cause_and_its_context(parties: Parties) -> None:
    for name, call in callers_code(parties).items():
        error = outcome(call)
        assert type(error) is errors.KeyUnavailable, name
        assert isinstance(error.__cause__, KeyError), name
        assert error.__context__ is error.__cause__, name
        frames = [frame for frame in all_frames(error) if frame.f_code.co_name == "fail"]
        assert [frame.f_locals["why"] for frame in frames] == ["the table is locked"], name
        assert our_locals(error) == [], name  # those of the frames before it


def test_a_built_in_clock_is_called_without_a_border() -> None:
    assert calling_out(time_ns) is time_ns
    assert calling_out(fail) is not fail


def test_the_frame_of_the_border_itself_is_cleared() -> None:
    error = outcome(lambda: scrubbed(call_out)(fail, BODY))
    assert our_locals(error) == []


class Data(Mapping[str, Any]):
    """Data of the caller's whose methods fail, with a card number in their frames."""

    def __getitem__(self, name: str) -> Any:
        raise IndexError

    def __iter__(self) -> Iterator[str]:
        card = CARD
        raise IndexError(len(card))

    def __len__(self) -> int:
        return 1


def test_data_is_no_code_of_the_callers(parties: Parties) -> None:
    client = Client(parties.provider, clock=clock)
    gateway = Gateway({ACCESS_KEY: parties.platform}.get, clock=clock)
    for call in (
        lambda: client.seal(Data(), encrypted=True),
        lambda: gateway.verify(Data(), BODY, encrypted=False),
    ):
        error = outcome(call)
        assert type(error) is IndexError
        frames = [frame for frame in all_frames(error) if frame.f_code.co_name == "__iter__"]
        assert [dict(frame.f_locals) for frame in frames] in ([{}], [{}, {}])
        assert_empty(error)


# --- Bad moments ---------------------------------------------------------------------------------


def entry_points(parties: Parties) -> dict[str, Call]:
    """Calls that hold a secret, some of which succeed where there is room enough."""
    client = Client(parties.provider, clock=clock)
    gateway = Gateway({ACCESS_KEY: parties.platform}.get, clock=clock)
    plain = client.seal({"cardNo": CARD}, encrypted=False)
    sealed = client.seal({"cardNo": CARD}, encrypted=True)
    pending = gateway.verify(sealed.headers, sealed.body, encrypted=True)
    accepted = gateway.open(pending, claimed=True)
    answer = gateway.answer(accepted, {"response": {"code": "000_000"}})
    pair = rsa_key()
    wire = jwe.encrypt(BODY, pair.public_key())
    ring = KeyRing([parties.first.provider_half])
    cipher = FieldCipher.for_client(ring, ["$.cardNo"])
    reader = FieldCipher.for_gateway(KeyRing([parties.first.platform_half]), ["$.cardNo"])
    document = cipher.encrypt({"cardNo": CARD}).document
    contents = {"zone": "KST", "project_keys": [], "crypto_keys": [], "primary": CARD}
    blob = seal(Contents(contents), key=SEALING_KEY)
    pem = private_pem(pair)
    token = TranToken.sign("another", BODY, at=Instant.now(KST, clock=clock))
    environ = {"KONAPLATE_ASP_ID": ASP_ID, "KONAPLATE_SECRET_KEY": SECRET}
    opened = client.open(200, answer.headers, answer.body, request=sealed)
    frozen = one_time_token.TokenRequest(CARD)
    return {
        "project key": lambda: project_key(secret_key=f"{SECRET} "),
        "sign": lambda: Signer(parties.key).headers(BODY),
        "verify a token": lambda: token.verify(SECRET, BODY),
        "parse a token": lambda: TranToken.parse(SECRET),
        "parse an id": lambda: CorrelationId.parse(CARD),
        "load a key": lambda: CryptoKey.load(id=KEY_ID, client_private=pem, password=SECRET),
        "load a broken key": lambda: CryptoKey.load(id=KEY_ID, client_private=pem[:-99]),
        "environment": lambda: Project.from_env(environ=environ),
        "encrypt": lambda: jwe.encrypt(BODY, pair.public_key()),
        "decrypt": lambda: jwe.decrypt(wire, pair),
        "encrypt a message": lambda: encrypt_message({"cardNo": CARD}, pair.public_key()),
        "decrypt a message": lambda: decrypt_message(BODY, pair),
        "encrypt fields": lambda: cipher.encrypt({"cardNo": CARD}),
        "decrypt fields": lambda: reader.decrypt(document),
        "seal": lambda: client.seal({"cardNo": CARD, "x": {5: CARD}}, encrypted=True),
        "open": lambda: client.open(200, answer.headers, answer.body, request=sealed),
        "verify": lambda: gateway.verify(plain.headers, plain.body, encrypted=False),
        "open a request": lambda: gateway.open(pending, claimed=True),
        "answer": lambda: gateway.answer(accepted, {"cardNo": CARD}),
        "contents": lambda: Contents({**contents, "x": SECRET * 100_000}),
        "unseal": lambda: unseal(blob, key=SEALING_KEY),
        "member": lambda: opened["missing"],
        "compare": lambda: frozen == one_time_token.TokenRequest(CARD),
        "hash": lambda: hash(frozen),
    }


MOST_FRAMES = 120  # every call has room enough below that


def lowest_limit() -> int:
    """The lowest limit of recursion that Python takes here: it leaves room for one call or two."""
    usual = sys.getrecursionlimit()
    for limit in range(1, usual):
        try:
            sys.setrecursionlimit(limit)
        except RecursionError:
            continue
        sys.setrecursionlimit(usual)
        return limit
    return usual


def outcomes_near_the_limit(call: Call) -> list[BaseException]:
    """The exceptions that leave a call with room for few frames, then one more, and so on.

    The last ten times there is room enough.
    """
    with untraced():  # the calls of a tracer need room, too
        return _outcomes_near_the_limit(call)


def _outcomes_near_the_limit(call: Call) -> list[BaseException]:
    usual = sys.getrecursionlimit()
    lowest = lowest_limit()
    left: list[BaseException] = []
    room = 0
    enough = 0
    while enough < 10:
        assert room < MOST_FRAMES
        sys.setrecursionlimit(lowest + room)
        room += 1
        enough += 1
        try:
            call()
        except BaseException as error:
            left.append(error)
            if isinstance(error, RecursionError):
                enough = 0
        finally:
            sys.setrecursionlimit(usual)
    return left


@pytest.mark.usefixtures("keys_checked_once")
def test_near_the_limit_of_recursion_nothing_is_left(parties: Parties) -> None:
    for name, call in entry_points(parties).items():
        left = outcomes_near_the_limit(call)
        assert any(isinstance(error, RecursionError) for error in left), name
        for error in left:
            assert our_locals(error) == [], name
            assert leaks(error) == [], name
            assert (error.__cause__, error.__context__) == (None, None), name


@contextmanager
def ctrl_c(every: float, where: Callable[[FrameType], bool]) -> Iterator[None]:
    """Signals come again and again; the first one in such a frame is a KeyboardInterrupt."""

    def handle(_: int, frame: FrameType | None) -> None:
        if frame is not None and where(frame):
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, every, every)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


NO_TIMER = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no such timer")


@NO_TIMER
def test_ctrl_c_in_argon2id_leaves_no_passphrase() -> None:
    """The signal comes while libsodium works, and is handled in PyNaCl's own frame."""
    contents = Contents({"zone": "KST", "project_keys": [], "crypto_keys": [], "primary": None})
    cost = Cost(operations=2, memory_kib=64 << 10)

    def is_in_argon2id(frame: FrameType) -> bool:
        return "passwd" in frame.f_locals and frame.f_globals["__name__"].startswith("nacl.")

    with ctrl_c(0.005, is_in_argon2id):
        error = outcome(lambda: seal(contents, passphrase=PASSPHRASE, cost=cost))
    assert type(error) is KeyboardInterrupt
    modules = [str(frame.f_globals["__name__"]) for frame in our_frames(error)]
    assert "nacl.bindings.crypto_pwhash" in modules
    assert_empty(error)


@NO_TIMER
def test_ctrl_c_while_an_exception_is_scrubbed_leaves_nothing() -> None:
    """It leaves in the place of that exception, with no frame of the scrubbing."""
    code = """
def leaky(body, depth):
    if depth:
        leaky(body, depth - 1)
    raise ValueError('x')
"""
    leaky = scrubbed(in_module("x", code))
    kinds = set()
    with ctrl_c(50e-6, lambda frame: frame.f_code.co_name == "_scrub_chain"):
        for _ in range(1000):  # until one came in time
            error = outcome(lambda: leaky(BODY, 500))
            assert_empty(error)
            kinds.add(type(error))
            if KeyboardInterrupt in kinds:
                break
    assert KeyboardInterrupt in kinds


# --- What is scrubbed ----------------------------------------------------------------------------

# These hold nothing but `self`, a token or an id, or scrub by themselves.
LEFT_AS_THEY_ARE = [
    "AcceptedRequest.__init__",
    "CallbackReceiver.read_body",
    "Claim.key",
    "Claim.lifetime",
    "Claim.owner",
    "CorrelationId.__str__",
    "CorrelationId.parse",
    "Gateway.read_body",
    "Instant.__init__",
    "MemoryReplayGuard.claim",
    "Receiver.read_body",
    "RespondingReceiver.read_body",
    "Signer.headers",
    "TranToken.__str__",
    "TranToken.local_ms",
    "TranToken.local_second",
    "TranToken.mac",
    "TranToken.parse",
    "TranToken.verify",
    "WireHeaders.__init__",
]


# Python calls these, with classes.
OF_CLASSES = (
    "__annotate_func__",  # from Python 3.14 on
    "__init_subclass__",
    "__subclasshook__",
    "__class_getitem__",
)


def subclasses(base: type) -> Iterator[type]:
    for module in walk_packages(kmcrypto.__path__, "kmcrypto."):
        if ".tools" not in module.name and not module.name.endswith("__main__"):
            import_module(module.name)
    kind: type
    for kind in base.__subclasses__():
        if kind.__module__.startswith("kmcrypto."):
            yield kind
            yield from subclasses(kind)


def functions_of(kind: type) -> dict[str, Any]:
    """What a caller can call of a class: Python functions, by their names."""
    functions = {}
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        if isinstance(member, property):
            if member.fset is not None:
                functions[f"{kind.__name__}.{name} = ..."] = member.fset
            member = member.fget
        function = getattr(member, "__func__", member)
        is_private = name.startswith("_") and not name.startswith("__")
        if inspect.isfunction(function) and not is_private:
            functions[f"{kind.__name__}.{name}"] = function
    return functions


def test_all_that_a_caller_can_call_is_scrubbed() -> None:
    """Constructors, methods, special methods, properties; inherited ones, too: Mapping.get."""
    kinds = set(subclasses(Scrubbed))
    assert {Answer, Gateway, TranToken} < kinds
    functions: dict[str, Any] = {}
    for each in kinds:
        functions.update(functions_of(each))
    assert {"Answer.get", "Answer.__eq__", "Instant.compact17", "Client.__reduce_ex__"} < set(
        functions
    )
    plain = {
        name
        for name, function in functions.items()
        if not hasattr(function, "__wrapped__") and not name.endswith(OF_CLASSES)
    }
    assert sorted(plain) == LEFT_AS_THEY_ARE
    assert all(hasattr(functions[name], "is_scrubbed") for name in plain)


def test_no_scrubbed_function_is_a_generator_or_coroutine_function() -> None:
    """What such a function raises does not pass the decorator: it has to scrub by itself."""
    for scrubbed_class in set(subclasses(Scrubbed)):
        for name, function in functions_of(scrubbed_class).items():
            inner = inspect.unwrap(function)
            assert not inspect.isgeneratorfunction(inner), name
            if inspect.iscoroutinefunction(inner):
                assert name in LEFT_AS_THEY_ARE


# --- Behaviour that stays ------------------------------------------------------------------------


def test_an_exception_that_the_caller_handles_stays_as_it_is() -> None:
    """It is the context of ours, as Python has it, and nothing of it is touched."""
    calls = [
        lambda: TranToken.parse("x"),
        lambda: project_key(secret_key=b"\xff"),  # with an exception of ours in between
    ]
    for call in calls:
        try:
            fail()
        except errors.KeyUnavailable as error:
            handled, left = error, outcome(call)
        assert left.__context__ is handled
        assert isinstance(handled.__cause__, KeyError)
        *_, last = all_frames(handled)
        assert last.f_locals["why"] == "the table is locked"


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


ITSELF = [Signer.headers, TranToken.parse, TranToken.verify, CorrelationId.parse]
ITSELF += [Instant.__init__, MemoryReplayGuard.claim]


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
        lambda: CorrelationId.parse([CARD]),  # type: ignore[arg-type]
        lambda: CorrelationId.parse(CARD),
        lambda: Instant([CARD], KST),  # type: ignore[arg-type]
        lambda: Instant(int(CARD), KST),
    ],
    ids=[
        "headers of a text",
        "parse a list",
        "parse a text",
        "verify of a text",
        "parse an id of a list",
        "parse an id of a text",
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


def test_a_method_that_cython_compiled_is_scrubbed() -> None:
    """Its type is not that of functions. The stand-in has that type's name and behaviour."""

    def call(self: object, *arguments: object) -> None:
        raise ValueError(CARD) from TypeError(CARD)

    compiled = type("cython_function_or_method", (), {"__call__": call})
    holder = type("Holder", (Scrubbed,), {"__module__": "kmcrypto.x", "method": compiled()})
    error = outcome(lambda: holder().method())
    assert (error.__cause__, error.__context__) == (None, None)


def test_a_property_that_can_be_set_is_scrubbed_both_ways() -> None:
    def read(self: object) -> None:
        raise ValueError(CARD) from TypeError(CARD)

    def write(self: object, value: object) -> None:
        raise ValueError(value) from TypeError(value)

    members = {"__module__": "kmcrypto.x", "member": property(read, write)}
    holder = type("Holder", (Scrubbed,), members)()
    for call in (lambda: holder.member, lambda: setattr(holder, "member", CARD)):
        error = outcome(call)
        assert type(error) is ValueError
        assert (error.__cause__, error.__context__) == (None, None)
