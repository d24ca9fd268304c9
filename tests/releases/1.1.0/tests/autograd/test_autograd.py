"""The engine: what is recorded, in which order it is read back, what arrives at the leaves."""

import gc
import weakref

import numpy as np
import pytest

from tinytorch.core import autograd
from tinytorch.core.autograd import GRADIENTS, backward, gradient, no_grad, topological_order, unbroadcast
from tinytorch.core.tensor import Tensor, apply_op


def leaf(values):
    return Tensor(np.array(values, dtype=np.float64), requires_grad=True)


def test_the_example_of_the_introduction():
    a, b = leaf([3.0]), leaf([2.0])
    ((a + b) * a).backward()
    assert a.grad.tolist() == [8.0]
    assert b.grad.tolist() == [3.0]


def test_requires_grad_spreads_forward_only():
    data, weight = Tensor([1.0]), leaf([2.0])
    assert not (data * data).requires_grad
    assert (data * weight).requires_grad
    assert ((data * weight) + data).requires_grad
    assert not data.requires_grad


def test_the_tape_dies_with_its_result():
    weight = leaf(np.ones(10))
    result = weight * 2
    intermediate = weakref.ref(result)
    result = (result + 1).sum()
    gc.collect()
    assert intermediate() is not None, "the tape keeps intermediate results as long as they are needed"
    del result
    gc.collect()
    assert intermediate() is None, "nothing else may hold on to the tape"


def test_no_grad_is_a_switch_that_comes_back():
    weight = leaf([1.0])
    with pytest.raises(ZeroDivisionError):
        with no_grad():
            1 / 0
    assert (weight * 2).requires_grad
    with no_grad():
        with no_grad():
            assert not (weight * 2).requires_grad
        assert not (weight * 2).requires_grad
    assert (weight * 2).requires_grad


def test_a_tensor_made_under_no_grad_is_a_constant():
    weight = leaf([3.0])
    with no_grad():
        frozen = weight * weight
    (weight * frozen).backward()
    assert weight.grad.tolist() == [9.0]


def test_detach_cuts_the_graph():
    weight = leaf([3.0])
    (weight * (weight * weight).detach()).backward()
    assert weight.grad.tolist() == [9.0]


def test_gradients_accumulate_until_zero_grad():
    weight = leaf([1.0, 2.0])
    for count in (1, 2, 3):
        (weight * 5).sum().backward()
        assert weight.grad.tolist() == [5.0 * count, 5.0 * count]
    weight.zero_grad()
    assert weight.grad is None
    (weight * 5).sum().backward()
    assert weight.grad.tolist() == [5.0, 5.0]


def test_two_losses_on_a_shared_part():
    x = leaf([2.0])
    shared = x * x
    (shared * 3).backward()
    (shared * 4).backward()
    assert x.grad.tolist() == [28.0]


def test_diamond_waits_for_all_contributions():
    # y = x^2; z = y * (y + x): dz/dx = 4x^3 + 3x^2
    x = leaf([1.5])
    y = x * x
    (y * (y + x)).backward()
    assert x.grad.item() == pytest.approx(4 * 1.5**3 + 3 * 1.5**2)


def test_long_skip_connection_waits_too():
    x = leaf([2.0])
    early = x * 3
    late = early
    for _ in range(5):
        late = late * 2
    (early * late).backward()  # 9 * 32 * x^2
    assert x.grad.item() == pytest.approx(2 * 9 * 32 * 2.0)


def test_a_ladder_with_exponentially_many_paths():
    x = value = leaf([1.0])
    for _ in range(60):
        value = value + value
    value.backward()
    assert x.grad.item() == 2.0**60


def test_a_chain_deeper_than_the_python_stack():
    x = value = leaf(1.0)
    for _ in range(20_000):
        value = value + 0.5
    value.backward()
    assert x.grad.item() == 1.0


def test_topological_order_has_each_tensor_once_and_behind_its_inputs():
    a, b, constant = leaf([1.0]), leaf([2.0]), Tensor([3.0])
    c = a * b
    d = c + a
    e = d * constant
    f = e * c
    order = topological_order(f)
    place = {id(tensor): i for i, tensor in enumerate(order)}
    assert sorted(place) == sorted(id(t) for t in (a, b, c, d, e, f))
    assert len(order) == 6
    assert order[-1] is f
    for first, second in [(a, c), (b, c), (c, d), (a, d), (d, e), (e, f), (c, f)]:
        assert place[id(first)] < place[id(second)]


def test_only_leaves_keep_a_gradient():
    x = leaf([1.0])
    middle = x * 2
    last = middle * 3
    last.backward()
    assert middle.grad is None and last.grad is None
    assert x.grad.tolist() == [6.0]


def test_a_leaf_is_its_own_gradient():
    x = leaf([[1.0]])
    x.backward()
    assert x.grad.tolist() == [[1.0]]


def test_given_gradient_as_tensor_and_as_array():
    for wrap in (Tensor, np.asarray):
        x = leaf([[1.0, 2.0, 3.0]])
        given = np.array([[1.0, -1.0, 0.5]])
        (x * x).backward(wrap(given))
        assert x.grad.tolist() == [[2.0, -4.0, 3.0]]
        assert given.tolist() == [[1.0, -1.0, 0.5]]


def test_the_gradient_does_not_share_memory_with_what_was_given():
    x = leaf([1.0, 2.0])
    given = np.array([1.0, 1.0])
    backward(x, given)
    given[0] = 100.0
    assert x.grad.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_one_element_of_any_shape_starts_by_itself(shape):
    x = leaf(np.full(shape, 3.0))
    (x * x).backward()
    assert x.grad.shape == shape
    assert x.grad.item() == 6.0


def test_errors():
    x = leaf([1.0, 2.0])
    with pytest.raises(RuntimeError):
        Tensor([1.0]).backward()
    with pytest.raises(ValueError):
        (x * 2).backward()
    with pytest.raises(ValueError):
        (x * 2).backward(np.ones(3))
    with pytest.raises(ValueError):
        (x * 2).backward(np.ones((1, 2)))
    with pytest.raises(RuntimeError, match="mystery"):
        apply_op("mystery", lambda a: a.sum(), x).backward()


def test_gradients_have_the_dtype_of_their_leaf():
    single = Tensor(np.ones(3, dtype=np.float32), requires_grad=True)
    double = Tensor(np.ones(3, dtype=np.float64), requires_grad=True)
    (single * double).sum().backward()
    assert single.grad.dtype == np.float32
    assert double.grad.dtype == np.float64


def test_a_rule_of_ones_own():
    try:
        @gradient("cube_of_test")
        def rule(grad, output, a, factor):
            return (grad * factor * 3 * a**2,)

        assert GRADIENTS["cube_of_test"] is rule, "the decorator returns the rule unchanged and puts it into the table"
        x = leaf([2.0])
        apply_op("cube_of_test", lambda a, factor: factor * a**3, x, factor=5).backward()
        assert x.grad.tolist() == [60.0]
    finally:
        GRADIENTS.pop("cube_of_test", None)


def test_none_from_a_rule_means_no_gradient():
    try:
        gradient("left_of_test")(lambda grad, output, a, b: (grad, None))
        x, y = leaf([2.0]), leaf([3.0])
        apply_op("left_of_test", lambda a, b: a + 0 * b, x, y * y).backward()
        assert x.grad.tolist() == [1.0]
        assert y.grad is None
    finally:
        GRADIENTS.pop("left_of_test", None)


@pytest.mark.parametrize("start, shape", [((4, 3), (3,)), ((4, 3), (4, 1)), ((2, 4, 3), (4, 1)), ((2, 4, 3), (1, 1, 3)), ((2, 4, 3), (2, 1, 3)), ((2, 4, 3), ()), ((2, 1, 3), (1, 3)), ((5,), (1,))])
def test_unbroadcast_is_the_adjoint_of_broadcasting(start, shape):
    rng = np.random.default_rng(7)
    grad, x = rng.normal(size=start), rng.normal(size=shape)
    reduced = unbroadcast(grad, shape)
    assert np.shape(reduced) == shape
    # <broadcast(x), grad> == <x, unbroadcast(grad)> for every x
    assert np.sum(np.broadcast_to(x, start) * grad) == pytest.approx(np.sum(x * reduced))


def test_unbroadcast_refuses_what_does_not_fit():
    for start, shape in [((4, 3), (4,)), ((4, 3), (2, 3)), ((3,), (1, 3)), ((3,), (2, 3)), ((), (2,)), ((3,), (3, 1))]:
        with pytest.raises(ValueError):
            unbroadcast(np.ones(start), shape)


def test_broadcasting_through_the_engine():
    rows, columns = leaf([[1.0], [2.0]]), leaf([10.0, 20.0, 30.0])
    (rows * columns + columns).sum().backward()
    assert rows.grad.tolist() == [[60.0], [60.0]]
    assert columns.grad.tolist() == [5.0, 5.0, 5.0]


def test_reflected_operators_and_numbers():
    x = leaf([2.0, 4.0])
    (8 / x + (1 - x) * 3 + 2 * x).sum().backward()
    assert x.grad.tolist() == [-2.0 - 3 + 2, -0.5 - 3 + 2]


def test_comparisons_carry_no_gradient():
    x = leaf([1.0, -1.0])
    assert not (x > 0).requires_grad


def test_public_names():
    for name in ("gradient", "GRADIENTS", "no_grad", "backward"):
        assert hasattr(autograd, name)
    assert Tensor.backward is backward
