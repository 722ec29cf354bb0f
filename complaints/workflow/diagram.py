"""The state diagram, drawn from the table: Mermaid for documents, SVG for everything else.

The table decides what is drawn; only where it stands is written here. In the SVG the ways that close a case stand in
the box of their state, so that the arrows show how a case goes on.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from unicodedata import east_asian_width

from complaints.words import say
from complaints.workflow.case import OPEN, Role, State
from complaints.workflow.lifecycle import STATE_ROW, STATES, TABLE, Row

Pair = tuple[State, State]

# Where the middle of each box stands.
PLACES = {
    State.NEW: (190, 60), State.RECEIVED: (190, 230), State.NEEDS_INFORMATION: (190, 470),
    State.WITH_ENTERPRISE: (660, 230), State.WITH_CONSUMER: (660, 470),
    State.PERFORMING: (660, 700), State.PERFORMANCE_REPORTED: (660, 920),
    State.AWAITING_MEDIATOR: (1284, 230), State.AWAITING_CONSENT: (1284, 470), State.IN_MEDIATION: (1284, 700),
    State.RECUSAL_PENDING: (1765, 610), State.UNDER_APPRAISAL: (1765, 850), State.CLOSED: (1284, 920),
}  # fmt: skip
# How far an arrow bends to its left, and how far along it the words stand; those not named take the first.
BENDS: dict[Pair | None, tuple[float, float]] = {
    None: (0, 0.5),
    (State.NEW, State.WITH_ENTERPRISE): (-30, 0.5),
    (State.RECEIVED, State.NEEDS_INFORMATION): (140, 0.5), (State.NEEDS_INFORMATION, State.RECEIVED): (140, 0.5),
    (State.RECEIVED, State.WITH_ENTERPRISE): (36, 0.5), (State.WITH_ENTERPRISE, State.RECEIVED): (36, 0.5),
    (State.RECEIVED, State.AWAITING_MEDIATOR): (330, 0.5),
    (State.WITH_ENTERPRISE, State.WITH_CONSUMER): (80, 0.5), (State.WITH_CONSUMER, State.WITH_ENTERPRISE): (80, 0.5),
    (State.WITH_CONSUMER, State.AWAITING_MEDIATOR): (0, 0.3),
    (State.PERFORMING, State.AWAITING_MEDIATOR): (60, 0.2),
    (State.PERFORMANCE_REPORTED, State.AWAITING_MEDIATOR): (-24, 0.13),
    (State.PERFORMING, State.PERFORMANCE_REPORTED): (0, 0.38),
    (State.AWAITING_MEDIATOR, State.PERFORMING): (10, 0.52),
    (State.AWAITING_CONSENT, State.PERFORMING): (-20, 0.62),
    (State.IN_MEDIATION, State.PERFORMING): (0, 0.28),
    (State.AWAITING_MEDIATOR, State.IN_MEDIATION): (400, 0.5),
    (State.IN_MEDIATION, State.RECUSAL_PENDING): (44, 0.55), (State.RECUSAL_PENDING, State.IN_MEDIATION): (44, 0.45),
    (State.IN_MEDIATION, State.UNDER_APPRAISAL): (44, 0.55), (State.UNDER_APPRAISAL, State.IN_MEDIATION): (44, 0.45),
}  # fmt: skip
FILLS = {"consumer": "#dff2df", "enterprise": "#fdecc8", None: "#e9e9ec"}
CENTRE_FILL = "#dde8f9"
WORDS = {
    "en": {
        "title": "The life of a complaint", "centre": "the appeals centre", "nobody": "nobody", "owner": "Whose move:",
        "silence": "bold: what silence leads to", "act": "what a person does",
        "ends": "■ closes the case", "stays": "↻ moves the clock, not the case",
        "everywhere": "from every open state: {}",
    },
    "zh": {
        "title": "投诉的生命周期", "centre": "申诉中心", "nobody": "无", "owner": "由谁行动：",
        "silence": "粗线：无人行动时的后果", "act": "有人行动", "ends": "■ 结案", "stays": "↻ 只变期限，不变状态",
        "everywhere": "所有未结状态均可：{}",
    },
}  # fmt: skip
SIZE, BOX, LINE, INK, FAINT = (1950, 1010), 332, 17, "#223", "#556"


def edges() -> Iterator[tuple[State, State, str, bool]]:
    """From, to, trigger, and whether silence pulls it; rows that stay in their state are left out."""
    found: dict[tuple[State, State, str], bool] = {}
    for row in TABLE:
        for source, dest in _ends(row):
            silent = Role.CLOCK in row.by and source in STATE_ROW and STATE_ROW[source].on_silence == row.trigger
            found[source, dest, row.trigger] = silent or found.get((source, dest, row.trigger), False)
    yield from ((*edge, silent) for edge, silent in found.items())


def _ends(row: Row) -> Iterator[Pair]:
    if row.dest is not None and row.dest not in row.source:
        yield from ((source, row.dest) for source in row.source)


def mermaid(locale: str = "en") -> str:
    """The diagram as Mermaid text (stateDiagram-v2); what silence does is marked with a clock."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {each.state} : {say(locale, f'state.{each.state}')}" for each in STATES]
    for (source, dest), ways in _grouped().items():
        begin = "[*]" if source is State.NEW else source.value
        labels = ", ".join(f"⏰ {trigger}" if silent else trigger for trigger, silent in ways)
        lines.append(f"    {begin} --> {dest} : {labels}")
    lines.append(f"    {State.CLOSED} --> [*]")
    return "\n".join(lines) + "\n"


@cache
def _grouped() -> dict[Pair, list[tuple[str, bool]]]:
    """What leads from one state to another, and whether silence does."""
    groups: dict[Pair, list[tuple[str, bool]]] = {}
    for source, dest, trigger, silent in edges():
        groups.setdefault((source, dest), []).append((trigger, silent))
    return groups


def svg(locale: str = "en") -> str:
    """The diagram as one SVG document."""
    onward = {pair: ways for pair, ways in _grouped().items() if State.CLOSED not in pair}
    body = [_line(pair, any(silent for _, silent in ways), locale) for pair, ways in onward.items()]
    body += [_box(state, locale) for state in State]
    body += [_words(pair, ways, locale) for pair, ways in onward.items()]
    width, height = SIZE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" '
        f'font-size="13" fill="{INK}"><title>{escape(WORDS[locale]["title"])}</title>'
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="11" markerHeight="11" '
        'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 10 5 0 10z" fill="#445"/></marker></defs>\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join([*body, _legend(locale)]) + "\n</svg>\n"
    )


def _named(trigger: str, locale: str) -> str:
    """English readers get the table's own names, Chinese readers words."""
    return trigger.replace("_", " ") if locale == "en" else say(locale, f"trigger.{trigger}")


def _everywhere() -> list[str]:
    """What closes a case from every open state; said once, in the legend."""
    return [row.trigger for row in TABLE if row.dest is State.CLOSED and set(OPEN) <= set(row.source)]


def _notes(state: State, locale: str) -> list[tuple[str, bool]]:
    """The lines in a box: what closes the case, what moves its clock, and for a closed one how it is opened again."""
    ends = [way for way in _grouped().get((state, State.CLOSED), []) if way[0] not in _everywhere()]
    notes = [(f"■ {text}", True) for text in _wrapped([t for t, silent in ends if silent], locale)]
    notes += [(f"■ {text}", False) for text in _wrapped([t for t, silent in ends if not silent], locale)]
    stays = [row.trigger for row in TABLE if row.clock == "move" and Role.CLOCK not in row.by and state in row.source]
    notes += [(f"↻ {text}", False) for text in _wrapped(stays, locale)]
    if state is State.CLOSED:
        again = [
            (dest, trigger) for (source, dest), ways in _grouped().items() if source is state for trigger, _ in ways
        ]
        notes += [(f"{_named(trigger, locale)} → {say(locale, f'state.{dest}')}", False) for dest, trigger in again]
    return notes


def _wrapped(triggers: Sequence[str], locale: str, most: int = 38) -> list[str]:
    """Names side by side in lines that fit into a box."""
    lines: list[str] = []
    comma = ", " if locale == "en" else "；"
    for each in (_named(trigger, locale) for trigger in triggers):
        if lines and _wide(lines[-1] + comma + each) <= most:
            lines[-1] += comma + each
        else:
            lines.append(each)
    return lines


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _half_height(state: State, locale: str) -> float:
    return 32 + LINE * len(_notes(state, locale)) / 2 if state is not State.NEW else 22


def _fill(owner: str | None) -> str:
    return FILLS.get(owner, CENTRE_FILL)


def _box(state: State, locale: str) -> str:
    """Title, owner and notes of a state."""
    x, y = PLACES[state]
    half = _half_height(state, locale)
    owner = STATE_ROW[state].owner if state in STATE_ROW else None
    lines = [(say(locale, f"state.{state}"), 'font-size="14" font-weight="bold"')]
    if owner:
        lines.append((say(locale, f"role.{owner}"), f'fill="{FAINT}"'))
    lines += [(text, 'font-weight="bold"' if bold else "") for text, bold in _notes(state, locale)]
    top = y - (len(lines) - 1) * LINE / 2 + 5
    text = "".join(
        f'<text x="{x}" y="{top + n * LINE:.0f}" text-anchor="middle" {style}>{escape(said)}</text>'
        for n, (said, style) in enumerate(lines)
    )
    return (
        f'<rect x="{x - BOX / 2}" y="{y - half}" width="{BOX}" height="{2 * half}" rx="9" fill="{_fill(owner)}" '
        f'stroke="{FAINT}"/>{text}'
    )


def _curve(pair: Pair, locale: str) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """Where an arrow leaves its box, the point that it bends towards, and where it arrives."""
    (x1, y1), (x2, y2) = (PLACES[state] for state in pair)
    bend = BENDS.get(pair, BENDS[None])[0]
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    middle = (x1 + x2) / 2 + (y2 - y1) / length * bend, (y1 + y2) / 2 + (x1 - x2) / length * bend
    return _border(pair[0], middle, locale), middle, _border(pair[1], middle, locale)


def _border(state: State, towards: tuple[float, float], locale: str) -> tuple[float, float]:
    """Where the line from a box's middle towards a point leaves the box."""
    x, y = PLACES[state]
    dx, dy = towards[0] - x, towards[1] - y
    half = _half_height(state, locale)
    scale = min(BOX / 2 / abs(dx) if dx else 1e9, half / abs(dy) if dy else 1e9)
    return x + dx * scale, y + dy * scale


def _line(pair: Pair, silent: bool, locale: str) -> str:
    (x1, y1), (mx, my), (x2, y2) = _curve(pair, locale)
    return (
        f'<path d="M{x1:.0f} {y1:.0f} Q{mx:.0f} {my:.0f} {x2:.0f} {y2:.0f}" fill="none" stroke="#445" '
        f'stroke-width="{3 if silent else 1.2}" marker-end="url(#tip)"/>'
    )


def _words(pair: Pair, ways: list[tuple[str, bool]], locale: str) -> str:
    """The triggers beside their arrow, bold where silence pulls them."""
    (x1, y1), (mx, my), (x2, y2) = _curve(pair, locale)
    t = BENDS.get(pair, BENDS[None])[1]
    x = (1 - t) ** 2 * x1 + 2 * t * (1 - t) * mx + t**2 * x2
    y = (1 - t) ** 2 * y1 + 2 * t * (1 - t) * my + t**2 * y2 - (len(ways) - 1) * LINE / 2 + 4
    return "".join(
        f'<text x="{x:.0f}" y="{y + n * LINE:.0f}" text-anchor="middle" stroke="#fff" stroke-width="5" '
        f'paint-order="stroke" font-weight="{"bold" if silent else "normal"}">{escape(_named(trigger, locale))}</text>'
        for n, (trigger, silent) in enumerate(ways)
    )


def _legend(locale: str) -> str:
    """What colours, lines and marks mean."""
    words = WORDS[locale]
    names = [(say(locale, f"role.{owner}"), _fill(owner)) for owner in ("consumer", "enterprise")]
    names += [(words["centre"], CENTRE_FILL), (words["nobody"], FILLS[None])]
    everywhere = words["everywhere"].format(", ".join(_named(each, locale) for each in _everywhere()))
    x, y = 45, 690
    parts = [f'<text x="{x}" y="{y}" font-weight="bold">{escape(words["owner"])}</text>']
    for n, (name, fill) in enumerate(names, start=1):
        parts.append(
            f'<rect x="{x}" y="{y + n * 24 - 13}" width="34" height="17" rx="4" fill="{fill}" stroke="{FAINT}"/>'
        )
        parts.append(f'<text x="{x + 46}" y="{y + n * 24}">{escape(name)}</text>')
    for n, (width, said) in enumerate(((1.2, words["act"]), (3, words["silence"])), start=6):
        level = y + n * 24 - 4
        parts.append(f'<path d="M{x} {level}h34" stroke="#445" stroke-width="{width}" marker-end="url(#tip)"/>')
        parts.append(f'<text x="{x + 46}" y="{level + 4}">{escape(said)}</text>')
    for n, said in enumerate((words["ends"], f"■ {everywhere}", words["stays"]), start=8):
        parts.append(f'<text x="{x}" y="{y + n * 24}">{escape(said)}</text>')
    return "".join(parts)
