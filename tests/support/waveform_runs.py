"""A small run of three weight layers, of which waveforms are drawn."""

from pulsenet import Linear, Record, Run, Time, Training, Unidirectional

V_READ, SLOT, N_SLOTS = 0.2, 50e-9, 5
N_TRAIN, N_TEST = 6, 2


def run_of(code: str, **sections) -> Run:
    content = {
        "network": {"layers": [4, 4, 3, 2], "initial_spread": 0.9, "code": code, "activation": "hard-sigmoid"},
        "device": Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=40, pulses_RESET=40),
        "time": Time(n_slots=N_SLOTS, guard_slots=2, slot=f"{SLOT} s"),
        "read": {"V_read": f"{V_READ} V"},
        "programming": {"V_SET": "2 V", "t_SET": "300 ns", "V_RESET": "-2 V", "t_RESET": "1 us"},
        "update": Unidirectional(refresh_every=2, refresh_above=0.5, refresh_margin=0.2),
        "training": Training(epochs=1, error_gain=[20.0, 20.0, 5.0]),
        "record": Record(snapshots=1),
        "seed": 4,
    }
    return Run.check(content | sections, "test")
