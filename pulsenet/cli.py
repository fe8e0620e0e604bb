"""The command line: arguments become the same calls that the Python API makes; errors become one line and exit code 1."""

from __future__ import annotations

import click

from pulsenet.commands.assess import assess
from pulsenet.commands.budget import budget
from pulsenet.commands.export import export
from pulsenet.commands.fit import fit
from pulsenet.commands.inspect import inspect
from pulsenet.commands.models import models
from pulsenet.commands.plot import plot
from pulsenet.commands.run import demo, run
from pulsenet.commands.study import study
from pulsenet.commands.view import view
from pulsenet.errors import PulsenetError


class _Group(click.Group):
    """Turns pulsenet's errors, and those of the system, into one line and an exit code."""

    def invoke(self, context):
        try:
            return super().invoke(context)
        except PulsenetError as error:
            click.echo(f"error: {error}", err=True)
        except click.UsageError as error:
            click.echo(f"error: {error.format_message()} See: pulsenet --help", err=True)
        except OSError as error:
            click.echo(f"error: {error.filename or ''}: {error.strerror or error}", err=True)
        context.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pulsenet")
def main():
    """Pulse-level simulation of neural networks trained in hardware on electronic synapse devices."""


for command in (run, demo, plot, view, inspect, export, fit, assess, models, study, budget):
    main.add_command(command)
