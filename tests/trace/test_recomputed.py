"""A stranger recomputes runs from their traces and FORMAT.md alone: code that imports nothing of pulsenet."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import numpy as np
import pytest
import stranger
from every_variant import ALL, LAWS, METHODS, SECTIONS, case_of
from stranger.file import encoded

from pulsenet import Dataset, Programming, Run, Training, Variation, train
from pulsenet.seams.codes import CODES
from pulsenet.seams.effects import EFFECTS
from pulsenet.seams.laws import LAWS as LISTED
from pulsenet.seams.neurons import ACTIVATIONS, NEURONS
from pulsenet.seams.reading import READINGS
from pulsenet.seams.rules import RULES
from pulsenet.seams.updates import METHODS as METHODS_LISTED
from pulsenet.trace import schema

PULSES = Programming(V_SET="2.5 V", V_RESET="-1.5 V", t_SET="250 ns", t_RESET="30 ns")
KINDS = ("forward", "backward", "error", "refresh")
#: What variants become together: draws within a refresh, and energies of pulses that do not depend on a conductance.
TOGETHER = {
    f"all effects, method {name}": {"update": method, "variation": Variation(**ALL)}
    for name, method in METHODS.items()
    if name != "single"
}
TOGETHER |= {
    "all effects, law jump-table": {
        "device": LAWS["jump-table"],
        "update": METHODS["verify"],
        "variation": Variation(**ALL),
    },
    "gate pulses": {"programming": Programming(terminals=3, C_gate="2 fF", V_SET="3 V", energy_RESET="5 fJ")},
    "gate pulses, stated for SET": {"programming": Programming(terminals=3, energy_SET="3 fJ", V_RESET="1 V")},
    "energy of SET alone": {"programming": Programming(V_SET="2 V")},
    "no decay": {"training": Training(epochs=3, error_gain=[40.0, 8.0], decay=0.5)},
}


def run_of(name: str) -> Run:
    """The circuit of a variant, with everything that it can do within few frames."""
    sections = TOGETHER.get(name, {})
    run = case_of("law exponential").run.model_copy(update=sections) if sections else case_of(name).run
    changed = {"programming": PULSES, "training": Training(epochs=2, error_gain=run.training.error_gain)} | sections
    if run.update.refresh_period():
        changed["update"] = run.update.model_copy(update={"refresh_every": 3})
    if run.rule.batch_frames():
        changed["rule"] = run.rule.model_copy(update={"batch": 4})
    return run.model_copy(update=changed)


def data_for(run: Run) -> Dataset:
    """Samples of two classes: output neurons beyond these answer nothing."""
    rng = np.random.default_rng(4)
    n = run.network.layers[0]
    return Dataset.from_arrays(rng.random((16, n)), np.arange(16) % 2, rng.random((5, n)), np.arange(5) % 2)


def assert_recomputed(trace: Path) -> stranger.Network:
    """Every frame anew: equal pulses and answers; energies, times and conductances to 1e-12."""
    file = stranger.File(trace)
    network = stranger.Network(file)
    after = [frame for frame in file.snapshots if frame >= 0]
    for frame in range(file.n_frames):
        network.run(frame, file.inputs(frame))
        for population in file.populations:
            for kind in KINDS:
                sent = network.sent.get((population, kind), [])
                assert sent == file.sent(population, kind, frame), (frame, population, kind)
        assert network.prediction == file.frames["prediction"][frame], frame
        assert_numbers(network, file, frame)
        if frame in after:
            for layer in file.layers:
                for side in ("plus", "minus"):
                    stored = file.conductance[layer][side][file.snapshots.index(frame)]
                    np.testing.assert_allclose(network.conductances(layer, side), stored, rtol=1e-12, atol=0)
    assert after[-1] == file.n_frames - 1
    assert_accuracy(file)
    return network


def assert_accuracy(file: stranger.File) -> None:
    """What was answered in the evaluation frames of each epoch."""
    for epoch, accuracy in zip(file.evaluation["epoch"], file.evaluation["accuracy"], strict=True):
        shown = (file.frames["epoch"] == epoch) & (file.frames["learn"] == 0)
        right = file.frames["prediction"][shown] == file.frames["label"][shown]
        assert accuracy == right.sum() / shown.sum()


def assert_numbers(network: stranger.Network, file: stranger.File, frame: int) -> None:
    """Energies, times, and numbers of pulses of a frame."""
    stored = {name: values[frame] for name, values in file.frames.items()}
    found = network.times | (network.costs.energies() if file.configuration["record"]["energy"] else {})
    assert found.keys() == {name for name in stored if name.endswith(("_energy", "_time"))}
    for name, value in found.items():
        np.testing.assert_allclose(value, stored[name], rtol=1e-12, atol=0, err_msg=f"{name} of frame {frame}")
    for kind in ("forward", "backward", "error"):
        sent = sum(len(pulses) for (_, what), pulses in network.sent.items() if what == kind)
        assert sent == stored[f"{kind}_pulses"], (frame, kind)
    assert sum(network.costs.pulses.values()) == stored["programming_pulses"]
    refreshed = sum(sum(sent.values()) for sent in network.costs.refresh_pulses.values())
    assert refreshed == stored["refresh_pulses"]


@pytest.mark.whole
@pytest.mark.parametrize("name", [*SECTIONS, *TOGETHER])
def test_a_stranger_recomputes_every_variant(name, tmp_path):
    run = run_of(name)
    network = assert_recomputed(train(run, tmp_path / "run", data_for(run), engine="standalone").trace)
    file = network.file
    assert file.frames["programming_pulses"].sum() > 0
    assert not run.update.refresh_period() or file.frames["refresh_pulses"].sum() > 0


def test_inputs_are_rounded_samples(tmp_path):
    """Which sample a frame shows, and what its lines send, follow from the samples."""
    run = run_of("law linear")
    data = data_for(run)
    file = stranger.File(train(run, tmp_path / "run", data, engine="standalone").trace)
    for frame in range(file.n_frames):
        sample = file.frames["sample"][frame]
        x = data.x_train[sample] if file.frames["learn"][frame] else data.x_test[sample]
        assert file.inputs(frame) == encoded(x, file.n_slots)


def test_the_stranger_knows_nothing_of_pulsenet():
    allowed = {"h5py", "numpy", "stranger", *sys.stdlib_module_names}
    files = sorted(Path(stranger.__file__).parent.glob("*.py"))
    assert len(files) > 8
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= allowed, path.name


def test_format_md_names_every_variant():
    """A variant that is added is described there, too."""
    text = (Path(schema.__file__).parent / "FORMAT.md").read_text()
    _, _, section = text.partition("## Recomputing a run")
    section, _, _ = section.partition("## Durability")
    names = [kind.model_fields[kind.tag].default for kind in (*LISTED, *METHODS_LISTED, *RULES, *READINGS)]
    names += [effect.model_fields["effect"].default for effect in EFFECTS]
    names += [*CODES, *NEURONS, *ACTIVATIONS]
    missing = [name for name in names if f"`{name}`" not in section]
    assert not missing
