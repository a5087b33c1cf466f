"""The project of a command: from a sealed file, or from the environment."""

import os
from argparse import Namespace

from ...errors import KeyUnavailable
from ...keys.project import Project
from ...keys.ring import KeyRing
from ..common.failure import Failure
from ..common.misspelled_variables import ENVIRONMENT_PREFIX, note_misspelled_variables
from ..keys.arguments import require_sealed_file
from ..keys.command import open_project


def read_project(args: Namespace) -> Project:
    """Return the project of the file `args.keys`, else that of the environment.

    Raises Failure, and the errors of `Project.from_env` and of sealed files.
    """
    require_sealed_file(args)
    if args.keys is not None:
        return open_project(args)
    if not any(name.startswith(ENVIRONMENT_PREFIX) for name in os.environ):
        raise Failure(
            "there are no keys: give --keys FILE, "
            f"or set {ENVIRONMENT_PREFIX}ASP_ID and the other variables"
        )
    project = Project.from_env(ENVIRONMENT_PREFIX)
    note_misspelled_variables()
    return project


def find_ring(project: Project) -> KeyRing:
    """Return the crypto keys of a project. Raises KeyUnavailable if there are none."""
    if project.ring is None:
        raise KeyUnavailable("the project has no crypto key (S5.2)")
    return project.ring
