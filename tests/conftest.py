"""What several rooms start from: circuits, each on engines that are built once per session; and made-up runs."""

from __future__ import annotations

import gc

import pytest
from cases import Case, small_run
from configurations import configuration_of
from exported_run import MadeUp
from hypothesis import HealthCheck, settings
from made_up_run import run_of, write

from pulsenet import Bidirectional, Exponential, Linear, Read, Time, Trace, Unidirectional
from pulsenet.describe.variation import Variation

# The same examples on every machine, however long it takes for one.
settings.register_profile(
    "pulsenet", deadline=None, derandomize=True, max_examples=20, suppress_health_check=[HealthCheck.too_slow]
)
#: For make check: the same, and fewer of them.
settings.register_profile("inner", settings.get_profile("pulsenet"), max_examples=5)
settings.load_profile("pulsenet")


def pytest_configure(config):
    """Of what Brian2 logs, thousands of lines per run, a failing test shows only warnings."""
    config.option.log_level = config.option.log_level or "WARNING"


def pytest_collection_finish():
    """Brian2 has Python look for garbage before each run: not among all that stays to the end anyway."""
    gc.collect()
    gc.freeze()


#: The one circuit of make check that is built as a program: two layers, and every effect at once.
EVERY_FEATURE = "test_the_golden_model_agrees[varied-standalone]"


def pytest_collection_modifyitems(items):
    """What is compiled takes its time: of that, make check has one circuit."""
    for item in items:
        if any(engine in item.name for engine in ("standalone", "cython")) and item.name != EVERY_FEATURE:
            item.add_marker("whole")


@pytest.fixture(scope="session")
def one_layer() -> Case:
    """No hidden population, no backward phase; exponential devices, unidirectional with refresh, width code."""
    device = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=20, beta_SET=2, pulses_RESET=12.5, beta_RESET=1)
    update = Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    return Case(small_run([4, 3], device, seed=3, update=update), frames=16)


@pytest.fixture(scope="session")
def two_layers() -> Case:
    """784-200-10 in small: linear devices, unidirectional with refresh, width code."""
    device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=18.5, pulses_RESET=7)
    update = Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    return Case(small_run([5, 4, 3], device, seed=11, update=update), frames=30)


@pytest.fixture(scope="session")
def three_layers() -> Case:
    """Errors that travel on through a hidden population; exponential, bidirectional, count code, hard sigmoids."""
    device = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=30, beta_SET=1.5, pulses_RESET=20, beta_RESET=-0.8)
    sections = {
        "update": Bidirectional(),
        "network": {"activation": "hard-sigmoid", "code": "count"},
        "time": Time(n_slots=7, guard_slots=2, slot="50 ns"),
        "read": Read(V_read="0.2 V"),
    }
    return Case(small_run([5, 4, 3, 3], device, seed=15, **sections), frames=21)


@pytest.fixture(scope="session")
def varied() -> Case:
    """Every kind of variation at once; two weight layers, exponential, unidirectional with refresh, width code."""
    device = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=20, beta_SET=2, pulses_RESET=12.5, beta_RESET=1)
    variation = Variation(
        dtod_G_min=0.3,
        dtod_G_max=0.2,
        dtod_step=0.4,
        dtod_nonlinearity=0.5,
        correlation=0.3,
        pair_correlation=0.5,
        ctoc_step=0.5,
        ctoc_range=0.02,
        read_noise=0.05,
        stuck_G_min=0.05,
        stuck_G_max=0.05,
        stuck_random=0.1,
        drift_exponent=0.02,
        drift_onset="5 us",
        drift_every=3,
    )
    update = Unidirectional(refresh_above=0.7, refresh_margin=0.3)
    return Case(small_run([5, 4, 3], device, seed=7, update=update, variation=variation), frames=30)


@pytest.fixture(params=["one_layer", "two_layers", "three_layers", "varied"])
def case(request) -> Case:
    """Each of the three."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def made_up_folder(tmp_path_factory):
    """The run of made_up_run.py, in the width code; nothing may be written to it."""
    return write(tmp_path_factory.mktemp("run") / "width")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The trace of another device, with one snapshot."""
    device = Exponential(G_min="0.1 uS", G_max="10 uS", pulses_SET=64, beta_SET=1, pulses_RESET=64, beta_RESET=1)
    changed = configuration_of(run_of(device=device, seed=8))
    folder = write(tmp_path_factory.mktemp("other") / "run", configuration=changed, n_snapshots=1, evaluate=False)
    with Trace(folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def exported_folder(tmp_path_factory):
    """The run of exported_run.py, in the width code; nothing may be written to it."""
    return MadeUp("width").write(tmp_path_factory.mktemp("one") / "run")
