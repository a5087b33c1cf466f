"""Callbacks: the platform calls the provider (S10). The two roles of a call, the other way round.

A callback carries no access key, so its receiver serves one project. It is encrypted to the client pair and its answer
to the platform pair. Nothing in the token marks the direction (S10.4): a provider's own plain request can be sent back
to it as a callback, so prefer encrypted callbacks, or take callbacks on a host of their own.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .._core.values import expect
from ..errors import InvalidSetting
from ..keys.crypto_key import CryptoKey, Side
from ..keys.project import Project
from ..keys.project_key import ProjectKey
from ..keys.state import KeyState
from .client import Client
from .gateway import RespondingReceiver, Settings
from .receiver import find_key

if TYPE_CHECKING:
    from typing_extensions import Unpack


class CallbackSender(Client):
    """The platform's side of a callback: `seal` and `open` as a Client has them, under the first issued key (S5.3)."""

    _seals = Side.CLIENT
    _opens = Side.PLATFORM
    _callback = True


class CallbackReceiver(RespondingReceiver):
    """The provider's side of a callback: `verify`, `open`, `accept`, `answer` and `refuse` as a Gateway has them.

    `project` is the provider's own; its secret verifies callbacks, and those of `callback_keys`, further candidates
    during a rotation (S10.2). The crypto key must be the first issued unless `any_key` is set (S10.3). The other
    parameters are those of Gateway.
    """

    opens = Side.CLIENT
    answers = Side.PLATFORM
    has_access_key = False

    def __init__(
        self,
        project: Project,
        *,
        callback_keys: Iterable[ProjectKey] = (),
        any_key: bool = False,
        **settings: "Unpack[Settings]",
    ) -> None:
        super().__init__(**settings)
        expect("project is a Project, any_key is bool", (project, Project), (any_key, bool))
        keys = (project.key, *callback_keys)
        expect("callback_keys are ProjectKeys", *((key, ProjectKey) for key in keys))
        if any(key.state is KeyState.DISCARDED for key in keys):
            raise InvalidSetting("a discarded project key verifies nothing (S5.1)")
        self._senders: list[tuple[Project | None, ProjectKey]] = [(project, key) for key in keys]
        self._any_key = any_key

    def _candidates(self, access_key: str | None) -> list[tuple[Project | None, ProjectKey]]:
        return self._senders

    def _named_key(self, project: Project, key_id: str | None) -> CryptoKey | None:
        first = None if project.ring is None else project.ring.first_issued
        named = first if key_id is None else find_key(project, key_id)
        return named if self._any_key or named is first else None
