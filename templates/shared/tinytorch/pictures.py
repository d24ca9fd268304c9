"""Pictures for the notebooks of the course, drawn as SVG without any library. Given to you; nothing here is an exercise.

Each function returns a `Picture`, which Jupyter shows when it is the last line of a cell. A picture brings its own light background, so it
looks the same on a light and on a dark page, and it says in words what it shows (`alt`), for people who cannot see it. The same data give
the same bytes on every machine. Arrays may be numpy arrays, lists, or Tensors.

Numbers that cannot be drawn (NaN, infinity, and on a logarithmic axis everything up to 0) get a cross, so that they are seen.
"""

import base64
import html
import math
import re
import struct
import zlib
from pathlib import Path

import numpy as np

__all__ = ["Picture", "bars", "broadcasting", "curves", "facts", "heat_map", "image_grid", "report", "ruler", "tape", "together"]

WIDTH = 640
REPORT = "<!-- a report that a script of this course writes -->"
PAPER, INK, FAINT, ALERT = "#fbfaf6", "#22262b", "#c9c6bd", "#c2410c"
COLOURS = ("#0067a5", "#c2410c", "#00795c", "#9d4390", "#8a6d00", "#4d5560")
DASHES = ("", "7 3", "2 3", "9 3 2 3", "5 5", "12 4")
LONGEST = 5000  # points of one curve
WIDEST = 96  # rows or columns of a heat map
PLAIN = ((247, 247, 242), (120, 180, 214), (8, 48, 107))
SIGNED = ((179, 72, 6), (247, 247, 242), (8, 81, 156))
GREY = ((20, 22, 26), (250, 250, 248))


class Picture:
    """An SVG image with a description in words.

    Attributes:
        svg: the text of the SVG document.
        alt: one or more sentences that say what is shown.
        size: (width, height) in pixels.
    """

    def __init__(self, body, size, alt):
        width, height = size
        self.alt, self.size = _clean(alt), size
        said = html.escape(self.alt, quote=True)
        self.svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}" '
            f'role="img" aria-label="{said}" style="max-width:100%;height:auto" font-family="system-ui, sans-serif" font-size="12">'
            f"<title>{said}</title>"
            f'<rect width="{_n(width)}" height="{_n(height)}" rx="6" fill="{PAPER}"/>{"".join(body)}</svg>'
        )

    def _repr_svg_(self):
        return self.svg

    def __repr__(self):
        return f"<Picture: {self.alt}>"

    def save(self, path):
        """Write the picture into a file, UTF-8. Any browser shows it."""
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(self.svg + "\n")


def curves(series, *, title, x="", y="", log="", points=None, alt=None):
    """Lines over a common axis, and single points with names.

    Args:
        series: dict from a name to its values: a sequence of n numbers, drawn over 0, 1, …, n - 1, or a pair (xs, ys)
            of two sequences of the same length. At most 5000 numbers each.
        title: what the picture shows.
        x, y: names of the axes, with units.
        log: the axes with a logarithmic scale: "", "x", "y" or "xy".
        points: dict from a name to one (x, y); drawn as a dot with its name beside it.
        alt: the description in words; made of the title and the ends of each curve if it is not given.

    Returns:
        Picture.

    Raises:
        ValueError: xs and ys of different length, values that are not one row, too many values, or another `log`.

    Example:
        >>> curves({"loss": [2.3, 1.1, 0.6]}, title="Training", x="epoch", y="loss")
        <Picture: Training. Curve “loss”: 3 values, from 2.3 to 0.6.>
    """
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f'log is "", "x", "y" or "xy", not {log!r}')
    lines = {str(name): _line(name, values) for name, values in series.items()}
    dots = {str(name): _line(name, ([at[0]], [at[1]])) for name, at in (points or {}).items()}
    everything = [*lines.values(), *dots.values()]
    drawn = [_drawable(xs, ys, log) for xs, ys in everything]
    shown = [(xs[ok], ys[ok]) for (xs, ys), ok in zip(everything, drawn)]
    rows = _legend_rows(list(lines) if len(lines) > 1 else [])
    top = 40 + 18 * len(rows)
    box = (70, top, WIDTH - 16, top + 250)
    across = _Axis(np.concatenate([xs for xs, _ in shown] or [[]]), "x" in log, box[0], box[2])
    upward = _Axis(np.concatenate([ys for _, ys in shown] or [[]]), "y" in log, box[3], box[1])
    body = [_heading(title), *_frame(box, across, upward, x, y)]
    for number, row in enumerate(rows):
        for name, place, left in row:
            body.append(_stroke([(left, 46 + 18 * number), (left + 22, 46 + 18 * number)], place))
            body.append(_text(left + 28, 50 + 18 * number, name))
    for place, (xs, ys) in enumerate(lines.values()):
        ok = _drawable(xs, ys, log)
        for run in _runs(ok):
            body += _mark([(across(xs[i]), upward(ys[i])) for i in run], place)
        lost = [i for i in range(len(xs)) if not ok[i]]
        body += [_cross(across(xs[i]) if across.has(xs[i]) else box[0], box[3] - 7, "missing") for i in lost]
    taken = []
    for place, (name, (xs, ys)) in enumerate(dots.items()):
        body += _dot(name, xs[0], ys[0], (across, upward, box), (place, bool(_drawable(xs, ys, log)[0])), taken)
    said = [_about(name, ys) for name, (_, ys) in lines.items()]
    said += [f"Point “{name}” at ({_label(xs[0])}, {_label(ys[0])})." for name, (xs, ys) in dots.items()]
    if not said:
        body.append(_text((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, "no data", anchor="middle"))
    return Picture(body, (WIDTH, box[3] + 48), alt or " ".join([f"{title}.", *said]))


def bars(values, *, title, unit="", alt=None):
    """A horizontal bar for each number, with the number beside it.

    Args:
        values: dict from a name to a number.
        title: what the picture shows.
        unit: written behind the numbers.
        alt: the description in words; by default the title and all numbers.

    Returns:
        Picture. A number that is not finite has a cross in place of its bar.
    """
    values = {str(name): float(_array(value).reshape(-1)[0]) for name, value in values.items()}
    finite = [value for value in values.values() if math.isfinite(value)]
    low, high = min([0.0, *finite]), max([0.0, *finite])
    left = min(240, 24 + 7 * max((len(_clean(name)) for name in values), default=0))
    right = WIDTH - 110
    start = left + (90 if low < 0 else 0)
    scale = (right - start) / ((high - low) or 1)
    zero = start - low * scale
    body, height = [_heading(title)], 48 + 26 * max(1, len(values))
    for number, (name, value) in enumerate(values.items()):
        middle = 53 + 26 * number
        body.append(_text(left - 10, middle + 4, name, anchor="end", room=left - 14))
        said = f"{_label(value)} {unit}".strip()
        if not math.isfinite(value):
            body += [_cross(zero + 8, middle, "mark missing"), _text(zero + 20, middle + 4, said, fill=ALERT)]
            continue
        end = zero + value * scale
        body.append(_rect(min(zero, end), middle - 8, abs(end - zero), 16, COLOURS[0 if value >= 0 else 1], "mark"))
        body.append(_text(end + (6 if value >= 0 else -6), middle + 4, said, anchor="start" if value >= 0 else "end"))
    body.append(_rule(zero, 40, zero, height - 8, INK))
    if not values:
        body.append(_text(WIDTH / 2, 57, "no data", anchor="middle"))
    said = "; ".join(f"{name}: {_label(value)} {unit}".rstrip() for name, value in values.items()) or "no data"
    return Picture(body, (WIDTH, height), alt or f"{title}. {said}.")


def heat_map(matrix, *, title, rows=None, columns=None, x="", y="", low=None, high=None, alt=None):
    """A matrix as coloured cells. Small matrices also show their numbers.

    Args:
        matrix: array (R, C), at most 96 each way.
        title: what the picture shows.
        rows, columns: R and C names; None: the indices are not written.
        x, y: what the columns and the rows are.
        low, high: the values of the two end colours; None: the extremes of the finite values. If these have both signs, the middle
            colour is 0 and the ends are symmetric.
        alt: the description in words.

    Returns:
        Picture. NaN has a grey cell with a cross; an infinity has the colour of its end, and a cross.

    Raises:
        ValueError: not two axes, too large, or a wrong number of names.
    """
    values = _array(matrix)
    if values.ndim != 2 or max(values.shape, default=0) > WIDEST:
        raise ValueError(f"a heat map shows two axes of at most {WIDEST}, not the shape {values.shape}")
    for names, size, which in ((rows, values.shape[0], "rows"), (columns, values.shape[1], "columns")):
        if names is not None and len(names) != size:
            raise ValueError(f"there are {size} {which}, but {len(names)} names for them")
    low, high, palette = _range(values, low, high)
    height, width = values.shape
    cell = max(4, min(44, 500 // max(1, width), 420 // max(1, height)))
    longest, widest = (max((len(_clean(name)) for name in names or ()), default=0) for names in (rows, columns))
    wide = max(cell, min(7 * widest + 6, 500 // max(1, width), 110)) if widest > 1 else cell
    left, top = 30 + min(140, 8 * longest), 48 + (18 if columns is not None else 0)
    numbers = cell >= 30
    body = [_heading(title)]
    for r, c in np.ndindex(values.shape):
        value, at = values[r, c], (left + c * wide, top + r * cell)
        fill, dark = _colour(value, low, high, palette)
        body.append(_rect(*at, wide, cell, fill, "mark"))
        if not math.isfinite(value):
            body.append(_cross(at[0] + wide / 2, at[1] + cell / 2, "missing", min(4, cell / 3)))
        elif numbers:
            ink = "#ffffff" if dark else INK
            body.append(_text(at[0] + wide / 2, at[1] + cell / 2 + 4, _short(value), anchor="middle", fill=ink, size=10))
    for r, name in enumerate(rows or ()):
        body.append(_text(left - 6, top + (r + 0.5) * cell + 4, name, anchor="end", room=left - 22, size=min(12, cell + 2)))
    for c, name in enumerate(columns or ()):
        body.append(_text(left + (c + 0.5) * wide, top - 6, name, anchor="middle", room=max(wide, 12), size=min(12, cell + 2)))
    bottom = top + max(cell * height, 60)
    body += _scale(left + width * wide + 24, top, min(120, bottom - top), low, high, palette)
    if x:
        body.append(_text(left + width * wide / 2, top + height * cell + 18, x, anchor="middle"))
    if y:
        body.append(_text(16, top + height * cell / 2, y, anchor="middle", turn=True))
    return Picture(body, (max(WIDTH, left + width * wide + 120), bottom + 30), alt or f"{title}. {_matrix_in_words(values)}")


def image_grid(images, *, title, labels=None, columns=8, low=None, high=None, alt=None):
    """Pictures beside each other: digits of a data set, learned kernels.

    Args:
        images: array (N, H, W). If values have both signs, 0 is white, else the smallest is black.
        title: what the picture shows.
        labels: N names, written below the images.
        columns: images in a row.
        low, high: the values of the end colours, common to all images; None: the extremes of the finite values.
        alt: the description in words.

    Returns:
        Picture. Each image is a PNG inside the SVG, enlarged without smoothing. NaN is shown as violet.

    Raises:
        ValueError: not three axes, fewer than one column, or a wrong number of labels.
    """
    values = _array(images)
    if values.ndim != 3:
        raise ValueError(f"images have the shape (N, H, W), not {values.shape}")
    if labels is not None and len(labels) != len(values):
        raise ValueError(f"there are {len(values)} images, but {len(labels)} labels")
    if columns < 1:
        raise ValueError(f"a row has at least one image, not {columns}")
    low, high, palette = _range(values, low, high, GREY)
    columns = min(columns, max(1, len(values)))
    step = (WIDTH - 24) / max(columns, 6)
    size, below = step - 8, 18 if labels is not None else 6
    ratio = values.shape[1] / values.shape[2] if values.size else 1
    body, pitch = [_heading(title)], size * ratio + below + 4
    for number, image in enumerate(values if values.size else ()):
        left, top = 16 + step * (number % columns), 42 + pitch * (number // columns)
        body.append(
            f'<image class="mark" x="{_n(left)}" y="{_n(top)}" width="{_n(size)}" height="{_n(size * ratio)}" '
            f'style="image-rendering:pixelated" preserveAspectRatio="none" href="{_png(image, low, high, palette)}"/>'
        )
        if labels is not None:
            body.append(_text(left + size / 2, top + size * ratio + 14, labels[number], anchor="middle", room=step - 10))
    if not values.size:
        body.append(_text(WIDTH / 2, 57, "no data", anchor="middle"))
    height = 48 + pitch * max(1, -(-len(values) // columns))
    said = f"{len(values)} images of {values.shape[1]} by {values.shape[2]}"
    named = f", labelled {', '.join(str(label) for label in labels)}" if labels is not None and len(labels) else ""
    return Picture(body, (WIDTH, height), alt or f"{title}. {said}{named}.")


def ruler(marks, values=(), *, title, names=None, alt=None):
    """A number line with marks, and values joined to the mark that is nearest to each.

    Args:
        marks: the places of the marks, finite numbers in any order, at most 300.
        values: numbers that are rounded to the marks.
        title: what the picture shows.
        names: a name for each mark, for example its integer; None: the places themselves.
        alt: the description in words.

    Returns:
        Picture. Values beyond the last marks are orange: they are clipped.

    Raises:
        ValueError: no marks, too many, one that is not finite, or a wrong number of names.
    """
    marks, values = _array(marks).reshape(-1), _array(values).reshape(-1)
    if not 1 <= len(marks) <= 300 or not np.isfinite(marks).all():
        raise ValueError(f"a ruler has 1 to 300 marks, all finite; these are {len(marks)}")
    names = [_label(mark) for mark in marks] if names is None else list(names)
    if len(names) != len(marks):
        raise ValueError(f"there are {len(marks)} marks, but {len(names)} names")
    finite = values[np.isfinite(values)]
    axis = _Axis(np.concatenate([marks, finite]), False, 40, WIDTH - 40)
    body, line = [_heading(title)], 128
    body.append(_rule(24, line, WIDTH - 24, line, INK))
    order = np.argsort(marks, kind="stable")
    every = max(1, math.ceil(len(marks) * max(len(_clean(name)) for name in names) * 8 / (WIDTH - 80)))
    for place, index in enumerate(order):
        at, named = axis(marks[index]), place % every == 0 or place == len(marks) - 1
        body.append(_rule(at, line, at, line + (12 if named else 7), INK, "mark"))
        if named and (place == len(marks) - 1 or len(marks) - 1 - place >= every):
            body.append(_text(at, line + 26, names[index], anchor="middle"))
    for value in values:
        if not math.isfinite(value):
            body.append(_cross(28, 60, "value missing"))
            continue
        nearest = marks[np.argmin(np.abs(marks - value))]
        fill = COLOURS[0] if marks.min() <= value <= marks.max() else ALERT
        body.append(_rule(axis(value), 62, axis(nearest), line, fill))
        body.append(f'<circle class="value" cx="{_n(axis(value))}" cy="58" r="4" fill="{fill}"/>')
    outside = int(((finite < marks.min()) | (finite > marks.max())).sum())
    said = f"{len(marks)} marks from {_label(marks.min())} to {_label(marks.max())}; {len(values)} values, {outside} of them outside"
    return Picture(body, (WIDTH, 172), alt or f"{title}. {said}.")


def broadcasting(left, right, *, title, alt=None):
    """What numpy does with two shapes: boxes that exist are solid, boxes that are only thought of are dashed.

    Args:
        left, right: two shapes with at most two axes of at most 9.
        title: what the picture shows.
        alt: the description in words.

    Returns:
        Picture. If the shapes do not fit, it says so, and which axis is to blame.

    Raises:
        ValueError: more than two axes, or an axis longer than 9.
    """
    shapes = [tuple(int(size) for size in shape) for shape in (left, right)]
    for shape in shapes:
        if len(shape) > 2 or any(not 0 <= size <= 9 for size in shape):
            raise ValueError(f"only shapes with at most two axes of at most 9 are drawn, not {shape}")
    axes = max(len(shape) for shape in shapes)
    padded = [(1,) * (axes - len(shape)) + shape for shape in shapes]
    sizes = [a if b == 1 else b for a, b in zip(*padded)]
    clash = [axis - axes for axis, (a, b) in enumerate(zip(*padded)) if a != b and 1 not in (a, b)]
    said = "no result" if clash else str(tuple(sizes))
    body, at, tallest = [_heading(title)], 24.0, 24
    for shape, full, sign in ((shapes[0], padded[0], "and"), (shapes[1], padded[1], "give"), (None, None, "")):
        if shape is None and clash:
            body.append(_text(at, 70, f"axis {clash[0]}: {padded[0][clash[0]]} and {padded[1][clash[0]]} do not fit", fill=ALERT))
            continue
        grid = ([1] * 2 + (sizes if not clash or full is None else list(full)))[-2:]
        own = ([1] * 2 + list(full or sizes))[-2:]
        for r, c in np.ndindex(*grid):
            real = r < own[0] and c < own[1]
            kind = "mark" if real else "copy"
            dash = "" if real else ' stroke-dasharray="3 3"'
            fill = ("#cfe3f1" if shape is not None else "#cdeade") if real else "none"
            body.append(
                f'<rect class="{kind}" x="{_n(at + 19 * c)}" y="{_n(66 + 19 * r)}" width="17" height="17" rx="2" fill="{fill}" stroke="{INK}"{dash}/>'
            )
        body.append(_text(at, 56, str(shape if shape is not None else tuple(sizes))))
        wide = max(19 * grid[1], 7 * len(str(shape if shape is not None else tuple(sizes))))
        tallest = max(tallest, 19 * grid[0])
        if sign:
            body.append(_text(at + wide + 18, 80, sign))
        at += wide + 62
    words = alt or f"{title}. Shapes {shapes[0]} and {shapes[1]}: {said}."
    return Picture(body, (WIDTH, 66 + tallest + 18), words)


def tape(output, *, title, names=None, alt=None):
    """The operations that a Tensor was computed by, as a graph from left to right.

    Args:
        output: a Tensor. Its `node`, if it has one, has a `name` and the Tensors `inputs`, and so on back to the leaves.
        title: what the picture shows.
        names: dict from a name to a Tensor, for the leaves.
        alt: the description in words; by default the operations in their order.

    Returns:
        Picture, with a box for each Tensor and a line for each use of one. A leaf that requires no gradient has a dashed border.

    Raises:
        ValueError: more than 80 Tensors.
    """
    order, depth = _graph(output)
    if len(order) > 80:
        raise ValueError(f"a graph of {len(order)} tensors is too large to be seen; draw a smaller one")
    called = {id(tensor): str(name) for name, tensor in (names or {}).items()}
    inputs = {id(tensor): _inputs(tensor) for tensor in order}
    for tensor in reversed(order):  # a leaf stands right before its first use
        if not inputs[id(tensor)]:
            uses = [depth[id(user)] for user in order if any(item is tensor for item in inputs[id(user)])]
            depth[id(tensor)] = min(uses, default=1) - 1
    layers = {}
    for tensor in order:
        layers.setdefault(depth[id(tensor)], []).append(tensor)
    tallest, place = max(len(layer) for layer in layers.values()), {}
    for at, layer in sorted(layers.items()):
        layer.sort(key=lambda t: np.mean([place[id(i)][1] for i in inputs[id(t)] if id(i) in place] or [1e9]))
        for row, tensor in enumerate(layer):
            place[id(tensor)] = (24 + 122 * at, 44 + 52 * (row + (tallest - len(layer)) / 2))
    lines, boxes = [], []
    for tensor in order:
        left, top = place[id(tensor)]
        for item in inputs[id(tensor)]:
            lines.append(_edge(place[id(item)], (left, top)))
        leaf = not inputs[id(tensor)]
        dash = "" if getattr(tensor, "requires_grad", False) or not leaf else ' stroke-dasharray="4 3"'
        boxes.append(
            f'<rect class="mark" x="{_n(left)}" y="{_n(top)}" width="92" height="36" rx="{3 if leaf else 16}" '
            f'fill="{"#f1ead2" if leaf else "#cfe3f1"}" stroke="{INK}"{dash}/>'
        )
        name = called.get(id(tensor), "leaf" if leaf else tensor.node.name)
        boxes.append(_text(left + 46, top + 15, name, anchor="middle", room=88))
        boxes.append(_text(left + 46, top + 29, str(tuple(_array(tensor).shape)), anchor="middle", room=88, size=10))
    said = ", ".join(tensor.node.name for tensor in order if inputs[id(tensor)]) or "none"
    words = alt or f"{title}. {len(order)} tensors; operations in order: {said}."
    return Picture([_heading(title), *lines, *boxes], (max(WIDTH, 46 + 122 * len(layers)), 52 + 52 * tallest), words)


def facts(rows, *, title, alt=None):
    """A small table of names and values.

    Args:
        rows: dict from a name to what is written beside it.
        title: what the table is about.
        alt: the description in words; by default all rows.

    Returns:
        Picture.
    """
    rows = {str(name): str(value) for name, value in rows.items()}
    body = [_heading(title)]
    for number, (name, value) in enumerate(rows.items()):
        body.append(_text(24, 56 + 22 * number, name, room=330))
        body.append(_text(370, 56 + 22 * number, value, room=250, kind="mark"))
    said = "; ".join(f"{name}: {value}" for name, value in rows.items()) or "no rows"
    return Picture(body, (WIDTH, 50 + 22 * max(1, len(rows))), alt or f"{title}. {said}.")


def together(pictures, *, title, alt=None):
    """Several pictures, one below the other, as one: for example the report of an experiment.

    Args:
        pictures: Pictures, from top to bottom.
        title: what they show together.
        alt: the description in words; by default the title and the descriptions of all.

    Returns:
        Picture.
    """
    pictures = list(pictures)
    body, top = [_text(16, 32, title, size=19, bold=True)], 48.0
    for picture in pictures:
        body.append(re.sub(r"^<svg ", f'<svg x="0" y="{_n(top)}" ', picture.svg))
        top += picture.size[1] + 8
    width = max([WIDTH, *(picture.size[0] for picture in pictures)])
    return Picture(body, (width, top), alt or " ".join([f"{title}.", *(picture.alt for picture in pictures)]))


def report(script, pictures, *, title):
    """Write pictures as one, `report.svg`, beside a script, and print where it is. Running the script again replaces the report.

    Args:
        script: the path of the script, its `__file__`.
        pictures: Pictures, from top to bottom.
        title: what they show together.

    Returns:
        The path of the report; None if it could not be written, or if a file with this name is there that is no report. Such a file is
        left as it is. Both are printed, and the script goes on: its result does not depend on the report.
    """
    path = Path(script).resolve().with_name("report.svg")
    try:
        if path.exists() and REPORT not in path.read_text(encoding="utf-8", errors="replace"):
            print(f"\nNo report is written: {path} is there, and was not made by this script. Rename it to get one.")
            return None
        whole = together(pictures, title=title)
        whole.svg = whole.svg.replace("<title>", f"{REPORT}<title>", 1)
        whole.save(path)
    except OSError as error:
        print(f"\nThe report could not be written: {error}")
        return None
    print(f"\nPictures of this run: {path}")
    return path


class _Axis:
    """From values to pixels, linear or logarithmic, with a margin; a constant is put in the middle."""

    def __init__(self, values, log, start, end):
        values = np.asarray(values, dtype=np.float64)
        values = values[np.isfinite(values) & ((values > 0) if log else True)]
        self.log, self.start, self.end = log, start, end
        low, high = (float(values.min()), float(values.max())) if values.size else (1.0, 10.0) if log else (0.0, 1.0)
        if log:
            low, high = math.log10(low), math.log10(high)
        if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
            half = 0.5 if log else abs(low) / 2 or 0.5
            low, high = low - half, high + half
        margin = (high / 2 - low / 2) * 0.08  # halves, because the difference of two huge numbers may overflow
        self.low, self.high = low - margin, high + margin

    def has(self, value):
        return bool(math.isfinite(value) and (value > 0 or not self.log))

    def __call__(self, value):
        value = math.log10(value) if self.log else float(value)
        share = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        """Three to eight round values inside the axis."""
        if self.log:
            first, last = math.floor(self.low), math.ceil(self.high)
            far = last - first > 4
            step = max(1, (last - first) // 6)
            found = [times * 10.0**power for power in range(max(first, -300), min(last, 300) + 1) for times in (1, 2, 5)]
            fine = [tick for tick in found if self.low <= math.log10(tick) <= self.high]
            whole = [tick for tick in fine if abs(math.log10(tick) - round(math.log10(tick))) < 1e-9]
            if far and len(whole) > 2:
                return whole[::step]
            if 2 <= len(fine) <= 9:
                return fine
            return whole if len(fine) > 9 else [10 ** (self.low + (self.high - self.low) * share) for share in (0.1, 0.9)]
        rough = (self.high / 2 - self.low / 2) / 2.5
        unit = 10.0 ** math.floor(math.log10(rough)) if rough > 1e-300 else rough
        found = []
        for step in (10 * unit, 5 * unit, 2 * unit, unit):
            first = math.ceil(self.low / step)
            found = [step * (first + k) for k in range(12) if step * (first + k) <= self.high]
            if len(found) > 2:
                break
        return found


def _array(value):
    """A float64 array of a Tensor, an array, or a nested list."""
    data = getattr(value, "data", value)
    value = data if isinstance(data, np.ndarray) and not isinstance(value, np.ndarray) else value
    return np.asarray(value, dtype=np.float64)


def _line(name, values):
    """The xs and ys of one curve.

    A tuple of two sequences is a pair (xs, ys); anything else is ys.
    """
    pair = isinstance(values, tuple) and len(values) == 2 and all(np.ndim(_array(part)) == 1 for part in values)
    ys = _array(values[1] if pair else values)
    xs = _array(values[0]) if pair else np.arange(ys.size, dtype=np.float64)
    if ys.ndim != 1 or xs.shape != ys.shape:
        raise ValueError(f"the curve {name!r} needs as many xs as ys, each in one row; the shapes are {xs.shape} and {ys.shape}")
    if ys.size > LONGEST:
        raise ValueError(f"the curve {name!r} has {ys.size} values; draw at most {LONGEST}, for example every tenth")
    return xs, ys


def _drawable(xs, ys, log):
    good = np.isfinite(xs) & np.isfinite(ys)
    if "x" in log:
        good &= xs > 0
    if "y" in log:
        good &= ys > 0
    return good


def _runs(good):
    """The indices of values that follow each other without a gap."""
    found, run = [], []
    for index, fine in enumerate(good):
        if fine:
            run.append(index)
        elif run:
            found.append(run)
            run = []
    return found + [run] if run else found


def _range(values, low, high, plain=PLAIN):
    """The values of the end colours, and the colours."""
    finite = values[np.isfinite(values)]
    least, most = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if low is None and high is None and least < 0 < most:
        most = max(-least, most)
        least = -most
    least, most = float(least if low is None else low), float(most if high is None else high)
    return least, most, SIGNED if least < 0 < most else plain


def _colour(value, low, high, palette):
    """The fill of a value as text, and whether it is dark."""
    red, green, blue = _rgb(value, low, high, palette)
    return f"#{red:02x}{green:02x}{blue:02x}", 2 * red + 5 * green + blue < 8 * 125


def _rgb(value, low, high, palette):
    if math.isnan(value):
        return (150, 120, 190)
    width = high / 2 - low / 2
    share = (min(max(value, low), high) / 2 - low / 2) / width if width > 0 else 0.5
    place = min(max(share, 0.0), 1.0) * (len(palette) - 1)
    first = min(int(place), len(palette) - 2)
    part = place - first
    return tuple(round(a + (b - a) * part) for a, b in zip(palette[first], palette[first + 1]))


def _png(image, low, high, palette):
    """A data address with a PNG of an array (H, W).

    The data are stored, not compressed: compressors differ between machines. RFC 1950, RFC 1951 section 3.2.4, and the PNG specification.
    """
    height, width = image.shape
    rows = b"".join(b"\0" + bytes(part for value in row for part in _rgb(value, low, high, palette)) for row in image)
    blocks = [rows[start : start + 65535] for start in range(0, len(rows), 65535)]
    stored = b"".join(
        struct.pack("<BHH", number == len(blocks) - 1, len(block), len(block) ^ 0xFFFF) + block for number, block in enumerate(blocks)
    )
    packed = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(rows))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", packed), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _inputs(tensor):
    node = getattr(tensor, "node", None)
    return list(node.inputs) if node is not None else []


def _graph(output):
    """All Tensors behind one, inputs first, and how many operations lie before each."""
    order, depth, waiting = [], {}, [(output, False)]
    while waiting:
        tensor, finished = waiting.pop()
        if id(tensor) in depth:
            continue
        if finished:
            depth[id(tensor)] = 1 + max((depth[id(item)] for item in _inputs(tensor)), default=-1)
            order.append(tensor)
        else:
            waiting.append((tensor, True))
            waiting += [(item, False) for item in reversed(_inputs(tensor))]
    return order, depth


def _edge(start, end):
    """The use of one box by another. A line over several columns makes a bow, so that no box hides it."""
    (a, b), (c, d) = (start[0] + 92, start[1] + 18), (end[0], end[1] + 18)
    bow = 0 if c - a < 122 else -40 if start[1] <= end[1] else 40
    where = f"M{_n(a)} {_n(b)}C{_n(a + 16 + abs(bow))} {_n(b + bow)} {_n(c - 16 - abs(bow))} {_n(d + bow)} {_n(c)} {_n(d)}"
    return f'<path class="edge" d="{where}" fill="none" stroke="{INK}"/>'


def _legend_rows(names):
    """Names with their colour number and place, in rows that fit."""
    rows, left = [], WIDTH
    for place, name in enumerate(names):
        wide = 46 + 7 * len(_clean(name))
        if left + wide > WIDTH - 10:
            rows.append([])
            left = 70
        rows[-1].append((name, place, left))
        left += wide
    return rows


def _frame(box, across, upward, x, y):
    left, top, right, bottom = box
    body = []
    for tick in across.ticks():
        body.append(_rule(across(tick), top, across(tick), bottom, FAINT))
        body.append(_text(across(tick), bottom + 16, _label(tick), anchor="middle"))
    for tick in upward.ticks():
        body.append(_rule(left, upward(tick), right, upward(tick), FAINT))
        body.append(_text(left - 6, upward(tick) + 4, _label(tick), anchor="end"))
    body += [_rule(left, bottom, right, bottom, INK), _rule(left, top, left, bottom, INK)]
    if x:
        body.append(_text((left + right) / 2, bottom + 36, x, anchor="middle"))
    if y:
        body.append(_text(14, (top + bottom) / 2, y, anchor="middle", turn=True))
    return body


def _mark(places, number):
    """A line through the places, or a dot if there is only one."""
    if len(places) == 1:
        (at, high), fill = places[0], COLOURS[number % len(COLOURS)]
        return [f'<circle class="mark" cx="{_n(at)}" cy="{_n(high)}" r="3.5" fill="{fill}"/>']
    return [_stroke(places, number, "mark")]


def _stroke(places, number, kind="key"):
    where = " ".join(f"{_n(a)},{_n(b)}" for a, b in places)
    dash = DASHES[number % len(DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline class="{kind}" points="{where}" fill="none" stroke="{COLOURS[number % len(COLOURS)]}" stroke-width="2"{dashed}/>'


def _dot(name, x, y, plot, style, taken):
    """A point with its name beside it, at a place where no other name is; `taken` holds the places of the names."""
    (across, upward, box), (number, drawn) = plot, style
    if not drawn:
        return [_cross(box[0] + 10, box[3] - 7, "missing")]
    at, high, fill = across(x), upward(y), COLOURS[number % len(COLOURS)]
    wide = 7 * len(_clean(name))
    left = at - 8 - wide if at + wide > box[2] - 8 else at + 8
    for shift in (-6, 16, -20, 30, -34, 44):
        line = high + shift
        if not any(abs(line - other) < 13 and left < end and start < left + wide for other, start, end in taken):
            break
    taken.append((line, left, left + wide))
    words = _text(left if left > at else at - 8, line, name, anchor="start" if left > at else "end")
    return [f'<circle class="mark" cx="{_n(at)}" cy="{_n(high)}" r="5" fill="{fill}" stroke="{PAPER}"/>', words]


def _scale(left, top, height, low, high, palette):
    """The colours of a heat map from high to low, with the values of the ends."""
    body, parts = [], 24
    for part in range(parts):
        fill, _ = _colour(high - (high / parts - low / parts) * (part + 0.5), low, high, palette)
        body.append(_rect(left, top + part * height / parts, 14, height / parts + 0.5, fill))
    body.append(_text(left + 20, top + 9, _label(high)))
    return [*body, _text(left + 20, top + height, _label(low))]


def _about(name, ys):
    """A curve in words."""
    finite = ys[np.isfinite(ys)]
    lost = f", {ys.size - finite.size} not finite" if finite.size < ys.size else ""
    if not finite.size:
        return f"Curve “{name}”: {ys.size} values{lost}."
    return f"Curve “{name}”: {ys.size} values, from {_label(finite[0])} to {_label(finite[-1])}{lost}."


def _matrix_in_words(values):
    shape, finite = f"{values.shape[0]} rows, {values.shape[1]} columns", values[np.isfinite(values)]
    if not finite.size:
        return f"{shape}, no finite values."
    r, c = np.unravel_index(np.argmax(np.where(np.isfinite(values), values, -np.inf)), values.shape)
    return f"{shape}; values from {_label(finite.min())} to {_label(finite.max())}, the largest in row {r}, column {c}."


def _clean(text):
    """A text without the characters that XML forbids."""
    return re.sub("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", str(text))


def _n(value):
    """A coordinate, with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _label(value):
    """A number for people, with at most four digits."""
    text = f"{float(value):.4g}"
    mantissa, e, power = text.partition("e")
    return "0" if text == "-0" else f"{mantissa}e{int(power)}" if e else text


def _short(value):
    """A number that fits into a cell."""
    text = f"{value:.2f}" if abs(value) < 10 else f"{value:.3g}"
    text = text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
    return "0" if text in ("-0", "") else text


def _heading(title):
    return _text(16, 24, title, size=15, bold=True, room=WIDTH - 30)


def _text(x, y, text, *, anchor="start", fill=INK, size=12, bold=False, turn=False, room=None, kind=""):
    """One line of text; smaller if it would be wider than `room`."""
    text = _clean(text)
    named = f' class="{kind}"' if kind else ""
    weight = ' font-weight="600"' if bold else ""
    turned = f' transform="rotate(-90 {_n(x)} {_n(y)})"' if turn else ""
    size = max(6.0, min(size, room / (0.58 * len(text)))) if room and text else size
    return (
        f'<text{named} x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill}" text-anchor="{anchor}"{weight}{turned}>'
        f"{html.escape(text)}</text>"
    )


def _rect(x, y, width, height, fill, kind=""):
    named = f' class="{kind}"' if kind else ""
    return f'<rect{named} x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{fill}"/>'


def _rule(a, b, c, d, colour, kind="rule"):
    return f'<line class="{kind}" x1="{_n(a)}" y1="{_n(b)}" x2="{_n(c)}" y2="{_n(d)}" stroke="{colour}"/>'


def _cross(x, y, kind, r=4):
    where = f"M{_n(x - r)} {_n(y - r)}L{_n(x + r)} {_n(y + r)}M{_n(x - r)} {_n(y + r)}L{_n(x + r)} {_n(y - r)}"
    return f'<path class="{kind}" d="{where}" stroke="{ALERT}" stroke-width="2" fill="none"/>'
