"""The state diagram, drawn from the table: Mermaid for documents, SVG for everything else."""

from collections.abc import Iterator
from html import escape

from complaints.words import say
from complaints.workflow.case import Role, State
from complaints.workflow.lifecycle import STATES, TABLE, Row

# Where each state stands in the picture: column and row of a grid. The table decides everything else.
PLACES = {
    State.NEW: (0, 0), State.RECEIVED: (0, 1), State.NEEDS_INFORMATION: (0, 2),
    State.WITH_ENTERPRISE: (1, 1), State.WITH_CONSUMER: (1, 2),
    State.PERFORMING: (1, 3), State.PERFORMANCE_REPORTED: (1, 4),
    State.AWAITING_MEDIATOR: (2, 1), State.AWAITING_CONSENT: (2, 2), State.IN_MEDIATION: (2, 3),
    State.RECUSAL_PENDING: (3, 2), State.UNDER_APPRAISAL: (3, 4), State.CLOSED: (2, 5),
}  # fmt: skip
TITLE = {"en": "The life of a complaint", "zh": "投诉的生命周期"}
WIDTH, HEIGHT, ACROSS, DOWN, LEFT, TOP = 190, 58, 290, 120, 30, 30


def edges() -> Iterator[tuple[State, State, str, bool]]:
    """From, to, trigger, and whether silence pulls it; rows that stay in their state are left out."""
    silence = {row.state: row.on_silence for row in STATES}
    seen = set()
    for row in TABLE:
        for source, dest in _ends(row):
            by_clock = Role.CLOCK in row.by and silence.get(source) == row.trigger
            edge = (source, dest, row.trigger, by_clock)
            if edge[:3] not in seen:
                seen.add(edge[:3])
                yield edge


def _ends(row: Row) -> Iterator[tuple[State, State]]:
    if row.dest is not None and row.dest not in row.source:
        yield from ((source, row.dest) for source in row.source)


def mermaid(locale: str = "en") -> str:
    """The diagram as Mermaid text (stateDiagram-v2); what silence does is marked with a clock."""
    lines = ["stateDiagram-v2"]
    for state in State:
        if state is not State.NEW:
            lines.append(f"    {state.value} : {say(locale, f'state.{state.value}')}")
    for (source, dest), labels in _grouped().items():
        begin = "[*]" if source is State.NEW else source.value
        lines.append(f"    {begin} --> {dest.value} : {', '.join(labels)}")
    lines.append(f"    {State.CLOSED.value} --> [*]")
    return "\n".join(lines) + "\n"


def _grouped() -> dict[tuple[State, State], list[str]]:
    groups: dict[tuple[State, State], list[str]] = {}
    for source, dest, trigger, by_clock in edges():
        groups.setdefault((source, dest), []).append(f"⏰ {trigger}" if by_clock else trigger)
    return groups


def svg(locale: str = "en") -> str:
    """The diagram as one SVG document: boxes on a grid, an arrow for each pair of states, the triggers beside it."""
    columns, rows = 1 + max(x for x, _ in PLACES.values()), 1 + max(y for _, y in PLACES.values())
    size = f"{LEFT * 2 + (columns - 1) * ACROSS + WIDTH} {TOP * 2 + (rows - 1) * DOWN + HEIGHT}"
    body = [_arrow(source, dest, labels) for (source, dest), labels in _grouped().items()]
    body += [_box(state, locale) for state in State]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img" font-family="sans-serif">'
        f"<title>{escape(TITLE[locale])}</title>"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#667"/></marker></defs>'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(body)}</svg>\n'
    )


def _centre(state: State) -> tuple[float, float]:
    x, y = PLACES[state]
    return LEFT + x * ACROSS + WIDTH / 2, TOP + y * DOWN + HEIGHT / 2


def _box(state: State, locale: str) -> str:
    x, y = _centre(state)
    owner = next((row.owner for row in STATES if row.state is state), None)
    fill = {"consumer": "#e3f1e3", "enterprise": "#fdf0d5", None: "#eee"}.get(owner, "#e2ebf8")
    shown = say(locale, f"role.{owner}") if owner else ""
    return (
        f'<g><rect x="{x - WIDTH / 2}" y="{y - HEIGHT / 2}" width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{fill}" '
        f'stroke="#445"/><text x="{x}" y="{y - 4}" text-anchor="middle" font-size="14" font-weight="bold">'
        f"{escape(say(locale, f'state.{state.value}'))}</text>"
        f'<text x="{x}" y="{y + 16}" text-anchor="middle" font-size="11" fill="#445">{escape(shown)}</text></g>'
    )


def _arrow(source: State, dest: State, labels: list[str]) -> str:
    """A line from border to border, bowed to its left so that a pair of arrows does not fall on each other."""
    (x1, y1), (x2, y2) = _centre(source), _centre(dest)
    length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 1)
    across, along = (y2 - y1) / length, (x1 - x2) / length
    bow = 14 + length / 14
    mx, my = (x1 + x2) / 2 + across * bow, (y1 + y2) / 2 + along * bow
    sx, sy = _border(x1, y1, mx, my)
    ex, ey = _border(x2, y2, mx, my)
    clock = any(label.startswith("⏰") for label in labels)
    lx, ly = (sx + 2 * mx + ex) / 4, (sy + 2 * my + ey) / 4 - 5 * (len(labels) - 1)
    text = "".join(
        f'<tspan x="{lx:.0f}" dy="{0 if n == 0 else 11}">{escape(each)}</tspan>' for n, each in enumerate(labels)
    )
    return (
        f'<path d="M{sx:.0f} {sy:.0f} Q{mx:.0f} {my:.0f} {ex:.0f} {ey:.0f}" fill="none" stroke="#667" '
        f'stroke-width="{1.6 if clock else 0.9}" marker-end="url(#tip)"/>'
        f'<text y="{ly:.0f}" font-size="9.5" text-anchor="middle" fill="#223" stroke="#fff" stroke-width="2.5" '
        f'paint-order="stroke">{text}</text>'
    )


def _border(x: float, y: float, towards_x: float, towards_y: float) -> tuple[float, float]:
    """Where the line from a box's centre towards a point leaves the box."""
    dx, dy = towards_x - x, towards_y - y
    scale = min(WIDTH / 2 / abs(dx) if dx else 1e9, HEIGHT / 2 / abs(dy) if dy else 1e9)
    return x + dx * scale, y + dy * scale
