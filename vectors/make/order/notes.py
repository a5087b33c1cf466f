"""What the flags of order_v1.json mean."""

from ..common.vector_file import Note

NOTES = {
    "Sound": Note("S12", "What comes in without a fault: the twin of the tests of its role."),
    "OneFault": Note("S12", "One fault alone, so that its own stage is known."),
    "TwoFaults": Note("S12", "Two faults at once: the one whose step comes first is told."),
    "AmongFields": Note(
        "S12", "Two fields with a fault each. Within a step, fields are read in document order."
    ),
    "Alike": Note("S6.3", "Refusals whose answers are the same but for the correlation id."),
}
