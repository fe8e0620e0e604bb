"""The yardstick: the arithmetic of a frame as a bare compiled loop, with no events, no clock and no record.

A two-layer perceptron of linear devices, updated unidirectionally, refresh included; every programming pulse is one
addition and one comparison, as in the simulator. What an event-driven simulator costs on top is the price of time.
"""

import numpy as np
from numba import njit


@njit(cache=True)
def read_forward(slots, G_plus, G_minus, charge):
    charge[:] = 0.0
    for i in range(len(slots)):
        if slots[i]:
            for j in range(len(charge)):
                charge[j] += slots[i] * (G_plus[i, j] - G_minus[i, j])


@njit(cache=True)
def program(slots, error_pulses, polarity, phase, n_slots, G_plus, G_minus, step, G_max):
    """Pulses of each pair: those of the neuron that come while the line's gate is open."""
    count = np.empty((n_slots + 1, len(error_pulses)), np.int64)
    active = np.flatnonzero(np.floor(error_pulses + phase) > 0)
    for j in active:
        for width in range(n_slots + 1):
            count[width, j] = int(np.floor(error_pulses[j] * width / n_slots + phase[j]))
    for i in range(len(slots)):
        if slots[i]:
            for j in active:
                for _ in range(count[slots[i], j]):
                    if polarity[j] > 0:
                        G_plus[i, j] = min(G_plus[i, j] + step, G_max)
                    else:
                        G_minus[i, j] = min(G_minus[i, j] + step, G_max)


@njit(cache=True)
def refresh(G_plus, G_minus, G_min, step, full, room):
    for i in range(G_plus.shape[0]):
        for j in range(G_plus.shape[1]):
            high, low = max(G_plus[i, j], G_minus[i, j]), min(G_plus[i, j], G_minus[i, j])
            if high >= full and low >= room:
                written = G_min + np.floor((high - low) / step + 0.5) * step
                positive = G_plus[i, j] > G_minus[i, j]
                G_plus[i, j] = written if positive else G_min
                G_minus[i, j] = G_min if positive else written


@njit(cache=True)
def train_frames(slots, target, dither1, dither2, due, n_slots, G1, M1, G2, M2, units, gains, device, thresholds):
    """Train on frames in order; conductances (G plus, M minus, of layers 1 and 2) change in place."""
    G_min, G_max, step = device
    n_hidden, n_output = G1.shape[1], G2.shape[1]
    charge1, charge2 = np.empty(n_hidden), np.empty(n_output)
    hidden = np.empty(n_hidden + 1, np.int64)
    hidden[n_hidden] = n_slots
    polarity1, polarity2 = np.empty(n_hidden), np.empty(n_output)
    pulses1, pulses2 = np.empty(n_hidden), np.empty(n_output)
    gate, error_slots = np.empty(n_hidden), np.empty(n_output)
    for f in range(len(slots)):
        read_forward(slots[f], G1, M1, charge1)
        for j in range(n_hidden):
            v = charge1[j] / units[0]
            hidden[j] = int(np.floor(n_slots * min(max(v, 0.0), 1.0) + 0.5))
            gate[j] = 1.0 if 0 < v < 1 else 0.0
        read_forward(hidden, G2, M2, charge2)
        for k in range(n_output):
            output = np.floor(n_slots * min(max(charge2[k] / units[1] + 0.5, 0.0), 1.0) + 0.5)
            error_slots[k] = (n_slots if k == target[f] else 0) - output
            polarity2[k] = np.sign(error_slots[k])
            pulses2[k] = min(abs(error_slots[k]) / n_slots * gains[1], n_slots)
        for j in range(n_hidden):
            error = 0.0
            if gate[j]:
                for k in range(n_output):
                    error += error_slots[k] * (G2[j, k] - M2[j, k])
            error /= units[1]
            polarity1[j] = np.sign(error)
            pulses1[j] = min(abs(error) * gains[0], n_slots)
        program(slots[f], pulses1, polarity1, dither1[f], n_slots, G1, M1, step, G_max)
        program(hidden, pulses2, polarity2, dither2[f], n_slots, G2, M2, step, G_max)
        if due[f]:
            refresh(G1, M1, G_min, step, thresholds[0], thresholds[1])
            refresh(G2, M2, G_min, step, thresholds[0], thresholds[1])
