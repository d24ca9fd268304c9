"""The tensor module, tested on the exported package."""

import numpy as np
import pytest

from tinytorch.core.tensor import Tensor, apply_op, as_array, broadcast_shape, broadcast_view, matmul_loops, set_recorder
from tinytorch.testing import exercise, recorded_operations

SHAPES = [((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1, 4), (3, 1)), ((), (2, 2)), ((1,), (5,))]


@pytest.fixture
def records():
    """What the recorder was told, as pairs (name, attributes)."""
    seen = []
    before = set_recorder(lambda name, inputs, attributes, output: seen.append((name, attributes)))
    yield seen
    set_recorder(before)


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1, np.int64),
        (1.0, np.float32),
        (True, np.bool_),
        ([[1, 2.0], [3, 4]], np.float32),
        ((1, 2), np.int64),
        (np.float64(1), np.float64),
        (np.arange(3, dtype=np.int8), np.int8),
        (np.ones(2, dtype=np.float16), np.float16),
    ],
)
def test_dtype_rules(data, dtype):
    with exercise("as_array"):
        assert as_array(data).dtype == dtype
        assert Tensor(data).dtype == dtype
        assert as_array(data, np.float64).dtype == np.float64


def test_only_numbers_are_accepted():
    with exercise("as_array"):
        for wrong in ("x", [object()], [1j]):
            with pytest.raises(TypeError):
                as_array(wrong)
        with pytest.raises(ValueError):
            as_array([[1, 2], [3]])


def test_constructor_shares_memory_and_guards_gradients():
    with exercise("Tensor.__init__"):
        array = np.zeros(3)
        tensor = Tensor(array)
        assert tensor.data is array and Tensor(tensor).data is array
        assert tensor.detach().data is array and tensor.detach() is not tensor
        assert not Tensor(array, requires_grad=True).detach().requires_grad
        with pytest.raises(TypeError):
            Tensor([1, 2], requires_grad=True)


def test_item_needs_one_number():
    with exercise("Tensor.item"):
        assert Tensor([[[4]]]).item() == 4
        assert float(Tensor(2.5)) == 2.5 and int(Tensor([3])) == 3 and bool(Tensor([0.0])) is False
        with pytest.raises(ValueError):
            Tensor([1, 2]).item()


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_broadcast_shape_agrees_with_numpy(a, b):
    with exercise("broadcast_shape"):
        assert broadcast_shape(a, b) == np.broadcast_shapes(a, b)


@pytest.mark.parametrize(("a", "b"), [((2,), (3,)), ((2, 3), (2, 1, 2)), ((0,), (2,))])
def test_shapes_that_do_not_go_together(a, b):
    with exercise("broadcast_shape"), pytest.raises(ValueError, match="do not go together"):
        broadcast_shape(a, b)


def test_broadcast_view():
    with exercise("broadcast_view"):
        column = np.arange(3.0).reshape(3, 1)
        assert np.array_equal(broadcast_view(column, (2, 3, 4)), np.broadcast_to(column, (2, 3, 4)))
        with pytest.raises(ValueError):
            broadcast_view(column, (4, 1))


@pytest.mark.parametrize(("a", "b"), SHAPES)
@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "true_divide"])
def test_arithmetic_agrees_with_numpy(name, a, b):
    operators = {
        "add": lambda x, y: x + y,
        "subtract": lambda x, y: x - y,
        "multiply": lambda x, y: x * y,
        "true_divide": lambda x, y: x / y,
    }
    rng = np.random.default_rng(3)
    x, y = rng.uniform(1, 3, size=a), rng.uniform(1, 3, size=b)
    operator = operators[name]
    with exercise(f"Tensor arithmetic ({name})"):
        expected = getattr(np, name)(x, y)
        for result in (operator(Tensor(x), Tensor(y)), operator(x, Tensor(y)), operator(Tensor(x), y)):
            assert isinstance(result, Tensor)
            assert np.array_equal(result.data, expected)
            assert result.dtype == np.float64


def test_numbers_do_not_widen():
    with exercise("Tensor arithmetic"):
        x = Tensor([2.0, 3.0])
        for result in (x + 1, 1 - x, x * 0.5, 1 / x, x / 3, x**2, x - np.float64(0.1), x * Tensor([1, 2]), x * np.array([1, 2])):
            assert result.dtype == np.float32
        assert (Tensor([1, 2]) / Tensor([2, 2])).tolist() == [0.5, 1.0]


def test_power_takes_numbers_only(records):
    with exercise("Tensor.__pow__"):
        assert (Tensor([2.0, 3.0]) ** np.int64(3)).tolist() == [8.0, 27.0]
        assert records == [("pow", {"exponent": 3})]
        with pytest.raises(TypeError):
            Tensor([2.0]) ** [1, 2]


def test_comparisons_are_boolean_and_leave_no_record(records):
    with exercise("Tensor"):
        x = Tensor([1.0, 2.0, 3.0])
        answers = [x == 2, x != 2, x < 2, x <= 2, x > 2, x >= Tensor([2.0, 2.0, 2.0])]
        assert [answer.tolist() for answer in answers] == [
            [False, True, False],
            [True, False, True],
            [True, False, False],
            [True, True, False],
            [False, False, True],
            [False, True, True],
        ]
        assert records == []


@pytest.mark.parametrize(("m", "k", "n"), [(1, 1, 1), (2, 3, 4), (4, 1, 3), (3, 5, 1)])
def test_matmul(m, k, n):
    rng = np.random.default_rng(m * 100 + k * 10 + n)
    a, b = rng.normal(size=(m, k)), rng.normal(size=(k, n))
    with exercise("matmul_loops"):
        assert np.allclose(matmul_loops(a, b), a @ b)
        assert matmul_loops(a, b).dtype == np.float64
    with exercise("Tensor.__matmul__"):
        assert np.allclose((Tensor(a) @ Tensor(b)).data, a @ b)
        assert np.allclose((a @ Tensor(b)).data, a @ b)
        with pytest.raises(ValueError, match="inner lengths"):
            Tensor(a) @ Tensor(np.ones((k + 1, n)))


def test_matmul_names_the_problem_of_single_numbers():
    with exercise("Tensor.__matmul__"):
        for a, b in [((), (2, 3)), ((2, 3), ()), ((), ())]:
            with pytest.raises(ValueError, match=r"@ needs vectors or matrices"):
                Tensor(np.ones(a)) @ Tensor(np.ones(b))


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions(name, axis, keepdims, records):
    x = np.random.default_rng(5).normal(size=(2, 3, 4))
    with exercise(f"Tensor.{name}"):
        result = getattr(Tensor(x), name)(axis=axis, keepdims=keepdims)
        assert np.allclose(result.data, getattr(np, name)(x, axis=axis, keepdims=keepdims))
        assert result.shape == getattr(np, name)(x, axis=axis, keepdims=keepdims).shape
        assert records == [(name, {"axis": axis, "keepdims": keepdims})]


def test_shapes(records):
    x = Tensor(np.arange(24).reshape(2, 3, 4))
    with exercise("Tensor.reshape and transpose"):
        assert x.reshape(4, -1).shape == (4, 6) and x.reshape([24]).tolist() == list(range(24))
        assert np.array_equal(x.transpose(1, -1, 0).data, np.transpose(x.data, (1, 2, 0)))
        assert np.array_equal(x.transpose([2, 1, 0]).data, x.T.data)
        assert records == [
            ("reshape", {"shape": (4, -1)}),
            ("reshape", {"shape": (24,)}),
            ("transpose", {"axes": (1, 2, 0)}),
            ("transpose", {"axes": (2, 1, 0)}),
            ("transpose", {"axes": (2, 1, 0)}),
        ]
        with pytest.raises(ValueError):
            x.transpose(0, 0, 1)


def test_indices():
    x = np.arange(12.0).reshape(3, 4)
    with exercise("Tensor.__getitem__"):
        for index in (0, -1, slice(1, 3), (1, 2), (slice(None), [0, 2]), x > 5):
            assert np.array_equal(Tensor(x)[index].data, x[index])
        assert np.array_equal(Tensor(x)[Tensor([2, 0])].data, x[[2, 0]])
        assert np.array_equal(Tensor(x)[:, Tensor([1])].data, x[:, [1]])
        assert [row.tolist() for row in Tensor(x)] == x.tolist()


@pytest.mark.parametrize("name", ["exp", "log", "sqrt"])
def test_functions(name, records):
    x = np.array([[0.5, 1.0, 2.0], [3.0, 4.0, 9.0]])
    with exercise(f"Tensor.{name}"):
        assert np.array_equal(getattr(Tensor(x), name)().data, getattr(np, name)(x))
        assert getattr(Tensor([1, 2]), name)().dtype == np.float32
        assert [record[0] for record in records] == [name, name]


def test_recorder_sees_the_tensors_themselves():
    with exercise("apply_op"):
        a = Tensor(np.ones(2))
        with recorded_operations() as done:
            out = apply_op("twice", lambda x, factor: x * factor, a, factor=2)
        name, inputs, attributes, output = done[0]
        assert name == "twice" and inputs[0] is a and attributes == {"factor": 2} and output is out
        apply_op("twice", lambda x, factor: x * factor, a, factor=2)
        assert len(done) == 1, "a recorder that was taken out is not told any more"


def test_set_recorder_returns_the_one_before():
    with exercise("set_recorder"):
        mine = [].append
        before = set_recorder(mine)
        assert set_recorder(before) is mine
