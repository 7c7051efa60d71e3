# SPDX-License-Identifier: BSD-3-Clause
"""Sphinx's configuration. docs/build calls Sphinx."""
import pathlib
import re
import sys

DOCS = pathlib.Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(DOCS))

version_header = (ROOT / "include" / "plait" / "version.hpp").read_text(encoding="utf-8")
project = "Plait"
release = ".".join(re.findall(r"#define PLAIT_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", version_header))
copyright = "the authors of Plait, BSD-3-Clause"


def dark_colours():
    """Debian's furo has its dark colours for a reader who asks for them; so they follow the system, too."""
    import furo
    styles = pathlib.Path(furo.__file__).parent / "theme" / "furo" / "static" / "styles" / "furo.css"
    css = styles.read_text(encoding="utf-8") if styles.is_file() else ""
    block = re.search(r'body\[data-theme="?dark"?\]\s*\{([^}]*--[^}]*)\}', css)
    return dict(re.findall(r"--([\w-]+):\s*([^;}]+)", block[1])) if block else {}


extensions = ["myst_parser", "reference"]
doxygen_xml = str(ROOT / "build" / "doxygen" / "xml")
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4
exclude_patterns = ["__pycache__"]

html_theme = "furo"
html_title = f"Plait {release}"
html_static_path = ["theme"]
html_css_files = ["style.css"]
html_js_files = ["theme_button.js"]
html_theme_options = {"dark_css_variables": dark_colours()}
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
highlight_language = "cpp"
pygments_style = "friendly"
pygments_dark_style = "monokai"
