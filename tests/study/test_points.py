"""The runs of a study: every combination, in a folder that it decides."""

from pulsenet.study import load
from pulsenet.study.points import points


def test_every_combination_is_a_run(folder):
    found = points(load(folder / "study.toml"))
    on_chip = [point for point in found if point.training == "on-chip"]
    assert [(point.run.update.method, point.run.device.beta_RESET, point.run.seed) for point in on_chip] == [
        (method, beta, seed) for method in ("unidirectional", "bidirectional") for beta in (0, 2) for seed in (1, 2)
    ]
    assert all(point.run.training.epochs == 1 and point.run.record.pulses == "none" for point in found)
    assert len({point.folder for point in found}) == len(found)


def test_baselines_have_only_the_axes_that_they_depend_on(folder):
    found = points(load(folder / "study.toml"))
    assert [point.labels for point in found if point.training == "software"] == [{}, {}]
    assert [point.labels["beta"] for point in found if point.training == "write-once"] == [0, 0, 2, 2]


def test_overrides_reach_runs_and_the_study(folder):
    study = load(
        folder / "study.toml", {"seeds": [7], "training.epochs": 3, "update.refresh_every": 5, "baselines": []}
    )
    found = points(study)
    assert len(found) == 4 and all(point.run.training.epochs == 3 and point.run.seed == 7 for point in found)
    assert found[0].run.update.refresh_every == 5 and found[-1].run.update.method == "bidirectional"


def test_what_a_run_is_decides_its_folder(folder):
    names = [point.folder for point in points(load(folder / "study.toml"))]
    assert names == [point.folder for point in points(load(folder / "study.toml", {"title": "another"}))]
    assert not {*names} & {point.folder for point in points(load(folder / "study.toml", {"time.n_slots": 3}))}


def test_a_device_on_an_axis_leaves_the_pulses_of_the_base_and_keeps_what_the_study_says(tmp_path):
    (tmp_path / "base.toml").write_text(
        '[network]\nlayers = [3, 2]\n[device]\nmodel = "epiram"\n[programming]\nV_SET = "2 V"\nt_SET = "100 ns"\n'
        "[variation]\ndtod_step = 0.3\n"
    )
    (tmp_path / "study.toml").write_text(
        'base = "base.toml"\nseeds = [1]\naxes."device.model" = ["ag-a-si"]\n[variation]\nread_noise = 0.01\n'
    )
    (point,) = points(load(tmp_path / "study.toml", {"programming.V_RESET": "-1 V"}))
    assert (point.run.programming.V_SET, point.run.programming.t_SET) == (3.2, 300e-6)
    assert (point.run.variation.dtod_step, point.run.variation.read_noise) == (0.0, 0.01)
    assert point.run.programming.V_RESET == -1.0
