"""Project: what one side of a project holds."""

from collections.abc import Mapping

from .._core.values import Frozen, KeyHolder, expect
from ..clock.time_zone import KST, TimeZone
from .environment import read_parts
from .project_key import ProjectKey
from .ring import KeyRing


class Project(Frozen, KeyHolder):
    """One project on one side: its `key`, its `ring` of crypto keys (None: plain calls only) and its `zone`.

    The zone is KST unless another is given: clients of the sandbox were seen to use that one (S1.10).
    """

    key: ProjectKey
    ring: KeyRing | None
    zone: TimeZone

    def __init__(self, key: ProjectKey, ring: KeyRing | None = None, zone: TimeZone = KST) -> None:
        expect("key is a ProjectKey, zone a TimeZone", (key, ProjectKey), (zone, TimeZone))
        if ring is not None:
            expect("ring is a KeyRing or None", (ring, KeyRing))
        self._fill(key=key, ring=ring, zone=zone)

    @classmethod
    def from_env(
        cls, prefix: str = "KONAPLATE_", environ: Mapping[str, str] | None = None
    ) -> "Project":
        """The project that environment variables describe; `environ` stands in for the process's own.

        The names, behind `prefix`: ASP_ID, ACCESS_KEY and SECRET_KEY; where they are wanted, KIND and
        TIME_ZONE (`KST`, `UTC`, `ICT+07:00`). For encrypted calls CRYPTO_KEY_ID and of PLATFORM_PUBLIC_KEY,
        PLATFORM_PRIVATE_KEY, CLIENT_PUBLIC_KEY and CLIENT_PRIVATE_KEY those that this party holds, as key text; their
        password in KEY_PASSWORD. A second crypto key, issued later, has the same
        names with `_2` behind them, and PRIMARY_CRYPTO_KEY_ID then says which is primary. What would be secret can
        lie in a file: any name with `_FILE` behind it holds the file's path instead.

        Raises InvalidSetting, naming the variable, for one that is missing, empty or given twice; and the errors of
        ProjectKey, CryptoKey.load and KeyRing.
        """
        expect("prefix is str, environ a mapping or None", (prefix, str), (environ, Mapping | None))
        return cls(*read_parts(prefix, environ))
