"""Every gradient rule against central differences in float64, on unequal shapes, and far out."""

import math

import numpy as np
import pytest

from tinytorch.core.autograd import GRADIENTS
from tinytorch.core.tensor import Tensor, apply_op


def differences(f, x, eps=1e-6):
    """Central differences of a function of one array that returns a number."""
    x = np.asarray(x)
    result = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = np.array(x), np.array(x)
        up[i] += eps
        down[i] -= eps
        result[i] = (f(up) - f(down)) / (2 * eps)
    return result


def check(function, *arrays, rtol=1e-6, atol=1e-7):
    """`function` takes Tensors and gives a Tensor; all its gradients must agree with differences."""
    leaves = [Tensor(np.array(array), requires_grad=True) for array in arrays]
    output = function(*leaves)
    weights = np.random.default_rng(23).normal(size=output.shape)
    output.backward(weights)
    for i, (array, found) in enumerate(zip(arrays, leaves)):
        def loss(value):
            inputs = [Tensor(np.array(value if j == i else other)) for j, other in enumerate(arrays)]
            return float((function(*inputs).data * weights).sum())

        assert found.grad.shape == np.shape(array)
        np.testing.assert_allclose(found.grad.data, differences(loss, array), rtol=rtol, atol=atol, err_msg=f"input {i}")


def op(name, forward, **attributes):
    return lambda *tensors: apply_op(name, forward, *tensors, **attributes)


def normal(*shape, seed=7):
    return np.random.default_rng(seed).normal(size=shape)


def away_from_zero(*shape):
    rng = np.random.default_rng(9)
    return rng.uniform(0.4, 2.0, size=shape) * rng.choice([-1.0, 1.0], size=shape)


PAIRS = [((2, 3), (2, 3)), ((4, 2, 3), (3,)), ((2, 1, 3), (4, 1)), ((), (3, 2)), ((3, 1), ()), ((1, 1), (2,)), ((1,), (1,))]


@pytest.mark.parametrize("left, right", PAIRS)
def test_add_sub_mul_div(left, right):
    a, b = normal(*left), away_from_zero(*right)
    check(lambda x, y: x + y, a, b)
    check(lambda x, y: x - y, a, b)
    check(lambda x, y: x * y, a, b)
    check(lambda x, y: x / y, a, b)


def test_neg():
    check(lambda x: -x, normal(3, 2))


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4, -1, -2, 0.5, 1.5, -0.5])
def test_pow(exponent):
    check(lambda x: x**exponent, np.abs(away_from_zero(2, 3)), rtol=1e-5)


def test_pow_of_negative_numbers():
    check(lambda x: x**3, -np.abs(away_from_zero(4)))
    check(lambda x: x**2, -np.abs(away_from_zero(4)))


def test_pow_at_zero():
    for exponent, expected in [(0, 0.0), (1, 1.0), (2, 0.0)]:
        x = Tensor(np.zeros(3), requires_grad=True)
        (x**exponent).sum().backward()
        assert x.grad.tolist() == [expected] * 3


MATRICES = [((2, 3), (3, 4)), ((1, 3), (3, 1)), ((5, 2, 3), (5, 3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((2, 1, 2, 3), (4, 3, 2)),
            ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2))]


@pytest.mark.parametrize("left, right", MATRICES)
def test_matmul(left, right):
    check(lambda a, b: a @ b, normal(*left), normal(*right, seed=8))


AXES = [None, 0, 1, 2, -1, -3]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES)
def test_reductions(axis, keepdims):
    cube = np.random.default_rng(7).permutation(24).reshape(2, 3, 4) * 0.31 - 3
    check(lambda x: x.sum(axis=axis, keepdims=keepdims), cube)
    check(lambda x: x.mean(axis=axis, keepdims=keepdims), cube)
    check(lambda x: x.max(axis=axis, keepdims=keepdims), cube)


@pytest.mark.parametrize("axis", [(0, 1), (0, -1), (1, 2)])
def test_reductions_over_two_axes(axis):
    cube = np.random.default_rng(7).permutation(24).reshape(2, 3, 4) * 0.31 - 3
    for name in ("sum", "mean", "max"):
        for keepdims in (False, True):
            check(op(name, lambda a, axis, keepdims: getattr(a, name)(axis=axis, keepdims=keepdims), axis=axis, keepdims=keepdims), cube)


def test_equal_maxima_share():
    x = Tensor(np.array([[3.0, 3.0, 1.0], [2.0, 2.0, 2.0]]), requires_grad=True)
    x.max(axis=1).backward(np.array([10.0, 9.0]))
    assert x.grad.tolist() == [[5.0, 5.0, 0.0], [3.0, 3.0, 3.0]]
    x.zero_grad()
    x.max(axis=0).backward(np.array([4.0, 5.0, 6.0]))
    assert x.grad.tolist() == [[4.0, 5.0, 0.0], [0.0, 0.0, 6.0]]
    x.zero_grad()
    x.max().backward()
    assert x.grad.tolist() == [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]


def test_reshape():
    check(lambda x: x.reshape(4, 3), normal(2, 3, 2))
    check(lambda x: x.reshape(3, -1), normal(2, 3, 2))
    check(lambda x: x.reshape(1), normal())


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (1, 0, 2)])
def test_transpose(axes):
    check(lambda x: x.transpose(*axes), normal(2, 3, 4))


def test_transpose_with_negative_axes_and_without_axes():
    for axes in [(-1, 0, 1), (1, -1, 0), None, ()]:
        check(op("transpose", lambda a, axes: a.transpose(axes or None), axes=axes), normal(2, 3, 4))
    check(lambda x: x.T, normal(2, 3))


INDICES = [0, -1, slice(1, None), slice(None, None, -2), (1, 2), (slice(None), 1), (slice(None), slice(None), 3), (..., 0), np.array([2, 0, 2, 2]),
           (np.array([0, 2, 0]), np.array([1, 1, 1])), (slice(None), np.array([0, 0, 3])), (slice(None), None, 1)]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_getitem(index):
    check(op("getitem", lambda a, index: a[index], index=index), normal(3, 4, 5))


def test_getitem_with_a_mask():
    array = normal(3, 4)
    check(op("getitem", lambda a, index: a[index], index=array > 0.2), array)


def test_exp_log_sqrt():
    check(lambda x: x.exp(), normal(2, 3))
    check(lambda x: x.log(), np.abs(away_from_zero(2, 3)))
    check(lambda x: x.sqrt(), np.abs(away_from_zero(3, 2)))


# The forward sides of what follows live in other modules; here they are written out, in numpy.

def sigmoid(a):
    return 0.5 * (1 + np.tanh(a / 2))


def gelu(a):
    return 0.5 * a * (1 + np.tanh(math.sqrt(2 / math.pi) * (a + 0.044715 * a**3)))


def softmax(a, axis):
    powers = np.exp(a - a.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def log_softmax(a, axis):
    shifted = a - a.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def cross_entropy(a, targets):
    return -log_softmax(a, 1)[np.arange(len(a)), targets].mean()


def binary_cross_entropy(p, targets):
    return -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).mean()


@pytest.mark.parametrize("name, forward", [("relu", lambda a: np.maximum(a, 0)), ("sigmoid", sigmoid), ("tanh", np.tanh), ("gelu", gelu)])
def test_activations(name, forward):
    check(op(name, forward), away_from_zero(3, 4) * 2)
    check(op(name, forward), np.array([-7.0, -4.5, -0.3, 0.2, 4.5, 7.0]))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2])
def test_softmax_and_log_softmax(axis):
    check(op("softmax", softmax, axis=axis), normal(2, 3, 4) * 2)
    check(op("log_softmax", log_softmax, axis=axis), normal(2, 3, 4) * 2)


def test_mse_loss():
    check(op("mse_loss", lambda p, t: ((p - t) ** 2).mean()), normal(4, 3), normal(4, 3, seed=8))


def test_cross_entropy():
    check(op("cross_entropy", cross_entropy, targets=np.array([2, 0, 1, 2, 2])), normal(5, 3) * 2)
    check(op("cross_entropy", cross_entropy, targets=np.array([1, 3])), normal(2, 5) * 2)


def test_binary_cross_entropy():
    targets = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    check(op("binary_cross_entropy", binary_cross_entropy, targets=targets), np.random.default_rng(7).uniform(0.1, 0.9, size=(2, 3)))


def test_dropout():
    mask = np.array([[0.0, 1.25, 1.25], [1.25, 0.0, 0.0]])
    check(op("dropout", lambda a, mask: a * mask, mask=mask), normal(2, 3))


# Far out, where overflow turns a careless rule into NaN or a warning (which pytest is asked to raise).

@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_inputs_of_activations(dtype):
    x = np.array([-1e30, -1e4, -88.0, 88.0, 1e4, 1e30], dtype=dtype)
    grad = np.full(6, 3.0, dtype=dtype)
    step = np.array([0, 0, 0, 3, 3, 3], dtype=dtype)
    for name, output, expected in [("relu", np.maximum(x, 0), step), ("gelu", np.maximum(x, 0), step), ("tanh", np.tanh(x), 0 * step), ("sigmoid", sigmoid(x), 0 * step)]:
        found, = GRADIENTS[name](grad, output, x)
        np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=name)
        assert found.dtype == dtype, name


@pytest.mark.filterwarnings("error")
def test_extreme_logits():
    logits = np.array([[1e4, 0.0, -1e4], [5e3, 5e3, 5e3], [-1e4, -1e4, 0.0]], dtype=np.float32)
    found, = GRADIENTS["cross_entropy"](np.float32(3.0), None, logits, targets=np.array([1, 2, 2]))
    np.testing.assert_allclose(found, [[1.0, -1.0, 0.0], [1 / 3, 1 / 3, -2 / 3], [0.0, 0.0, 0.0]], rtol=1e-6)
    assert found.dtype == np.float32


@pytest.mark.filterwarnings("error")
def test_certain_probabilities():
    p = np.array([0.0, 0.0, 1.0, 1.0], dtype=np.float32)
    found, = GRADIENTS["binary_cross_entropy"](np.float32(1.0), None, p, targets=np.array([0.0, 1.0, 0.0, 1.0], dtype=np.float32))
    assert np.isfinite(found).all()
    assert found[1] < -1e5 and found[2] > 1e5, "certain and wrong: a large gradient in the right direction"
    np.testing.assert_allclose(found[[0, 3]], [0.25, -0.25], rtol=1e-4)


@pytest.mark.filterwarnings("error")
def test_division_by_large_and_small_numbers():
    x, y = Tensor(np.array([1e200, 1.0]), requires_grad=True), Tensor(np.array([1e180, 1e-100]), requires_grad=True)
    (x / y).sum().backward()
    np.testing.assert_allclose(x.grad.data, [1e-180, 1e100], rtol=1e-12)
    np.testing.assert_allclose(y.grad.data, [-1e-160, -1e200], rtol=1e-12)


ALL = ["add", "sub", "mul", "div", "neg", "pow", "matmul", "sum", "mean", "max", "reshape", "transpose", "getitem", "exp", "log", "sqrt", "relu", "sigmoid", "tanh",
       "gelu", "softmax", "log_softmax", "mse_loss", "cross_entropy", "binary_cross_entropy", "dropout"]


def test_every_operation_of_the_foundation_has_a_rule():
    assert [name for name in ALL if name not in GRADIENTS] == []


def test_float32_stays_float32():
    x = np.full((2, 3), 0.4, dtype=np.float32)
    one = np.float32(1.0)
    calls = {
        "add": ((x, x, x, x), {}), "sub": ((x, x, x, x), {}), "mul": ((x, x, x, x), {}), "div": ((x, x, x, x), {}), "neg": ((x, x, x), {}), "pow": ((x, x, x), {"exponent": 3}),
        "matmul": ((x[:, :2], x[:, :2], x, x.T), {}), "sum": ((x[0], x[0], x), {"axis": 0, "keepdims": False}), "mean": ((x[0], x[0], x), {"axis": 0, "keepdims": False}),
        "max": ((x[0], x[0], x), {"axis": 0, "keepdims": False}), "reshape": ((x.ravel(), x.ravel(), x), {"shape": (6,)}), "transpose": ((x.T, x.T, x), {"axes": (1, 0)}),
        "getitem": ((x[0], x[0], x), {"index": 0}), "exp": ((x, x, x), {}), "log": ((x, x, x), {}), "sqrt": ((x, x, x), {}), "relu": ((x, x, x), {}), "sigmoid": ((x, x, x), {}),
        "tanh": ((x, x, x), {}), "gelu": ((x, x, x), {}), "softmax": ((x, x, x), {"axis": 1}), "log_softmax": ((x, x, x), {"axis": 1}), "mse_loss": ((one, one, x, x), {}),
        "cross_entropy": ((one, one, x), {"targets": np.array([0, 2])}), "binary_cross_entropy": ((one, one, x), {"targets": x}), "dropout": ((x, x, x), {"mask": x}),
    }
    assert sorted(calls) == sorted(ALL)
    for name, (arguments, attributes) in calls.items():
        for found in GRADIENTS[name](*arguments, **attributes):
            assert found.dtype == np.float32, name
