"""Time zones: the two that every receiver knows, and those that a test adds (S1.7)."""

from typing import NamedTuple

from .encode import Json
from .wire import local_digits


class Zone(NamedTuple):
    """A label of three letters and a fixed offset."""

    name: str
    offset_minutes: int

    def render(self) -> Json:
        """Make the published form."""
        return {"name": self.name, "offsetMinutes": self.offset_minutes}

    def digits(self, epoch_ms: int) -> str:
        """Write a moment as 17 digits of local time."""
        return local_digits(epoch_ms, self.offset_minutes)


UTC = Zone("UTC", 0)
KST = Zone("KST", 540)
IST = Zone("IST", 330)
NPT = Zone("NPT", 345)  # a quarter of an hour
NST = Zone("NST", -210)
MIT = Zone("MIT", -570)
CHA = Zone("CHA", 765)
ICT = Zone("ICT", 420)
PST = Zone("PST", -480)
BIT = Zone("BIT", -720)  # the lowest offset
LIN = Zone("LIN", 840)  # the highest offset
LMT = Zone("LMT", 508)  # the local mean time of Seoul, rounded: no quarter of an hour
