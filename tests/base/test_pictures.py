"""The pictures that the base course gives its students: well-formed, one mark for each datum, and right at the extremes.

    python -m pytest tests/base/test_pictures.py
"""

import base64
import importlib.util
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path

import numpy as np
import pytest

SOURCE = Path(__file__).resolve().parents[2] / "templates/shared/tinytorch/pictures.py"
spec = importlib.util.spec_from_file_location("pictures", SOURCE)
pictures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pictures)

SVG = "{http://www.w3.org/2000/svg}"
NAN, INF = float("nan"), float("inf")


class Node:
    def __init__(self, name, *inputs):
        self.name, self.inputs = name, inputs


class FakeTensor:
    """What `tape` and the others need of a Tensor."""

    def __init__(self, data, node=None, requires_grad=False):
        self.data, self.node, self.requires_grad = np.asarray(data), node, requires_grad


def read(picture):
    """The parsed SVG, after what must hold for every picture."""
    root = ElementTree.fromstring(picture._repr_svg_())
    assert root.tag == f"{SVG}svg" and root.get("role") == "img"
    assert root.get("aria-label") == picture.alt and root[0].tag == f"{SVG}title" and root[0].text == picture.alt
    assert root[1].tag == f"{SVG}rect" and root[1].get("width") == root.get("width"), "its own background comes first"
    assert not [e for e in root.iter() if e.get("id")], "ids would collide with those of other pictures on a page"
    assert "currentColor" not in picture.svg
    for element in root.iter():
        for name, value in element.attrib.items():
            if name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "points", "d", "viewBox"):
                assert not re.search("nan|inf", value, re.I), f"{element.tag} {name}={value}"
            if name in ("width", "height"):
                assert float(value) >= 0
    inside(root)
    return root


def inside(root):
    """Nothing may be outside the picture, and no picture in a picture outside its parent."""
    width, height = float(root.get("width")), float(root.get("height"))
    for element in root:
        for x, y in corners(element):
            assert -0.01 <= x <= width + 0.01 and -0.01 <= y <= height + 0.01, f"{element.tag} at ({x}, {y}) of {width} × {height}"
        if element.tag == f"{SVG}svg":
            inside(element)


def corners(element):
    """Places that an element covers."""
    number = lambda name: float(element.get(name, 0))
    kind = element.tag.removeprefix(SVG)
    if kind in ("rect", "image", "svg"):
        return [(number("x"), number("y")), (number("x") + number("width"), number("y") + number("height"))]
    if kind == "line":
        return [(number("x1"), number("y1")), (number("x2"), number("y2"))]
    if kind == "circle":
        return [(number("cx"), number("cy"))]
    if kind == "polyline":
        return [tuple(map(float, place.split(","))) for place in element.get("points").split()]
    if kind == "text" and not element.get("transform"):
        long = 0.4 * number("font-size") * len(element.text or "")
        start = {"start": 0, "middle": -long / 2, "end": -long}[element.get("text-anchor")]
        return [(number("x") + start, number("y")), (number("x") + start + long, number("y"))]
    return []


def boxes(elements):
    """The sides (left, top, right, bottom) of rects and images, of which no two may overlap."""
    found = [(*corners(e)[0], *corners(e)[1]) for e in elements]
    for i, (a, b, c, d) in enumerate(found):
        for p, q, r, s in found[:i]:
            assert a >= r - 0.02 or c <= p + 0.02 or b >= s - 0.02 or d <= q + 0.02, "two boxes overlap"
    return found


def place_of(root, text):
    """Where the only text of this kind is."""
    (element,) = [e for e in root.iter(f"{SVG}text") if e.text == text]
    return float(element.get("x")), float(element.get("y"))


def of_class(root, name):
    return [e for e in root.iter() if name in (e.get("class") or "").split()]


def texts(root):
    return [e.text for e in root.iter(f"{SVG}text")]


def vertices(root):
    """How many values the lines and dots of a plot show."""
    marks = of_class(root, "mark")
    return sum(len(e.get("points").split()) if e.get("points") else 1 for e in marks)


def pixels(element):
    """The RGB values of an embedded PNG."""
    png = base64.b64decode(element.get("href").split(",", 1)[1])
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data = 8, b""
    while at < len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        body = png[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0]
        if kind == b"IHDR":
            width, height = struct.unpack(">II", body[:8])
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + 3 * width)
    assert not rows[:, 0].any(), "no filter"
    return rows[:, 1:].reshape(height, width, 3)


EVERY = {
    "curves": lambda title: pictures.curves({"a": [1, 2], "b": [2, 1]}, title=title),
    "bars": lambda title: pictures.bars({"a": 1}, title=title),
    "heat_map": lambda title: pictures.heat_map([[1, 2]], title=title),
    "image_grid": lambda title: pictures.image_grid([[[1, 2]]], title=title),
    "ruler": lambda title: pictures.ruler([0, 1], title=title),
    "broadcasting": lambda title: pictures.broadcasting((2,), (1,), title=title),
    "tape": lambda title: pictures.tape(FakeTensor(1.0), title=title),
    "facts": lambda title: pictures.facts({"a": 1}, title=title),
    "together": lambda title: pictures.together([pictures.bars({"a": 1}, title="part")], title=title),
}


@pytest.mark.parametrize("name", EVERY)
def test_every_picture_escapes_what_it_is_given(name):
    title = 'a < b & "c" \' ]]> \x00 \ud800 é'
    root = read(EVERY[name](title))
    assert root.get("aria-label").startswith('a < b & "c" \' ]]> ? ? é')
    assert any(text.startswith("a < b") for text in texts(root))


@pytest.mark.parametrize("name", EVERY)
def test_the_same_data_give_the_same_bytes(name):
    assert EVERY[name]("t").svg == EVERY[name]("t").svg
    assert repr(EVERY[name]("t")).startswith("<Picture: t")


def test_all_functions_are_covered():
    assert set(EVERY) | {"Picture", "report"} == set(pictures.__all__)


def test_a_picture_is_saved_as_a_file_and_described_by_the_author(tmp_path):
    picture = pictures.bars({"a": 1}, title="t", alt="one bar")
    assert picture.alt == "one bar"
    picture.save(tmp_path / "a.svg")
    read(picture)
    assert (tmp_path / "a.svg").read_bytes() == (picture.svg + "\n").encode()


def test_another_process_draws_the_same_bytes():
    code = f"""
import importlib.util
spec = importlib.util.spec_from_file_location("pictures", {str(SOURCE)!r})
p = importlib.util.module_from_spec(spec)
spec.loader.exec_module(p)
print(p.together([p.curves({{"a": [1, 3, 2]}}, title="c"), p.image_grid([[[0, 1]]], title="i")], title="s").svg)
"""
    runs = {
        subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in "123"
    }
    assert len(runs) == 1


def test_curves_show_each_value_once():
    root = read(pictures.curves({"a": [3, 1, 2], "b": ([0, 10], [5, 5])}, title="t", points={"here": (4, 2)}))
    lines = [e for e in of_class(root, "mark") if e.get("points")]
    assert [len(e.get("points").split()) for e in lines] == [3, 2] and vertices(root) == 6
    assert lines[0].get("stroke") != lines[1].get("stroke"), "curves have different colours"
    assert lines[0].get("stroke-dasharray") != lines[1].get("stroke-dasharray"), "and differ without colours"
    assert {"a", "b", "here"} <= set(texts(root))


def test_larger_values_are_higher_and_further_right():
    root = read(pictures.curves({"a": [1, 2, 4]}, title="t"))
    places = [tuple(map(float, p.split(","))) for p in of_class(root, "mark")[0].get("points").split()]
    (x0, y0), (x1, y1), (x2, y2) = places
    assert x0 < x1 < x2 and y0 > y1 > y2
    assert np.isclose((y1 - y2) / (y0 - y1), 2, atol=0.01) and np.isclose(x1 - x0, x2 - x1, atol=0.02)
    ticks = {float(e.text): float(e.get("y")) - 4 for e in root.iter(f"{SVG}text") if e.get("text-anchor") == "end"}
    assert 3 <= len(ticks) <= 8
    lines = {float(e.get("y1")) for e in of_class(root, "rule") if e.get("y1") == e.get("y2")}
    assert {round(height, 2) for height in ticks.values()} <= {round(y, 2) for y in lines}, "a line for each tick"
    for value, height in ticks.items():
        assert np.isclose(height, y0 + (y2 - y0) * (value - 1) / 3, atol=0.05), "a tick is where its value is"
    root = read(pictures.curves({"a": ([1, 10, 100], [1, 10, 100])}, title="t", log="xy"))
    places = [tuple(map(float, p.split(","))) for p in of_class(root, "mark")[0].get("points").split()]
    assert np.isclose(places[1][0] - places[0][0], places[2][0] - places[1][0], atol=0.02)
    assert np.isclose(places[1][1] - places[0][1], places[2][1] - places[1][1], atol=0.02)
    assert {"1", "10", "100"} <= set(texts(root))


@pytest.mark.parametrize(
    ("values", "drawn", "lost"),
    [
        ([1, NAN, 2, 3], 3, 1),
        ([NAN, INF, -INF], 0, 3),
        ([INF, 5], 1, 1),
        ([7], 1, 0),
        ([4, 4, 4], 3, 0),
        ([0, 0], 2, 0),
        ([], 0, 0),
        ([1e308, -1e308], 2, 0),
        ([1e-320, 5e-320], 2, 0),
        ([1e9, 1e9 + 1], 2, 0),
    ],
)
def test_curves_at_the_extremes(values, drawn, lost):
    root = read(pictures.curves({"a": values}, title="t"))
    assert vertices(root) == drawn and len(of_class(root, "missing")) == lost
    assert f"{lost} not finite" in root.get("aria-label") or lost == 0
    empty = read(pictures.curves({}, title="t"))
    assert "no data" in texts(empty)


def test_a_logarithmic_axis_crosses_out_what_has_no_logarithm():
    root = read(pictures.curves({"a": [10, 0, -1, 1000]}, title="t", log="y"))
    assert vertices(root) == 2 and len(of_class(root, "missing")) == 2
    root = read(pictures.curves({"a": ([0, 1], [1, 1])}, title="t", log="x", points={"p": (0, 1)}))
    assert vertices(root) == 1 and len(of_class(root, "missing")) == 2
    with pytest.raises(ValueError, match="log"):
        pictures.curves({"a": [1]}, title="t", log="z")


def test_the_names_of_points_do_not_overlap():
    root = read(pictures.curves({}, title="t", points={"alpha": (1, 1), "beta": (1, 1), "gamma": (1.01, 1), "far": (9, 9)}))
    heights = [float(e.get("y")) for e in root.iter(f"{SVG}text") if e.text in ("alpha", "beta", "gamma")]
    assert min(abs(a - b) for i, a in enumerate(heights) for b in heights[:i]) >= 13


@pytest.mark.parametrize(("low", "high"), [(1, 2), (3, 40), (0.5, 1e5), (1e-12, 1e12), (2, 2), (5.1, 5.2)])
def test_a_logarithmic_axis_has_a_few_round_ticks(low, high):
    ticks = pictures._Axis([low, high], True, 0, 100).ticks()
    assert 2 <= len(ticks) <= 9 and ticks == sorted(ticks)
    if high / low > 3:
        assert all(float(f"{tick:.0e}") == tick for tick in ticks)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 17), (1e-6, 3e-6), (0, 1e12), (5, 5), (-1e9, 1e9), (99.5, 100.25)])
def test_a_linear_axis_has_a_few_round_ticks(low, high):
    axis = pictures._Axis([low, high], False, 0, 100)
    ticks = axis.ticks()
    steps = np.diff(ticks)
    assert 3 <= len(ticks) <= 8 and np.allclose(steps, steps[0])
    assert round(float(f"{steps[0]:.0e}") / 10.0 ** np.floor(np.log10(steps[0])), 6) in (1, 2, 5), "steps of 1, 2 or 5"
    assert axis.low <= ticks[0] and ticks[-1] <= axis.high
    assert np.isclose(axis(low), 50 if low == high else 100 * 0.04 / 1.08)


def test_names_that_fit_keep_their_size_and_long_ones_shrink():
    root = read(pictures.bars({"short": 1, "a name that is much too long for the room beside a bar": 2}, title="t"))
    sizes = {e.text: float(e.get("font-size")) for e in root.iter(f"{SVG}text")}
    assert sizes["short"] == 12 and 6 <= sizes["a name that is much too long for the room beside a bar"] < 12


def test_many_curves_have_a_legend_in_rows():
    series = {f"a curve with the number {n}": [n, n + 1] for n in range(7)}
    root = read(pictures.curves(series, title="t"))
    keys = of_class(root, "key")
    assert len(keys) == 7 and len({e.get("points").split()[0] for e in keys}) == 7
    top = min(float(e.get("y1")) for e in of_class(root, "rule"))
    for key in keys:
        assert float(key.get("points").split()[0].split(",")[1]) < top, "the legend is above the plot"


def test_curves_refuse_what_is_no_curve():
    for wrong in ([[1, 2], [3, 4]], ([1, 2], [1]), np.zeros((2, 2)), np.zeros(5001)):
        with pytest.raises(ValueError, match="'a'"):
            pictures.curves({"a": wrong}, title="t")


def test_curves_take_tensors():
    assert vertices(read(pictures.curves({"a": FakeTensor([1.0, 2.0, 3.0])}, title="t"))) == 3


def test_bars_are_as_long_as_their_numbers():
    root = read(pictures.bars({"a": 10, "b": 5, "c": -5, "d": NAN, "e": 0}, title="t", unit="ms"))
    marks = of_class(root, "mark")
    assert len(marks) == 5 and len(of_class(root, "missing")) == 1
    a, b, c, zero = (float(e.get("width")) for e in marks if e.get("width"))
    assert np.isclose(a, 2 * b, atol=0.05) and np.isclose(b, c, atol=0.05) and zero == 0
    starts = [float(e.get("x")) for e in marks if e.get("width")]
    assert np.isclose(starts[2] + c, starts[0], atol=0.05), "negative bars end where positive ones start"
    assert "10 ms" in texts(root) and "nan ms" in texts(root)
    sides = boxes([e for e in marks if e.get("width")])
    for name, (left, top, right, bottom) in zip("abc", sides):
        assert place_of(root, name)[0] < left and top < place_of(root, name)[1] < bottom, "a name is beside its bar"
    assert place_of(root, "10 ms")[0] > sides[0][2] and place_of(root, "-5 ms")[0] < sides[2][0]
    assert "no data" in texts(read(pictures.bars({}, title="t")))
    for only in ({"a": INF}, {"a": 0}, {"a": 1e308, "b": -1e308}):
        read(pictures.bars(only, title="t"))


def test_a_heat_map_has_a_cell_for_each_number():
    root = read(pictures.heat_map([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], title="t", rows=["p", "q"], columns="xyz", x="to", y="from"))
    cells = of_class(root, "mark")
    assert len(cells) == 6 and len({e.get("fill") for e in cells}) == 6
    assert cells[0].get("fill") == "#f7f7f2" and cells[5].get("fill") == "#08306b"
    assert {"p", "q", "x", "y", "z", "to", "from", "5"} <= set(texts(root))
    assert "the largest in row 1, column 2" in root.get("aria-label")
    sides = boxes(cells)
    for column, name in enumerate("xyz"):
        left, top, right, _ = sides[column]
        assert np.isclose(place_of(root, name)[0], (left + right) / 2) and top - 14 < place_of(root, name)[1] < top
    for row, name in enumerate("pq"):
        left, top, _, bottom = sides[3 * row]
        assert place_of(root, name)[0] < left and top < place_of(root, name)[1] < bottom
    for cell, (left, top, right, bottom) in enumerate(sides):
        number = [e for e in root.iter(f"{SVG}text") if e.text == str(cell + 1) and e.get("font-size") == "10"]
        assert [(left + right) / 2] == [float(e.get("x")) for e in number] and top < float(number[0].get("y")) < bottom
    assert np.isclose(place_of(root, "to")[0], (sides[0][0] + sides[2][2]) / 2) and place_of(root, "to")[1] > sides[5][3]
    assert float(cells[1].get("x")) > float(cells[0].get("x")) and float(cells[3].get("y")) > float(cells[0].get("y"))


def test_cells_are_as_wide_as_their_names():
    cells = of_class(read(pictures.heat_map([[1.0, 2.0]], title="t", columns=["feed forward", "b"])), "mark")
    assert float(cells[0].get("width")) >= 7 * 12 and float(cells[1].get("x")) == float(cells[0].get("x")) + float(cells[0].get("width"))


def test_a_heat_map_of_both_signs_has_zero_in_the_middle():
    cells = of_class(read(pictures.heat_map([[-1.0, 0.0, 4.0, -4.0]], title="t")), "mark")
    assert [cells[k].get("fill") for k in (1, 2, 3)] == ["#f7f7f2", "#08519c", "#b34806"]


@pytest.mark.parametrize("value", [NAN, INF, -INF, 0.0, 1e308])
def test_heat_maps_at_the_extremes(value):
    root = read(pictures.heat_map([[value, 1.0]], title="t"))
    assert len(of_class(root, "mark")) == 2 and len(of_class(root, "missing")) == int(not np.isfinite(value))
    assert len(of_class(read(pictures.heat_map([[value]], title="t")), "mark")) == 1
    read(pictures.heat_map(np.full((3, 2), value), title="t"))
    read(pictures.heat_map([[-1e308, 1e308]], title="t"))


def test_heat_maps_may_be_empty_but_not_of_other_ranks():
    for shape in ((0, 3), (3, 0), (96, 96)):
        assert len(of_class(read(pictures.heat_map(np.zeros(shape), title="t")), "mark")) == shape[0] * shape[1]
    for shape in ((3,), (2, 2, 2), (97, 1)):
        with pytest.raises(ValueError, match="axes"):
            pictures.heat_map(np.zeros(shape), title="t")
    with pytest.raises(ValueError, match="3 columns, but 1"):
        pictures.heat_map(np.zeros((2, 3)), title="t", columns=["a"])


def test_images_have_their_pixels():
    images = np.array([[[0.0, 1.0], [0.5, NAN]], [[1.0, 1.0], [0.0, INF]]])
    marks = of_class(read(pictures.image_grid(images, title="t", labels=["3", "7"])), "mark")
    assert len(marks) == 2
    first, second = pixels(marks[0]), pixels(marks[1])
    assert first[0, 0].tolist() == [20, 22, 26] and first[0, 1].tolist() == [250, 250, 248]
    assert first[1, 1].tolist() == [150, 120, 190] and second[1, 1].tolist() == [250, 250, 248]
    assert first[1, 0].tolist() == [135, 136, 137]
    signed = pixels(of_class(read(pictures.image_grid(images - 0.5, title="t")), "mark")[0])
    assert signed[1, 0].tolist() == [247, 247, 242], "0 is white where both signs occur"


def test_many_images_stand_in_rows_below_each_other():
    marks = of_class(read(pictures.image_grid(np.zeros((10, 3, 5)), title="t", columns=4)), "mark")
    assert [float(e.get("x")) for e in marks[:4]] == [float(e.get("x")) for e in marks[4:8]]
    heights = [float(e.get("y")) for e in marks]
    assert heights[0] == heights[3] < heights[4] and heights[9] > heights[7]
    for sides in (boxes(marks), boxes(of_class(read(pictures.image_grid(np.zeros((9, 7, 2)), title="t", labels=range(9))), "mark"))):
        assert all(right > left and bottom > top for left, top, right, bottom in sides)
    labelled = read(pictures.image_grid(np.zeros((9, 4, 4)), title="t", labels=[f"label {n}" for n in range(9)]))
    for number, (left, _, right, bottom) in enumerate(boxes(of_class(labelled, "mark"))):
        x, y = place_of(labelled, f"label {number}")
        assert np.isclose(x, (left + right) / 2, atol=0.02) and bottom < y < bottom + 18, "a label is below its image"
    assert pixels(marks[0]).shape == (3, 5, 3)
    big = of_class(read(pictures.image_grid(np.random.default_rng(7).normal(size=(1, 200, 150)), title="t")), "mark")
    assert pixels(big[0]).shape == (200, 150, 3), "more than one stored block"
    for shape in ((0, 3, 3), (2, 0, 3)):
        assert "no data" in texts(read(pictures.image_grid(np.zeros(shape), title="t")))
    for wrong in (np.zeros((3, 3)), np.zeros((1, 1, 3, 3))):
        with pytest.raises(ValueError, match="N, H, W"):
            pictures.image_grid(wrong, title="t")
    with pytest.raises(ValueError, match="labels"):
        pictures.image_grid(np.zeros((2, 3, 3)), title="t", labels=["a"])


def test_a_ruler_joins_values_to_their_nearest_marks():
    root = read(pictures.ruler([0.0, 1.0, 2.0], [0.9, 5.0, NAN], title="t", names=[-1, 0, 1]))
    marks = [e for e in of_class(root, "mark") if e.tag == f"{SVG}line"]
    values = of_class(root, "value")
    assert len(marks) == 3 and len(values) == 3 and len(of_class(root, "missing")) == 1
    joints = [e for e in of_class(root, "rule") if e.get("y1") == "62"]
    places = [float(e.get("x1")) for e in marks]
    assert [float(e.get("x2")) for e in joints] == [places[1], places[2]]
    assert joints[0].get("stroke") != joints[1].get("stroke"), "a clipped value has another colour"
    assert "3 values, 1 of them outside" in root.get("aria-label") and {"-1", "0", "1"} <= set(texts(root))
    assert len(of_class(read(pictures.ruler([5.0], title="t")), "mark")) == 1
    assert len(of_class(read(pictures.ruler(np.arange(256.0), title="t")), "mark")) == 256
    for wrong in ([], [NAN], np.arange(301.0)):
        with pytest.raises(ValueError, match="300 marks"):
            pictures.ruler(wrong, title="t")
    with pytest.raises(ValueError, match="names"):
        pictures.ruler([1, 2], title="t", names=["a"])


@pytest.mark.parametrize(
    ("left", "right", "real", "copies", "said"),
    [
        ((2, 3), (3,), 6 + 3 + 6, 3, "(2, 3)"),
        ((2, 1), (3,), 2 + 3 + 6, 4 + 3, "(2, 3)"),
        ((4,), (4,), 12, 0, "(4,)"),
        ((), (3,), 1 + 3 + 3, 2, "(3,)"),
        ((2, 3), (2, 3), 18, 0, "(2, 3)"),
        ((0, 3), (1, 3), 3 * 0 + 0, 0, "(0, 3)"),
    ],
)
def test_broadcasting_shows_what_exists_and_what_is_thought(left, right, real, copies, said):
    root = read(pictures.broadcasting(left, right, title="t"))
    assert len(of_class(root, "mark")) == real and len(of_class(root, "copy")) == copies
    boxes([*of_class(root, "mark"), *of_class(root, "copy")])
    assert root.get("aria-label").endswith(f"{said}.") and said in texts(root)


def test_shapes_that_do_not_fit_are_said_to():
    root = read(pictures.broadcasting((2, 3), (2,), title="t"))
    assert "axis -1: 3 and 2 do not fit" in texts(root) and len(of_class(root, "mark")) == 8
    for wrong in ((1, 1, 1), (10,)):
        with pytest.raises(ValueError, match="axes"):
            pictures.broadcasting(wrong, (1,), title="t")


def test_a_tape_has_a_box_for_each_tensor_and_a_line_for_each_use():
    a, b = FakeTensor([3.0], requires_grad=True), FakeTensor([2.0])
    s = FakeTensor([5.0], Node("add", a, b), True)
    loss = FakeTensor([15.0], Node("mul", s, a), True)
    root = read(pictures.tape(loss, title="t", names={"a": a}))
    assert len(of_class(root, "mark")) == 4 and len(of_class(root, "edge")) == 4
    assert {"a", "leaf", "add", "mul"} <= set(texts(root)) and texts(root).count("(1,)") == 4
    assert root.get("aria-label") == "t. 4 tensors; operations in order: add, mul."
    dashed = [e for e in of_class(root, "mark") if e.get("stroke-dasharray")]
    assert len(dashed) == 1, "the leaf without a gradient"
    assert len(boxes(of_class(root, "mark"))) == 4, "no box hides another"
    sides = boxes(of_class(root, "mark"))
    for edge in of_class(root, "edge"):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", edge.get("d"))]
        assert any(np.allclose(numbers[:2], (right, (top + bottom) / 2)) for _, top, right, bottom in sides), "it leaves a box"
        assert any(np.allclose(numbers[-2:], (left, (top + bottom) / 2)) for left, top, _, bottom in sides), "it enters a box"
    where = {e.text: (float(e.get("x")), float(e.get("y"))) for e in root.iter(f"{SVG}text")}
    assert where["a"][0] == where["leaf"][0] < where["add"][0] < where["mul"][0], "from left to right"
    assert where["a"][1] < where["add"][1] < where["leaf"][1], "a layer is centred"


def test_a_tape_is_drawn_forward_and_has_a_limit():
    t = FakeTensor([1.0], requires_grad=True)
    for _ in range(6):
        t = FakeTensor([1.0], Node("add", t, t), True)
    root = read(pictures.tape(t, title="t"))
    places = sorted(float(e.get("x")) for e in of_class(root, "mark"))
    assert len(set(places)) == 7 and len(of_class(root, "edge")) == 12
    for _ in range(5000):
        t = FakeTensor([1.0], Node("add", t, t), True)
    with pytest.raises(ValueError, match="5007 tensors"):
        pictures.tape(t, title="t")
    plain = FakeTensor(1.0)
    del plain.node
    assert len(of_class(read(pictures.tape(plain, title="t")), "mark")) == 1


def test_facts_and_stacks():
    root = read(pictures.facts({"accuracy": "97 %", "bytes": 120}, title="t"))
    assert [e.text for e in of_class(root, "mark")] == ["97 %", "120"]
    read(pictures.facts({}, title="t"))
    parts = [pictures.bars({"a": 1}, title="one"), pictures.bars({"b": 2, "c": 3}, title="two")]
    whole = pictures.together(iter(parts), title="all")
    root = read(whole)
    inner = [e for e in root if e.tag == f"{SVG}svg"]
    assert [e.get("aria-label") for e in inner] == [part.alt for part in parts] and len(of_class(root, "mark")) == 3
    ends = [float(e.get("y")) + float(e.get("height")) for e in inner]
    assert ends[0] <= float(inner[1].get("y")) and ends[1] <= whole.size[1]
    read(pictures.together([], title="t"))
    assert len(of_class(read(pictures.together([whole, whole], title="twice")), "mark")) == 6


def test_a_report_is_written_beside_its_script_and_replaces_only_a_report(tmp_path, capsys):
    script, report = tmp_path / "cnn.py", tmp_path / "report.svg"
    for number in (1, 2):
        assert pictures.report(script, [pictures.bars({"a": number}, title="t")], title="r") == report.resolve()
        root = ElementTree.fromstring(report.read_text("utf-8"))
        assert root.get("role") == "img" and f"a: {number}" in root.get("aria-label") and root[0].text == root.get("aria-label")
    assert str(report.resolve()) in capsys.readouterr().out
    report.write_bytes(b"<svg>my own \xff drawing</svg>")
    assert pictures.report(script, [], title="r") is None
    assert report.read_bytes() == b"<svg>my own \xff drawing</svg>" and "Rename it" in capsys.readouterr().out
    assert pictures.report(tmp_path / "missing" / "cnn.py", [], title="r") is None
    assert "could not be written" in capsys.readouterr().out
