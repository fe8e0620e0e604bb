"""What goes in and comes out by name: types as a chunk of frames has them, and as a trace takes them."""

import numpy as np

#: Names that recorded variables have in a trace.
COLUMNS = {
    "forward_slots": ("width", np.int32),
    "backward_slots": ("width", np.int32),
    "error_polarity": ("polarity", np.int8),
    "refresh_SET": ("SET", np.int64),
    "refresh_RESET": ("RESET", np.int64),
    **{f"row_{stage}": (stage, np.int64) for stage in ("erasing", "counting", "erasing_again", "writing")},
}

#: Types of what is fed in; all else is float64.
INPUT_TYPES = {"forward_slots_in": np.uint16}
#: Kinds of which all pulses are handed over, whatever is recorded: the costs of a frame follow from their columns.
ALWAYS_RECORDED = ("refresh", "rows")
