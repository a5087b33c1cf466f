"""Signer: the headers of one request, on the hot path of every call.

A request costs little beside its HMAC, because the rest is made ahead and copied:

- the key is hashed into an HMAC when the ProjectKey is made;
- the digits of date and time are written once a second, and with them templates of the headers: one
  without a crypto key id, and one with the id that was used last;
- correlation ids and tokens are texts, put together without the objects of these names;
- "000:" to "999:" are written when this module is loaded.

The second is the only state that is kept from one request to the next. It is one object, replaced
whole, so that another thread sees all of the old second or all of the new one.
"""

from binascii import b2a_base64
from itertools import product
from typing import Callable

from .._core.forms import is_crypto_key_id
from .._core.scrub import call_out, scrub, scrubs_itself
from .._core.values import KeyHolder, require_types
from ..clock.instant import Clock, Instant, clock_type_error, digits_of_second, epoch_clock
from ..clock.system import system_clock
from ..clock.time_zone import KST, TimeZone
from ..errors import InvalidHeaderValue
from ..keys.project_key import ProjectKey, signing_hmac
from . import correlation
from .headers import (
    ACCESS_KEY,
    ASP_ID,
    CORRELATION_ID,
    CRYPTO_KEY_ID,
    TIME_ZONE,
    TRAN_TIME,
    TRAN_TOKEN,
)
from .tran_token import PREFIX, SENDING, body_type_error

_MS_IN_NS = 1_000_000
_SECOND_IN_NS = 1_000_000_000

# The milliseconds of a token, with the colon behind them: "000:" to "999:".
_DIGITS = "0123456789"
_MILLISECONDS = tuple(map("".join, product(_DIGITS, _DIGITS, _DIGITS, ":")))


class _Second:
    """The parts that all requests of one second have in common.

    Attributes:
        start_ns: Its first nanosecond since 1970.
        id_start: The start of its correlation ids, up to the hyphen.
        token_start: The start of its tokens, up to the milliseconds.
        templates: Its headers by crypto key id; correlation id and token are yet to be filled in.
        suffixes: The suffixes of its correlation ids; None if a caller's own source makes the ids.
        generation: The generation of `correlation` that it was made in.
    """

    __slots__ = ("generation", "id_start", "start_ns", "suffixes", "templates", "token_start")

    def __init__(
        self,
        start_ns: int,
        compact14: str,
        templates: dict[str | None, dict[str, str]],
        suffixes: correlation.Suffixes | None,
    ) -> None:
        self.start_ns = start_ns
        self.id_start = f"{compact14[2:]}-"
        self.token_start = f"{PREFIX}{compact14}"
        self.templates = templates
        self.suffixes = suffixes
        self.generation = correlation.generation


class Signer(KeyHolder):
    """Signs the requests of one project key. Threads, tasks and forked workers can share it.

    Args:
        key: The project key; it must be active.
        zone: The zone of the three times (S1.10).
        clock: Gives epoch nanoseconds as int; the clock of this computer unless given. It is read
            once here, and then for each request.
        correlation_ids: A CorrelationIdSource, or in tests anything that has its `next`.
        callback: Whether the access key is left out, as callbacks must leave it (S10.1).

    Raises:
        KeyUnavailable: The key is inactive or discarded.
        InvalidSetting: The clock counts in seconds, milliseconds or microseconds.
    """

    def __init__(
        self,
        key: ProjectKey,
        zone: TimeZone = KST,
        *,
        clock: Clock = system_clock,
        correlation_ids: correlation.CorrelationIds | None = None,
        callback: bool = False,
    ) -> None:
        require_types(
            key=(key, ProjectKey),
            zone=(zone, TimeZone),
            clock=(clock, Callable),
            callback=(callback, bool),
        )
        if correlation_ids is None:
            correlation_ids = correlation.CorrelationIdSource()
        if not isinstance(correlation_ids, correlation.CorrelationIds):
            raise TypeError(
                "correlation_ids must be a CorrelationIdSource or have its next(instant), "
                f"not {type(correlation_ids).__name__}"
            )
        self._zone = zone
        self._clock = epoch_clock(clock)
        self._correlation_ids = correlation_ids
        self._hmac = signing_hmac(key)
        # Values that come later have their places, so that no copy has to grow.
        template = {ASP_ID: key.asp_id, CORRELATION_ID: ""}
        if not callback:
            template[ACCESS_KEY] = key.access_key
        template |= {TRAN_TOKEN: "", TRAN_TIME: "", TIME_ZONE: zone.name}
        self._template = template
        self._second = _Second(0, "", {}, None)

    @scrubs_itself
    def headers(self, body: bytes, crypto_key_id: str | None = None) -> dict[str, str]:
        """Make the X-KM-* headers of one request, all three times by one reading of the clock.

        Args:
            body: The exact bytes that will be sent; b"" if there is no body (S3.2).
            crypto_key_id: 32 letters and digits; None if the request names no crypto key (S1.4).

        Returns:
            Six headers, or seven with a crypto key id; one fewer on callbacks. The dict is the
            caller's to change. It shows the access key and the MAC wherever it is logged; the
            headers of a SealedRequest do not (S8).

        Raises:
            InvalidHeaderValue: The crypto key id is of another form.
            InvalidInstant: The clock is outside 2000 to 2099.
        """
        try:
            return self._headers(body, crypto_key_id)
        except BaseException as error:
            leaving = error
        try:
            raise scrub(leaving)
        finally:
            del self, body, crypto_key_id, leaving

    def _headers(self, body: bytes, crypto_key_id: str | None) -> dict[str, str]:
        if not isinstance(body, bytes):
            raise body_type_error(body, SENDING)
        epoch_ns = self._clock()
        if type(epoch_ns) is not int:
            raise clock_type_error(epoch_ns)
        if crypto_key_id is not None and type(crypto_key_id) is not str:
            require_types(crypto_key_id=(crypto_key_id, str | None))
        second = self._second
        if (
            not 0 <= epoch_ns - second.start_ns < _SECOND_IN_NS
            or crypto_key_id not in second.templates
            or second.generation != correlation.generation  # this is a forked child
        ):
            second = self._begin_second(epoch_ns, crypto_key_id)
        hmac = self._hmac.copy()
        hmac.update(body)
        mac = b2a_base64(hmac.finalize(), newline=False).decode()
        milliseconds = _MILLISECONDS[(epoch_ns - second.start_ns) // _MS_IN_NS]
        if second.suffixes is None:
            correlation_id = self._id_from_caller(epoch_ns)
        else:
            correlation_id = f"{second.id_start}{next(second.suffixes.texts)}"
        headers = second.templates[crypto_key_id].copy()
        headers[CORRELATION_ID] = correlation_id
        headers[TRAN_TOKEN] = f"{second.token_start}{milliseconds}{mac}"
        return headers

    def _begin_second(self, epoch_ns: int, crypto_key_id: str | None) -> _Second:
        """Make and keep the second of a request, with a template for its crypto key id."""
        epoch_s = epoch_ns // _SECOND_IN_NS
        compact14 = digits_of_second(epoch_s, self._zone)
        template = {**self._template, TRAN_TIME: compact14}
        templates: dict[str | None, dict[str, str]] = {None: template}
        if crypto_key_id is not None:
            if not is_crypto_key_id(crypto_key_id):
                raise InvalidHeaderValue("crypto_key_id must be 32 letters and digits (S1.4)")
            templates[crypto_key_id] = {**template, CRYPTO_KEY_ID: crypto_key_id}
        suffixes = None
        # Not of a subclass, which may have a next() of its own.
        if type(self._correlation_ids) is correlation.CorrelationIdSource:
            suffixes = self._correlation_ids.suffixes()
        second = _Second(epoch_s * _SECOND_IN_NS, compact14, templates, suffixes)
        self._second = second
        return second

    def _id_from_caller(self, epoch_ns: int) -> str:
        """Return the correlation id that a caller's own source gives for a request."""
        instant = Instant(epoch_ns // _MS_IN_NS, self._zone)
        correlation_id = call_out(self._correlation_ids.next, instant)
        if not isinstance(correlation_id, correlation.CorrelationId):
            kind = type(correlation_id).__name__
            raise TypeError(f"correlation_ids.next() must return a CorrelationId, not {kind}")
        return str(correlation_id)
