"""The ids of tests, such as `tran-token/token-form/version-2`: file, topic, and what is tested.

The topic is the first flag, the last part comes from the comment. An id never changes. If a comment
or a flag does, `name` keeps what the id was; it may say the topic, too: "token-form/version-2".
"""

import re

ARTICLES = ("a", "an", "the")


def make_id(subject: str, flag: str, comment: str, name: str | None) -> str:
    """Make the id of a test.

    Raises:
        ValueError: If the comment has no ASCII words, or the name is not in the form of an id.
    """
    topic = to_kebab(re.sub("(?<=[a-z0-9])(?=[A-Z])", "-", flag))
    if name is None:
        name = to_kebab(comment)
    path = name if "/" in name else f"{topic}/{name}"
    test_id = f"{to_kebab(subject)}/{path}"
    if re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*){2}", test_id) is None:
        raise ValueError(f"{comment}: {test_id} is no id, so give a name")
    return test_id


def to_kebab(text: str) -> str:
    """Join the ASCII words of a text by hyphens, in lower case and without articles.

    The sign of a number is a word; apostrophes, and commas within a number, are left out.
    """
    text = text.lower()
    text = re.sub("(?:(?<= )|(?<=^)|(?<=[0-9]e))-(?=[0-9])", " minus ", text)
    text = re.sub("(?:(?<= )|(?<=^)|(?<=[0-9]e))[+](?=[0-9])", " plus ", text)
    text = re.sub("'|(?<=[0-9]),(?=[0-9]{3})", "", text)
    return "-".join(word for word in re.findall("[a-z0-9]+", text) if word not in ARTICLES)
