"""The defect budget: what is made ideal, and how the runs are added up."""

import pytest

from pulsenet import ConfigError, Exponential, GatedSchottkyDiode, Linear, Network, NeuroSim, Run
from pulsenet.describe.merge import merge
from pulsenet.describe.variation import Variation
from pulsenet.seams.laws import JumpTable
from pulsenet.study.budget import AS_IS, IDEAL, Budget, budget, budget_study, ideal, present, waterfall
from pulsenet.study.points import points

LOSSY = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=64, beta_SET=3, pulses_RESET=32, beta_RESET=1)


def a_run(device=LOSSY, **sections) -> Run:
    return Run(network=Network(layers=[64, 10]), device=device, **sections)


def again(content) -> Run:
    return Run.check(content, "budget")


def test_what_is_ideal_already_has_no_share():
    perfect = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=4096, pulses_RESET=4096)
    assert present(a_run(perfect)) == ["pulse quantisation"]
    assert present(a_run()) == ["pulse quantisation", "levels", "nonlinearity", "asymmetry"]
    assert present(a_run(variation=Variation(stuck_random=0.1)))[-1] == "stuck devices"


def test_each_property_is_made_ideal_alone():
    run = a_run(variation=Variation(ctoc_step=0.3, dtod_step=0.2))
    assert again(ideal(run, ())) == run
    straight = again(ideal(run, ("nonlinearity",))).device
    assert (straight.beta_SET, straight.beta_RESET, straight.pulses_SET, straight.pulses_RESET) == (0, 0, 64, 32)
    alike = again(ideal(run, ("asymmetry",))).device
    assert (alike.beta_RESET, alike.pulses_RESET) == (3, 64)
    fine = again(ideal(run, ("levels",))).device
    assert (fine.pulses_SET, fine.pulses_RESET, fine.beta_SET) == (4096, 2048, 3)
    assert again(ideal(run, ("cycle-to-cycle noise",))).variation == Variation(dtod_step=0.2)


@pytest.mark.parametrize(
    "device",
    [
        NeuroSim.from_labels("1 uS", "10 uS", pulses_SET=50, SET=3.0, pulses_RESET=40, RESET=-2.0),
        GatedSchottkyDiode(G_min="1 nS", G_max="10 nS", pulses_SET=50, k_SET=2, pulses_RESET=40, k_RESET=1),
    ],
)
def test_a_law_without_a_linear_case_becomes_the_linear_law(device):
    straight = again(ideal(a_run(device), ("nonlinearity",))).device
    assert isinstance(straight, Linear)
    assert straight.pulses_SET == pytest.approx(50) and straight.pulses_RESET == pytest.approx(40)


def test_the_runs_add_the_properties_one_by_one():
    run = a_run(variation=Variation(stuck_random=0.1))
    study = budget_study(run, "mine", [1])
    cases = study.grids["budget"].cases
    assert list(cases)[:2] == [AS_IS, IDEAL] and "+ asymmetry" in cases and "+ stuck devices" not in cases
    last = again(merge(study.base, cases["+ asymmetry"]))  # all but the last property
    assert last.device == run.device and last.variation == Variation()
    assert again(merge(study.base, cases[IDEAL])).device.beta_SET == 0
    assert [point.training for point in points(study)].count("software") == 1


def test_the_report_and_the_figure_say_the_same():
    accuracy = {
        "software": (0.98, 0.0), IDEAL: (0.97, 0.0), "+ levels": (0.9, 0.0), AS_IS: (0.8, 0.01),
        "without levels": (0.83, 0.0), "without nonlinearity": (0.95, 0.0),
    }  # fmt: skip
    found = Budget(["levels", "nonlinearity"], accuracy, None)
    assert list(found.gains()) == ["nonlinearity", "levels"]
    assert "| nonlinearity | +15.00 | 80.00 |" in found.report() and "As it is: 80.00 ± 1.00 %" in found.report()
    axes = waterfall(found).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "software",
        "ideal devices",
        "+ levels",
        "+ nonlinearity",
    ]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([-1, -7, -10])


def test_a_table_of_steps_has_no_budget(tmp_path):
    table = JumpTable(G_min="0 S", G_max="1 uS", SET_jumps=[[0.1]], RESET_jumps=[[0.1]])
    with pytest.raises(ConfigError, match="'jump-table' has no ideal counterpart; fit a law"):
        budget(a_run(table), tmp_path / "budget")
    assert not (tmp_path / "budget").exists()


@pytest.mark.heavy
def test_a_budget_of_the_digits(tmp_path):
    """Coarse and nonlinear: the two properties cost tens of points, and the waterfall ends at the run as it is."""
    run = Run.load(
        "runs/digits.toml",
        {"training.epochs": 3, "device.pulses_SET": 64, "device.pulses_RESET": 64, "device.beta_SET": 3},
    )
    found = budget(run, tmp_path / "budget", [1], "digits")
    assert found.accuracy["software"][0] > 0.93 and found.accuracy[IDEAL][0] > 0.93
    assert found.gains()["nonlinearity"] > 0.1
    assert found.steps()[-1][1] == found.accuracy[AS_IS][0]
    assert (tmp_path / "budget" / "figures" / "waterfall.png").stat().st_size > 10_000
