"""Notes on variables of the environment that are not read, but may be meant for one that is."""

from ...keys.environment import project_variables
from .standard_streams import print_message

ENVIRONMENT_PREFIX = "KONAPLATE_"


def note_misspelled_variables() -> None:
    """Print a line on standard error for each. An application may have them, so it is no error."""
    for unread, meant in project_variables(ENVIRONMENT_PREFIX).misspelled():
        print_message(f"kmcrypto: note: {unread!r} is not read; {meant} may be meant")
