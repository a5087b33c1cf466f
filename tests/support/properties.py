"""How many examples a property is tried with: few at a desk, many in the gate.

The profile of hypothesis decides (tests/conftest.py). A property names its number for `ci`.
"""

from __future__ import annotations

from hypothesis import settings

FULL = 100  # examples of a property that names no number, in the profile `ci`
LEAST = 10


def examples(count: int) -> settings:
    """The settings of a property: so many examples in `ci`, a tenth in `dev`, LEAST or more."""
    scaled = count * settings().max_examples // FULL
    return settings(max_examples=max(LEAST, scaled))
