"""Runs on a cluster of Dask; what is told where there is none."""

import sys

import pytest
from click.testing import CliRunner

from pulsenet.cli import main


def command(folder, name, *options):
    words = ["study", str(folder / "study.toml"), "--engine", "numpy", "--set", "seeds=[1]"]
    return CliRunner().invoke(main, [*words, "--out", str(folder / name), *options])


def test_missing_dask_is_told_in_one_line(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = command(folder, "out", "--scheduler", "tcp://127.0.0.1:1")
    assert result.exit_code == 1 and result.output.count("\n") == 1
    assert "pip install 'pulsenet[cluster]'" in result.output
    assert not (folder / "out").exists()


def test_a_scheduler_that_does_not_answer_is_told_in_one_line(folder, monkeypatch):
    monkeypatch.setattr("pulsenet.study.cluster.PATIENCE", "1s")
    result = command(folder, "out", "--scheduler", "tcp://127.0.0.1:1")
    assert result.exit_code == 1 and result.output.count("\n") == 1
    assert "tcp://127.0.0.1:1: no Dask scheduler answers" in result.output


@pytest.mark.whole
def test_a_cluster_gives_the_same_table(folder):
    from distributed import LocalCluster

    quiet = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, scheduler_kwargs=quiet
    ) as cluster:
        done = command(folder, "cluster", "--scheduler", cluster.scheduler_address)
    assert done.exit_code == 0, done.output
    assert command(folder, "here", "--workers", "1").exit_code == 0
    tables = [(folder / name / "table.csv").read_bytes() for name in ("cluster", "here")]
    assert tables[0] == tables[1]
