"""A small case for any learning rule, and a bench of one input and two neurons to see its steps."""

import numpy as np
from cases import Case, small_run

from pulsenet import Bidirectional, Linear, Network, Read, Run, Time, Training, Unidirectional
from pulsenet.circuit.composition import compose
from pulsenet.engines.choose import make_engine
from pulsenet.records import Chunk
from pulsenet.training.calibrate import calibrate
from pulsenet.training.values import parameters, setting_of

DEVICE = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=18.5, pulses_RESET=7)


def a_case(rule, layers=(5, 4, 3), update=None, frames=20) -> Case:
    update = update or Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    return Case(small_run(list(layers), DEVICE, seed=11, update=update, rule=rule()), frames)


class Bench:
    """One input line (and the bias line), two output neurons, linear devices of so many levels that errors stay."""

    N = 8

    def __init__(self, rule, frames, error_gain=2.0):
        device = Linear(G_min="0 S", G_max="1 uS", pulses_SET=1e6, pulses_RESET=1e6)
        training = Training(error_gain=[error_gain])
        sections = {
            "update": Bidirectional(),
            "time": Time(n_slots=self.N),
            "read": Read(gain=[1.0]),
            "training": training,
        }
        self.run = Run(network=Network(layers=[1, 2]), device=device, rule=rule, **sections)
        self.frames = frames
        self.step = 1e-12

    def change(self, value, target=0, batch=None):
        """Steps of (G+ - G-)/2 from the middle, at pairs (input, bias) x neurons; and the pulses."""
        middle = {"layer1": (np.full((2, 2), 0.5e-6), np.full((2, 2), 0.5e-6))}
        values = np.broadcast_to(value, self.frames)
        chunk = Chunk(
            0,
            np.c_[values, np.full(self.frames, self.N)].astype(np.uint16),
            np.full(self.frames, target),
            np.full((self.frames, 1), self.run.training.error_gain[0]),
            np.zeros(self.frames, bool),
            {"output": np.full((self.frames, 2), 0.25)},
            batch=np.zeros(self.frames, bool) if batch is None else batch,
        )
        circuit = self.run.circuit(self.frames)
        setting = setting_of(self.run, circuit)
        calibration = calibrate(self.run, setting, middle, np.ones((4, 1)))
        engine = make_engine("numpy", compose(circuit), parameters(self.run, circuit, setting, calibration))
        result = engine.run(chunk, middle)
        G_plus, G_minus = result.conductance["layer1"]
        return (G_plus - G_minus) / (2 * self.step), result.pulses["output"].get("error")


def slots_of(error, frame_slots=18, update_start=9):
    return error["slot"] % frame_slots - update_start
