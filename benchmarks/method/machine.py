"""The facts about the machine that its figures depend on. None of them identifies it."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from cryptography.hazmat.backends.openssl import backend

import kmcrypto

from ..concerns import peers

CPU_INFO = Path("/proc/cpuinfo")


def facts() -> dict[str, str]:
    """Processor, system, Python, OpenSSL, and the versions of everything that was measured."""
    versions = {
        package: peers.version_of(package) or "not installed, and so not measured"
        for package in ("cryptography", *peers.PACKAGES.values(), "pycryptodome")
    }
    return {
        "processor": f"{_processor()}, {os.cpu_count()} logical cores, {platform.machine()}",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "load at the start": _load(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "OpenSSL": backend.openssl_version_text(),
        "kmcrypto": kmcrypto.__version__,
        **versions,
    }


def _processor() -> str:
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _load() -> str:
    """Other work of the machine: it makes seconds longer, and hardly moves ratios."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return f"{os.getloadavg()[0]:.1f} processes"
