"""Text that is safe to show on a terminal."""


def make_printable(text: str) -> str:
    """Replace each unprintable character with "?", because names and paths may hold any."""
    return "".join(character if character.isprintable() else "?" for character in text)
