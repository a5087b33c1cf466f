"""What a reader must know of the machine to read its figures. Nothing that names it."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from cryptography.hazmat.backends.openssl import backend

import kmcrypto

from ..concerns import peers


def facts() -> dict[str, str]:
    """Processor, system, Python, OpenSSL, and the versions of everything that was measured."""
    found = {
        "processor": f"{_processor()}, {os.cpu_count()} logical cores, {platform.machine()}",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "load at the start": _load(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "OpenSSL": backend.openssl_version_text(),
        "kmcrypto": kmcrypto.__version__,
    }
    for name in ("cryptography", *peers.PACKAGES.values(), "pycryptodome"):
        found[name] = peers.version_of(name) or "not installed, and so not measured"
    return found


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _load() -> str:
    # What else the machine did: figures taken beside other work are higher, ratios hardly.
    return f"{os.getloadavg()[0]:.1f} processes" if hasattr(os, "getloadavg") else "unknown"
