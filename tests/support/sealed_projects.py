"""One project in two sealed files, as the provider and as the platform hold it, for commands.

The keys are those of vectors/keys, which are published and protect nothing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from kmcrypto.keys.sealed import Contents, seal
from tests.support import ACCESS_KEY, ASP_ID, ROOT, SECRET
from tests.support.records import ID, SEALING_KEY, crypto_key

KEYS = ROOT / "vectors" / "keys"


@cache
def key_text(name: str) -> str:
    """The text of a published key: client, client.pub, platform, platform.pub, other, ..."""
    name, _, suffix = name.partition(".")
    ending = ".pub.pem" if suffix else ".pem"
    return (KEYS / f"{name}_2048{ending}").read_text(encoding="ascii")


@cache
def sealed_project(side: str) -> bytes:
    """The sealed file of the provider, of the platform, or of a provider without crypto keys."""
    keys = {
        "provider": {
            "platform_public": key_text("platform.pub"),
            "client_private": key_text("client"),
        },
        "platform": {
            "platform_private": key_text("platform"),
            "client_public": key_text("client.pub"),
        },
        "signer": None,
    }[side]
    return seal(Contents(_document(keys)), key=SEALING_KEY)


def _document(keys: dict[str, str] | None) -> dict[str, Any]:
    project_key = {
        "asp_id": ASP_ID,
        "access_key": ACCESS_KEY,
        "secret_key": SECRET,
        "kind": "UAT",
        "state": "active",
    }
    return {
        "zone": "KST",
        "project_keys": [project_key],
        "crypto_keys": [] if keys is None else [crypto_key(ID, **keys)],
        "primary": None if keys is None else ID,
    }


def write_sealed_project(folder: Path, side: str) -> Path:
    """Write the sealed file of a side into a folder, as SIDE.kmsp, and sealing.key beside it."""
    path = folder / f"{side}.kmsp"
    path.write_bytes(sealed_project(side))
    path.chmod(0o600)
    key = folder / "sealing.key"
    key.write_bytes(SEALING_KEY)
    key.chmod(0o600)
    return path
