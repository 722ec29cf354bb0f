"""The command `complaints`. Each subcommand is a module of `complaints.commands`, loaded when it is called."""

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import click
from sqlalchemy.exc import OperationalError

from complaints import commands, logs
from complaints.errors import ComplaintsError

RESERVED = {"import_file": "import"}  # Python does not let a module have this name


class Commands(click.Group):
    """Finds subcommands among the modules of `complaints.commands`, so that `doctor` need not load the pages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return sorted(self._modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None when there is none."""
        name = self._modules().get(cmd_name)
        if name is None:
            return None
        module = importlib.import_module(f"{commands.__name__}.{name}")
        command: click.Command = module.command
        return command

    @staticmethod
    def _modules() -> dict[str, str]:
        """The module of each command, by the command's name."""
        names = [module.name for module in pkgutil.iter_modules(commands.__path__)]
        return {RESERVED.get(name, name.replace("_", "-")): name for name in names}


@click.command(cls=Commands)
@click.version_option(package_name="complaints")
def cli() -> None:
    """Complaints: intake, deadlines, mediation and closure of consumer complaints."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point: what a person did wrong becomes one line and exit code 2, never a traceback."""
    try:
        cli.main(args=arguments, prog_name="complaints")
    except ComplaintsError as error:
        click.echo(f"complaints: {in_one_line(error)}", err=True)
    except OperationalError as error:
        click.echo(f"complaints: the database cannot be used: {logs.brief(error.orig or error)}", err=True)
    sys.exit(2)


def in_one_line(error: ComplaintsError) -> str:
    """The message, and each field at fault that it does not name itself."""
    fields = [f"{name}: {' '.join(texts)}" for name, texts in error.fields.items() if name not in error.message]
    return "; ".join([error.message, *fields]).replace("\n", " ")


if __name__ == "__main__":
    main()
