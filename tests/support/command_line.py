"""The command line, in this process."""

from click.testing import CliRunner, Result

from pulsenet.cli import main


def run(*arguments) -> Result:
    """What a command said; only ends that a command means, and no error of another kind, pass."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result
