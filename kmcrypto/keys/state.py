"""The states of a key (S5.1), and the base class of the keys that have one.

A key does not change. Another state is another key object, which shares the secret or the RSA keys
with the first one. A key moves between active and inactive as often as its owner likes; once it is
discarded, it stays discarded.
"""

from enum import Enum
from typing import TypeVar

from .._core.values import Frozen, KeyHolder, require_types
from ..errors import InvalidSetting


class KeyState(Enum):
    """The state of a project key or crypto key (S5.1).

    ACTIVE does everything. INACTIVE verifies and decrypts, only where a receiver has
    `accept_inactive=True`, and may become active again. DISCARDED does nothing and is final.
    """

    ACTIVE = "active"
    INACTIVE = "inactive"
    DISCARDED = "discarded"


# Short names for the package's own use.
ACTIVE = KeyState.ACTIVE
INACTIVE = KeyState.INACTIVE
DISCARDED = KeyState.DISCARDED


class HasState(Frozen, KeyHolder):
    """A base class for keys that have a state."""

    state: KeyState

    def with_state(self: "_Key", state: KeyState) -> "_Key":
        """Return this key in another state; its secret or RSA keys are shared, not parsed again.

        Raises InvalidSetting for a discarded key, unless `state` is DISCARDED, too (S5.1).
        """
        require_types(state=(state, KeyState))
        if self.state is DISCARDED and state is not DISCARDED:
            raise InvalidSetting(f"a discarded key cannot become {state.value} again (S5.1)")
        parts = {**vars(self), "state": state}
        return self._from_parts(**parts)


_Key = TypeVar("_Key", bound=HasState)
