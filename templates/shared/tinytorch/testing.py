"""Helpers for the tests of the course. Given to you; nothing here is an exercise."""

import ast
import contextlib
import linecache
import traceback

import numpy as np

__all__ = ["exercise", "experiment", "numerical_gradient", "recorded_operations"]


@contextlib.contextmanager
def exercise(name):
    """Run a test so that unfinished work gives a sentence, not a bare exception.

    Args:
        name: the exercise under test, as a reader knows it, such as ``"Tensor.__add__"``.

    Raises:
        AssertionError: in place of ``NotImplementedError`` (a stub is still there), of ``NameError``,
            ``ImportError`` and ``AttributeError`` (a piece is missing), of ``ArithmeticError`` (an overflow, a division by
            zero). An ``assert`` that fails keeps its message, and what was found and what was wanted are added.
            Every other exception passes through, with a note that names the exercise.

    Example:
        >>> with exercise("double"):
        ...     raise NotImplementedError()
        Traceback (most recent call last):
        ...
        AssertionError: Exercise "double" is still open. Write it, run its cell, then run this test again.
    """
    try:
        yield
    except NotImplementedError as error:
        raise AssertionError(_still_open(name, error)) from None
    except (NameError, ImportError, AttributeError) as error:
        raise AssertionError(
            f'Exercise "{name}": something that the test needs is missing ({type(error).__name__}: {error}). '
            "Check the spelling, run the cells above from the top, then run this test again."
        ) from error
    except ArithmeticError as error:
        raise AssertionError(
            f'Exercise "{name}": a computation broke down ({error}). Look for a power that overflows or a division by zero.'
        ) from error
    except AssertionError as error:
        line = traceback.extract_tb(error.__traceback__)[-1].line
        said = str(error) or f'Exercise "{name}": this should hold, and does not: {line}'
        details = _found_and_wanted(error)
        if error.args and not details:
            raise
        raise AssertionError(said + details) from (error.__cause__ if error.args else error)
    except Exception as error:
        if hasattr(error, "add_note"):  # Python 3.11 and newer
            error.add_note(f"This happened in the test of exercise {name}.")
        raise


def experiment(prediction, measure, *, unit=""):
    """Compare a prediction with a measurement. Without a prediction nothing is measured: a guess is worth something only before the answer.

    Args:
        prediction: a number, or None as long as there is none.
        measure: a function without arguments that returns a number.
        unit: what the number counts.

    Returns:
        A Picture of both numbers, or None if there is no prediction yet.

    Raises:
        TypeError: the prediction is neither None nor a number.
    """
    from tinytorch.pictures import bars

    if prediction is None:
        print("Predict first: put a number in place of None, then run this cell.")
        return None
    if isinstance(prediction, bool) or not isinstance(prediction, (int, float, np.number)):
        raise TypeError(f"a prediction is a number, not {prediction!r}")
    measured = float(measure())
    print(f"You predicted {prediction:.4g} {unit}. Measured: {measured:.4g} {unit}.")
    if prediction > 0 and measured > 0:
        factor = max(prediction / measured, measured / prediction)
        print("That is close." if factor < 1.25 else f"They differ by a factor of {factor:.2g}. Which of your reasons was wrong?")
    return bars({"your prediction": prediction, "measured": measured}, title="Prediction and measurement", unit=unit)


def _still_open(name, error):
    """The sentence for a stub; it names the stub when that is not the exercise under test."""
    frame = error.__traceback__
    while frame.tb_next is not None:
        frame = frame.tb_next
    code = frame.tb_frame.f_code
    path = getattr(code, "co_qualname", code.co_name)  # Python 3.11 and newer know the class as well
    stub = code.co_name if path.startswith("_") or "<locals>" in path else path
    advice = "Write it, run its cell, then run this test again."
    same = stub == name or ("." not in stub and stub == name.split(".")[-1])
    if code.co_name == "<module>" or same:
        return f'Exercise "{name}" is still open. {advice}'
    return f'Exercise "{name}" cannot be tested yet: {stub} is still open. {advice}'


def _found_and_wanted(error):
    """What the failed ``assert`` of a test found and wanted, as indented lines; empty when that cannot be said.

    The two sides of the comparison are computed once more. If they agree then, the test cannot be repeated, and nothing is added.
    """
    frame = error.__traceback__
    while frame.tb_next is not None:
        frame = frame.tb_next
    names, path = frame.tb_frame, frame.tb_frame.f_code.co_filename
    try:
        tree = ast.parse("".join(linecache.getlines(path, names.f_globals)))
        around = [node for node in ast.walk(tree) if isinstance(node, ast.Assert) and node.lineno <= frame.tb_lineno <= node.end_lineno]
        compute = lambda node: eval(compile(ast.Expression(node), path, "eval"), names.f_globals, names.f_locals)
        sides = _sides(around[-1].test, compute)
        shown = [(title, ast.unparse(node), _short(compute(node))) for title, node in sides]
    except Exception:  # no source, or what is computed again fails: the message of the test has to be enough
        return ""
    lines = []
    for title, source, value in shown:
        plain = value.replace(" ", "") == source.replace(" ", "").replace('"', "'")
        if value not in str(error) or len(value) > 8:
            lines.append(f"\n  {title:<7}{value}" if plain or len(source) > 90 else f"\n  {title:<7}{source} = {value}")
    return "".join(lines) if any("found" in line for line in lines) else ""


def _sides(test, compute):
    """The parts of a failed condition that a reader wants to see, as pairs (title, node); none if it holds now."""
    if compute(test):
        return []
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return next(_sides(part, compute) for part in test.values if not compute(part))
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        found, wanted = test.left, test.comparators[0]
        return [("found", found), ("wanted", wanted)] if isinstance(test.ops[0], ast.Eq) else [("found", found)]
    function = ast.unparse(test.func) if isinstance(test, ast.Call) else ""
    if function in ("np.allclose", "np.array_equal", "np.isclose", "math.isclose") and len(test.args) >= 2:
        return [("found", test.args[0]), ("wanted", test.args[1])]
    return []


def _short(value, longest=200):
    """A value as text of some lines at most."""
    with np.printoptions(precision=6, threshold=40, edgeitems=3):
        text = repr(value)
    return text if len(text) <= longest else f"{text[:longest]} …"


@contextlib.contextmanager
def recorded_operations():
    """Collect what the exported package's `apply_op` does; the recorder that was installed before is put back afterwards.

    Yields:
        A list that grows by a tuple (name, inputs, attributes, output) with each operation.

    Example:
        >>> with recorded_operations() as done:
        ...     Tensor([1.0]) + 2
        >>> done[0][0]
        'add'
    """
    from tinytorch.core.tensor import set_recorder

    done = []
    before = set_recorder(lambda *event: done.append(event))
    try:
        yield done
    finally:
        set_recorder(before)


def numerical_gradient(f, x, eps=1e-6):
    r"""The gradient of a scalar function, by central differences in float64.

    Each number of ``x`` is moved by ``eps`` in both directions:

    .. math:: \partial f / \partial x_i \approx (f(x + \epsilon e_i) - f(x - \epsilon e_i)) / 2 \epsilon

    The error is of order ``eps ** 2`` (truncation) plus ``1e-16 / eps`` (rounding); 1e-6 balances the two for
    functions whose values are near 1, and leaves about nine correct digits.

    Args:
        f: a function of one argument that returns one number: a float, an array of one element, or a Tensor of one.
        x: the point, an array or a Tensor of any shape. ``f`` is called with the same kind, always in float64.
            ``x`` itself is not changed.
        eps: the step, a positive number.

    Returns:
        A float64 array of the shape of ``x``.

    Raises:
        ValueError: when ``f`` returns more than one number, or ``eps`` is not positive.
    """
    if not eps > 0:
        raise ValueError(f"eps must be positive, not {eps}")
    is_tensor = not isinstance(x, np.ndarray) and isinstance(getattr(x, "data", None), np.ndarray)
    wrap = type(x) if is_tensor else (lambda array: array)
    point = np.array(x.data if is_tensor else x, dtype=np.float64)
    gradient = np.zeros_like(point)
    for index in np.ndindex(point.shape):
        sides = []
        for step in (eps, -eps):
            moved = point.copy()
            moved[index] += step
            sides.append(_one_number(f(wrap(moved))))
        gradient[index] = (sides[0] - sides[1]) / (2 * eps)
    return gradient


def _one_number(value):
    if not isinstance(value, (np.ndarray, np.generic)):
        value = getattr(value, "data", value)
    array = np.asarray(value, dtype=np.float64)
    if array.size != 1:
        raise ValueError(f"f must return one number, but returned an array of shape {array.shape}")
    return float(array.reshape(()))
