"""Sphinx configuration. Nothing here needs a network, neither to build the pages nor to read them."""

import os
import sys
from importlib.metadata import version as version_of
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]  # our extensions; the proofs, which stand beside the package

project = "emt_theory"
author = "the emt_theory developers"
copyright = f"2026, {author}"
release = version = version_of("emt_theory")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "docstrings",
    "concepts",
    "commands",
    "registry",
    "mathml",
    "notebooks",
]
exclude_patterns = ["_build"]

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# Tutorials are notebooks, and run while the pages are built: on one BLAS thread, as in the tests, and anew each time,
# since what they show depends on the package and not on their text alone. Their kernels have a profile of their own, so that
# nobody's settings play a part, and say only what is an error.
profile = HERE / "_build" / "ipython" / "profile_default" / "ipython_kernel_config.py"
profile.parent.mkdir(parents=True, exist_ok=True)
profile.write_text("c.IPKernelApp.log_level = 'ERROR'\n", encoding="utf-8")
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", IPYTHONDIR=str(profile.parents[1]))
nb_execution_mode = os.environ.get("EMT_DOCS_EXECUTION", "force")
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_format = "short"
autodoc_type_aliases = {name: name for name in ("Array", "ArrayLike", "ComplexArray")}  # as they are written
autodoc_typehints_description_target = "documented"
autosummary_generate = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
default_role = "linked"
smartquotes = False  # a -- is an option

html_theme = "furo"
html_title = "emt_theory"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "friendly"
pygments_dark_style = "monokai"
