"""What passes between training, engine and trace: plain arrays, no simulator and no file in them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

#: Pulses of one kind of one population: equally long 1-D arrays, sorted by slot, then line.
#: ``slot`` (int64, counted from the start of the run) and ``line`` (int32) are always there; further columns depend on
#: the kind (``width``, ``polarity``, ``SET``, ``RESET``).
Pulses = dict[str, np.ndarray]


@dataclass(frozen=True)
class Chunk:
    """The data that a run of frames needs, laid out for an engine.

    Attributes
    ----------
    first_frame : int
        Number of the first frame, counted from the start of the run.
    forward_slots : uint16, shape (frames, n_input + 1)
        Slots for which each input line is high; the last column is the bias line.
    target : int, shape (frames,)
        Index of the output neuron that should be high.
    error_gain : float, shape (frames, L)
        Error pulses per unit of error for each weight layer; 0 closes the update gate (an evaluation frame).
    refresh : int, shape (frames,)
        Whether the frame ends with a refresh: 0, or the number of the rows' turn, from 1.
    dither : dict of float arrays, shape (frames, neurons)
        Initial phase in [0, 1) of each neuron's error oscillator, by population.
    batch : bool, shape (frames,)
        Whether the frame is the last of a batch, for a rule that programs then.
    effects : dict of arrays, one row per frame
        What effects are fed, by the name of the input.
    recorded : bool, shape (frames,), optional
        Whether the pulses of the frame are wanted; left out, those of all frames are.
    """

    first_frame: int
    forward_slots: np.ndarray
    target: np.ndarray
    error_gain: np.ndarray
    refresh: np.ndarray
    dither: dict[str, np.ndarray]
    batch: np.ndarray
    effects: dict[str, np.ndarray] = field(default_factory=dict)
    recorded: np.ndarray | None = None

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.target)

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """All arrays by the names under which the equations of a circuit may call them."""
        return {
            "forward_slots_in": self.forward_slots,
            "target_in": self.target,
            "error_gain_in": self.error_gain,
            "refresh_in": self.refresh,
            "batch_in": self.batch,
            "frame_in": self.first_frame + np.arange(self.n_frames),
            **{f"dither_{name}": phases for name, phases in self.dither.items()},
            **self.effects,
        }

    def cut(self, first: int, last: int) -> Chunk:
        """Frames ``first`` to ``last`` (exclusive) of this chunk."""
        arrays = {name: value[first:last] for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        drawn = {
            name: {key: array[first:last] for key, array in getattr(self, name).items()}
            for name in ("dither", "effects")
        }
        return replace(self, first_frame=self.first_frame + first, **arrays, **drawn)


#: Conductances by layer name: (G_plus, G_minus), each of shape (n_in + 1, n_out), in siemens.
Conductances = dict[str, tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Parameter:
    """A value of the equations that does not change during a run.

    Attributes
    ----------
    value : float, or float array of shape (n_in, n_out)
        An array where each device or pair has its own.
    unit : str
        As the equations name it: ``"siemens"``, ``"coulomb"``, ``"1"`` ...
    """

    value: float | np.ndarray
    unit: str


#: Parameters by object (a population or a layer) and name.
Parameters = dict[str, dict[str, Parameter]]

#: What device pairs remember besides, by layer and variable: arrays of shape (n_in + 1, n_out), in SI units.
Memory = dict[str, dict[str, np.ndarray]]


@dataclass(frozen=True)
class ChunkResult:
    """What an engine returns for a chunk.

    Attributes
    ----------
    conductance : Conductances
        After the last frame.
    preactivation : float, shape (frames, n_output)
        What each output neuron had integrated at the end of the last forward phase, in units of its full scale.
    pulses : dict
        ``pulses[population][kind]`` is a `Pulses`: those of recorded frames, and of a refresh those of all frames.
    memory : Memory
        After the last frame.
    tally : dict
        ``tally[population][name]``, shape (frames, lines): sums over each frame: ``programming_pulses``, and what
        energy follows from: charge in coulomb (``charge_through``, ``backward_charge_through``), conductances in
        siemens (``SET_conductance`` ...).
    counts : dict
        ``counts[population][kind]``, int64, shape (frames,): pulses of each frame, recorded or not.
    unrecorded : dict
        ``unrecorded[population][kind]``, int64, shape (lines,): pulses of each line that are not in ``pulses``.
    rows : dict
        ``rows[population][stage]``, int64, shape (refreshes, lines): the most pulses that a device of an input line, a
        row of the array that begins at the population, gets in a stage of a refresh, see `Circuit.refresh_stages`.
    """

    conductance: Conductances
    preactivation: np.ndarray
    pulses: dict[str, dict[str, Pulses]] = field(default_factory=dict)
    memory: Memory = field(default_factory=dict)
    tally: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    counts: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    unrecorded: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    rows: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)


def joined(results: list[ChunkResult]) -> ChunkResult:
    """The results of successive chunks as one.

    Parameters
    ----------
    results : list of ChunkResult
        One at least.
    """
    if len(results) == 1:
        return results[0]

    def by_name(attribute: str, join) -> dict:
        """What results hold by population and name, joined."""
        held = [getattr(result, attribute) for result in results]
        return {
            population: {name: join([one[population][name] for one in held]) for name in names}
            for population, names in held[0].items()
        }

    def columns(pulses: list[Pulses]) -> Pulses:
        return {name: np.concatenate([some[name] for some in pulses]) for name in pulses[0]}

    return ChunkResult(
        conductance=results[-1].conductance,
        preactivation=np.concatenate([result.preactivation for result in results]),
        pulses=by_name("pulses", columns),
        memory=results[-1].memory,
        tally=by_name("tally", np.concatenate),
        counts=by_name("counts", np.concatenate),
        unrecorded=by_name("unrecorded", lambda lines: np.sum(lines, axis=0)),
        rows=by_name("rows", np.concatenate),
    )
