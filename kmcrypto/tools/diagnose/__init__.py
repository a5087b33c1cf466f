"""What is wrong with a request or an answer: `diagnose`, for people who operate an integration.

>>> from kmcrypto.tools.diagnose import diagnose
>>> diagnose("POST /x HTTP/1.1\\nX-KM-Time-Zone: JST\\n\\n{}").findings[0].code
'header-missing'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .diagnosis import Diagnosis as Diagnosis, diagnose as diagnose

__all__ = ["Diagnosis", "diagnose"]


def __getattr__(name: str) -> Any:
    """Load the public names on first use, so that the command line's --help loads no keys."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import diagnosis

    return getattr(diagnosis, name)
