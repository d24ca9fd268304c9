"""The exported attention: the formula, masks that hide exactly, gradients in float64, extreme
scores.
"""

import numpy as np
import pytest

from tinytorch.core.autograd import GRADIENTS
from tinytorch.core.layers import manual_seed
from tinytorch.core.tensor import Tensor
from tinytorch.nn.attention import (
    MultiHeadAttention,
    attention_weights,
    causal_mask,
    hide,
    hide_forward,
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)
from tinytorch.testing import numerical_gradient


def reference(q, k, v, mask=True):
    """One query at a time, in float64."""
    result = np.zeros((*q.shape[:-1], v.shape[-1]))
    mask = np.broadcast_to(mask, (*q.shape[:-1], k.shape[-2]))
    for place in np.ndindex(q.shape[:-1]):
        scores = k[place[:-1]] @ q[place] / q.shape[-1] ** 0.5
        visible = mask[place]
        weights = np.exp(scores[visible] - scores[visible].max())
        result[place] = weights @ v[place[:-1]][visible] / weights.sum()
    return result


@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_formula(leading, masked):
    rng = np.random.default_rng(1)
    q, k, v = (rng.normal(size=(*leading, *size)) for size in ((4, 3), (5, 3), (5, 2)))
    mask = causal_mask(4, 5) if masked else None
    found = scaled_dot_product_attention(Tensor(q), Tensor(k), Tensor(v), mask)
    np.testing.assert_allclose(found.data, reference(q, k, v, True if mask is None else mask))


@pytest.mark.parametrize("masked", [False, True])
def test_gradients(masked):
    rng = np.random.default_rng(2)
    arrays = [rng.normal(size=size) for size in ((2, 3, 4), (2, 5, 4), (2, 5, 3))]
    mask = causal_mask(3, 5) if masked else None
    upstream = rng.normal(size=(2, 3, 3))
    tensors = [Tensor(array, requires_grad=True) for array in arrays]
    (scaled_dot_product_attention(*tensors, mask) * Tensor(upstream)).sum().backward()
    for place in range(3):

        def loss(changed):
            inputs = list(arrays)
            inputs[place] = changed
            return (reference(*inputs, True if mask is None else mask) * upstream).sum()

        np.testing.assert_allclose(
            tensors[place].grad.data, numerical_gradient(loss, arrays[place]), atol=1e-6
        )


def test_gradient_of_hiding():
    rng = np.random.default_rng(3)
    scores, mask, upstream = rng.normal(size=(2, 3, 3)), causal_mask(3), rng.normal(size=(2, 3, 3))
    (found,) = GRADIENTS["hide"](upstream, hide_forward(scores, mask), scores, mask=mask)
    np.testing.assert_array_equal(found, upstream * mask)


@pytest.mark.parametrize("queries, keys", [(1, 1), (4, 4), (1, 5), (3, 5)])
def test_causal_mask(queries, keys):
    mask = causal_mask(queries, keys)
    assert mask.shape == (queries, keys)
    for row in range(queries):
        assert mask[row].sum() == keys - queries + row + 1
        assert mask[row, : keys - queries + row + 1].all()


def test_a_blind_query_is_an_error():
    with pytest.raises(ValueError):
        hide_forward(np.zeros((2, 2)), np.array([[True, False], [False, False]]))
    with pytest.raises(ValueError):
        hide(Tensor(np.zeros((2, 2))), [[False, False]])


@pytest.mark.parametrize("size", [0.0, 1e-30, 1e4, 1e15])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_scores(size, dtype):
    rng = np.random.default_rng(4)
    q, k = (
        Tensor((rng.normal(size=(4, 8)) * size).astype(dtype), requires_grad=True)
        for _ in range(2)
    )
    weights = attention_weights(q, k, causal_mask(4))
    assert weights.dtype == dtype
    np.testing.assert_allclose(weights.data.sum(axis=-1), 1, rtol=1e-5)
    (weights**2).sum().backward()
    assert np.isfinite(q.grad.data).all() and np.isfinite(k.grad.data).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_future_does_not_leak(dtype):
    """Not nearly: exactly. Neither forwards nor, as a gradient, backwards."""
    rng = np.random.default_rng(5)
    layer = MultiHeadAttention(12, 3, rng=rng)
    for parameter in layer.parameters():
        parameter.data = rng.normal(size=parameter.shape).astype(dtype)
    x = rng.normal(size=(2, 7, 12)).astype(dtype)
    before = layer(Tensor(x), causal_mask(7)).data
    for place in range(1, 7):
        changed = x.copy()
        changed[:, place:] = rng.normal(size=changed[:, place:].shape) * 1e3
        np.testing.assert_array_equal(
            layer(Tensor(changed), causal_mask(7)).data[:, :place], before[:, :place]
        )
        tensor = Tensor(x, requires_grad=True)
        layer(tensor, causal_mask(7))[:, :place].sum().backward()
        assert not tensor.grad.data[:, place:].any()
        assert tensor.grad.data[:, :place].any(axis=-1).all()


def test_padding_mask_for_each_text():
    """A mask (N, 1, 1, T) hides the padding of each text: what stands there does not matter."""
    rng = np.random.default_rng(6)
    layer = MultiHeadAttention(4, 2, rng=rng)
    x = rng.normal(size=(2, 5, 4))
    mask = np.array([[True] * 3 + [False] * 2, [True] * 5])[:, None, None]
    before = layer(Tensor(x), mask).data
    x[0, 3:] = 99.0
    np.testing.assert_array_equal(layer(Tensor(x), mask).data[0, :3], before[0, :3])


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_a_mask_with_three_axes_belongs_to_the_texts(heads):
    rng = np.random.default_rng(12)
    layer, x = MultiHeadAttention(8, heads, rng=rng), rng.normal(size=(2, 3, 8))
    mask = np.stack([causal_mask(3), np.eye(3, dtype=bool)])
    for given in (mask, Tensor(mask), mask.tolist(), mask[:, None]):
        found = layer(Tensor(x), given).data
        for n in range(2):
            alone = layer(Tensor(x[n : n + 1]), mask[n]).data
            np.testing.assert_allclose(found[n : n + 1], alone, atol=1e-12)


def test_a_mask_for_each_head_has_four_axes():
    rng = np.random.default_rng(13)
    layer, x = MultiHeadAttention(4, 2, rng=rng), Tensor(rng.normal(size=(2, 3, 4)))
    mask = np.stack([causal_mask(3), np.ones((3, 3), dtype=bool)])[None]
    found = layer(x, mask).data
    assert not np.allclose(found, layer(x, causal_mask(3)).data)
    assert not np.allclose(found, layer(x).data)


def test_only_booleans_are_masks():
    scores = Tensor(np.zeros((3, 3)))
    added = np.where(causal_mask(3), 0.0, -np.inf)
    for wrong in (added, added.astype(np.float32), causal_mask(3).astype(int), Tensor(added)):
        with pytest.raises(TypeError):
            hide(scores, wrong)
        with pytest.raises(TypeError):
            MultiHeadAttention(4, 2)(Tensor(np.zeros((1, 3, 4))), wrong)
    assert np.array_equal(hide(scores, added == 0).data, added)
    assert not scores.data.any(), "the scores that came in must not change"


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 1, 3, 3)])
def test_masks_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError):
        hide(Tensor(np.zeros((1, 3, 3))), np.ones(shape, dtype=bool))


@pytest.mark.parametrize("shape", [(4,), (3, 4), (1, 1, 3, 4)])
def test_attention_names_the_shape_of_what_is_no_batch_of_texts(shape):
    layer, texts = MultiHeadAttention(4, 2), Tensor(np.zeros((1, 3, 4)))
    for arguments in ((Tensor(np.zeros(shape)),), (texts, None, Tensor(np.zeros(shape)))):
        with pytest.raises(ValueError) as caught:
            layer(*arguments)
        assert str(shape) in str(caught.value)


def test_heads_round_trip_and_order():
    x = np.random.default_rng(7).normal(size=(2, 5, 12))
    for heads in (1, 2, 3, 4, 6, 12):
        split = split_heads(Tensor(x), heads)
        assert split.shape == (2, heads, 5, 12 // heads)
        np.testing.assert_array_equal(split.data, np.stack(np.split(x, heads, axis=2), axis=1))
        np.testing.assert_array_equal(merge_heads(split).data, x)


def test_layer_gradients_in_float64():
    rng = np.random.default_rng(8)
    layer = MultiHeadAttention(4, 2, rng=rng)
    for parameter in layer.parameters():
        parameter.data = rng.normal(size=parameter.shape)
    x, upstream, mask = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4)), causal_mask(3)
    tensor = Tensor(x, requires_grad=True)
    (layer(tensor, mask) * Tensor(upstream)).sum().backward()
    expected = numerical_gradient(
        lambda a: float((layer(Tensor(a), mask).data * upstream).sum()), x
    )
    np.testing.assert_allclose(tensor.grad.data, expected, atol=1e-6)
    for _, parameter in layer.named_parameters():
        values = parameter.data

        def loss(changed):
            parameter.data = changed
            return float((layer(Tensor(x), mask).data * upstream).sum())

        expected = numerical_gradient(loss, values)
        parameter.data = values
        np.testing.assert_allclose(parameter.grad.data, expected, atol=1e-6)


def seeded(make, seed):
    """The arrays of what `make()` builds without a generator, after `manual_seed`."""
    manual_seed(seed)
    return [parameter.data for parameter in make().parameters()]


@pytest.mark.parametrize("make", [lambda: MultiHeadAttention(4, 2)])
def test_manual_seed_repeats_what_is_made_without_rng(make):
    first, again, other = seeded(make, 1), seeded(make, 1), seeded(make, 2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other))


def test_cross_attention_looks_at_the_context_only():
    rng = np.random.default_rng(9)
    layer = MultiHeadAttention(4, 2, rng=rng)
    x, context = rng.normal(size=(1, 3, 4)), rng.normal(size=(1, 5, 4))
    y = layer(Tensor(x), context=Tensor(context)).data
    assert y.shape == (1, 3, 4)
    order = [4, 2, 0, 1, 3]
    np.testing.assert_allclose(layer(Tensor(x), context=Tensor(context[:, order])).data, y)
    seen = np.array([True, True, False, True, False])
    masked = layer(Tensor(x), np.tile(seen, (3, 1)), context=Tensor(context)).data
    alone = layer(Tensor(x), context=Tensor(context[:, seen])).data
    np.testing.assert_allclose(masked, alone, err_msg="the mask hides parts of the context")
    np.testing.assert_allclose(
        layer(Tensor(x), context=Tensor(np.tile(context[:, :1], (1, 3, 1)))).data,
        np.tile(layer(Tensor(x), context=Tensor(context[:, :1])).data[:, :1], (1, 3, 1)),
        err_msg="one vector, three times: every query gets its value",
    )
    changed = x.copy()
    changed[0, 1] = 0
    np.testing.assert_allclose(
        layer(Tensor(changed), context=Tensor(context)).data[0, [0, 2]], y[0, [0, 2]]
    )


def test_layer_parameters_and_errors():
    layer = MultiHeadAttention(6, 2, rng=np.random.default_rng(10))
    assert sorted(name for name, _ in layer.named_parameters()) == [
        f"{part}.{kind}"
        for part in ("key", "output", "query", "value")
        for kind in ("bias", "weight")
    ]
    with pytest.raises(ValueError):
        MultiHeadAttention(6, 5)
