"""The zones of X-KM-Time-Zone: a name and a fixed offset (S1.7).

UTC and KST are built in; a caller adds others. To build in another zone, add it to the table.
"""

import re

from .._core.values import Value, require_types
from ..errors import InvalidSetting

_BUILT_IN_HOURS = {"UTC": 0, "KST": 9}  # east of UTC
_WESTERNMOST = -12 * 60  # minutes east of UTC
_EASTERNMOST = 14 * 60
_WITH_OFFSET = r"([A-Z]{3})([+-])([0-9]{2}):([0-9]{2})"  # compiled on first use, for settings alone


class TimeZone(Value):
    """A zone of X-KM-Time-Zone: three upper-case ASCII letters and a fixed offset (S1.7).

    Args:
        name: The three letters.
        hours: Hours east of UTC.
        minutes: Minutes east of UTC, with the sign of the hours: `TimeZone("NST", -3, -30)`.

    Raises:
        InvalidSetting: The name is of another form; the offset is outside -12:00 to +14:00 or has
            two signs; or the zone is built in, with another offset.
    """

    name: str
    offset_minutes: int

    def __init__(self, name: str, hours: int = 0, minutes: int = 0) -> None:
        require_types(name=(name, str), hours=(hours, int), minutes=(minutes, int))
        if not (len(name) == 3 and name.isascii() and name.isalpha() and name.isupper()):
            raise InvalidSetting("the name of a zone must be three upper-case letters (S1.7)")
        if abs(minutes) > 59 or hours * minutes < 0:
            raise InvalidSetting(
                f"minutes must be below 60 and have the sign of hours, not {minutes} (S1.7)"
            )
        offset_minutes = hours * 60 + minutes
        if not _WESTERNMOST <= offset_minutes <= _EASTERNMOST:
            raise InvalidSetting(
                "the offset of a zone must be in -12:00 to +14:00, "
                f"not {offset_minutes} minutes (S1.7)"
            )
        if name in _BUILT_IN_HOURS and offset_minutes != _BUILT_IN_HOURS[name] * 60:
            raise InvalidSetting(f"{name} is built in, with another offset (S1.7)")
        self._set_attributes(name=name, offset_minutes=offset_minutes)

    @classmethod
    def parse(cls, text: str) -> "TimeZone":
        """Read a zone from a setting: `UTC`, `KST`, or a name and its offset as in `ICT+07:00`.

        Raises:
            InvalidSetting: The text is of another form, or TimeZone() refuses the zone.
        """
        require_types(text=(text, str))
        if text in _BUILT_IN_HOURS:
            return cls(text, hours=_BUILT_IN_HOURS[text])
        match = re.fullmatch(_WITH_OFFSET, text)
        if match is None:
            raise InvalidSetting(
                "a zone must be UTC, KST, or a name and its offset as in ICT+07:00 (S1.7)"
            )
        name, sign, hours, minutes = match.groups()
        return cls(name, hours=int(sign + hours), minutes=int(sign + minutes))

    def __str__(self) -> str:
        return self.name


BUILT_IN_ZONES = {name: TimeZone(name, hours) for name, hours in _BUILT_IN_HOURS.items()}
UTC = BUILT_IN_ZONES["UTC"]
KST = BUILT_IN_ZONES["KST"]
