"""Two results that must be the same."""

import numpy as np


def assert_same(result, expected, rtol=0.0):
    """Equal conductances, preactivations and pulses; numbers of pulses, slots and lines always exactly."""
    for name, pair in expected.conductance.items():
        for G, wanted in zip(result.conductance[name], pair, strict=True):
            np.testing.assert_allclose(G, wanted, rtol=rtol, atol=0, err_msg=name)
    np.testing.assert_allclose(result.preactivation, expected.preactivation, rtol=rtol, atol=0)
    assert_same_pulses(result.pulses, expected.pulses)
    for population, sums in expected.tally.items():
        for name, wanted in sums.items():
            np.testing.assert_allclose(
                result.tally[population][name], wanted, rtol=max(rtol, 1e-11), atol=0, err_msg=name
            )
    for population, stages in expected.rows.items():
        for name, wanted in stages.items():
            np.testing.assert_array_equal(result.rows[population][name], wanted, err_msg=f"rows {name}")
    for name in expected.memory:
        np.testing.assert_equal(result.memory[name], expected.memory[name])


def assert_same_pulses(pulses, expected):
    assert kinds_sent(pulses) == kinds_sent(expected)
    for population, kind in kinds_sent(expected):
        columns, wanted = pulses[population][kind], expected[population][kind]
        assert columns.keys() == wanted.keys(), (population, kind)
        for name in wanted:
            np.testing.assert_array_equal(columns[name], wanted[name], err_msg=f"{population} {kind} {name}")


def kinds_sent(pulses) -> set[tuple[str, str]]:
    """Population and kind of all pulses that there are any of."""
    return {(name, kind) for name, kinds in pulses.items() for kind, sent in kinds.items() if len(sent["slot"])}
