"""`complaints diagram`: write the state diagram from the table."""

from pathlib import Path

import click

from complaints.workflow import diagram

OF_THE_DOCS = (("lifecycle.mmd", "mermaid", "en"), ("lifecycle.svg", "svg", "en"), ("lifecycle.zh.svg", "svg", "zh"))


@click.command("diagram")
@click.option("--format", "form", type=click.Choice(["mermaid", "svg", "both"]), default="mermaid", show_default=True)
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="What is printed.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write files into this folder, the SVG in both languages, instead of printing.",
)
def command(form: str, lang: str, out: Path | None) -> None:
    """Write the state diagram (Mermaid, SVG) from the lifecycle table."""
    kinds = [kind for kind in ("mermaid", "svg") if form in (kind, "both")]
    if out is None:
        click.echo("".join(_drawn(kind, lang) for kind in kinds), nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files(kinds).items():
        (out / name).write_text(text, encoding="utf-8")
        click.echo(f"written: {out / name}")


def files(kinds: list[str]) -> dict[str, str]:
    """The files of the docs that are of these kinds, by name."""
    return {name: _drawn(kind, lang) for name, kind, lang in OF_THE_DOCS if kind in kinds}


def _drawn(kind: str, lang: str) -> str:
    return diagram.mermaid(lang) if kind == "mermaid" else diagram.svg(lang)
