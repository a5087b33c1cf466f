"""Project: the keys and the zone of one party in one project."""

from collections.abc import Mapping

from .._core.values import Frozen, KeyHolder, require_types
from ..clock.time_zone import KST, TimeZone
from .environment import read_parts
from .project_key import ProjectKey
from .ring import KeyRing


class Project(Frozen, KeyHolder):
    """One project, as one party holds it.

    Args:
        key: The project key, which signs.
        ring: The crypto keys, or None for a project that makes plain calls only.
        zone: The zone of the times in headers: KST unless given, which is the zone that clients of
            the sandbox were seen to use (S1.10).
    """

    key: ProjectKey
    ring: KeyRing | None
    zone: TimeZone

    def __init__(self, key: ProjectKey, ring: KeyRing | None = None, zone: TimeZone = KST) -> None:
        require_types(key=(key, ProjectKey), ring=(ring, KeyRing | None), zone=(zone, TimeZone))
        self._set_attributes(key=key, ring=ring, zone=zone)

    @classmethod
    def from_env(
        cls, prefix: str = "KONAPLATE_", environ: Mapping[str, str] | None = None
    ) -> "Project":
        """Make the project that environment variables describe.

        The prefix stands in front of each name:

        - ASP_ID, ACCESS_KEY and SECRET_KEY: the project key; these three must be set.
        - KIND: sandbox, UAT or SI.
        - TIME_ZONE: `KST` (the default), `UTC`, or a name and its offset as in `ICT+07:00`.
        - CRYPTO_KEY_ID: the id of the crypto key, for encrypted calls.
        - PLATFORM_PUBLIC_KEY, PLATFORM_PRIVATE_KEY, CLIENT_PUBLIC_KEY, CLIENT_PRIVATE_KEY: those of
          its keys that this party holds, as key text.
        - KEY_PASSWORD: the password of its private keys, if they are encrypted; it may be empty for
          PKCS#12 alone.
        - The last six with `_2` behind them: a second crypto key, issued later.
        - PRIMARY_CRYPTO_KEY_ID: the id of the primary key; it must be set if there are two.

        Any value can lie in a file: the name with `_FILE` behind it then holds the file's path.
        Other names are not read. The error for a variable that is missing names one whose name is
        nearly the same.

        Args:
            prefix: The text that all names start with.
            environ: The variables; those of the process unless given.

        Raises:
            InvalidSetting: A variable is missing, empty or given twice, or the file of a text
                cannot be read; a zone or kind is of another form; or the keys make no ring.
            InvalidHeaderValue: ASP_ID, ACCESS_KEY or CRYPTO_KEY_ID is not of its form.
            InvalidKey: A key or its file cannot be read or used, as ProjectKey and CryptoKey.load
                raise it; or a path stands in the place of key text.
            TypeError: A value of `environ` is no str.

        The text of each error names the variable, with the prefix, `_2` and `_FILE`. Values are not
        shown; the path of a file is, if its folder exists.
        """
        require_types(prefix=(prefix, str), environ=(environ, Mapping | None))
        parts = read_parts(prefix, environ)
        return cls(parts.key, parts.ring, parts.zone)
