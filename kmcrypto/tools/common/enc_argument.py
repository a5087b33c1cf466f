"""The content encryption on the command line (S4.3)."""

from argparse import ArgumentParser


def add_enc(parser: ArgumentParser) -> None:
    """Add --enc to a command that encrypts."""
    parser.add_argument(
        "--enc",
        choices=["A128GCM", "A256GCM"],
        default="A128GCM",
        help="the content encryption (default: A128GCM)",
    )
