"""The house: every import goes down, no package has a circle, and no two files have one name."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pulsenet"

#: From the ground up. What stands in one line imports nothing of that line, and nothing of the lines after it.
LAYERS = (
    ("errors", "records"),
    ("text",),
    ("data", "seams"),
    ("seams.laws", "seams.codes", "seams.neurons", "seams.reading"),
    ("seams.updates", "seams.rules", "seams.effects"),
    ("circuit",),
    ("describe",),
    ("trace", "engines.brian"),
    ("engines.program",),
    ("engines",),
    ("training",),
    ("software", "replay", "classifier"),
    ("exports", "figures"),
    ("fitting", "study"),
    ("assess",),
    ("commands",),
    ("cli",),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


def sources() -> dict[str, Path]:
    """All modules of the package by their dotted name, less ``pulsenet.``; a package by its own name."""
    paths = {path: path.relative_to(PACKAGE).with_suffix("").parts for path in PACKAGE.rglob("*.py")}
    named = {".".join(parts).removesuffix("__init__").rstrip("."): path for path, parts in paths.items()}
    return {name: path for name, path in named.items() if name}


def imported(path: Path, modules: set[str]) -> set[str]:
    """Modules of the package that a file imports, inside functions and for type checkers, too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name == "pulsenet" or name.startswith("pulsenet."):
                found.add(module_of(name.removeprefix("pulsenet").lstrip("."), modules))
    return found


def module_of(name: str, modules: set[str]) -> str:
    """The module that holds a name; empty for the package's own root."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


def graph() -> dict[str, set[str]]:
    """What each module imports, but for the root, which is the face of all."""
    found = sources()
    return {name: imported(path, set(found)) - {name} for name, path in found.items()}


def room_of(module: str, path: Path) -> str:
    """The folder that a module lies in; its own name at the root."""
    room = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return room or module


def test_every_room_has_a_place():
    found = sources()
    assert {room_of(name, path) for name, path in found.items()} == set(LEVEL)


def test_every_import_goes_down():
    found, back = sources(), []
    for name, targets in graph().items():
        assert "" not in targets, f"{name} imports the face of the package"
        for target in targets:
            here, there = (room_of(module, found[module]) for module in (name, target))
            if here != there and LEVEL[there] >= LEVEL[here]:
                back.append(f"{name} -> {target}")
    assert not back


def test_there_is_no_circle():
    links, order, state = graph(), [], {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert state.get(name) != "open", " -> ".join((*path, name))
        if name not in state:
            state[name] = "open"
            for target in sorted(links[name]):
                visit(target, (*path, name))
            state[name] = "done"
            order.append(name)

    for name in links:
        visit(name, ())
    assert len(order) == len(links)


def test_no_two_files_have_one_name():
    stems = Counter(path.stem for path in PACKAGE.rglob("*.py") if path.stem not in ("__init__", "base"))
    assert [stem for stem, number in stems.items() if number > 1] == []


def test_few_files_lie_at_the_root():
    assert len(list(PACKAGE.glob("*.py"))) <= 6


def test_contributing_shows_the_rooms_as_they_are():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    picture = text.partition("<!-- rooms -->")[2].partition("<!-- end of rooms -->")[0]
    rows = [line.split("|")[1] for line in picture.splitlines() if line.startswith("| `")]
    shown = [{name.strip().strip("`") for name in row.split(",")} for row in rows]
    assert shown == [set(rooms) for rooms in reversed(LAYERS)]
