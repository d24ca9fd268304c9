"""Helpers for the tests of the course. Given to you; nothing here is an exercise."""

import contextlib
import traceback

import numpy as np

__all__ = ["exercise", "numerical_gradient", "recorded_operations"]


@contextlib.contextmanager
def exercise(name):
    """Run a test so that unfinished work gives a sentence, not a bare exception.

    Args:
        name: the exercise under test, as a reader knows it, such as ``"Tensor.__add__"``.

    Raises:
        AssertionError: in place of ``NotImplementedError`` (a stub is still there), of ``NameError``,
            ``ImportError`` and ``AttributeError`` (a piece is missing), of ``ArithmeticError`` (an overflow, a division by
            zero), and of an ``assert`` without a message.
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
        if str(error):
            raise
        line = traceback.extract_tb(error.__traceback__)[-1].line
        raise AssertionError(f'Exercise "{name}": this should hold, and does not: {line}') from error
    except Exception as error:
        if hasattr(error, "add_note"):  # Python 3.11 and newer
            error.add_note(f"This happened in the test of exercise {name}.")
        raise


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
