"""Mistakes that users make: each ends in one line that names what is wrong and says what to do, and nothing is broken.

With the environment variable PULSENET_MISTAKES naming a file, the table of mistakes and messages is written to it, in
Markdown.
"""

import builtins
import errno
import os
import shlex
import shutil
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import h5py
import made_up_run
import numpy as np
import pooch
import pytest
from click.testing import CliRunner
from pydantic import BaseModel, Field

from pulsenet import ConfigError, Linear, PulsenetError, Run, Trace, Unidirectional, load_data, train
from pulsenet.cli import main
from pulsenet.replay.replay import replay
from pulsenet.text.complaints import OneLine
from pulsenet.trace.files import lock, unlock

pytestmark = pytest.mark.whole

DEVICE = (
    'law = "exponential"\nG_min = "0.1 uS"\nG_max = "5 uS"\npulses_SET = 64\nbeta_SET = 1\n'
    "pulses_RESET = 64\nbeta_RESET = 1"
)
RUN = f"""
[data]
source = "digits"
train = 12
test = 8
[network]
layers = [64, 4, 10]
[time]
n_slots = 2
[device]
{DEVICE}
[training]
epochs = 2
"""
STUDY = """
base = "run.toml"
seeds = [1]
[axes]
device.beta_SET = [0, 1]
"""
CURVE = "pulse,conductance (uS)\n" + "".join(f"{n},{0.1 + 0.05 * n}\n" for n in range(20))
#: As numpy runs these few frames, no program is built.
NUMPY = ["--engine", "numpy"]
Session = sys.modules["pulsenet.training.train"].Session  # pulsenet.training.train is the function


# -- the place in which mistakes are made ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Files of a user: a run file, a study, curves, samples.

    A finished run, one that was interrupted, broken traces.
    """
    folder = tmp_path_factory.mktemp("mistakes")
    files = {
        "run.toml": RUN,
        "study.toml": STUDY,
        "curve.csv": CURVE,
        "empty.csv": "",
        "no-unit.csv": CURVE.replace(" (uS)", ""),
        "notes.txt": "remember the milk\n",
        "broken.toml": "[network\nlayers = 3",
        "typo-in-axis.toml": STUDY.replace("device.beta_SET", "device.beta_set"),
        "axis-is-no-key.toml": STUDY.replace("device.beta_SET", "devise.beta_SET"),
        "no-base.toml": STUDY.replace("run.toml", "rum.toml"),
        "typo-in-baseline.toml": STUDY.replace("seeds = [1]", 'seeds = [1]\nbaselines = ["sofware"]'),
        "claim.toml": STUDY + '[claims.a]\nsentence = "?"\nof = {beta_set = 1}\nat_least = 0\n',
        "claim-of-nothing.toml": STUDY
        + '[claims.a]\nsentence = "?"\nof = {"device.beta_SET" = 1}\ncolumn = "acuracy"\nat_least = 0\n',
        "cluttered/table.csv": "mine\n",
        "old-study/study.json": "{}\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    x, y = np.linspace(0, 1, 640).reshape(10, 64), np.arange(10)
    np.savez(folder / "keys.npz", images=x, labels=y)
    np.savez(folder / "text.npz", x_train=x, y_train=np.array([f"digit {label}" for label in y]))
    np.savez(folder / "bytes.npz", x_train=x * 255, y_train=y)
    np.savez(folder / "one-based.npz", x_train=x, y_train=y + 1)
    run = Run.load(folder / "run.toml")
    train(run, folder / "finished", engine="standalone")
    with pytest.raises(KeyboardInterrupt):
        train(run, folder / "interrupted", engine="standalone", watch=interrupt)
    made_up_run.write(folder / "silent", recorded=np.zeros(8, bool))
    content = (folder / "finished" / "trace.h5").read_bytes()
    (folder / "truncated.h5").write_bytes(content[: len(content) // 2])
    (folder / "newer.h5").write_bytes(
        content[:-128] + content[-128:].replace(b"pulsenet-trace 1.", b"pulsenet-trace 9.")
    )
    with h5py.File(folder / "foreign.h5", "w") as file:
        file["data"] = np.arange(3)
    return folder


def interrupt(progress):
    """What a user does after the first chunk: Ctrl-C."""
    if progress.frame:
        raise KeyboardInterrupt


@pytest.fixture(scope="module")
def told():
    """Rows of the table: mistake, how it was made, what was said."""
    rows = []
    yield rows
    if target := os.environ.get("PULSENET_MISTAKES"):
        lines = ["| | mistake | how | message |", "|---|---|---|---|"]
        for number, row in enumerate(rows, start=1):
            lines.append(f"| {number} | " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
        Path(target).write_text("\n".join(lines) + "\n")


@pytest.fixture
def place(made, tmp_path, monkeypatch):
    """A copy to work in, far from what the user's machine has."""
    folder = shutil.copytree(made, tmp_path / "work")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PULSENET_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("PULSENET_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    return SimpleNamespace(folder=folder, monkeypatch=monkeypatch)


# -- mistakes on the command line --------------------------------------------------------------------------------------


def on_run(*changes):
    """`pulsenet run` with values replaced."""
    return ["run", "run.toml", "--out", "new", *(word for change in changes for word in ("--set", change))]


#: What the mistake is, the words after `pulsenet`, and parts of the one line.
COMMANDS = [
    # files
    ("run file is not there", ["run", "rn.toml"], ["rn.toml", "No such file", "run file (.toml)"]),
    ("a measured curve instead of a run file", ["run", "curve.csv"], ["curve.csv", "is not TOML"]),
    ("run file with a bracket missing", ["run", "broken.toml"], ["broken.toml", "not TOML", "line 1"]),
    ("a folder instead of a run file", ["run", "finished"], ["finished", "Is a directory", ".toml"]),
    ("a study file instead of a run file", ["run", "study.toml"], ["study.toml", "pulsenet study study.toml"]),
    # words of the command line
    ("no run file given", ["run"], ["RUN.toml", "pulsenet run --help"]),
    ("unknown subcommand", ["models", "shw", "epiram"], ["shw", "pulsenet models --help"]),
    ("nothing to fit", ["fit"], ["CURVE.csv", "pulsenet fit --help"]),
    ("unknown command", ["trian", "run.toml"], ["trian", "run, demo", "pulsenet --help"]),
    ("unknown option", ["run", "run.toml", "--epoch", "3"], ["--epoch", "--epochs", "pulsenet run --help"]),
    ("unknown option before the command", ["--verbose", "run", "run.toml"], ["--verbose", "pulsenet --help"]),
    ("an option without its value", ["run", "run.toml", "--out"], ["--out", "argument"]),
    ("a word too many", ["run", "run.toml", "mine.toml"], ["mine.toml", "pulsenet run --help"]),
    ("--set without =", ["run", "run.toml", "--set", "training.epochs"], ["--set training.epochs", "KEY=VALUE"]),
    ("--set with a colon", ["run", "run.toml", "--set", "training.epochs:2"], ["--set training.epochs:2", "KEY=VALUE"]),
    ("--set of a key without its section", on_run("epochs=2"), ["epochs is not a key", "training.epochs"]),
    ("unknown engine", ["run", "run.toml", "--engine", "gpu"], ["gpu", "standalone", "numpy"]),
    ("epochs that are no number", ["run", "run.toml", "--epochs", "many"], ["--epochs", "many", "integer"]),
    ("no workers at all", ["study", "study.toml", "--workers", "0"], ["--workers", "0", "1"]),
    # keys and values
    ("typo in a section", on_run("trainig.epochs=2"), ["trainig is not a key", "'training'"]),
    ("typo in a key", on_run("training.epoch=2"), ["training.epoch is not a key", "'epochs'"]),
    (
        "typo in a law",
        on_run("device.law=expontial"),
        ["device.law", "'expontial'", "did you mean 'exponential'", "linear"],
    ),
    ("typo in a model", on_run("device.model=epirma"), ["device.model", "epirma", "did you mean 'epiram'"]),
    (
        "typo in an update method",
        on_run("update.method=undirectional"),
        ["update.method", "did you mean 'unidirectional'"],
    ),
    ("typo in a learning rule", on_run("rule.rule=adaptive-pb"), ["rule.rule", "did you mean 'adaptive-bp'"]),
    ("typo in a value", on_run("network.activation=relu"), ["network.activation", "relu", "clipped-linear"]),
    ("wrong unit", on_run("device.G_max=5 uA"), ["device.G_max", "5 uA", "siemens", "2.5 uS"]),
    ("no unit", on_run('device.G_max="5"'), ["device.G_max", "'5'", "siemens"]),
    ("G_min above G_max", on_run("device.G_min=6 uS"), ["G_min = 6e-06 S", "G_min < G_max"]),
    ("G_min equal to G_max", on_run("device.G_min=5 uS"), ["G_min = 5e-06 S", "G_min < G_max"]),
    ("negative conductance", on_run("device.G_min=-1 uS"), ["G_min = -1e-06 S", "0 <= G_min"]),
    ("0 pulses", on_run("device.pulses_SET=0"), ["device.pulses_SET = 0", "at least 1"]),
    ("not a number", on_run("device.beta_SET=nan"), ["device.beta_SET = nan", "finite"]),
    ("infinite", on_run("device.pulses_SET=inf"), ["device.pulses_SET = inf", "finite"]),
    ("one slot", on_run("time.n_slots=1"), ["time.n_slots = 1", "at least 2"]),
    ("no epochs", ["run", "run.toml", "--epochs", "0"], ["training.epochs = 0", "at least 1"]),
    ("half an epoch", on_run("training.epochs=2.5"), ["training.epochs = 2.5", "whole number"]),
    ("a number in quotes", on_run('training.epochs="3"'), ["training.epochs = '3'", "whole number", "quotes"]),
    ("a pulse count in quotes", on_run('device.pulses_SET="64"'), ["device.pulses_SET = '64'", "number", "quotes"]),
    ("true instead of a number", on_run("training.epochs=true"), ["training.epochs = True", "whole number"]),
    (
        "true in a list of numbers",
        on_run("network.layers=[64, true, 10]"),
        ["network.layers[1] = True", "whole number"],
    ),
    ("a number instead of true", on_run("record.energy=1"), ["record.energy = 1", "true or false"]),
    ("a number for a section", on_run("training=3"), ["training = 3", "section"]),
    ("a decay above 1", on_run("training.decay=1.5"), ["training.decay = 1.5", "'auto'", "at most 1"]),
    (
        "a key of another update method",
        on_run("update.method=bidirectional", "update.refresh_every=9"),
        ["update.refresh_every is not a key"],
    ),
    (
        "margin above threshold",
        on_run("update.method=unidirectional", "update.refresh_margin=0.95"),
        ["refresh_margin = 0.95", "refresh_above = 0.9"],
    ),
    (
        "more stuck devices than devices",
        on_run("variation.stuck_G_min=0.7", "variation.stuck_G_max=0.7"),
        ["stuck_G_max", "1.4", "above 1"],
    ),
    ("gains for too few layers", on_run("read.gain=[1.0]"), ["read.gain", "1 values", "2 weight layers"]),
    ("braces in a value", on_run("network.activation={x}"), ["network.activation", "{x}", "clipped-linear"]),
    # data
    ("input layer too small", on_run("network.layers=[60, 4, 10]"), ["network.layers", "64 features", "60"]),
    ("fewer outputs than classes", on_run("network.layers=[64, 4, 9]"), ["network.layers", "10 classes", "9"]),
    ("unknown data", on_run("data.source=cifar"), ["'cifar'", "digits", "mnist", ".npz"]),
    ("sample file is not there", on_run("data.source=mine.npz"), ["mine.npz", "no such file", "x_train"]),
    ("text file as samples", on_run("data.source=notes.txt"), ["notes.txt", ".npz"]),
    (
        "sample file without the right names",
        on_run("data.source=keys.npz"),
        ["keys.npz", "images, labels", "x_train and y_train"],
    ),
    ("labels as text", on_run("data.source=text.npz"), ["text.npz", "y_train", "integers"]),
    (
        "pixels up to 255",
        on_run("data.source=bytes.npz", "data.train=10"),
        ["bytes.npz", "x_train[", "not in [0, 1]", "scale"],
    ),
    ("classes counted from 1", on_run("data.source=one-based.npz"), ["one-based.npz", "0 does not", "0 .. k-1"]),
    ("more samples than there are", on_run("data.train=5000"), ["train: 5000", "1 to 1437"]),
    ("MNIST folder is not there", on_run("data.source=mnist", "data.folder=nowhere"), ["nowhere", "no folder"]),
    # folders of runs
    (
        "output is there already",
        ["run", "run.toml", "--out", "finished"],
        ["finished/trace.h5", "finished run", "force"],
    ),
    ("unfinished run in the folder", ["run", "run.toml", "--out", "interrupted"], ["interrupted", "resume", "force"]),
    ("nothing to resume", ["run", "run.toml", "--out", "new", "--resume"], ["new", "without resume"]),
    ("a finished run resumed", ["run", "run.toml", "--out", "finished", "--resume"], ["finished already", "force"]),
    (
        "resumed with another configuration",
        ["run", "run.toml", "--out", "interrupted", "--resume", "--set", "device.beta_SET=2", *NUMPY],
        ["interrupted", "device.beta_SET", "force"],
    ),
    ("a file where the folder should be", ["run", "run.toml", "--out", "notes.txt"], ["notes.txt", "folder"]),
    ("a file in the way of the folder", ["run", "run.toml", "--out", "notes.txt/run"], ["notes.txt", "folder"]),
    # traces
    ("no trace there", ["inspect", "fnished"], ["fnished", "no such file"]),
    ("folder without a run", ["inspect", "cluttered"], ["cluttered", "holds no run"]),
    ("text file as trace", ["inspect", "notes.txt"], ["notes.txt", "not a pulsenet trace"]),
    ("HDF5 of another program", ["view", "foreign.h5"], ["foreign.h5", "not a pulsenet trace"]),
    ("truncated trace", ["plot", "truncated.h5"], ["truncated.h5", "cut short", "good copy"]),
    ("trace of a newer version", ["inspect", "newer.h5"], ["newer.h5", "version 9.", "reads 1.x"]),
    (
        "figure of pulses that were not recorded",
        ["plot", "silent", "--figure", "pulses"],
        ["silent", "recorded", "record.pulses"],
    ),
    ("unknown figure", ["plot", "finished", "--figure", "pulse"], ["'pulse'", "did you mean 'pulses'", "learning"]),
    ("figure of a frame that is not there", ["plot", "finished", "--frame", "99"], ["no frame 99", "40"]),
    ("lines that are not there", ["plot", "finished", "--figure", "pulses", "--lines", "hidden1=9"], ["hidden1", "9"]),
    ("lines that are no numbers", ["plot", "finished", "--lines", "input=all"], ["--lines all", "input=0-9,12"]),
    (
        "option of a figure that is not drawn",
        ["plot", "finished", "--figure", "map", "--frame", "1"],
        ["--frame", "waveforms"],
    ),
    ("device that is none", ["plot", "finished", "--devices", "layer1"], ["--devices layer1", "LAYER=LINE,NEURON"]),
    ("window that is none", ["plot", "finished", "--window", "3"], ["--window 3", "START:STOP"]),
    ("format is missing", ["export", "finished"], ["--format", "vcd", "parquet"]),
    ("unknown format", ["export", "finished", "--format", "xlsx"], ["'xlsx'", "csv"]),
    ("frame out of range", ["export", "finished", "--format", "vcd", "--frames", "99"], ["no frame 99", "0 to 39"]),
    ("lines of no population", ["export", "finished", "--format", "vcd", "--lines", "hiden1=1"], ["hiden1", "hidden1"]),
    ("no frames in a page", ["view", "finished", "--frames", "0"], ["--frames", "0"]),
    # curves and devices
    ("curve is not there", ["fit", "crve.csv"], ["crve.csv", "No such file"]),
    ("empty curve", ["fit", "empty.csv"], ["empty.csv", "empty"]),
    ("curve without a unit", ["fit", "no-unit.csv"], ["no-unit.csv", "'conductance'", "option unit"]),
    ("a unit that is none", ["fit", "no-unit.csv", "--unit", "kg"], ["kg", "uS"]),
    ("unknown law to fit", ["fit", "curve.csv", "--law", "expontial"], ["'expontial'", "exponential"]),
    ("text instead of a curve", ["fit", "notes.txt"], ["notes.txt"]),
    ("curve is not there, to be assessed", ["assess", "crve.csv", "--workers", "1"], ["crve.csv", "No such file"]),
    ("unknown device", ["models", "show", "epirma"], ["epirma", "did you mean 'epiram'", "pulsenet models list"]),
    # studies
    (
        "typo in the key of an axis",
        ["study", "typo-in-axis.toml"],
        ["typo-in-axis.toml", "device.beta_set", "'beta_SET'"],
    ),
    (
        "axis of no section",
        ["study", "axis-is-no-key.toml"],
        ["axis-is-no-key.toml", "devise.beta_SET", "no dotted key"],
    ),
    (
        "a run file instead of a study file",
        ["study", "run.toml"],
        ["run.toml: has no key of a study", "use pulsenet run run.toml", "seeds"],
    ),
    ("base of a study is not there", ["study", "no-base.toml"], ["rum.toml", "No such file"]),
    ("typo in a baseline", ["study", "typo-in-baseline.toml"], ["'sofware'", "did you mean 'software'"]),
    ("claim about no run", ["study", "claim.toml", "--workers", "1"], ["claim 'a'", "beta_set", "device.beta_SET"]),
    ("claim about no column", ["study", "claim-of-nothing.toml"], ["acuracy", "did you mean 'accuracy'"]),
    (
        "study is there already",
        ["study", "study.toml", "--out", "old-study", "--workers", "1"],
        ["old-study", "resume", "force"],
    ),
    (
        "no study to resume",
        ["study", "study.toml", "--out", "new", "--resume", "--workers", "1"],
        ["new", "no study to resume"],
    ),
    (
        "folder with other results",
        ["study", "study.toml", "--out", "cluttered", "--workers", "1"],
        ["table.csv", "choose another folder"],
    ),
    ("quick without a quick version", ["study", "study.toml", "--set", "quick=true"], ["quick", "if_quick"]),
    ("budget of no run file", ["budget", "curve.csv"], ["curve.csv", "is not TOML"]),
]


@pytest.mark.parametrize(
    ("mistake", "words", "parts"), COMMANDS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_command_says_it_in_one_line(place, told, mistake, words, parts):
    before = sorted(path for path in place.folder.rglob("*"))
    message = said(words)
    told.append((mistake, f"`pulsenet {' '.join(words)}`", message))
    for part in parts:
        assert part in message, message
    assert sorted(path for path in place.folder.rglob("*")) == before  # nothing was written, nothing lost


def said(words, exit_code=1):
    """The one line that a command says when it fails."""
    done = CliRunner().invoke(main, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code == exit_code, (done.exit_code, done.output)
    *bars, message = [line.rpartition("\r")[2] for line in done.stderr.rstrip("\n").split("\n")]
    assert all("frame/s" in bar for bar in bars) and (not bars or exit_code == 130), done.stderr
    return checked(message)


def checked(message):
    assert "\n" not in message and 20 < len(message) < 700, message
    for jargon in (
        "Traceback",
        "pydantic",
        "Input should",
        "validation error",
        "<class",
        "object at 0x",
        ":  ",
        "Errno",
    ):
        assert jargon not in message, message
    return message


# -- mistakes that need a machine of their own -----------------------------------------------------------------------


def no_compiler(place):
    place.monkeypatch.setenv("PATH", str(place.folder))
    place.monkeypatch.delenv("CXX", raising=False)


def wrong_compiler(place):
    place.monkeypatch.setenv("CXX", "g+++")


def broken_compiler(place):
    script = place.folder / "broken-compiler"
    script.write_text("#!/bin/sh\necho 'broken-compiler: fatal error: no space left' >&2\nexit 1\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    place.monkeypatch.setenv("CXX", str(script))


def no_internet(place):
    def no_answer(url, *args, **options):
        raise OSError(f"no route to host\n{url}")

    place.monkeypatch.setattr(pooch, "retrieve", no_answer)


def nearly_full_disk(place):
    place.monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=10**9, used=10**9, free=1000))


def full_disk(place):
    """The run begins, and its first chunk does not fit."""
    step = Session.step

    def no_space(descriptor, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill_and_step(self, engine):
        place.monkeypatch.setattr(os, "write", no_space)
        return step(self, engine)

    place.monkeypatch.setattr(Session, "step", fill_and_step)


def no_permission(place):
    make = Path.mkdir

    def refused(self, *args, **options):
        if self.name == "new":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))
        make(self, *args, **options)

    place.monkeypatch.setattr(Path, "mkdir", refused)


def no_module(*names):
    """Packages that are not installed."""

    def hide(place):
        real = builtins.__import__

        def hidden(name, *args, **options):
            if name.partition(".")[0] in names:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            return real(name, *args, **options)

        place.monkeypatch.setattr(builtins, "__import__", hidden)
        for name in names:
            place.monkeypatch.setitem(sys.modules, name, None)

    return hide


MACHINES = [
    ("no C++ compiler", no_compiler, [*on_run(), "--engine", "standalone"], ["C++ compiler", "g++", "--engine"]),
    ("CXX names no program", wrong_compiler, [*on_run(), "--engine", "standalone"], ["C++ compiler", "--engine"]),
    (
        "compiler that fails",
        broken_compiler,
        [*on_run(), "--engine", "standalone"],
        ["broken-compiler", "failed", "no space left"],
    ),
    (
        "MNIST missing, and no internet",
        no_internet,
        on_run("data.source=mnist"),
        ["mnist: not found", "no route to host", "PULSENET_DATA"],
    ),
    ("disk nearly full", nearly_full_disk, on_run(), ["new", "kB", "make room", "--out"]),
    ("disk full while writing", full_disk, [*on_run(), *NUMPY], ["new", "No space left on device", "resume"]),
    ("no permission to write", no_permission, on_run(), ["new", "Permission denied"]),
    (
        "study on a cluster without Dask",
        no_module("distributed"),
        ["study", "study.toml", "--out", "new", "--scheduler", "tcp://127.0.0.1:9"],
        ["Dask", "pip install 'pulsenet[cluster]'"],
    ),
    (
        "Parquet without pyarrow",
        no_module("pyarrow"),
        ["export", "finished", "--format", "parquet"],
        ["pyarrow", "pip install 'pulsenet[parquet]'"],
    ),
]


@pytest.mark.parametrize(
    ("mistake", "machine", "words", "parts"), MACHINES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_machine_that_lacks_something(place, told, mistake, machine, words, parts):
    with place.monkeypatch.context() as patch:
        machine(SimpleNamespace(folder=place.folder, monkeypatch=patch))
        message = said(words)
    told.append((mistake, f"`pulsenet {' '.join(words)}`", message))
    for part in parts:
        assert part in message, message
    assert not (place.folder / "new" / "trace.h5").exists()


def test_no_scheduler_answers(place, told, monkeypatch):
    monkeypatch.setattr("pulsenet.study.cluster.PATIENCE", "200ms")
    words = ["study", "study.toml", "--out", "new", "--scheduler", "tcp://127.0.0.1:9", *NUMPY]
    message = said(words)
    told.append(("no scheduler answers", f"`pulsenet {' '.join(words)}`", message))
    assert "--scheduler tcp://127.0.0.1:9" in message and "no Dask scheduler answers" in message


def test_two_runs_in_one_folder(place, told):
    (place.folder / "new").mkdir()
    held = lock(place.folder / "new")
    try:
        message = said(on_run())
    finally:
        unlock(place.folder / "new", held)
    told.append(("two runs write to one folder", f"`pulsenet {' '.join(on_run())}`, twice at a time", message))
    assert "new" in message and "another process is writing" in message and "another folder" in message


@pytest.mark.parametrize(
    ("words", "again"),
    [
        ([*on_run("time.slot=2 us"), *NUMPY], "run run.toml --set 'time.slot=2 us' --engine numpy --out new --resume"),
        (["demo", "--out", "new", *NUMPY], "demo --engine numpy --out new --resume"),
    ],
)
def test_an_interrupted_run_says_how_to_go_on(place, told, monkeypatch, words, again):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Session, "step", interrupted)
        message = said(words, exit_code=130)
    told.append(("interrupted run", f"`pulsenet {' '.join(words)}`, then Ctrl-C", message))
    assert message == f"interrupted: what was done is safe in new; continue with: pulsenet {again}"
    name, *others = shlex.split(again)
    assert (
        main.commands[name].make_context(name, others).params["resume"]
    )  # the command takes what it is told to be given


# -- mistakes in Python ------------------------------------------------------------------------------------------------


def python_run(**sections):
    device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=64, pulses_RESET=64)
    return Run(**{"network": {"layers": [64, 10]}, "device": device} | sections)


def full_trace(call):
    with Trace("finished") as trace:
        return call(trace)


PYTHON = [
    (
        "typo in a section",
        'Run(..., trainig={"epochs": 2})',
        lambda: python_run(trainig={"epochs": 2}),
        ["trainig is not a key", "'training'"],
    ),
    (
        "typo in a key",
        'Run(..., training={"epoch": 2})',
        lambda: python_run(training={"epoch": 2}),
        ["training.epoch is not a key", "'epochs'"],
    ),
    (
        "section is missing",
        "Run(device=device)",
        lambda: Run(device=python_run().device),
        ["network is missing", "network, device"],
    ),
    (
        "a number as text",
        'Run(..., training={"epochs": "3"})',
        lambda: python_run(training={"epochs": "3"}),
        ["training.epochs = '3'", "whole number"],
    ),
    (
        "True instead of a number",
        'Run(..., training={"epochs": True})',
        lambda: python_run(training={"epochs": True}),
        ["training.epochs = True", "whole number"],
    ),
    (
        "wrong threshold of a method",
        "Unidirectional(refresh_margin=0.95)",
        lambda: Unidirectional(refresh_margin=0.95),
        ["refresh_margin = 0.95", "refresh_above = 0.9"],
    ),
    (
        "two mistakes at once",
        "Run(..., seed=-1, time={...})",
        lambda: python_run(seed=-1, time={"n_slots": 1}),
        ["n_slots"],
    ),
    (
        "wrong unit",
        'Run(..., read={"V_read": "1 A"})',
        lambda: python_run(read={"V_read": "1 A"}),
        ["read.V_read", "volt"],
    ),
    (
        "gains for too few layers",
        'Run(..., read={"gain": [1, 2]})',
        lambda: python_run(read={"gain": [1, 2]}),
        ["read.gain has 2 values", "1 weight layers"],
    ),
    (
        "typo in an override",
        'Run.load("run.toml", {"trainig.epochs": 2})',
        lambda: Run.load("run.toml", {"trainig.epochs": 2}),
        ["run.toml", "trainig"],
    ),
    (
        "override of a section's inside",
        'Run.load("run.toml", {"seed.x": 2})',
        lambda: Run.load("run.toml", {"seed": 1, "seed.x": 2}),
        ["seed is a value"],
    ),
    (
        "unknown engine",
        'train(run, "new", engine="gpu")',
        lambda: train(python_run(), "new", engine="gpu"),
        ["'gpu'", "standalone"],
    ),
    (
        "output is there already",
        'train(run, "finished")',
        lambda: train(python_run(), "finished"),
        ["finished", "force"],
    ),
    ("unknown data", 'load_data("cifar")', lambda: load_data("cifar"), ["'cifar'", "digits"]),
    ("trace is not there", 'Trace("fnished")', lambda: Trace("fnished"), ["fnished", "no such file"]),
    (
        "no such population",
        'trace.pulses("hiden", "error")',
        lambda: full_trace(lambda trace: trace.pulses("hiden", "error")),
        ["hiden", "hidden1"],
    ),
    ("no such frame", "replay(trace, 99)", lambda: full_trace(lambda trace: replay(trace, 99)), ["99"]),
    (
        "no such layer",
        'trace.conductance("layer9", -1)',
        lambda: full_trace(lambda trace: trace.conductance("layer9", -1)),
        ["layer9", "layer1"],
    ),
    (
        "no such table",
        'trace.to_pandas("frame")',
        lambda: full_trace(lambda trace: trace.to_pandas("frame")),
        ["frame", "frames"],
    ),
]


@pytest.mark.parametrize(
    ("mistake", "code", "call", "parts"), PYTHON, ids=lambda value: value if isinstance(value, str) else ""
)
def test_python_says_it_in_one_line(place, told, mistake, code, call, parts):
    if "pandas" in code:
        pytest.importorskip("pandas", reason="pandas is not installed")
    with pytest.raises(PulsenetError) as caught:
        call()
    told.append((f"{mistake} (Python)", f"`{code}`", checked(str(caught.value))))
    for part in parts:
        assert part in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    ("name", "call"), [("pandas", lambda trace: trace.to_pandas("frames")), ("xarray", lambda trace: trace.to_xarray())]
)
def test_an_extra_that_is_not_installed(place, told, monkeypatch, name, call):
    with Trace("finished") as trace, monkeypatch.context() as patch:
        no_module(name)(SimpleNamespace(monkeypatch=patch))
        with pytest.raises(PulsenetError) as caught:
            call(trace)
    told.append((f"{name} is not installed (Python)", f"`trace.to_{name}(...)`", checked(str(caught.value))))
    assert name in str(caught.value) and "pip install 'pulsenet[analysis]'" in str(caught.value)


def test_braces_of_a_complaint_are_left_alone():
    class Part(BaseModel, metaclass=OneLine):
        code: str = Field(pattern="^[a-z]{2}$")

    with pytest.raises(ConfigError, match=r"code = 'abc': .*\^\[a-z\]\{2\}\$"):
        Part(code="abc")


def test_there_are_enough():
    assert len(COMMANDS) + len(MACHINES) + len(PYTHON) >= 100
