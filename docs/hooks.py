"""Pages of the documentation site that are made of what the repository holds anyway: texts, tutorials, docstrings."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import jupytext
import nbformat
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File
from nbconvert import MarkdownExporter

ROOT = Path(__file__).resolve().parents[1]
#: Texts, and the pages that they become.
TEXTS = {
    "README.md": "index.md",
    "pulsenet/trace/FORMAT.md": "format.md",
    "models/README.md": "devices.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
#: Where `make tutorials` leaves executed notebooks.
EXECUTED = ROOT / "build" / "tutorials"
#: Title, rooms and modules of the pages of the reference; `pulsenet` itself comes first, and shows what it exports.
REFERENCE = {
    "Devices": ["seams.laws"],
    "Update methods": ["seams.updates"],
    "Learning rules": ["seams.rules"],
    "Effects and reading": ["seams.effects", "seams.reading"],
    "Pulse codes and neurons": ["seams.codes", "seams.neurons"],
    "What seams share": ["seams.variant", "seams.setting", "text"],
    "Descriptions": ["describe"],
    "Circuit and equations": ["circuit"],
    "Engines": ["engines", "records"],
    "Training": ["training", "data", "classifier", "software"],
    "Traces": ["trace"],
    "Replays": ["replay"],
    "Figures": ["figures"],
    "Fitting": ["fitting"],
    "Studies": ["study"],
    "Exports": ["exports"],
    "Errors": ["errors"],
}
#: A link in a text, but to somewhere else and to a place on the page.
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")


@event_priority(100)  # before the plugins look at the files
def on_files(files, config):
    """Add the pages."""
    pages = {page: _text(source) for source, page in TEXTS.items()}
    for title, names in REFERENCE.items():
        pages[f"reference/{_slug(title)}.md"] = _reference(title, names)
    pages["reference/index.md"] = "# Reference\n\n::: pulsenet\n    options: {show_root_heading: false}\n"
    for script in sorted((ROOT / "tutorials").glob("*.py")):
        text, pictures = _tutorial(script)
        pages[f"tutorials/{script.stem}.md"] = text
        for name, content in pictures.items():
            files.append(File.generated(config, f"tutorials/{name}", content=content))
    for page, text in pages.items():
        files.append(File.generated(config, page, content=text))
    config.nav = [
        {"Home": "index.md"},
        {"Tutorials": [page for page in sorted(pages) if page.startswith("tutorials/")]},
        {"Devices": "devices.md"},
        {"Trace format": "format.md"},
        {"Reference": ["reference/index.md", *({title: f"reference/{_slug(title)}.md"} for title in REFERENCE)]},
        {"Contributing": "contributing.md"},
        {"Changelog": "changelog.md"},
    ]
    return files


def _text(source: str) -> str:
    """A text of the repository; links to other pages lead there, links to files are only named."""

    def link(match: re.Match) -> str:
        words, target, anchor = match.groups()
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        page = TEXTS.get(path) or (
            path.removesuffix(".py") + ".md" if path.startswith("tutorials/") and path.endswith(".py") else None
        )
        return f"[{words}]({page}{anchor or ''})" if page else words

    text = (
        (ROOT / source).read_text(encoding="utf-8").replace("](docs/", "](")
    )  # pictures: this folder is the root of the site
    return _LINK.sub(link, text)


def _tutorial(script: Path) -> tuple[str, dict[str, bytes]]:
    """A tutorial as a page with pictures: with all output if it was executed, else as it was written."""
    executed = EXECUTED / f"{script.stem}.ipynb"
    fresh = executed.exists() and executed.stat().st_mtime >= script.stat().st_mtime
    notebook = nbformat.read(executed, as_version=4) if fresh else jupytext.read(script)
    text, resources = MarkdownExporter().from_notebook_node(notebook, {"unique_key": script.stem})
    pictures = resources["outputs"]
    if not pictures:  # the tutorial shows none itself: take those that it wrote, and whose paths it printed
        for path in re.findall(r"^ +(results/\S+\.png)$", text, re.MULTILINE):
            name = f"{script.stem}_{path.replace('/', '_')}"
            pictures[name] = (EXECUTED / path).read_bytes()
            text = text.replace(f"    {path}\n", f"    {path}\n\n![]({name})\n\n", 1)
    return text, pictures


def _reference(title: str, names: list[str]) -> str:
    """A page of modules; a package stands for itself and its modules."""
    modules = []
    for name in names:
        folder = ROOT / "pulsenet" / name.replace(".", "/")
        parts = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
        own = "\n    options: {members: false}" if parts else ""  # its modules follow
        modules += [f"pulsenet.{name}{own}", *(f"pulsenet.{name}.{part}" for part in parts)]
    return f"# {title}\n\n" + "\n\n".join(f"::: {module}" for module in modules) + "\n"


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")
