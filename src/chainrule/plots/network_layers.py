"""A network drawn layer by layer: boxes in rows, the rows in columns so that sixty layers fit on a screen.

Rows go from the top down and columns from left to right, as one reads. An edge to the next row is a line; one that
skips rows goes through a lane beside its column; one to another column through the gap between them. Where another box
of its row is in the way, an edge leaves below the row, or comes from above it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from chainrule.plots.network_boxes import Box
from chainrule.plots.svg import element, fitted, hint, text

WIDTH, LINE, PAD = 232.0, 18.0, 10.0  # a box, a line of text in it, and the room around the text
GAP, ASIDE = 30.0, 28.0  # between two rows; between two boxes of a row
LANE, MARGIN, HEAD = 13.0, 24.0, 44.0  # between two lanes; around the drawing; for its title
BEND, ARROW = 7.0, 4.5
SIZE, SMALL = 13.0, 11.0
ROWS_OF_A_COLUMN = 12


@dataclass(eq=False)
class Place:
    """Where a box is: its column, its rectangle, where its row ends, and whether it is the row's first or last."""

    column: int
    x: float
    y: float
    height: float
    row_end: float
    first: bool
    last: bool

    @property
    def middle(self) -> tuple[float, float]:
        """The rectangle's middle."""
        return self.x + WIDTH / 2, self.y + self.height / 2


class Lanes:
    """The lanes of a gap between columns; two edges share one only where neither passes the other."""

    def __init__(self):
        self.taken: list[list[tuple[float, float]]] = []

    def take(self, low: float, high: float) -> int:
        """Return the first lane that is free from one height to another, and take it."""
        for number, lane in enumerate(self.taken):
            if all(high < other_low or other_high < low for other_low, other_high in lane):
                lane.append((low, high))
                return number
        self.taken.append([(low, high)])
        return len(self.taken) - 1


def draw_layers(boxes: list[Box], title: str) -> tuple[str, float, float]:
    """Return the drawing's elements, its width and its height."""
    rows: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        rows[box.row].append(box)
    n_columns = -(-len(rows) // ROWS_OF_A_COLUMN)
    a_column = -(-len(rows) // n_columns)
    column_of = {id(box): box.row // a_column for box in boxes}
    lanes = _lanes(boxes, column_of)
    places, rights, width, height = _places(rows, column_of, [len(gap.taken) for gap in lanes.gaps])
    drawn = [text(title, MARGIN, MARGIN + 6, font_size=16, font_weight=600)]
    drawn += [_edge(before, box, places, rights, lanes) for box in boxes for before in box.before]
    drawn += [_box(box, places[id(box)]) for box in boxes]
    return "".join(drawn), width, height


class _Edges:
    """Which lane each edge takes that doesn't go straight to the next row."""

    def __init__(self, n_columns: int):
        self.gaps = [Lanes() for _ in range(n_columns)]
        self.lane: dict[tuple[int, int], int] = {}


def _lanes(boxes: list[Box], column_of: dict[int, int]) -> _Edges:
    edges = _Edges(1 + max(column_of.values()))
    for box in boxes:
        for before in box.before:
            if box.row == before.row + 1 and column_of[id(box)] == column_of[id(before)]:
                continue
            column = column_of[id(before)]
            rows = (before.row, box.row) if column_of[id(box)] == column else (-1, 1 << 30)
            edges.lane[id(before), id(box)] = edges.gaps[column].take(*map(float, rows))
    return edges


def _places(rows: dict[int, list[Box]], column_of: dict[int, int], lanes: list[int]):
    """Return each box's place, where each column ends on the right, and the drawing's width and height."""
    widest = [0] * len(lanes)
    for several in rows.values():
        column = column_of[id(several[0])]
        widest[column] = max(widest[column], len(several))
    places, rights = {}, []
    x, bottom = MARGIN, 0.0
    for column, most in enumerate(widest):
        across = most * WIDTH + (most - 1) * ASIDE
        y = MARGIN + HEAD
        for several in (rows[row] for row in sorted(rows) if column_of[id(rows[row][0])] == column):
            height = max(_height(box) for box in several)
            left = x + (across - len(several) * WIDTH - (len(several) - 1) * ASIDE) / 2
            for number, box in enumerate(_in_order(several, places)):
                first, last = number == 0, number == len(several) - 1
                at = left + number * (WIDTH + ASIDE)
                places[id(box)] = Place(column, at, y, _height(box), y + height, first, last)
            y += height + GAP
        bottom = max(bottom, y - GAP)
        rights.append(x + across)
        x += across + LANE * (lanes[column] + 1) + (LANE if column + 1 < len(widest) else 0)
    return places, rights, max(x, MARGIN + 420) + MARGIN - LANE, bottom + MARGIN


def _in_order(several: list[Box], places: dict[int, Place]) -> list[Box]:
    """Return the boxes of a row from left to right: each below those that it follows, so that few edges cross."""

    def wish(box: Box) -> float:
        known = [places[id(before)].x for before in box.before if id(before) in places]
        return sum(known) / len(known) if known else 0.0

    return sorted(several, key=wish)


def _height(box: Box) -> float:
    return 2 * PAD + LINE * (len(box.lines) + 1) - 4


def _box(box: Box, place: Place) -> str:
    inner = WIDTH - 2 * PAD
    name = box.names[0] if not box.starts else ""
    below = f"{box.shape}" + (f" · {box.parameters:,} parameters" if box.parameters else "")
    words = f"{', '.join(box.names)}: output {below}"
    rectangle = element(
        "rect",
        x=place.x,
        y=place.y,
        width=WIDTH,
        height=place.height,
        rx=7,
        class_="box strong" if box.starts or box.ends else "box",
    )
    lines = [
        text(
            fitted(line, SIZE, inner),
            place.x + PAD,
            place.y + PAD + LINE * (number + 1) - 6,
            font_size=SIZE,
            font_weight=600 if number == 0 else None,
        )
        for number, line in enumerate(box.lines)
    ]
    bottom = place.y + PAD + LINE * (len(box.lines) + 1) - 7
    lines.append(text(fitted(below, SMALL, inner), place.x + PAD, bottom, font_size=SMALL, class_="quiet"))
    return element("g", hint(words) + rectangle + "".join(lines), data_layer=name or None)


def _edge(before: Box, box: Box, places: dict[int, Place], rights: list[float], lanes: _Edges) -> str:
    start, end = places[id(before)], places[id(box)]
    lane = lanes.lane.get((id(before), id(box)))
    if lane is None:
        x1, y1 = start.middle[0], start.y + start.height
        x2, y2 = end.middle[0], end.y
        middle = (y1 + y2) / 2
        path = f"M{x1:.1f} {y1:.1f}C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2 - ARROW:.1f}"
        return element("path", d=path, class_="edge") + _arrow(x2, y2, "down")
    x = rights[start.column] + LANE * (lane + 1)
    points = _out(start, x)
    if end.column == start.column:
        return _drawn(
            points + ([(x, end.middle[1] - 5), (end.x + WIDTH, end.middle[1] - 5)] if end.last else _in(end, x))
        )
    if end.column > start.column + 1:  # over the columns between the two
        over, x2 = MARGIN + HEAD - LANE, rights[end.column - 1] + LANE / 2
        points += [(x, over), (x2, over)]
        x = x2
    return _drawn(points + ([(x, end.middle[1]), (end.x, end.middle[1])] if end.first else _in(end, x)))


def _out(start: Place, x: float) -> list[tuple[float, float]]:
    """Return the way from a box to a lane on the right: from its side, or below its row."""
    if start.last:
        y = start.middle[1] + 5
        return [(start.x + WIDTH, y), (x, y)]
    y = start.row_end + GAP / 3
    return [(start.middle[0], start.y + start.height), (start.middle[0], y), (x, y)]


def _in(end: Place, x: float) -> list[tuple[float, float]]:
    """Return the way from a lane into a box from above its row."""
    y = end.y - GAP / 2
    return [(x, y), (end.middle[0], y), (end.middle[0], end.y)]


def _drawn(points: list[tuple[float, float]]) -> str:
    """Return an edge with its arrow."""
    (ax, ay), (x, y) = points[-2:]
    towards = "down" if y > ay else "left" if x < ax else "right"
    back = {"down": (x, y - ARROW), "left": (x + ARROW, y), "right": (x - ARROW, y)}[towards]
    return element("path", d=_bent([*points[:-1], back]), class_="edge") + _arrow(x, y, towards)


def _bent(points: list[tuple[float, float]]) -> str:
    """Return a path with rounded corners through points that turn by right angles."""
    commands = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (ax, ay), (bx, by), (cx, cy) in zip(points, points[1:], points[2:], strict=False):
        before, after = abs(bx - ax) + abs(by - ay), abs(cx - bx) + abs(cy - by)
        r = min(BEND, before / 2, after / 2)
        px, py = bx - r * _sign(bx - ax), by - r * _sign(by - ay)
        qx, qy = bx + r * _sign(cx - bx), by + r * _sign(cy - by)
        commands.append(f"L{px:.1f} {py:.1f}Q{bx:.1f} {by:.1f} {qx:.1f} {qy:.1f}")
    return "".join([*commands, f"L{points[-1][0]:.1f} {points[-1][1]:.1f}"])


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _arrow(x: float, y: float, towards: str) -> str:
    a = ARROW
    corners = {
        "down": ((x, y), (x - a, y - 2 * a), (x + a, y - 2 * a)),
        "left": ((x, y), (x + 2 * a, y - a), (x + 2 * a, y + a)),
        "right": ((x, y), (x - 2 * a, y - a), (x - 2 * a, y + a)),
    }[towards]
    return element("polygon", points=" ".join(f"{px:.1f},{py:.1f}" for px, py in corners), class_="arrow")
