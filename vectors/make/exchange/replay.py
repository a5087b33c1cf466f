"""What may come again and what may not (S3.6)."""

from ..common.base import Json
from ..common.book import Book, Group
from ..common.parties import NOW
from .maker import Call, fault, good, party, plain, sealed
from .notes import REPLAYED

PAYLOAD: Json = {"userId": "lee", "amount": 100}


def add(made: Book) -> None:
    """All of them."""
    group = made.group(**party("gateway"))
    other = plain("exchange/replay/4", {**PAYLOAD, "amount": 101})
    encrypted(group)
    repeated(group, other)
    unique_bodies(group, other)


def encrypted(group: Group) -> None:
    """An encrypted body is one of a kind."""
    once = sealed("exchange/replay/1", PAYLOAD)
    first = good(group, "an encrypted request, once", "Normal", "S4.6", once)
    fault(group, first, "it comes again", "Replay", "S3.6", REPLAYED, before=(once,))
    fault(
        group,
        first,
        "it came under another time and correlation id",
        "Replay",
        "S3.6",
        REPLAYED,
        before=(later(once),),
    )
    anew = sealed("exchange/replay/2", PAYLOAD)
    good(group, "the same payload encrypted anew", "Repeat", "S3.6", anew, before=(once,))


def repeated(group: Group, other: Call) -> None:
    """A plain body may rightly come again, an exact copy of its request may not."""
    open_call = plain("exchange/replay/3", PAYLOAD)
    single = good(group, "a plain request, once", "Normal", "S4.6", open_call)
    fault(
        group,
        single,
        "the plain request comes again",
        "Replay",
        "S3.6",
        REPLAYED,
        before=(open_call,),
    )
    fault(
        group,
        single,
        "its correlation id was in capitals",
        "Replay",
        "S2.1",
        REPLAYED,
        before=(Shouted(*open_call),),
    )
    good(
        group,
        "a plain body under another correlation id",
        "Repeat",
        "S3.6",
        open_call,
        before=(later(open_call),),
    )
    good(group, "another plain body", "Repeat", "S3.6", open_call, before=(other,))


def unique_bodies(group: Group, other: Call) -> None:
    """Plain bodies that an API says are one of a kind."""
    anew = sealed("exchange/replay/2", PAYLOAD)
    unique = plain("exchange/replay/5", PAYLOAD)._replace(unique=True)
    alone = good(group, "a plain body that is unique, once", "Normal", "S3.6", unique)
    fault(
        group,
        alone,
        "the unique body came under another correlation id",
        "Replay",
        "S3.6",
        REPLAYED,
        before=(later(unique),),
    )
    fault(
        group,
        alone,
        "the unique body came, and two others after it",
        "Replay",
        "S3.6",
        REPLAYED,
        before=(later(unique), other, anew),
    )
    mixed = plain("exchange/replay/6", PAYLOAD)
    good(
        group,
        "a plain body, of an API whose bodies may repeat, that came as a unique one",
        "Repeat",
        "S3.6",
        mixed,
        before=(unique,),
    )


def later(call: Call) -> Call:
    """The same body under a new correlation id and a second later."""
    return call.on(at=NOW + 1000, label=call.request.label + "/later")


class Shouted(Call):
    """A call whose correlation id is in capitals."""

    @property
    def shown(self) -> Json:
        """The inputs of a test."""
        found = super().shown
        return {
            **found,
            "headers": [
                [name, value.upper() if "Correlation" in name else value]
                for name, value in found["headers"]
            ],
        }
