"""The command line: arguments become the calls that the Python API makes; errors become one line and exit code 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from pulsenet.commands.assess_command import assess
from pulsenet.commands.budget_command import budget
from pulsenet.commands.cache_command import cache
from pulsenet.commands.export_command import export
from pulsenet.commands.fit_command import fit
from pulsenet.commands.inspect_command import inspect
from pulsenet.commands.models_command import models
from pulsenet.commands.plot_command import plot
from pulsenet.commands.run_command import demo, run
from pulsenet.commands.study_command import study
from pulsenet.commands.view_command import view
from pulsenet.errors import ConfigError, PulsenetError

#: A group of commands alone: its help is the answer. Before version 8.2, click raised nothing.
_HELP_WANTED = getattr(click.exceptions, "NoArgsIsHelpError", ())


class _Group(click.Group):
    """Turns pulsenet's errors, those of the system and those of the command line into one line and exit code 1."""

    def parse_args(self, context, words):
        with _one_line(context):
            return super().parse_args(context, words)

    def invoke(self, context):
        with _one_line(context):
            return super().invoke(context)

    def resolve_command(self, context, words):
        if self.get_command(context, words[0]) is None and not context.resilient_parsing:
            from pulsenet.study.wrong_names import unknown  # only now: it takes a second, and --help answers at once

            raise ConfigError(f"{unknown('', words[0], self.commands)}; see pulsenet --help")
        return super().resolve_command(context, words)


@contextmanager
def _one_line(context: click.Context) -> Iterator[None]:
    try:
        yield
    except _HELP_WANTED:
        raise
    except PulsenetError as error:
        _end(context, str(error))
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else context.command_path
        _end(context, f"{' '.join(error.format_message().split()).rstrip('.')}; see {where} --help")
    except OSError as error:
        _end(context, f"{error.filename or ''}: {error.strerror or error}")


def _end(context: click.Context, message: str) -> None:
    click.echo(f"error: {message}", err=True)
    context.exit(1)


@click.group(name="pulsenet", cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pulsenet")
def main():
    """Pulse-level simulation of neural networks trained in hardware on electronic synapse devices."""


for command in (run, demo, plot, view, inspect, export, fit, assess, models, study, budget, cache):
    main.add_command(command)
