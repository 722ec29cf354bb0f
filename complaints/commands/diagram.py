"""`complaints diagram`: write the state diagram from the table."""

from pathlib import Path

import click

from complaints.workflow import diagram


@click.command("diagram")
@click.option("--format", "form", type=click.Choice(["mermaid", "svg", "both"]), default="mermaid", show_default=True)
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for lifecycle.mmd and lifecycle.svg; default: print.")
def command(form: str, lang: str, out: Path | None) -> None:
    """Write the state diagram (Mermaid, SVG) from the lifecycle table."""
    drawn = {"mermaid": ("lifecycle.mmd", diagram.mermaid), "svg": ("lifecycle.svg", diagram.svg)}
    for kind in drawn if form == "both" else (form,):
        name, draw = drawn[kind]
        if out is None:
            click.echo(draw(lang), nl=False)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(draw(lang), encoding="utf-8")
            click.echo(f"written: {out / name}")
