"""The project of a command: from a sealed file, or from the environment."""

import os
from argparse import Namespace

from ...errors import KeyUnavailable
from ...keys.project import Project
from ...keys.ring import KeyRing
from ..common.failure import Failure
from ..keys.arguments import require_sealed_file
from ..keys.command import open_project

_PREFIX = "KONAPLATE_"


def read_project(args: Namespace) -> Project:
    """Return the project of the file `args.keys`, else that of the environment.

    Raises Failure, and the errors of `Project.from_env` and of sealed files.
    """
    require_sealed_file(args)
    if args.keys is not None:
        return open_project(args)
    if not any(name.startswith(_PREFIX) for name in os.environ):
        raise Failure(
            f"there are no keys: give --keys FILE, or set {_PREFIX}ASP_ID and the other variables"
        )
    return Project.from_env(_PREFIX)


def find_ring(project: Project) -> KeyRing:
    """Return the crypto keys of a project. Raises KeyUnavailable if there are none."""
    if project.ring is None:
        raise KeyUnavailable("the project has no crypto key (S5.2)")
    return project.ring
