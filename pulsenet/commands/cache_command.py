"""pulsenet cache."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--clear", is_flag=True, help="Remove the programs, and what was left behind.")
def cache(clear):
    """Tell where programs of circuits are kept, and how many; or remove them.

    They are kept in the folder that the environment variable PULSENET_CACHE names, else in the user's cache.
    """
    from pulsenet.engines.program import cache as programs

    folder = programs.cache_folder()
    found = programs.clear() if clear else programs.contents()
    click.echo(f"folder: {folder}")
    if not folder.is_dir():
        click.echo("it does not exist: no program has been built yet")
        return
    done, later = ("removed: ", "") if clear else ("", "; the next build removes them")
    click.echo(f"{done}{_counted(found.programs, 'program', 'programs')}")
    if found.left_behind:
        left = _counted(found.left_behind, "file or folder", "files and folders")
        click.echo(f"{done}{left}, left behind by builds that were killed and by older versions{later}")
    if found.building:
        click.echo("being built now, and left alone: " + _names(found.building))
    if found.others:
        click.echo("not pulsenet's, and left alone: " + _names(found.others))


def _counted(sizes: dict[Path, int], one: str, several: str) -> str:
    """How many, and how large."""
    from pulsenet.text.quantities import from_si

    if not sizes:
        return f"no {several}"
    return f"{len(sizes)} {one if len(sizes) == 1 else several}, {from_si(sum(sizes.values()), 'B')}"


def _names(paths: dict[Path, int]) -> str:
    return ", ".join(path.name for path in paths)
