"""The settings of Sphinx: `sphinx-build -W -n -b html docs OUT`, without a network.

Pages are Markdown (MyST), so that they also read well on a code host. The reference is made from
the docstrings.
"""

from sphinx.application import Sphinx

from kmcrypto import __version__

project = "kmcrypto"
author = "kmcrypto contributors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"kmcrypto {release}"
exclude_patterns = ["_build"]

myst_heading_anchors = 3  # the anchors that a code host makes
# Links to files beside docs/: tests/docs/test_links.py follows every link.
suppress_warnings = ["myst.xref_missing"]

# A docstring has names of code in single backquotes.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_use_ivar = True

# The types of other packages are described by inventories that a build without a network lacks, and
# the package's own are shown by the names under which its users import them.
nitpick_ignore_regex = [("py:.*", ".*")]


def leave_module_docstring_out(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Show the members of a module without its docstring, which is written for its maintainers."""
    if what == "module":
        lines.clear()


def setup(app: Sphinx) -> None:
    """Connect the function above."""
    app.connect("autodoc-process-docstring", leave_module_docstring_out)
