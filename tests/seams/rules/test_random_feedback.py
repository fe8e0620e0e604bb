"""Random feedback returns errors through an array of its own."""

import numpy as np
import pytest
from cases import Case, small_run
from rule_cases import DEVICE, a_case
from same import assert_same

from pulsenet import Unidirectional, Variation
from pulsenet.seams.rules import RandomFeedback

pytestmark = pytest.mark.whole


def test_random_feedback_returns_errors_through_its_own_array():
    """The sign of a hidden error is that of the fixed feedback, whatever the devices are."""
    case = a_case(RandomFeedback, (4, 6, 2), frames=8)
    feedback = case.parameters["layer2"]["feedback"]
    assert np.abs(feedback).max() <= 0.5 * (DEVICE.G_max - DEVICE.G_min) and feedback.std() > 0
    result = case.simulate("numpy")
    backward, hidden = result.pulses["output"]["backward"], result.pulses["hidden1"]["error"]
    frame_slots, checked = case.circuit.schedule.frame_slots, 0
    for frame in range(8):
        sent = backward["slot"] // frame_slots == frame
        error = np.zeros(2)
        error[backward["line"][sent]] = backward["polarity"][sent] * backward["width"][sent]
        fired = hidden["slot"] // frame_slots == frame
        for line, polarity in zip(hidden["line"][fired], hidden["polarity"][fired], strict=True):
            assert polarity == np.sign(feedback[line] @ error)
            checked += 1
    assert checked > 0


def test_noise_of_the_feedback_is_that_of_what_is_read():
    """Not that of the devices, which the backward pulse does not reach."""
    update = Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    sections = {"update": update, "rule": RandomFeedback(feedback_spread=0.1), "variation": Variation(read_noise=0.5)}
    case = Case(small_run([4, 6, 2], DEVICE, seed=11, **sections), frames=8)
    assert_same(case.simulate("numpy"), case.simulate("golden"), rtol=1e-12)
