"""What a program needs to call the sandbox, as lines of a shell."""

import shlex

from ...testing import environment
from .sandbox import CALLBACK_PATH, SPEND_PATH, TOKEN_PATH
from .token_service import CASES


def write_settings(base_url: str) -> str:
    """Return the settings: variables for `eval`, and in comments the cards and a first call.

    Args:
        base_url: The address of the sandbox, such as http://127.0.0.1:8080.
    """
    variables = {**environment(), "KMCRYPTO_SANDBOX_URL": base_url + TOKEN_PATH}
    lines = [
        "# kmcrypto sandbox: the platform's token API on this computer. Everybody has these keys.",
        *(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
        "#",
        "# The result follows from the card number, and any other number is 006_001, too:",
        *(f"#   {card} {result.code} {result.description}" for card, result in CASES.items()),
        "#",
        "# A first call, encrypted both ways:",
        f"#   {curl_line()}",
        "#",
        "# The sandbox's own endpoints, which the platform does not have:",
        f'#   curl -d \'{{"oneTimeToken": "..."}}\' {base_url}{SPEND_PATH}',
        f'#   curl -d \'{{"encrypted": true, "payload": {{}}}}\' {base_url}{CALLBACK_PATH}',
    ]
    return "\n".join(lines) + "\n"


def curl_line() -> str:
    """Return a shell line that seals a request by the variables, sends it, and opens the answer."""
    return (
        """echo '{"cardNo":"9410000000001234"}' | kmcrypto sign --encrypt --curl -"""
        ' | curl -sS -K - "$KMCRYPTO_SANDBOX_URL" | kmcrypto decrypt -'
    )
