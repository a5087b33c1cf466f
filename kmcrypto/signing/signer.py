"""Signer: the headers of one request, on the hot path of every call.

What a request costs beyond its HMAC is kept down like this: the key is hashed into the HMAC when the ProjectKey is
made and copied here; the text of date and time is made once a second; the headers that never change are one dict
that is copied. Nothing else is remembered between requests.
"""

from binascii import b2a_base64
from time import time_ns
from typing import Callable

from .._border import KeyHolder, expect
from ..errors import InvalidHeaderValue, KeyUnavailable
from ..keys.project import KeyState, ProjectKey, is_crypto_key_id
from .correlation import CorrelationId, CorrelationIds, CorrelationIdSource
from .headers import ACCESS_KEY, ASP_ID, CORRELATION_ID, CRYPTO_KEY_ID, TIME_ZONE, TRAN_TIME, TRAN_TOKEN
from .instant import KST, Clock, Instant, TimeZone, digits_of_second
from .tran_token import PREFIX, refused_body


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
        correlation_ids: CorrelationIds | None = None,
        callback: bool = False,
    ) -> None:
        expect("a Signer is made of a ProjectKey and a TimeZone", (key, ProjectKey), (zone, TimeZone))
        if key.state is not KeyState.ACTIVE:
            raise KeyUnavailable("only an active project key signs (S5.1)")
        access = {} if callback else {ACCESS_KEY: key.access_key}
        fixed = {ASP_ID: key.asp_id, **access, TIME_ZONE: zone.name}
        self._hmac, self._zone, self._clock, self._fixed = key._hmac, zone, clock, fixed
        self._next_id = _id_maker(CorrelationIdSource() if correlation_ids is None else correlation_ids, zone)
        self._second: tuple[int | None, str, str, str] = (None, "", "", "")

    def headers(self, body: bytes, crypto_key_id: str | None = None) -> dict[str, str]:
        """The X-KM-* headers of one request, over the exact bytes of its body; b"" where there is none (S1 to S3).

        Six, or seven with a crypto key id (32 letters and digits, else InvalidHeaderValue). One reading of the clock
        gives all three times.
        """
        if not isinstance(body, bytes):
            raise refused_body(body)
        epoch_ns = self._clock()
        if type(epoch_ns) is not int:
            raise TypeError("clock gives epoch nanoseconds as int")
        epoch_ms = epoch_ns // 1_000_000
        second, ms = divmod(epoch_ms, 1000)
        known, compact14, id_start, token_start = self._second
        if second != known:
            compact14 = digits_of_second(second, self._zone)
            id_start, token_start = compact14[2:] + "-", PREFIX + compact14
            # One tuple, replaced whole: another thread sees all of the old second or all of the new one.
            self._second = (second, compact14, id_start, token_start)
        context = self._hmac.copy()
        context.update(body)
        mac = b2a_base64(context.finalize(), newline=False).decode()
        headers = self._fixed.copy()
        headers[CORRELATION_ID] = self._next_id(id_start, epoch_ms)
        headers[TRAN_TIME] = compact14
        headers[TRAN_TOKEN] = f"{token_start}{str(1000 + ms)[1:]}:{mac}"  # cheaper than formatting three digits
        if crypto_key_id is not None:
            if not is_crypto_key_id(crypto_key_id):
                raise InvalidHeaderValue("a crypto key id is 32 letters and digits (S1.4)")
            headers[CRYPTO_KEY_ID] = crypto_key_id
        return headers


def _id_maker(ids: CorrelationIds, zone: TimeZone) -> Callable[[str, int], str]:
    """How to get an id's text from the second's 12 digits and hyphen or, with a caller's source, from the moment."""
    if type(ids) is CorrelationIdSource:
        draw = ids._draw  # without the two objects that next() makes: they cost as much as the HMAC
        return lambda id_start, epoch_ms: id_start + draw()

    expect("correlation_ids is a CorrelationIdSource, or has its next(instant)", (ids, CorrelationIds))

    def ask(id_start: str, epoch_ms: int) -> str:
        made = ids.next(Instant(epoch_ms, zone))
        expect("correlation_ids.next() gives a CorrelationId", (made, CorrelationId))
        return str(made)

    return ask
