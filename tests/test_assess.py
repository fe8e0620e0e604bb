"""From a curve to a report: what is run, what the numbers say, and that the page holds all it needs."""

import re
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pulsenet import Data, Exponential, Network, Programming, Run, Trace, Training
from pulsenet.assess import page
from pulsenet.assess.methods_figure import methods_figure
from pulsenet.assess.findings import CLEAR, LIKELY, LOSS, UNSEEN, Findings, Gain
from pulsenet.assess.standard import NO_NOISE, UNIDIRECTIONAL, assessment_study, standard_run
from pulsenet.assess.wording import report
from pulsenet.assess.typeset import plain
from pulsenet.study.budget import AS_IS, IDEAL, Budget
from pulsenet.cli import main
from pulsenet.fitting import fit, read_curves
from pulsenet.study.points import points
from pulsenet.training.train import train
from pulsenet.describe.variation import Variation

EXAMPLE = Path(__file__).resolve().parents[1] / "models" / "example-curve" / "curve.csv"
#: The standard network in so small that NumPy does it in seconds.
TINY = """
[data]
source = "digits"
train = 6
test = 4
[network]
layers = [64, 3, 10]
[time]
n_slots = 2
[device]
law = "linear"
G_min = "0 S"
G_max = "1 uS"
pulses_SET = 9
pulses_RESET = 9
[programming]
V_SET = "9 V"
[training]
epochs = 2
"""
PULSES = ["--v-set", "2 V", "--t-set", "1 us", "--v-reset", "-2 V", "--t-reset", "3 us"]


def noisy_run(**variation) -> Run:
    device = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=64, beta_SET=2, pulses_RESET=64, beta_RESET=3)
    return Run(network=Network(layers=[64, 6, 10]), device=device, variation=Variation(**variation))


def plain_report(*arguments) -> str:
    return report(*arguments).replace("\u00a0", " ").replace("µ", "u")


def command(*arguments):
    return CliRunner().invoke(main, ["assess", *map(str, arguments)])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A curve without noise, of few levels and other steps of RESET than of SET; the standard network in small.

    Two properties are not ideal then (the number of slots is taken to be), and there are few runs. They go without Dask.
    """
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "digits.toml").write_text(TINY)
    up, down = [f"LTP,{n},{1 + n / 5}" for n in range(21)], [f"LTD,{n},{5 - n / 2}" for n in range(9)]
    (folder / "curve.csv").write_text("\n".join(["kind,pulse,G (uS)", *up, *down]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pulsenet.assess.standard.files", lambda package: folder)
        patch.setattr("pulsenet.assess.standard.QUICK_EPOCHS", {"digits": 1})
        patch.setattr("pulsenet.study.budget.IDEAL_SLOTS", 2)
        patch.setitem(sys.modules, "distributed", None)
        yield folder


def same(tiny, out):
    return [tiny / "curve.csv", "--quick", "--law", "linear", *PULSES, "--engine", "numpy", "--out", out]


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny):
    out = tmp_path_factory.mktemp("assessment") / "out"
    done = command(*same(tiny, out))
    assert done.exit_code == 0, done.output
    assert "Dask is not installed: one run after the other" in done.output
    assert "With unidirectional updating" in done.output and f"report: {out / 'report.html'}" in done.output
    return out


# -- what is run -----------------------------------------------------------------------------------------------------


def test_the_runs_need_three_circuits():
    """Each one is a C++ build: of as many slots as there are, for both methods; and of the ideal number of slots."""
    study = assessment_study(noisy_run(ctoc_range=0.01, read_noise=0.02), "curve", [1, 2])
    on_chip = [point for point in points(study) if point.training == "on-chip"]
    assert len({repr(point.run.circuit()) for point in on_chip}) == 3
    assert len({point.run.model_dump_json() for point in on_chip}) == len(
        {point.folder for point in on_chip}
    )  # none is done twice


def test_software_runs_once_per_seed():
    study = assessment_study(noisy_run(), "curve", [1, 2])
    assert [point.training for point in points(study) if point.training != "on-chip"] == ["software"] * 2 + [
        "quantised"
    ] * 2


def test_the_same_run_is_not_done_twice():
    """The last property alone made ideal is all but the last added up."""
    folders = {
        point.labels["case"]: point.folder
        for point in points(assessment_study(noisy_run(), "curve", [1]))
        if point.labels
    }
    assert folders["+ nonlinearity"] == folders["without asymmetry"] and folders[AS_IS] == folders[UNIDIRECTIONAL]
    assert folders["without asymmetry"] != folders["without levels"]


def test_noise_that_is_kept_in_the_circuit_moves_nothing(tmp_path):
    small = {"network": Network(layers=[64, 10]), "data": Data(train=10, test=2), "training": Training(epochs=1)}
    runs = {
        name: noisy_run(**dict.fromkeys(("ctoc_range", "read_noise", "dtod_step"), strength)).model_copy(update=small)
        for name, strength in (("without", 0.0), ("kept", NO_NOISE))
    }
    traces = [train(run, tmp_path / name, engine="numpy").trace for name, run in runs.items()]
    with Trace(traces[0]) as without, Trace(traces[1]) as kept:
        for layer in without.layers:
            np.testing.assert_array_equal(without.conductance(layer, -1), kept.conductance(layer, -1))
            assert (without.conductance(layer, -1)[0] != without.conductance(layer, 0)[0]).any()


def test_the_standard_run_takes_device_and_pulses(tmp_path):
    curves = read_curves(EXAMPLE)
    device = fit(curves, "exponential").write(tmp_path / "device")
    pulses = {"V_SET": "2 V", "t_SET": "1 us", "V_RESET": "-2 V", "t_RESET": "3 us"}
    run = standard_run("digits", device, pulses, quick=True)
    assert run.device.law == "exponential" and run.variation.read_noise > 0 and run.training.epochs == 4
    assert run.programming.t_RESET == pytest.approx(3e-6, rel=1e-12, abs=0)
    assert standard_run("digits", device).programming == Programming()  # the run file's pulses are another device's
    assert standard_run("mnist", device).network.layers == [784, 200, 10]


# -- what the numbers say --------------------------------------------------------------------------------------------


def made_up(n_test=1_000_000, **accuracy) -> Findings:
    budget = Budget(
        ["levels", "nonlinearity"], {name: (np.mean(list(by.values())), 0.0) for name, by in accuracy.items()}, None
    )
    return Findings(noisy_run(), [], accuracy, budget, 100, n_test)


def test_a_gain_has_the_error_of_seeds_and_of_samples():
    accuracy = {
        AS_IS: {1: 0.80, 2: 0.84},
        "without levels": {1: 0.81, 2: 0.85},
        "without nonlinearity": {1: 0.9, 2: 0.86},
    }
    nonlinearity, levels = made_up(**accuracy).gains()
    assert (nonlinearity.name, nonlinearity.mean) == ("nonlinearity", pytest.approx(0.06))
    assert nonlinearity.error == pytest.approx(0.04, rel=1e-3)  # differences of 0.10 and 0.02
    assert levels.mean == pytest.approx(0.01) and levels.error < 0.001  # every seed gains the same
    assert (levels.certainty, nonlinearity.certainty) == (CLEAR, LIKELY)
    few = made_up(n_test=100, **accuracy).gains()[1]
    assert few.error == pytest.approx(np.sqrt((0.82 * 0.18 + 0.83 * 0.17) / 100)) and few.certainty == UNSEEN


def test_a_loss_is_not_seen_as_a_gain():
    assert Gain("levels", -0.3, 0.01, 3).certainty == LOSS and Gain("levels", -0.015, 0.01, 3).certainty == UNSEEN


def test_nothing_is_clear_from_one_seed():
    assert Gain("levels", 0.3, 0.01, 1).certainty == LIKELY and Gain("levels", 0.3, 0.01, 2).certainty == CLEAR


def test_the_ideal_device_keeps_the_pulses_as_they_are():
    findings = made_up(**{AS_IS: {1: 0.8}})
    assert findings.ideal_device() == IDEAL
    findings.budget.properties.insert(0, "pulse quantisation")
    assert findings.ideal_device() == "+ pulse quantisation"


# -- the report ------------------------------------------------------------------------------------------------------


def test_the_page_is_the_report_and_asks_for_nothing(finished):
    page_text, report = (finished / "report.html").read_text(), (finished / "report.md").read_text()
    assert not re.findall(r"""(?:src|href)=["'](?!data:image/png;base64,)""", page_text)
    assert "http://" not in page_text and "https://" not in page_text and "url(" not in page_text
    pictures = re.findall(r"\]\((pictures/\w+\.png)\)", report)
    assert len(pictures) == 4 == page_text.count("data:image/png;base64,")
    assert all((finished / picture).stat().st_size > 10_000 for picture in pictures)
    for heading in re.findall(r"^## (.*)$", report, re.MULTILINE):
        assert f"<h2>{heading}</h2>" in page_text
    assert "<td><code>pulses_SET</code></td>" in page_text and "|---|" not in page_text


def test_the_report_gives_time_and_energy_of_every_part(finished):
    """Time is known from the run alone: 2 + 1 phases of 3 slots, and 2 slots as long as a SET pulse and a guard slot."""
    text = (finished / "report.md").read_text().replace("\u00a0", " ").replace("µ", "u")
    assert "| forward reading | 600 ns |" in text and "| programming | 2.1 us |" in text
    assert re.search(r"\| programming \| 2\.1 us \| [\d.]+ [pnfu]J \| 6\.1 us \| [\d.]+ [pnfu]J \|", text)
    assert "not counted |" not in text
    assert "SET pulses of 2 V and 1 us, RESET pulses of -2 V and 3 us, as given" in text


def test_the_report_names_its_sources(finished, tiny):
    text = (finished / "report.md").read_text()
    again = f"pulsenet assess {tiny / 'curve.csv'} --quick --v-set '2 V'"
    assert again in text and "--out" not in text and sha256((tiny / "curve.csv").read_bytes()).hexdigest() in text
    assert "one seed only" in text


def test_an_assessment_that_was_ended_keeps_its_runs(finished, tiny):
    """Resumed after one run was lost and the report not written: only that run is done again, to the same report."""
    results = sorted(finished.glob("study/runs/*/result.json"))
    text = (finished / "report.md").read_bytes()
    results[0].unlink(), (finished / "report.md").unlink()
    written = {path: path.stat().st_mtime_ns for path in results[1:]}
    done = command(*same(tiny, finished), "--resume")
    assert done.exit_code == 0, done.output
    assert results[0].exists() and all(path.stat().st_mtime_ns == when for path, when in written.items())
    assert (finished / "report.md").read_bytes() == text


def test_pulses_that_are_not_given_are_not_counted():
    fitted = fit(read_curves(EXAMPLE), "exponential")
    rows = [
        {"training": "on-chip", "case": method, "seed": 1, "read_time": 1e-6, "read_energy": 2e-12, "error_time": 1e-6,
         "error_energy": 1e-12, "programming_time": 1e-6, "refresh_time": 0.0, "programming_pulses": 9.0, "refresh_pulses": 1.0,
         "warnings": "all neurons are silent" if method == "bidirectional" else ""}
        for method in ("unidirectional", "bidirectional")
    ]  # fmt: skip
    names = ("software", "quantised", "unidirectional", "bidirectional", AS_IS, IDEAL)
    accuracy = {name: {1: 0.8} for name in (*names, "without levels", "without nonlinearity", "+ levels")}
    findings = made_up(**accuracy)
    text = plain_report(
        fitted, Findings(noisy_run(), rows, accuracy, findings.budget, 100, 360), "a|b.csv", "pulsenet assess"
    )
    assert "Nor is the energy of programming and refresh" in text and "| programming | 1 us | not counted |" in text
    assert "No single property costs more than can be told" in text and "a\\|b.csv" in text
    assert "bidirectional, seed 1: all neurons are silent" in text


def test_text_of_others_stays_text(tmp_path):
    text = page.page(f"# {plain('<b>|*x*.csv')}\n\n| a |\n|---|\n| {plain('x|y')} |", "<i>", tmp_path)
    assert "<h1>&lt;b&gt;|*x*.csv</h1>" in text and "<td>x|y</td>" in text and "<title>&lt;i&gt;</title>" in text


def test_the_figure_shows_every_method_with_its_spread():
    axes = methods_figure(
        {"software": np.array([[0.5, 0.9], [0.7, 0.9]]), "device": np.array([[0.2, 0.3], [0.4, 0.5]])}
    ).axes[0]
    software, device = axes.lines
    assert software.get_ydata() == pytest.approx([60, 90]) and device.get_ydata() == pytest.approx([30, 40])
    assert len(axes.collections) == 2 and [text.get_text() for text in axes.get_legend().get_texts()] == [
        "software",
        "device",
    ]


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv"], "none.csv"),
        ([EXAMPLE, "--v-set", "2 V"], "--v-set needs --t-set, --v-reset, --t-reset, too; or leave all four out"),
        ([EXAMPLE, "--law", "lnear"], "law 'lnear' cannot be fitted"),
        ([EXAMPLE, "--resume"], "holds no assessment to resume"),
        ([EXAMPLE, "--law", "linear", "--v-set", "2 uS", *PULSES[2:]], "2 uS"),
        ([EXAMPLE, "--data", "cifar"], "cifar"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path, arguments, message):
    result = command(*arguments, "--workers", 1, "--out", tmp_path / "out")
    assert result.exit_code == 1 and result.output.startswith("error: ") and result.output.count("\n") == 1
    assert message in result.output
    assert not (tmp_path / "out").exists()


def test_an_assessment_is_not_overwritten(finished):
    before = (finished / "report.html").stat().st_mtime_ns
    result = command(EXAMPLE, "--workers", 1, "--out", finished)
    assert result.exit_code == 1 and "exists already; continue with resume, replace it with force" in result.output
    assert (finished / "report.html").stat().st_mtime_ns == before


def test_ctrl_c_says_how_to_continue(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pulsenet.assess.assessment.run_study", interrupted)
    out = tmp_path / "my out"
    result = command(EXAMPLE, "--law", "linear", "--workers", 1, "--out", out)
    assert result.exit_code == 130
    assert f"continue with: pulsenet assess {EXAMPLE} --law linear --workers 1 --out '{out}' --resume" in result.output


@pytest.mark.heavy
def test_the_example_curve_learns(tmp_path):
    """As make demo does it: unidirectional updating learns the digits, and better than bidirectional updating."""
    done = command(EXAMPLE, "--quick", "--workers", 1, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    table = (tmp_path / "out" / "report.md").read_text()
    reached = {kind: float(re.search(rf"this device, {kind} updating\**  ?\| ([\d.]+) %", table)[1])
               for kind in ("unidirectional", "bidirectional")}  # fmt: skip
    assert reached["unidirectional"] > 80 and reached["unidirectional"] > reached["bidirectional"]
