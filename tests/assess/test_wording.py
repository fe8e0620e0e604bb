"""The report in words."""

from assess_cases import EXAMPLE, made_up, noisy_run

from pulsenet.assess.findings import Findings
from pulsenet.assess.wording import report
from pulsenet.fitting import fit, read_curves
from pulsenet.study.budget import AS_IS, IDEAL


def plain_report(*arguments) -> str:
    return report(*arguments).replace("\u00a0", " ").replace("µ", "u")


def test_pulses_that_are_not_given_are_not_counted():
    fitted = fit(read_curves(EXAMPLE), "exponential")
    rows = [
        {"training": "on-chip", "case": method, "seed": 1, "read_time": 1e-6, "read_energy": 2e-12, "error_time": 1e-6,
         "error_energy": 1e-12, "programming_time": 1e-6, "refresh_time": 0.0, "programming_pulses": 9.0,
         "refresh_pulses": 1.0, "warnings": "all neurons are silent" if method == "bidirectional" else ""}
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
