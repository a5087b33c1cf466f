"""The generator: a folder for each file of vectors, and `common` for the pieces that they share.

A case is a row of a table in its file's folder: the reason, which is published as the comment, and
the value. To add one, append a row to the table of its flag; labels count the rows, so a row in the
middle would change later bytes. A negative case equals its base, the positive case that is passed
with it, but for one thing, which common/one_fault.py proves; where no base fits, add one with the
file's `positive_...` function.

Each case has an id, which comes from its first flag and its comment (common/names.py), and a tcId,
which make/register/ keeps (common/register.py). Neither ever changes. So `name` keeps the id where
a comment or flag is improved later, and it tells cases apart whose comments have the same words.

A new flag needs a Note in notes.py, a new error a line in common/errors.py, and a new member or
operation one in common/schemas.py. Then run `python vectors/generate.py --register`: it
gives a new case the next tcId of its file, and writes the file, its schema, the counts and flags in
README.md, and MANIFEST.sha256.
`pytest tests/vectors` shows whether kmcrypto and both verifiers agree with the case.
"""
