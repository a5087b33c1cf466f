"""The parser of every command: one line for an error, no abbreviations, and help as it is written.

Arguments that are wrong are not repeated, because one of them may be a secret that was meant for a
file.
"""

import argparse
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, NoReturn

from .failure import STATUS_HELP, Failure
from .printable import make_printable

_WIDTH = 78  # of paragraphs, so that help fits into 80 columns
_EXAMPLES = "examples:"
_LONG_OPTION = re.compile(r"--[a-z][a-z-]*")


class CommandParser(argparse.ArgumentParser):
    """A parser of `kmcrypto` or of one of its commands.

    Sub-commands are parsers of this class, too, because argparse gives them the class of their
    parent.

    Attributes:
        actions: Its options and arguments, for what has to look at all of them.
    """

    def __init__(self, **settings: Any) -> None:
        self.actions: list[argparse.Action] = []
        self._commands: Any = None
        self._words: list[str] = []
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        settings.setdefault("allow_abbrev", False)
        settings.setdefault("epilog", STATUS_HELP)
        if sys.version_info >= (3, 14):  # where argparse has colours
            settings["color"] = False
        super().__init__(**settings)

    def _add_action(self, action: Any) -> Any:
        # argparse calls this for every option, those of groups included.
        self.actions.append(action)
        return super()._add_action(action)

    def add_subparsers(self, **settings: Any) -> Any:
        """Add sub-commands, as argparse does."""
        self._commands = super().add_subparsers(**settings)
        return self._commands

    def list_commands(self) -> Iterator["CommandParser"]:
        """Give this parser and those of all commands below it."""
        yield self
        if self._commands is not None:
            for command in self._commands.choices.values():
                yield from command.list_commands()

    def format_help(self) -> str:
        """Return the help, whose paragraphs are wrapped when it is asked for."""
        self.description: str = _wrap(self.description or "")
        self.epilog: str = _wrap(self.epilog or "")
        return super().format_help()

    def parse_known_command(self, arguments: Sequence[str] | None) -> argparse.Namespace:
        """Parse a command line. One that is wrong ends the process with status 2."""
        args: argparse.Namespace
        args, unknown = self.parse_known_args(arguments)
        if unknown:
            options = [word.partition("=")[0] for word in unknown if word.startswith("--")]
            self._find_command(args).error(_unrecognized(options))
        return args

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, which calls this for each command; keep the words for `error`."""
        self._words = list(args or [])
        return super().parse_known_args(args, namespace)

    def _unknown_options(self) -> list[str]:
        """Return the options on the command line that this command does not have."""
        known = {option for action in self.actions for option in action.option_strings}
        words = takewhile(lambda word: word != "--", self._words)
        names = [word.partition("=")[0] for word in words]
        return [name for name in names if _LONG_OPTION.fullmatch(name) and name not in known]

    def _find_command(self, args: argparse.Namespace) -> "CommandParser":
        """Return the parser of the command that was named."""
        words = [self.prog, args.command, getattr(args, "action", "")]
        prog = " ".join(words).rstrip()
        return next(command for command in self.list_commands() if command.prog == prog)

    def error(self, message: str) -> NoReturn:
        """Print one line on standard error, and end the process with status 2.

        An unknown option comes first: argparse takes its value for the next argument, and would
        complain of that one.
        """
        if self._commands is None:  # the words of a command below are not looked at
            unknown = self._unknown_options()
            if unknown:
                message = _unrecognized(unknown)
        text = make_printable(_without_value(message))
        self.exit(Failure.status, f"{self.prog}: {text} (see {self.prog} --help)\n")


def add_command(
    commands: Any,
    name: str,
    summary: str,
    *,
    details: str = "",
    examples: str = "",
    notes: str = "",
) -> CommandParser:
    """Add a command to the sub-commands of another one.

    Args:
        commands: What `add_subparsers` of the parent returned.
        name: The name of the command.
        summary: What it does, in one line that begins with a small letter and has no full stop.
        details: More paragraphs for the top of its help.
        examples: Lines of shell.
        notes: Paragraphs below the options, above the exit statuses.
    """
    description = f"{summary[0].upper()}{summary[1:]}.\n\n{details}"
    epilog = f"{notes}\n\n{STATUS_HELP}"
    if examples:
        indented = textwrap.indent(examples.strip("\n"), "  ")
        epilog = f"{_EXAMPLES}\n{indented}\n\n{epilog}"
    parser: CommandParser = commands.add_parser(
        name, help=summary, description=description, epilog=epilog
    )
    return parser


def _unrecognized(options: list[str]) -> str:
    """Return the error for arguments that no command has. Only options among them are shown."""
    return " ".join(["unrecognized arguments", *options])


def _without_value(message: str) -> str:
    """Return a message of argparse without the value of an argument that it repeats."""
    choice = re.fullmatch(r"(.*)invalid choice: .*\(choose from (.*)\)", message, re.DOTALL)
    if choice is not None:
        choices = choice[2].replace("'", "")  # in quotes up to Python 3.11
        return f"{choice[1]}must be one of {choices}"
    return re.sub(r"ignored explicit argument .*", "takes no value", message, flags=re.DOTALL)


def _wrap(text: str) -> str:
    """Wrap the paragraphs of a text, which blank lines separate. Examples stay as they are."""
    paragraphs = re.split(r"\n{2,}", text.strip("\n"))
    return "\n\n".join(
        paragraph
        if paragraph.startswith(_EXAMPLES)
        else textwrap.fill(paragraph, _WIDTH, break_on_hyphens=False)
        for paragraph in paragraphs
    )
