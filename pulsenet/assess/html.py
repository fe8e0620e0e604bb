"""From a report in Markdown to one HTML file that holds its pictures, and asks for nothing else."""

from __future__ import annotations

import base64
import html
import re
from importlib.resources import files
from pathlib import Path

import markdown


def page(text: str, title: str, folder: Path) -> str:
    """The report as a page.

    Parameters
    ----------
    text : str
        In Markdown; images are PNG files, by their paths from ``folder``.
    title : str
    folder : Path

    Returns
    -------
    str
    """
    body = markdown.markdown(text, extensions=["tables", "sane_lists"], output_format="html")
    body = re.sub(r'src="([^":]+\.png)"', lambda found: f'src="{_embedded(folder / html.unescape(found[1]))}"', body)
    template = (files("pulsenet.assess") / "report.html").read_text(encoding="utf-8")
    return template.replace("<!-- title -->", html.escape(title)).replace("<!-- body -->", body)


def _embedded(picture: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()
