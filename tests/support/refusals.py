"""What every refusal must be: one line that says enough."""

import pytest


def refused(error: type[Exception], call, *parts: str) -> str:
    """The call must end in an error of one line that contains all of the parts; the line."""
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message
    return message
