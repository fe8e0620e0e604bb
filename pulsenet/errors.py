"""The errors that pulsenet raises on purpose: one line each, saying what is wrong, where, and what to do."""


class PulsenetError(Exception):
    """Base of every error that pulsenet raises on purpose; the command line turns it into one line and exit code 1."""


class ConfigError(PulsenetError, ValueError):
    """A run description is wrong: a key, unit, range or combination."""


class DataError(PulsenetError):
    """Samples or labels cannot be found or cannot be used."""


class EngineError(PulsenetError):
    """A simulation engine cannot be built or did not finish."""


class TraceError(PulsenetError):
    """A trace cannot be written, read or continued."""


def shortened(error: Exception) -> str:
    """What an error of another library says, on one line and not too long."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
