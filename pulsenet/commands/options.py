"""What several commands share: options, and values given as KEY=VALUE."""

from __future__ import annotations

import click

ENGINE = click.option(
    "--engine",
    type=click.Choice(["auto", "standalone", "cython", "numpy"]),
    default="auto",
    help="How to simulate: a C++ program built once per circuit, or Brian2 in this process.",
)
WORKERS = click.option(
    "--workers",
    "--jobs",
    "workers",
    type=click.IntRange(min=1),
    help="How many runs are done at a time on this machine; default: one per processor.",
)
SET = click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace a value of the file.")


def override_values(texts: tuple[str, ...]) -> dict:
    """Values of ``--set`` by dotted key, read as TOML."""
    from pulsenet.describe.run import parse_value

    given = pairs(texts, "--set", "KEY=VALUE, for example --set training.epochs=2")
    return {key: parse_value(value) for key, value in given.items()}


def pairs(texts: tuple[str, ...], option: str, form: str) -> dict[str, str]:
    """Values of an option that may be given several times, as KEY=VALUE.

    Raises
    ------
    ConfigError
        If one is not of this form.
    """
    from pulsenet.errors import ConfigError

    for text in texts:
        if not text.partition("=")[0] or "=" not in text:
            raise ConfigError(f"{option} {text}: write it as {form}")
    return {key.strip(): value.strip() for key, _, value in (text.partition("=") for text in texts)}
