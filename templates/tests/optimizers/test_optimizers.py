"""Step by step against the published rules, written down a second time here: as closed sums over
all gradients so far, not as recursions.
"""

import math

import numpy as np
import pytest

import tinytorch.core.autograd  # noqa: F401  (gives tensors their backward)
from tinytorch.core.optimizers import SGD, Adam, AdamW
from tinytorch.core.tensor import Tensor

SHAPE = (2, 3)
GRADIENTS = np.random.default_rng(7).normal(size=(12, *SHAPE)) * np.array([1e-3, 1.0, 50.0])


def parameter(dtype=np.float64):
    return Tensor(np.linspace(-2, 3, 6).reshape(SHAPE).astype(dtype), requires_grad=True)


def trace(optimizer, p, gradients=GRADIENTS):
    values = [p.data.copy()]
    for grad in gradients:
        p.grad = Tensor(grad.astype(p.dtype))
        optimizer.step()
        values.append(p.data.copy())
    return np.array(values)


def test_plain_sgd():
    p = parameter()
    values = trace(SGD([p], lr=0.03), p)
    np.testing.assert_allclose(
        values[1:], values[0] - 0.03 * np.cumsum(GRADIENTS, axis=0), rtol=1e-12
    )


@pytest.mark.parametrize("momentum", [0.3, 0.9])
def test_momentum(momentum):
    """velocity_t = sum over i <= t of momentum^(t - i) * g_i"""
    p = parameter()
    values = trace(SGD([p], lr=0.03, momentum=momentum), p)
    for t in range(1, len(values)):
        velocity = sum(momentum ** (t - i) * GRADIENTS[i - 1] for i in range(1, t + 1))
        np.testing.assert_allclose(
            values[t] - values[t - 1], -0.03 * velocity, rtol=1e-9, atol=1e-12, err_msg=f"step {t}"
        )


@pytest.mark.parametrize(
    "make", [lambda p: SGD(p, lr=0.03, momentum=0.9), lambda p: Adam(p, lr=0.1)]
)
def test_each_parameter_has_its_own_memory(make):
    together, alone = [parameter(), parameter()], [parameter(), parameter()]
    optimizer, single = make(together), [make([p]) for p in alone]
    for grad in GRADIENTS[:4]:
        for sign, pair in zip((1, -3), zip(together, alone)):
            for p in pair:
                p.grad = Tensor(sign * grad)
        optimizer.step()
        for one in single:
            one.step()
    for p, q in zip(together, alone):
        np.testing.assert_array_equal(p.data, q.data)


def test_weight_decay_of_sgd_is_an_l2_penalty():
    p = parameter()
    values = trace(SGD([p], lr=0.03, weight_decay=0.2), p)
    for t in range(1, len(values)):
        np.testing.assert_allclose(
            values[t], (1 - 0.03 * 0.2) * values[t - 1] - 0.03 * GRADIENTS[t - 1], rtol=1e-12
        )


def test_weight_decay_goes_into_the_velocity():
    p = parameter()
    values = trace(SGD([p], lr=0.03, momentum=0.8, weight_decay=0.2), p)
    for t in range(1, len(values)):
        velocity = sum(
            0.8 ** (t - i) * (GRADIENTS[i - 1] + 0.2 * values[i - 1]) for i in range(1, t + 1)
        )
        np.testing.assert_allclose(
            values[t] - values[t - 1], -0.03 * velocity, rtol=1e-9, atol=1e-12
        )


def adam_direction(t, beta1, beta2, eps):
    """Kingma & Ba (2015), section 3: the averages as sums, divided by the sums of their weights."""
    weights1 = [(1 - beta1) * beta1 ** (t - i) for i in range(1, t + 1)]
    weights2 = [(1 - beta2) * beta2 ** (t - i) for i in range(1, t + 1)]
    mean = sum(w * g for w, g in zip(weights1, GRADIENTS)) / math.fsum(weights1)
    square = sum(w * g * g for w, g in zip(weights2, GRADIENTS)) / math.fsum(weights2)
    return mean / (np.sqrt(square) + eps)


@pytest.mark.parametrize(
    "betas, eps", [((0.9, 0.999), 1e-8), ((0.5, 0.7), 0.3), ((0.0, 0.9), 1e-8)]
)
def test_adam(betas, eps):
    p = parameter()
    values = trace(Adam([p], lr=0.02, betas=betas, eps=eps), p)
    for t in range(1, len(values)):
        np.testing.assert_allclose(
            values[t] - values[t - 1],
            -0.02 * adam_direction(t, *betas, eps),
            rtol=1e-8,
            atol=1e-12,
            err_msg=f"step {t}",
        )


@pytest.mark.parametrize("decay", [0.0, 0.01, 0.5])
def test_adamw_decouples_the_decay(decay):
    """Loshchilov & Hutter (2019), Algorithm 2, with one learning rate for both terms."""
    p = parameter()
    values = trace(AdamW([p], lr=0.02, betas=(0.8, 0.9), weight_decay=decay), p)
    for t in range(1, len(values)):
        step = 0.02 * (adam_direction(t, 0.8, 0.9, 1e-8) + decay * values[t - 1])
        np.testing.assert_allclose(
            values[t] - values[t - 1], -step, rtol=1e-8, atol=1e-12, err_msg=f"step {t}"
        )


def test_defaults():
    p = parameter()
    assert SGD([p], lr=1).momentum == 0 and SGD([p], lr=1).weight_decay == 0
    adam, adamw = Adam([p]), AdamW([p])
    assert (adam.lr, adam.betas, adam.eps) == (1e-3, (0.9, 0.999), 1e-8)
    assert (adamw.lr, adamw.betas, adamw.eps, adamw.weight_decay) == (
        1e-3,
        (0.9, 0.999),
        1e-8,
        0.01,
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "make", [lambda p: SGD(p, 0.1, momentum=0.9), Adam, lambda p: AdamW(p, weight_decay=0.0)]
)
def test_zero_gradients_from_the_start_do_not_move_anything(make):
    p = parameter()
    values = trace(make([p]), p, np.zeros((3, *SHAPE)))
    assert np.array_equal(values[-1], values[0])


@pytest.mark.parametrize(
    "make", [lambda p: SGD(p, 0.1, momentum=0.9, weight_decay=0.1), Adam, AdamW]
)
def test_parameters_without_gradient_are_left_alone(make):
    used, unused = parameter(), parameter()
    optimizer = make([used, unused])
    before = unused.data.copy()
    trace(optimizer, used)
    assert np.array_equal(unused.data, before)
    assert optimizer.memory[1] == {}


@pytest.mark.parametrize(
    "make", [lambda p: SGD(p, 0.1, momentum=0.9, weight_decay=0.1), Adam, AdamW]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_stay(make, dtype):
    p = parameter(dtype)
    optimizer = make([p])
    optimizer.lr = np.float64(0.01)
    trace(optimizer, p)
    assert p.dtype == dtype
    for value in optimizer.memory[0].values():
        if np.ndim(value):
            assert value.dtype == dtype


@pytest.mark.parametrize(
    "make",
    [lambda p: SGD(p, 0.1), lambda p: SGD(p, 0.1, momentum=0.9, weight_decay=0.1), Adam, AdamW],
)
def test_gradients_and_old_arrays_are_not_changed(make):
    p = parameter()
    optimizer = make([p])
    kept = []
    for _ in range(3):
        grad, old = np.ones(SHAPE), p.data
        kept.append((grad, old, old.copy()))
        p.grad = Tensor(grad)
        optimizer.step()
    for grad, old, copy in kept:
        assert np.array_equal(grad, np.ones(SHAPE))
        assert np.array_equal(old, copy)


def test_zero_grad_through_backward():
    p = parameter()
    optimizer = SGD([p], lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        assert p.grad is None
        (p * 3).sum().backward()
        assert p.grad.tolist() == [[3.0] * 3] * 2


def test_momentum_rolls_on_when_the_gradient_is_zero():
    p = Tensor(np.zeros(1), requires_grad=True)
    values = trace(SGD([p], lr=1.0, momentum=0.5), p, np.array([[1.0], [0.0], [0.0]]))
    assert values.ravel().tolist() == [0.0, -1.0, -1.5, -1.75]


def test_arguments_are_checked():
    p = parameter()
    for wrong in (
        lambda: SGD([], 0.1),
        lambda: SGD([p], -1),
        lambda: SGD([p], 0.1, momentum=1.0),
        lambda: SGD([p], 0.1, momentum=-0.1),
        lambda: Adam([p], betas=(1.0, 0.9)),
        lambda: AdamW([p], betas=(0.9, -0.1)),
    ):
        with pytest.raises(ValueError):
            wrong()


@pytest.mark.parametrize(
    "make", [lambda p: SGD(p, 0.1), lambda p: SGD(p, 0.1, momentum=0.9), Adam, AdamW]
)
def test_state_round_trip(make):
    whole = parameter()
    expected = trace(make([whole]), whole)
    p = parameter()
    first = make([p])
    trace(first, p, GRADIENTS[:5])
    state, weights = first.state_dict(), p.data.copy()
    trace(first, p, GRADIENTS[:3])  # goes astray; the state must not follow
    q = Tensor(weights, requires_grad=True)
    second = make([q])
    second.lr = 77.0
    second.load_state_dict(state)
    assert np.array_equal(trace(second, q, GRADIENTS[5:])[-1], expected[-1])


def test_state_of_something_else_is_refused():
    p, small = parameter(), Tensor(np.zeros(2), requires_grad=True)
    optimizer = Adam([p])
    trace(optimizer, p)
    saved = optimizer.state_dict()
    for others in ([p, small], [small]):
        target = Adam(others, lr=0.5)
        with pytest.raises(ValueError):
            target.load_state_dict(saved)
        assert target.lr == 0.5 and target.memory == [{} for _ in others]
