"""No value of the package shows a secret to a library that shows or serialises it (D7, S8).

Every public class has an example here that is full of marked secrets, and every error is raised.
Each goes through the real libraries: alone, in a list and a dict, and as a local of a frame.

Tools that read attributes by themselves are no sinks in this sense: vars, `default=vars`, pickle,
jsonpickle, and tools that walk the members of any mapping. A TranToken's str() is its text on the
wire, MAC included, so its example has a MAC that is not marked. `kmcrypto.tools` is the programs of
the command line; of its classes only the credential holds a secret longer than for one file.
"""

from __future__ import annotations

import csv
import dataclasses
import inspect
import io
import json
import logging
import pkgutil
import pprint
import re
import reprlib
import string
import traceback
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from enum import Enum
from importlib import import_module
from typing import Any, NamedTuple

import msgpack  # type: ignore[import-untyped]
import pytest
import redis.asyncio
import rich.console
import rich.logging
import rich.pretty
import rich.traceback
import sentry_sdk
import structlog
from pythonjsonlogger.json import JsonFormatter
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.logging import BreadcrumbHandler, EventHandler
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception

import kmcrypto
from kmcrypto import (
    KST,
    CallbackReceiver,
    CallbackSender,
    Client,
    CorrelationId,
    CorrelationIdSource,
    FieldCipher,
    Gateway,
    Instant,
    KeyState,
    MemoryReplayGuard,
    ProjectKey,
    Signer,
    TranToken,
    errors,
    jwe,
    one_time_token,
)
from kmcrypto._core.scrub import Scrubbed
from kmcrypto._core.unwritable import Unwritable
from kmcrypto._core.values import Compared, Frozen, KeyHolder, Value
from kmcrypto.adapters.redis import AsyncRedisReplayGuard, RedisReplayGuard
from kmcrypto.apis.members import Digits, VisibleText
from kmcrypto.encryption import json_path
from kmcrypto.exchange.receiver import Receiver
from kmcrypto.exchange.refusals import REFUSALS
from kmcrypto.exchange.responding_receiver import RespondingReceiver
from kmcrypto.keys import environment, sealed
from kmcrypto.keys.crypto_key import Side
from kmcrypto.keys.der import Element
from kmcrypto.keys.key_text import Form
from kmcrypto.keys.loading import load_private_key
from kmcrypto.keys.state import HasState
from kmcrypto.keys.variables import Variables
from kmcrypto.redact import Kept, RedactingFilter
from kmcrypto.signing.headers import read_request_headers
from kmcrypto.testing import FakeClock, FakePlatform, projects
from kmcrypto.tools.common.seal_credential import SealCredential
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, SECRET, clock
from tests.support.keys import private_pem, rsa_key
from tests.support.parties import Parties, asking

CARD = "9410777788881234"
TOKEN = "7777666655554444"
DCVV = "987"
MEMO = "a memo for one reader"
PASSPHRASE = "a made-up passphrase of a project"
PAYLOAD = {"cardNo": CARD, "memo": MEMO}
ANSWER = {
    "response": {"code": "000_000", "description": "Success"},
    "oneTimeToken": TOKEN,
    "dcvv": DCVV,
    "memo": MEMO,
}
PEM = private_pem(rsa_key(name="of no ring")).decode()


# --- Examples of every public class ---------------------------------------------------------------


class Examples:
    """One object of each public class, and the marks that none of them may show."""

    def __init__(self, parties: Parties) -> None:
        project = parties.provider
        client = Client(project, clock=clock)
        gateway = Gateway(
            {ACCESS_KEY: parties.platform}.get, replay_guard=MemoryReplayGuard(), clock=clock
        )
        request = client.seal(PAYLOAD, encrypted=False)
        accepted = gateway.accept(request.headers, request.body, encrypted=False)
        encrypted = client.seal(PAYLOAD, encrypted=True)
        pending = gateway.verify(encrypted.headers, encrypted.body, encrypted=True)
        answer = gateway.answer(accepted, ANSWER)
        storage = FieldCipher.for_client(parties.platform.ring, ["$.cardNo"])  # type: ignore[arg-type]
        public = parties.first.platform.public_key()
        platform = FakePlatform(
            ANSWER, encrypted=False, project=parties.platform, clock=FakeClock(clock())
        )
        platform(request.headers, request.body)  # which it has seen
        platform(request.headers, request.body)  # which it has refused
        lifetime = one_time_token.ExpiryTime(30_000)
        contents = self._contents()
        self.values: list[object] = [
            request,
            encrypted,
            request.headers,
            accepted,
            gateway.open(pending, claimed=True),
            pending,
            pending.claim,
            answer,
            answer.headers,
            client.open(200, answer.headers, answer.body, request=asking(request, encrypted=False)),
            client,
            gateway,
            CallbackSender(project),
            CallbackReceiver(project),
            FieldCipher.for_client(parties.provider.ring, ["$.none"], optional=["$.none"]).encrypt(  # type: ignore[arg-type]
                PAYLOAD
            ),
            storage,
            json_path.parse("$.cardNo")[0],
            Digits("cardNo", 16, "S7"),
            VisibleText("dcvv", 3, "S7.1"),
            jwe.inspect(CARD),
            jwe.inspect(CARD).findings[0],
            jwe.read_parts(jwe.encrypt(CARD.encode(), public)),
            REFUSALS["key"],
            MemoryReplayGuard(),
            RedisReplayGuard(redis.Redis(password=PASSPHRASE)),
            AsyncRedisReplayGuard(redis.asyncio.Redis(password=PASSPHRASE)),
            RedactingFilter(),
            parties.key,
            project,
            project.ring,
            parties.first.provider_half,
            parties.first.platform_half,
            load_private_key(PEM, None),
            environment.ProjectParts(parties.key, project.ring, KST),
            contents,
            sealed.Cost(),
            sealed.Header.for_key(bytes(24)),
            SealCredential(PASSPHRASE),
            Signer(parties.key),
            read_request_headers(request.headers, {"KST": KST}),
            TranToken("20261123091509123", bytes(32)),
            CorrelationId("261123091509-abcdef0"),
            CorrelationIdSource(),
            CorrelationIdSource().suffixes(),
            Instant(1_795_392_909_123, KST),
            KST,
            one_time_token.TokenRequest(CARD),
            one_time_token.TokenAnswer(TOKEN, DCVV, lifetime),
            lifetime,
            FakeClock(),
            platform,
            platform.seen,
            platform.refused,
            projects(),
            *[next(iter(kind)) for kind in ENUMS],
        ]
        self.marks = [
            *(CARD, TOKEN, MEMO, PASSPHRASE, SECRET, ACCESS_KEY[4:]),
            *("the made-up secret key of kmcrypto.testing", projects().client.key.access_key[4:]),
            *PEM.splitlines()[1:3],
            b64encode(answer.body).decode(),
            b64encode(request.body).decode(),
        ]
        for headers in (request.headers, encrypted.headers):
            mac = headers["X-KM-Tran-Token"][23:]
            self.marks += [mac, b64decode(mac).hex(), repr(b64decode(mac))[2:-1]]

    @staticmethod
    def _contents() -> sealed.Contents:
        project_key = {
            "asp_id": ASP_ID,
            "access_key": ACCESS_KEY,
            "secret_key": SECRET,
            "kind": None,
            "state": "active",
        }
        crypto_key = {"id": KEY_ID, "state": "active", "client_private": PEM}
        return sealed.Contents(
            {
                "zone": "KST",
                "primary": KEY_ID,
                "project_keys": [project_key],
                "crypto_keys": [crypto_key],
            }
        )

    def marks_in(self, output: str) -> list[str]:
        """The marks that an output shows. A dcvv counts in quotes: three digits come by chance."""
        # JSON and reprs write the Hangul of the secret as escapes.
        found = [mark for mark in self.marks if mark in output or ascii(mark)[1:-1] in output]
        return found + re.findall(rf"""['"]{DCVV}\\*['"]""", output)


ENUMS: list[type[Enum]] = [
    *(KeyState, Side, Form),
    *(one_time_token.TokenType, one_time_token.ResultCode),
]
BASES = {Scrubbed, Frozen, KeyHolder, Compared, Value, HasState, Receiver, RespondingReceiver}
# Tuples of the inner modules: settings, lengths, ciphertext, and key objects that show nothing.
# Parts of a search or a reading, which live in the frames of one call: what leaves is scrubbed.
INNER = {
    *(json_path.Match, json_path.Selection, json_path.SelectorSet),
    *(Element, Kept, Unwritable, Variables),
}
TUPLES = {
    "Cost",
    "Digits",
    "Finding",
    "Header",
    "LoadedKey",
    "Parts",
    "ProjectParts",
    "Projects",
    "Segment",
    "VisibleText",
}


def public_classes() -> Iterator[type]:
    """The classes of all modules but the command line's, whose names have no underscore."""
    for module_info in pkgutil.walk_packages(kmcrypto.__path__, "kmcrypto."):
        if module_info.name.startswith("kmcrypto.tools") or "__main__" in module_info.name:
            continue
        module = import_module(module_info.name)
        for name, member in vars(module).items():
            if name.startswith("_") or not inspect.isclass(member):
                continue
            if member.__module__ == module_info.name:
                yield member


@pytest.fixture(scope="module")
def examples(parties: Parties) -> Examples:
    return Examples(parties)


def test_every_public_class_has_an_example(examples: Examples) -> None:
    """A new class, or an error with attributes of its own, is added above."""
    expected = {
        kind
        for kind in public_classes()
        if not issubclass(kind, Exception)
        and not getattr(kind, "_is_protocol", False)
        and kind not in BASES
        and kind not in INNER
    }
    assert expected - {type(value) for value in examples.values} == set()
    assert len(expected) > 35


def test_only_what_holds_no_secret_text_is_a_tuple(examples: Examples) -> None:
    tuples = {type(value).__name__ for value in examples.values if isinstance(value, tuple)}
    assert tuples <= TUPLES


# --- Errors ---------------------------------------------------------------------------------------


def raised(call: Callable[[], object]) -> BaseException:
    """The error that a call ends in."""
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("the call must fail")


@pytest.fixture(scope="module")
def every_error(parties: Parties) -> list[BaseException]:
    """One of each class, as full as it can be, and some that public calls end in."""
    made: list[BaseException] = []
    for kind in public_classes():
        if not issubclass(kind, errors.KmCryptoError) or not hasattr(kind, "code"):
            continue
        error = kind()
        if isinstance(error, errors.ResultError):
            error = errors.ResultError(result_code="006_001", description=f"no card {CARD}")
        made.append(raised(lambda error=error: throw(error)))  # type: ignore[misc]
    client = Client(parties.provider, clock=clock)
    gateway = Gateway(
        {ACCESS_KEY: parties.platform}.get, replay_guard=MemoryReplayGuard(), clock=clock
    )
    request = client.seal(PAYLOAD, encrypted=True)
    forged = {**request.headers, "X-KM-Tran-Token": "KMV1:20261123091509123:" + "A" * 43 + "="}
    wire = jwe.encrypt(json.dumps(PAYLOAD).encode(), parties.first.client.public_key())
    body = json.dumps({**ANSWER, "response": {"code": "006_001", "description": CARD}}).encode()
    headers = {"X-KM-Correlation-Id": str(request.correlation_id)}
    calls: list[Callable[[], object]] = [
        lambda: ProjectKey(asp_id=ASP_ID, access_key=ACCESS_KEY, secret_key=SECRET + " "),
        lambda: ProjectKey(asp_id=ASP_ID, access_key=ACCESS_KEY, secret_key=[SECRET]),  # type: ignore[arg-type]
        lambda: gateway.accept(forged, request.body, encrypted=True),
        lambda: gateway.accept(request.headers, request.body, encrypted=False),
        lambda: jwe.decrypt(wire, parties.first.platform),
        lambda: client.seal({**PAYLOAD, "set": {1}}, encrypted=True),
        lambda: client.open(400, headers, body, request=request),
        lambda: client.open(502, headers, CARD.encode(), request=request),
        lambda: one_time_token.TokenRequest(CARD + "5"),
        lambda: one_time_token.TokenAnswer.read({**ANSWER, "oneTimeToken": TOKEN + "5"}),
    ]
    return made + [without_test_frames(raised(call)) for call in calls]


def without_test_frames(error: BaseException) -> BaseException:
    """An error that left the package, without the frames of the test, which has the secrets."""
    step = error.__traceback__
    while step is not None and step.tb_frame.f_globals is globals():
        step = step.tb_next
    return error.with_traceback(step)


def throw(error: BaseException) -> None:
    raise error


# --- The sinks ------------------------------------------------------------------------------------


LONG = 10_000  # so that libraries shorten nothing


class Memory(Transport):
    """A transport that keeps the events of Sentry as the text that it would send."""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.sent: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope.serialize().decode())


SENTRY = sentry_sdk.Client(
    dsn="https://made-up@localhost/1",
    transport=Memory,
    default_integrations=False,
    auto_enabling_integrations=False,
    enable_backpressure_handling=False,
    auto_session_tracking=False,
)


def sent_by_sentry() -> str:
    """The events that Sentry would have sent since the last call."""
    transport = SENTRY.transport
    assert isinstance(transport, Memory)
    sent = "\n".join(transport.sent)
    transport.sent.clear()
    return sent


def failing_with(value: object) -> BaseException:
    """An error whose frame has a value among its locals: alone, in a list, and as a value."""

    def work() -> None:
        listed, members = [value], {"value": value}
        raise LookupError(len(listed) + len(members))

    if isinstance(value, BaseException):
        return value
    return raised(work)


def exc_info_of(value: object) -> Any:
    error = failing_with(value)
    return type(error), error, error.__traceback__


def record_of(message: object, *args: object, **extra: object) -> logging.LogRecord:
    logger = logging.Logger("sinks")
    return logger.makeRecord(
        "sinks", logging.ERROR, __file__, 1, message, args, exc_info=None, extra=extra
    )


def sentry_locals(value: object) -> str:
    event, hint = event_from_exception(exc_info_of(value), client_options=SENTRY.options)
    SENTRY.capture_event(event, hint, sentry_sdk.Scope())
    return sent_by_sentry()


def sentry_scope(value: object) -> str:
    scope = sentry_sdk.Scope()
    scope.set_extra("extra", {"value": value, "listed": [value]})
    scope.set_context("context", {"value": value, "listed": [value]})
    scope.set_tag("tag", value)
    SENTRY.capture_event({"message": "made up"}, {}, scope)
    return sent_by_sentry()


def sentry_logging(value: object) -> str:
    with sentry_sdk.isolation_scope(), sentry_sdk.new_scope() as scope:
        scope.set_client(SENTRY)
        BreadcrumbHandler().emit(record_of("crumb %s", value, crumb=value))
        EventHandler().emit(record_of("got %s", value, extra=value))
        EventHandler().emit(record_of(value))
    return sent_by_sentry()


def structlog_line(renderer: Any) -> Callable[[object], str]:
    def render(value: object) -> str:
        event = {"event": "made up", "value": value, "listed": [value], "members": {"a": value}}
        return str(renderer(None, "info", event))

    return render


def structlog_locals(use_rich: bool) -> Callable[[object], str]:
    transformer = structlog.tracebacks.ExceptionDictTransformer(
        show_locals=True, use_rich=use_rich, locals_max_string=LONG, locals_max_length=LONG
    )
    tracebacks = structlog.processors.ExceptionRenderer(transformer)

    def render(value: object) -> str:
        event = tracebacks(None, "error", {"event": "made up", "exc_info": exc_info_of(value)})
        return str(structlog.processors.JSONRenderer()(None, "error", event))

    return render


def structlog_console_locals(value: object) -> str:
    renderer = structlog.dev.ConsoleRenderer(
        colors=False,
        exception_formatter=structlog.dev.RichTracebackFormatter(
            color_system=None, show_locals=True, width=200
        ),
    )
    return renderer(None, "error", {"event": "made up", "exc_info": exc_info_of(value)})


def formatted(formatter: logging.Formatter) -> Callable[[object], str]:
    def render(value: object) -> str:
        with_error = record_of("failed", value=value, members={"a": [value]})
        with_error.exc_info = exc_info_of(value)
        records = [record_of("got %s", value), record_of("got %r", value), record_of(value)]
        return "\n".join(map(formatter.format, [*records, with_error]))

    return render


def rich_output(show: Callable[[rich.console.Console, Any], object]) -> Callable[[object], str]:
    def render(value: object) -> str:
        console = rich.console.Console(file=io.StringIO(), width=LONG, color_system=None)
        show(console, value)
        return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]

    return render


def rich_locals(console: rich.console.Console, value: object) -> None:
    kind, error, trace = exc_info_of(value)
    console.print(
        rich.traceback.Traceback.from_exception(
            kind, error, trace, show_locals=True, locals_max_length=LONG, locals_max_string=LONG
        )
    )


def rich_handler(console: rich.console.Console, value: object) -> None:
    handler = rich.logging.RichHandler(console=console)
    handler.emit(record_of("got %s", value))
    handler.emit(record_of(value))


def rich_log(console: rich.console.Console, value: object) -> None:
    console.log(value, [value], log_locals=True)


def traceback_locals(value: object) -> str:
    return "".join(traceback.TracebackException(*exc_info_of(value), capture_locals=True).format())


def as_csv(value: object) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([value, [value]])
    return text.getvalue()


def as_dataclass(value: object) -> str:
    """asdict() copies members, which key holders refuse."""
    holder = dataclasses.make_dataclass("Holder", ["value"])(value)
    try:
        return f"{holder} {dataclasses.asdict(holder)}"
    except TypeError as error:
        return f"{holder} {error}"


def in_containers(value: object) -> dict[str, object]:
    return {"value": value, "listed": [value], "members": {"a": (value,)}}


Sink = Callable[[Any], str]
STANDARD: dict[str, Sink] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "%s": lambda value: "%s" % alone(value),  # noqa: UP031
    "%r": lambda value: "%r" % alone(value),  # noqa: UP031
    "%s of a tuple": lambda value: "%s, %s" % (value, [value]),  # noqa: UP031
    "f-string": lambda value: f"{value} {value!r:>10} {value!s} {[value]}",
    "str.format": lambda value: f"{value} {value!r} {value}",
    "format": format,
    "string.Template": lambda value: string.Template("$value").substitute(value=value),
    "reprlib": reprlib.Repr().repr,
    "pprint": lambda value: pprint.pformat(value) + pprint.pformat(in_containers(value)),
    "print": lambda value: printed(value),
    "csv": as_csv,
    "json default=str": lambda value: json.dumps(in_containers(value), default=str),
    "json default=repr": lambda value: json.dumps(in_containers(value), default=repr),
    "dataclasses.asdict": as_dataclass,
    "logging": formatted(logging.Formatter("%(levelname)s %(message)s")),
    "traceback with locals": traceback_locals,
}
LIBRARIES: dict[str, Sink] = {
    "sentry-sdk locals": sentry_locals,
    "sentry-sdk extra, context, tag": sentry_scope,
    "sentry-sdk logging": sentry_logging,
    "structlog JSON": structlog_line(structlog.processors.JSONRenderer()),
    "structlog console": structlog_line(structlog.dev.ConsoleRenderer(colors=False)),
    "structlog key=value": structlog_line(structlog.processors.KeyValueRenderer()),
    "structlog dict_tracebacks": structlog_locals(use_rich=True),
    "structlog dict_tracebacks without rich": structlog_locals(use_rich=False),
    "msgpack default=str": lambda value: packed(value, str),
    "msgpack default=repr": lambda value: packed(value, repr),
    "python-json-logger": formatted(JsonFormatter()),
    "rich print": rich_output(lambda console, value: console.print(value, [value])),
    "rich pretty": lambda value: rich.pretty.pretty_repr(in_containers(value)),
    "rich logging": rich_output(rich_handler),
}
# These take pages for each value.
SLOW: dict[str, Sink] = {
    "rich traceback with locals": rich_output(rich_locals),
    "rich log with locals": rich_output(rich_log),
    "structlog console with locals": structlog_console_locals,
}
SINKS = [
    *[pytest.param(sink, id=name) for name, sink in {**STANDARD, **LIBRARIES}.items()],
    *[pytest.param(sink, id=name, marks=pytest.mark.slow) for name, sink in SLOW.items()],
]


def alone(value: object) -> object:
    """The right side of a `%` for one value: the value itself, unless it is a tuple."""
    return (value,) if isinstance(value, tuple) else value


def printed(value: object) -> str:
    text = io.StringIO()
    print(value, [value], file=text)
    return text.getvalue()


def packed(value: object, default: Callable[[object], str]) -> str:
    data = msgpack.packb(in_containers(value), default=default)
    return str(data.decode("utf-8", "backslashreplace"))


@pytest.mark.parametrize("sink", SINKS)
def test_no_public_value_shows_a_secret(examples: Examples, sink: Sink) -> None:
    for value in examples.values:
        assert examples.marks_in(sink(value)) == [], type(value)


@pytest.mark.parametrize("sink", SINKS)
def test_no_error_shows_a_secret(
    every_error: list[BaseException], examples: Examples, sink: Sink
) -> None:
    for error in every_error:
        assert examples.marks_in(sink(error)) == [], type(error)


@pytest.mark.parametrize("sink", SINKS)
def test_the_search_finds_what_is_there(examples: Examples, sink: Sink) -> None:
    """Or the tests above could not fail."""

    class Leaky:
        def __repr__(self) -> str:
            return CARD

    assert CARD in examples.marks_in(sink(Leaky()))


class Tuple(NamedTuple):
    """What results must not be: a tuple, however well its repr hides the members."""

    card: str

    def __repr__(self) -> str:
        return "<Tuple>"


WALKING = [
    *("sentry-sdk locals", "sentry-sdk extra, context, tag", "structlog JSON"),
    *("msgpack default=repr", "python-json-logger"),
]


@pytest.mark.parametrize("name", WALKING)
def test_a_tuple_would_be_walked(examples: Examples, name: str) -> None:
    assert CARD in examples.marks_in(LIBRARIES[name](Tuple(CARD)))
