"""What an installation gets, and which module may import which."""

import ast
import configparser
import shutil
import subprocess
import sys
import zipfile

import pytest
from places import ROOT

import pulsenet

pytestmark = pytest.mark.whole

PACKAGE = ROOT / "pulsenet"
MODULES = sorted(PACKAGE.rglob("*.py"))
#: Folders beside the package that are installed inside it.
MAPPED = ("models", "runs")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def data_files():
    """Paths in the wheel of what an installation must have besides the modules."""
    mapped = [path for key in MAPPED for path in (ROOT / key).rglob("*") if path.suffix in (".py", ".toml", ".csv")]
    return {f"pulsenet/{name_of(path)}" for path in mapped} | {name_of(path) for path in PACKAGE.rglob("*.md")}


# --- installation ---


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of this tree, built from a copy, because a build writes into the tree; without network."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in ("setup.cfg", "pyproject.toml", "LICENSE", "README.md"):
        if (ROOT / path).exists():
            shutil.copy(ROOT / path, source)
    for folder in ("pulsenet", *MAPPED):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    result = subprocess.run([*pip, "-w", target, source], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    (path,) = target.glob("*.whl")
    return path


def test_wheel_holds_every_module_and_data_file(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name_of(path) for path in MODULES} <= names
    assert data_files() <= names
    assert not [name for name in names if name.startswith(("tests/", "models/", "runs/"))]


def test_wheel_works_away_from_the_repository(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "import importlib.resources, pulsenet\n"
        "print(pulsenet.__file__)\n"
        "for key in ('models', 'runs'):\n"
        "    for path in importlib.resources.files(f'pulsenet.{key}').iterdir(): print(f'{key}/{path.name}')\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    location, *found = result.stdout.splitlines()
    assert location.startswith(str(tmp_path))
    here = {name_of(path) for key in MAPPED for path in (ROOT / key).iterdir()}
    assert {name for name in found if "__pycache__" not in name} == {name for name in here if "__pycache__" not in name}


def test_version_is_written_once(wheel):
    assert wheel.name == f"pulsenet-{pulsenet.__version__}-py3-none-any.whl"
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert config["metadata"]["version"] == "attr: pulsenet.__version__"


def test_setup_lists_every_package():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    folders = {path.parent for path in MODULES}
    assert not [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()]
    # Without __init__.py an editable installation does not find a folder that lies elsewhere.
    assert not [folder for folder in MAPPED if not (ROOT / folder / "__init__.py").exists()]
    packages = {name_of(folder).replace("/", ".") for folder in folders} | {f"pulsenet.{key}" for key in MAPPED}
    assert set(config["options"]["packages"].split()) == packages


# --- imports ---

#: What describes, and therefore must work without a simulator.
DESCRIPTIONS = ("circuit/", "data/", "describe/", "seams/", "text/", "trace/")


def imported(path, tree=None, inside_functions=True):
    """Full names of the modules, and of the names taken from them, that a file imports."""
    names, pending = set(), [tree or ast.parse(path.read_text(encoding="utf-8"))]
    package = list(path.relative_to(ROOT).parent.parts)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
        if inside_functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))
    return names


def within(names, *packages):
    """Those of the names that are one of the packages or inside it."""
    return {name for name in names for package in packages if name == package or name.startswith(f"{package}.")}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_engines_import_brian2(path):
    names = imported(path, inside_functions=False)
    if path not in (PACKAGE / "engines" / "brian" / "__init__.py", PACKAGE / "engines" / "program" / "device.py"):
        assert not within(names, "brian2")
    if PACKAGE / "engines" not in path.parents:
        assert not within(names, "pulsenet.engines.brian")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_descriptions_know_no_simulator(path):
    if path.relative_to(PACKAGE).as_posix().startswith(DESCRIPTIONS):
        assert not within(imported(path), "pulsenet.engines")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import pulsenet.engines.brian.build as b", True),
        ("from pulsenet import engines", True),
        ("from pulsenet.engines.runtime import x", True),
        ("from ..engines import runtime", True),
        ("from .. import engines", True),
        ("def f():\n    from pulsenet import engines", True),
        ("from pulsenet.engineers import x", False),
        ("from . import build", False),
    ],
)
def test_the_test_sees_imports(code, expected):
    names = imported(PACKAGE / "trace" / "reader.py", ast.parse(code))
    assert bool(within(names, "pulsenet.engines")) == expected
    assert not within(imported(PACKAGE / "records.py", ast.parse("def f():\n    import brian2"), False), "brian2")


@pytest.mark.parametrize("ignored", [False, True])
def test_importing_brian2_leaves_interrupts_and_uncaught_exceptions_as_they_were(ignored):
    """Brian2's own Ctrl-C would end a simulation in the middle as if it were done."""
    code = f"""
import signal, sys
if {ignored}:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
before = signal.getsignal(signal.SIGINT), sys.excepthook
import pulsenet.engines.brian
assert (signal.getsignal(signal.SIGINT), sys.excepthook) == before
"""
    subprocess.run([sys.executable, "-c", code], check=True)
