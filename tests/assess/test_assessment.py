"""From a curve to a report: that the page holds all it needs, and that it can be resumed."""

import re
import sys
from hashlib import sha256

import pytest
from assess_cases import EXAMPLE
from click.testing import CliRunner

from pulsenet.cli import main

pytestmark = pytest.mark.whole

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


def command(*arguments):
    return CliRunner().invoke(main, ["assess", *map(str, arguments)])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A curve without noise, of few levels and other steps of RESET than of SET; the standard network in small.

    Two properties are not ideal then (the number of slots is taken to be), and there are few runs. As after a plain
    install, there is no Dask.
    """
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "digits.toml").write_text(TINY)
    up, down = [f"LTP,{n},{1 + n / 5}" for n in range(21)], [f"LTD,{n},{5 - n / 2}" for n in range(9)]
    (folder / "curve.csv").write_text("\n".join(["kind,pulse,G (uS)", *up, *down]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pulsenet.assess.standard.files", lambda package: folder)
        patch.setattr("pulsenet.assess.standard.QUICK_EPOCHS", {"digits": 1})
        patch.setattr("pulsenet.study.budget.IDEAL_SLOTS", 2)
        for module in ("dask", "distributed"):
            patch.setitem(sys.modules, module, None)
        yield folder


def same(tiny, out):
    return [tiny / "curve.csv", "--quick", "--law", "linear", *PULSES, "--engine", "numpy", "--out", out]


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny):
    out = tmp_path_factory.mktemp("assessment") / "out"
    done = command(*same(tiny, out))
    assert done.exit_code == 0, done.output
    assert "With unidirectional updating" in done.output and f"report: {out / 'report.html'}" in done.output
    return out


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
    """Time is known from the run alone.

    2 + 1 phases of 3 slots, and 2 slots as long as a SET pulse and a guard slot.
    """
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
    reached = {
        kind: float(re.search(rf"this device, {kind} updating\**  ?\| ([\d.]+) %", table)[1])
        for kind in ("unidirectional", "bidirectional")
    }
    assert reached["unidirectional"] > 80 and reached["unidirectional"] > reached["bidirectional"]
