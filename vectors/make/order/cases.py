"""order_v1.json: two faults at once, of which the one whose step comes first is told (S12)."""

from ..common.vector_file import VectorFile
from .documents import add_fields, add_messages
from .notes import NOTES
from .openers import add_opener
from .receivers import add_alike, add_receiver


def order_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "order",
        about="the order of steps: two faults, and the one that is told (S12)",
        description=[
            "The groups are those of exchange, message and fields, whose role says which.",
            "faults names the faults of a test by step, stage and code, in the order of the steps "
            "(S12). The first is told. Each fault also stands alone, so that its own stage is "
            "known; twin is the test of the same role without a fault.",
            "Where both faults have one stage, the code alone tells them apart.",
            "alike is true: the answers to all of requests, each of which is refused at its stage, "
            "are the same but for the correlation id (S6.3).",
        ],
        notes=NOTES,
    )
    for role in ("gateway", "callback-receiver"):
        add_receiver(file, role)
        add_alike(file, role)
    for role in ("client", "callback-opener"):
        add_opener(file, role)
    add_messages(file)
    add_fields(file)
    return file
