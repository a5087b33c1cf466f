"""The states of a key (S5.1), and the base of the keys that have one."""

from enum import Enum
from typing import TypeVar

from .._core.values import Frozen, KeyHolder, expect
from ..errors import InvalidSetting


class KeyState(Enum):
    """The state of a project key or crypto key (S5.1).

    ACTIVE does everything; INACTIVE verifies and decrypts, only where a receiver says `accept_inactive=True`, and may
    become active again; DISCARDED does nothing and is final.
    """

    ACTIVE = "active"
    INACTIVE = "inactive"
    DISCARDED = "discarded"


# The hot path has its members from here: in 3.11 to look one up takes three times as long as to compare it.
ACTIVE, INACTIVE, DISCARDED = KeyState


class HasState(Frozen, KeyHolder):
    """A base for keys that have a state, which moves as the platform's rules say (S5.1)."""

    state: KeyState

    def with_state(self: "_Key", state: KeyState) -> "_Key":
        """The same key in another state. A discarded key stays discarded: InvalidSetting."""
        expect("state is a KeyState", (state, KeyState))
        # The secret and the halves are shared, not parsed again: the state alone is another.
        if self.state is DISCARDED and state is not DISCARDED:
            raise InvalidSetting("a discarded key can't come back (S5.1)")
        return object.__new__(type(self))._fill(**{**vars(self), "state": state})


_Key = TypeVar("_Key", bound=HasState)
