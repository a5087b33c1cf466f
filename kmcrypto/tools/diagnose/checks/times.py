"""Times: tran time against token, the digits against the clock, and the zone's name (S1.10, S3.6).

A clock that is wrong and a zone that is wrong look alike: a zone is off by whole half hours, and by
little else, because the clock beside it is right. So a difference that is near a whole number of
half hours, and fits a zone, is most likely one. Where both are possible, both are told.
"""

from collections.abc import Iterator
from datetime import datetime, timezone

from ....clock.instant import second_of_digits
from ....exchange.receiver import DEFAULT_TOLERANCE_S
from ....signing.headers import TRAN_TIME
from ..evidence import Evidence
from ..finding import Finding

_MAX_SECONDS_APART = 5  # S1.10
_HALF_HOUR = 1800
_WESTERNMOST = -12 * 3600  # S1.13
_EASTERNMOST = 14 * 3600
# How far a right clock may be off, in seconds, for a difference to be taken for a zone: for one
# that is known by name, and for any other.
_NEAR_KNOWN_ZONE = 90
_NEAR_OTHER_ZONE = 20


def check_times(evidence: Evidence) -> Iterator[Finding]:
    """Find times that disagree, with each other or with the clock."""
    token_second = None
    token_ms = 0
    if evidence.token is not None and evidence.token.digits is not None:
        token_second = second_of_digits(evidence.token.digits[:14])
        token_ms = int(evidence.token.digits[14:])
    tran_second = second_of_digits(evidence.headers.meant(TRAN_TIME) or "")
    if token_second is not None and tran_second is not None:
        yield from _compare(token_second, tran_second)
    if token_second is not None:
        yield from _compare_with_clock(evidence, token_second * 1000 + token_ms)
    elif tran_second is not None:
        yield from _compare_with_clock(evidence, tran_second * 1000)


def _compare(token_second: int, tran_second: int) -> Iterator[Finding]:
    apart = tran_second - token_second
    if abs(apart) <= _MAX_SECONDS_APART:
        return
    seen = f"{TRAN_TIME} is {_duration(apart)} the token's time"
    half_hours = round(apart / _HALF_HOUR)
    is_zone = abs(apart - half_hours * _HALF_HOUR) <= _MAX_SECONDS_APART
    if half_hours and is_zone and abs(apart) <= _EASTERNMOST - _WESTERNMOST:
        yield Finding("times-in-two-zones", seen)
        yield Finding("times-disagree", seen, "possible")
    else:
        yield Finding("times-disagree", seen)


def _compare_with_clock(evidence: Evidence, local_ms: int) -> Iterator[Finding]:
    """Compare with the moment of receipt, if it is known, in the zone that the request names."""
    if evidence.moment is None or evidence.zone is None:
        return
    actual_offset = (local_ms - evidence.moment.epoch_ms) / 1000
    skew = actual_offset - evidence.zone.offset_minutes * 60
    if abs(skew) <= DEFAULT_TOLERANCE_S:
        return
    seen = f"the request's time is {_duration(round(skew))} {evidence.moment.source}"
    offset = round(actual_offset / _HALF_HOUR) * _HALF_HOUR
    off = abs(actual_offset - offset)
    is_offset = _WESTERNMOST <= offset <= _EASTERNMOST and off <= DEFAULT_TOLERANCE_S
    known_zone = _zone_of(evidence, offset)
    digits_of = known_zone or f"UTC{_offset_text(offset)}"
    zone_seen = f"{seen}: the digits are those of {digits_of}, labelled {evidence.zone.name}"
    if is_offset and off <= (_NEAR_KNOWN_ZONE if known_zone else _NEAR_OTHER_ZONE):
        yield Finding("zone-contradicted", zone_seen)
        yield Finding("clock-skew", seen, "possible")
        return
    yield Finding("clock-skew", seen + _kind_of_skew(skew))
    if is_offset:
        yield Finding("zone-contradicted", zone_seen, "possible")


def _zone_of(evidence: Evidence, offset: int) -> str | None:
    """Return the name of a zone that is known and has the offset, in seconds."""
    for zone in evidence.zones.values():
        if zone.offset_minutes * 60 == offset:
            return zone.name
    return None


def _kind_of_skew(skew: float) -> str:
    """Say what makes such a skew: no zone is off like that."""
    if skew < 0:
        return (
            "; no zone is behind like that, but the clock of a computer that slept, as WSL and"
            " virtual machines do, or a request that was kept or sent again"
        )
    return "; no zone is ahead like that, but a clock that was set by hand"


def _duration(seconds: int) -> str:
    """Write a difference: `9 h 0 min 2 s ahead of`."""
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{hours:,} h"] if hours else []
    if hours or minutes:
        parts.append(f"{minutes} min")
    parts.append(f"{rest} s")
    return f"{' '.join(parts)} {'ahead of' if seconds > 0 else 'behind'}"


def _offset_text(seconds: int) -> str:
    sign = "+" if seconds >= 0 else "-"
    return f"{sign}{datetime.fromtimestamp(abs(seconds), timezone.utc):%H:%M}"
