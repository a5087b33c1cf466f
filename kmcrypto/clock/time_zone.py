"""The zones of X-KM-Time-Zone: a name and a fixed offset (S1.7)."""

import re

from .._core.values import Value, expect
from ..errors import InvalidSetting

_ZONE_TEXT = r"([A-Z]{3})([+-])([0-9]{2}):([0-9]{2})"  # compiled when it is used: to load signing takes none of it


class TimeZone(Value):
    """A zone of X-KM-Time-Zone: three upper-case ASCII letters and a fixed offset (S1.7).

    `hours` and `minutes` east of UTC have one sign, as in `TimeZone("NST", hours=-3, minutes=-30)`; the sum lies in
    -12:00 to +14:00. "UTC" and "KST" keep their own offsets. Raises InvalidSetting.
    """

    name: str
    offset_minutes: int

    def __init__(self, name: str, hours: int = 0, minutes: int = 0) -> None:
        expect(
            "a zone's name is str, its hours and minutes are int",
            (name, str),
            (hours, int),
            (minutes, int),
        )
        if not (len(name) == 3 and name.isascii() and name.isalpha() and name.isupper()):
            raise InvalidSetting("a zone's name is three upper-case letters (S1.7)")
        if (
            abs(minutes) > 59
            or hours * minutes < 0
            or not -12 * 60 <= hours * 60 + minutes <= 14 * 60
        ):
            raise InvalidSetting(
                "a zone's offset is -12:00 to +14:00, hours and minutes of one sign (S1.7)"
            )
        if (offset := hours * 60 + minutes) != {"UTC": 0, "KST": 540}.get(name, offset):
            raise InvalidSetting("UTC and KST are built in, with offsets of their own (S1.7)")
        self._fill(name=name, offset_minutes=offset)

    @classmethod
    def parse(cls, text: str) -> "TimeZone":
        """Read a zone from a setting: `UTC`, `KST`, or a name with its offset as in `ICT+07:00`. InvalidSetting."""
        if (
            found := re.fullmatch(
                _ZONE_TEXT, {"UTC": "UTC+00:00", "KST": "KST+09:00"}.get(text, text)
            )
        ) is None:
            raise InvalidSetting(
                "a zone is UTC, KST, or a name and its offset as in ICT+07:00 (S1.7)"
            )
        return cls(found[1], hours=int(found[2] + found[3]), minutes=int(found[2] + found[4]))

    def __str__(self) -> str:
        return self.name


UTC = TimeZone("UTC")
KST = TimeZone("KST", hours=9)
