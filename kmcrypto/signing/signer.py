"""Signer: the headers of one request, on the hot path of every call.

What a request costs beyond its HMAC is kept down like this: the key is hashed into the HMAC when the ProjectKey is
made and copied here; the text of date and time, and the headers that are known by then, without a crypto key id and
with the last one, are made once a second and copied. Nothing else is remembered between requests.
"""

from binascii import b2a_base64
from collections.abc import Iterator
from itertools import product
from time import time_ns

from .._core.forms import is_crypto_key_id
from .._core.values import KeyHolder, expect
from ..clock.instant import Clock, Instant, digits_of_second
from ..clock.time_zone import KST, TimeZone
from ..errors import InvalidHeaderValue
from ..keys.project_key import ProjectKey
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
from .tran_token import PREFIX, body_type_error

# "000:" to "999:", what follows the second in a token.
_MILLISECONDS = tuple(map("".join, product("0123456789", "0123456789", "0123456789", ":")))

# Of a second: its first nanosecond, how its ids and tokens start, its headers by crypto key id; the process's counter,
# and the texts whose ends complete the ids, or None where a caller's source is asked for each.
_Second = tuple[
    int, str, str, dict[str | None, dict[str, str]], Iterator[int] | None, Iterator[str] | None
]


class Signer(KeyHolder):
    """Signs requests of one project key in one zone. Safe to share between threads, tasks and forked workers.

    `clock` gives epoch nanoseconds; `correlation_ids` is a CorrelationIdSource, or in tests anything with its `next`;
    `callback=True` leaves the access key out, as callbacks must (S10.1). An inactive or discarded key is
    KeyUnavailable.
    """

    def __init__(
        self,
        key: ProjectKey,
        zone: TimeZone = KST,
        *,
        clock: Clock = time_ns,
        correlation_ids: correlation.CorrelationIds | None = None,
        callback: bool = False,
    ) -> None:
        expect(
            "a Signer is made of a ProjectKey and a TimeZone", (key, ProjectKey), (zone, TimeZone)
        )
        access = {} if callback else {ACCESS_KEY: key.access_key}
        # The names that are filled in later have their places here, so that no copy has to grow.
        fixed = {
            ASP_ID: key.asp_id,
            CORRELATION_ID: "",
            **access,
            TRAN_TOKEN: "",
            TRAN_TIME: "",
            TIME_ZONE: zone.name,
        }
        ids = correlation.CorrelationIdSource() if correlation_ids is None else correlation_ids
        expect(
            "correlation_ids is a CorrelationIdSource, or has its next(instant)",
            (ids, correlation.CorrelationIds),
        )
        # Calls in a tuple: to call an attribute that holds a function, Python looks for a method of that name first.
        self._zone, self._fixed, self._ids, self._calls = (
            zone,
            fixed,
            ids,
            (clock, key._signing_hmac().copy),
        )
        self._second: _Second = (0, "", "", {}, None, None)

    def headers(self, body: bytes, crypto_key_id: str | None = None) -> dict[str, str]:
        """The X-KM-* headers of one request, over the exact bytes of its body; b"" where there is none (S1 to S3).

        Six, or seven with a crypto key id (32 letters and digits, else InvalidHeaderValue). One reading of the clock
        gives all three times.
        """
        if not isinstance(body, bytes):
            raise body_type_error(body)
        clock, copied_hmac = self._calls
        epoch_ns = clock()
        if type(epoch_ns) is not int:
            raise TypeError("clock gives epoch nanoseconds as int")
        start_ns, id_start, token_start, by_key, numbers, digits = self._second
        known = (
            crypto_key_id in by_key and numbers is correlation._numbers
        )  # a forked child has another
        if not 0 <= (elapsed := epoch_ns - start_ns) < 1_000_000_000 or not known:
            start_ns, id_start, token_start, by_key, _, digits = self._new_second(
                epoch_ns, crypto_key_id
            )
            elapsed = epoch_ns - start_ns
        context = copied_hmac()
        context.update(body)
        mac = b2a_base64(context.finalize(), newline=False).decode()
        headers = by_key[crypto_key_id].copy()
        headers[CORRELATION_ID] = (
            f"{id_start}{next(digits)[-7:]}" if digits else self._asked_id(epoch_ns)
        )
        headers[TRAN_TOKEN] = f"{token_start}{_MILLISECONDS[elapsed // 1_000_000]}{mac}"
        return headers

    def _new_second(self, epoch_ns: int, key_id: str | None) -> _Second:
        """What the requests of one second have in common, with this crypto key id and without one."""
        second = epoch_ns // 1_000_000_000
        compact14 = digits_of_second(second, self._zone)
        by_key: dict[str | None, dict[str, str]] = {None: {**self._fixed, TRAN_TIME: compact14}}
        if key_id is not None:
            if not is_crypto_key_id(key_id):
                raise InvalidHeaderValue("a crypto key id is 32 letters and digits (S1.4)")
            by_key[key_id] = {**by_key[None], CRYPTO_KEY_ID: key_id}
        # A source of ours isn't asked for the two objects that its next() makes: they take as long as the HMAC.
        ids = (
            self._ids._here()
            if type(self._ids) is correlation.CorrelationIdSource
            else (correlation._numbers, None)
        )
        # One tuple, replaced whole: another thread sees all of the old second or all of the new one.
        self._second = made = (
            second * 1_000_000_000,
            f"{compact14[2:]}-",
            PREFIX + compact14,
            by_key,
            *ids,
        )
        return made

    def _asked_id(self, epoch_ns: int) -> str:
        """The id of a request from a caller's own source."""
        made = self._ids.next(Instant(epoch_ns // 1_000_000, self._zone))
        expect("correlation_ids.next() gives a CorrelationId", (made, correlation.CorrelationId))
        return str(made)
