"""What a student reads when a test of a notebook fails: `tinytorch.testing` on asserts of all forms.

    python -m pytest tests/base/test_testing.py
"""

import importlib.util
import linecache
import sys
from pathlib import Path

import numpy as np
import pytest

SOURCE = Path(__file__).resolve().parents[2] / "templates/shared/tinytorch/testing.py"
drawing = importlib.util.spec_from_file_location("tinytorch.pictures", SOURCE.with_name("pictures.py"))
spec = importlib.util.spec_from_file_location("testing", SOURCE)
testing = importlib.util.module_from_spec(spec)
spec.loader.exec_module(testing)


def message(body, known_source=True, **names):
    """What a test cell with this body, in `exercise("thing")`, says when it fails."""
    lines = [f"    {line}" for line in body.split("\n")]
    source = "\n".join(['with exercise("thing"):', *lines]) + "\n"
    label = f"<cell {abs(hash(source))}>"
    if known_source:
        linecache.cache[label] = (len(source), None, source.splitlines(True), label)
    with pytest.raises(AssertionError) as failed:
        exec(compile(source, label, "exec"), {"exercise": testing.exercise, "np": np, **names})
    return str(failed.value)


def test_both_sides_of_a_comparison_are_shown():
    assert message("assert double(4) == 8, 'two times four'", double=lambda x: x + 1) == (
        "two times four\n  found  double(4) = 5\n  wanted 8"
    )


def test_a_condition_of_several_parts_shows_the_part_that_fails():
    said = message("assert a == 1 and b == 2 and c == 3, 'all'", a=1, b=7, c=9)
    assert said == "all\n  found  b = 7\n  wanted 2"


def test_arrays_are_shown_and_long_ones_are_shortened():
    said = message("assert np.allclose(a, np.zeros(3)), 'zeros'", a=np.array([0.0, 0.5, 0.0]))
    assert "found  a = array([0. , 0.5, 0. ])" in said and "wanted np.zeros(3) = array([0., 0., 0.])" in said
    assert len(message("assert np.array_equal(a, 2 * a), 'twice'", a=np.arange(1, 9999))) < 600
    assert len(message("assert a == [], 'empty'", a=list(range(1000)))) < 400


def test_other_comparisons_show_what_was_found():
    assert message("assert abs(x) < 1, 'small'", x=-3) == "small\n  found  abs(x) = 3"
    assert message("assert x in (1, 2), 'one or two'", x=3) == "one or two\n  found  x = 3"


def test_a_test_over_several_lines_is_understood():
    said = message("assert (\n    double(4)\n    == 8\n), (\n    'two times'\n    ' four'\n)", double=lambda x: x)
    assert said == "two times four\n  found  double(4) = 4\n  wanted 8"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("assert not wrong, 'plain'", {"wrong": True}),
        ("assert check(1), 'plain'", {"check": lambda x: False}),
        ("assert next(numbers) == 2, 'plain'", {"numbers": iter([1, 2, 3])}),
        ("assert next(numbers) == 2, 'plain'", {"numbers": iter([1])}),
        ("raise AssertionError('plain')", {}),
    ],
)
def test_what_cannot_be_said_leaves_the_message_alone(body, names):
    assert message(body, **names) == "plain"


def test_without_the_source_the_message_stays():
    assert message("assert 1 == 2, 'plain'", known_source=False) == "plain"


def test_an_assert_without_a_message_shows_its_line():
    said = message("assert x == 2", x=1)
    assert said.startswith('Exercise "thing": this should hold, and does not: assert x == 2') and "found  x = 1" in said


def test_a_value_that_the_message_has_is_not_said_twice():
    assert message("assert x == 2, f'two, not {x}'", x=1) == "two, not 1"


def test_a_stub_gives_a_sentence():
    def stub():
        raise NotImplementedError()

    assert message("assert thing() == 1, 'one'", thing=stub) == 'Exercise "thing" cannot be tested yet: stub is still open. ' + (
        "Write it, run its cell, then run this test again."
    )
    assert "is missing (NameError" in message("assert thing() == 1, 'one'")
    assert "broke down" in message("assert 1 / 0 == 1, 'one'")


@pytest.mark.parametrize("error", [ValueError, TypeError, KeyboardInterrupt])
def test_other_exceptions_pass(error):
    with pytest.raises(error), testing.exercise("thing"):
        raise error("mine")


def test_numerical_gradient_of_a_cubic():
    x = np.array([1.0, -2.0])
    assert np.allclose(testing.numerical_gradient(lambda a: (a**3).sum(), x), [3.0, 12.0])
    assert x.tolist() == [1.0, -2.0]
    for wrong in (lambda: testing.numerical_gradient(lambda a: a, x), lambda: testing.numerical_gradient(lambda a: a.sum(), x, eps=0)):
        with pytest.raises(ValueError):
            wrong()


@pytest.fixture
def pictures(monkeypatch):
    """`tinytorch.pictures`, although no workspace is on the path."""
    module = importlib.util.module_from_spec(drawing)
    drawing.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "tinytorch", type(sys)("tinytorch"))
    monkeypatch.setitem(sys.modules, "tinytorch.pictures", module)


def test_an_experiment_measures_nothing_before_there_is_a_prediction(capsys, pictures):
    assert testing.experiment(None, lambda: pytest.fail("it was measured")) is None
    assert capsys.readouterr().out.startswith("Predict first")


@pytest.mark.parametrize(
    ("prediction", "measured", "said"), [(10, 11, "That is close."), (1.0, 64, "factor of 64"), (0, 3, "Measured: 3 ms."), (-2, 2, "predicted -2 ms")]
)
def test_an_experiment_compares_both_numbers(capsys, pictures, prediction, measured, said):
    picture = testing.experiment(prediction, lambda: measured, unit="ms")
    assert said in capsys.readouterr().out
    assert f"your prediction: {prediction:g} ms" in picture.alt and f"measured: {measured:g} ms" in picture.alt


@pytest.mark.parametrize("prediction", ["10", True, [3]])
def test_a_prediction_is_a_number(pictures, prediction):
    with pytest.raises(TypeError, match="number"):
        testing.experiment(prediction, lambda: 1)
