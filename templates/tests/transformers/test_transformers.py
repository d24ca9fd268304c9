"""The exported transformer: normalisation, blocks, causality to the last bit, generation,
learning.
"""

import numpy as np
import pytest

from tinytorch.core.autograd import GRADIENTS
from tinytorch.core.layers import manual_seed
from tinytorch.core.tensor import Tensor
from tinytorch.nn.transformers import (
    GPT,
    FeedForward,
    LayerNorm,
    TransformerBlock,
    layer_norm_forward,
    pick_token,
    standardize_last,
)
from tinytorch.testing import numerical_gradient


def randomize(module, seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    for parameter in module.parameters():
        parameter.data = rng.normal(size=parameter.shape).astype(dtype)
    return module


@pytest.mark.parametrize("shape", [(5,), (3, 5), (2, 3, 5)])
@pytest.mark.parametrize("eps", [1e-5, 0.7])
def test_layer_norm_gradients(shape, eps):
    rng = np.random.default_rng(1)
    arguments = [rng.normal(size=shape) + 3, rng.normal(size=5), rng.normal(size=5)]
    upstream = rng.normal(size=shape)
    output = layer_norm_forward(*arguments, eps)
    found = GRADIENTS["layer_norm"](upstream, output, *arguments, eps=eps)
    for place in range(3):

        def loss(changed):
            inputs = list(arguments)
            inputs[place] = changed
            return (layer_norm_forward(*inputs, eps) * upstream).sum()

        np.testing.assert_allclose(
            found[place], numerical_gradient(loss, arguments[place]), atol=1e-6
        )


@pytest.mark.parametrize("factor", [1e-30, 1e-3, 1.0, 1e5, 1e20, 1e37])
def test_layer_norm_on_extreme_numbers(factor):
    x = (np.array([[-2.0, 0.5, 1.0, 3.0]]) * factor).astype(np.float32)
    one, zero = np.ones(4, dtype=np.float32), np.zeros(4, dtype=np.float32)
    with np.errstate(all="raise", under="ignore"):
        y = layer_norm_forward(x, one, zero, 1e-5)
        results = GRADIENTS["layer_norm"](np.ones_like(x), y, x, one, zero, eps=1e-5)
    assert y.dtype == np.float32 and np.isfinite(y).all()
    assert all(np.isfinite(result).all() and result.dtype == np.float32 for result in results)
    if factor >= 1:
        np.testing.assert_allclose(y.std(), 1, atol=1e-3)


def test_layer_norm_far_from_zero():
    """Numbers around 10,000 that differ in the last digits of float32."""
    x = (10_000 + np.array([0.0, 1.0, 2.0, 3.0]) / 64).astype(np.float32)
    y = layer_norm_forward(x, np.ones(4), np.zeros(4), 1e-12)
    np.testing.assert_allclose(y, [-1.341641, -0.447214, 0.447214, 1.341641], rtol=1e-4)


def test_standardize_last_values():
    normal, scale = standardize_last(np.array([[1.0, 2.0, 6.0]]), 2.0)
    variance = 14 / 3
    np.testing.assert_allclose(scale, [[np.sqrt(variance + 2)]])
    np.testing.assert_allclose(normal, np.array([[-2.0, -1.0, 3.0]]) / np.sqrt(variance + 2))


def test_standardize_last_far_from_zero():
    normal, scale = standardize_last(np.array([[1e9 + 3.0, 1e9 + 5.0]]), 0.0)
    np.testing.assert_allclose(normal, [[-1.0, 1.0]])
    np.testing.assert_allclose(scale, [[1.0]])


def test_layer_norm_does_not_see_the_batch():
    layer = randomize(LayerNorm(6), 2)
    x = np.random.default_rng(3).normal(size=(4, 5, 6))
    np.testing.assert_array_equal(layer(Tensor(x)).data[1:2, 2:3], layer(Tensor(x[1:2, 2:3])).data)


@pytest.mark.parametrize("shape", [(3, 1), (1,), (4, 3), (), (2, 4, 1)])
def test_layer_norm_does_not_broadcast(shape):
    with pytest.raises(ValueError) as caught:
        LayerNorm(4)(Tensor(np.ones(shape)))
    assert str(shape) in str(caught.value)


def test_feed_forward_works_at_each_position():
    layer = randomize(FeedForward(4, 7), 4)
    x = np.random.default_rng(5).normal(size=(2, 3, 4))
    y = layer(Tensor(x)).data
    x[:, 1] = 9
    after = layer(Tensor(x)).data
    np.testing.assert_array_equal(after[:, [0, 2]], y[:, [0, 2]])
    assert not np.allclose(after[:, 1], y[:, 1])


def test_feed_forward_formula():
    layer = randomize(FeedForward(4, 7), 14)
    x = np.random.default_rng(15).normal(size=(2, 3, 4))
    h = x @ layer.up.weight.data + layer.up.bias.data
    h = 0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3)))
    expected = h @ layer.down.weight.data + layer.down.bias.data
    np.testing.assert_allclose(layer(Tensor(x)).data, expected)


def test_block_normalises_what_each_part_reads():
    block = randomize(TransformerBlock(4, 2), 16)
    x = np.random.default_rng(17).normal(size=(2, 3, 4))
    middle = x + block.attention(block.norm1(Tensor(x))).data
    expected = middle + block.feed_forward(block.norm2(Tensor(middle))).data
    np.testing.assert_allclose(block(Tensor(x)).data, expected)


def test_block_gradient_in_float64():
    block = randomize(TransformerBlock(4, 2), 6)
    rng = np.random.default_rng(7)
    x, upstream = rng.normal(size=(1, 3, 4)), rng.normal(size=(1, 3, 4))
    tensor = Tensor(x, requires_grad=True)
    (block(tensor) * Tensor(upstream)).sum().backward()
    expected = numerical_gradient(lambda a: float((block(Tensor(a)).data * upstream).sum()), x)
    np.testing.assert_allclose(tensor.grad.data, expected, atol=1e-5)


def test_gpt_gradients_in_float64():
    """Every parameter of a whole model against finite differences."""
    model = GPT(5, 4, 2, 1, 4, rng=np.random.default_rng(8))
    rng = np.random.default_rng(9)
    for parameter in model.parameters():
        parameter.data = parameter.data.astype(np.float64) + 0.3 * rng.normal(size=parameter.shape)
    ids, upstream = np.array([[1, 4, 1]]), rng.normal(size=(1, 3, 5))
    (model(ids) * Tensor(upstream)).sum().backward()
    for name, parameter in model.named_parameters():
        values = parameter.data

        def loss(changed):
            parameter.data = changed
            return float((model(ids).data * upstream).sum())

        expected = numerical_gradient(loss, values)
        parameter.data = values
        np.testing.assert_allclose(parameter.grad.data, expected, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gpt_does_not_read_the_future(dtype):
    model = randomize(GPT(13, 8, 2, 3, 10), 10, dtype)
    rng = np.random.default_rng(11)
    ids = rng.integers(0, 13, size=(3, 10))
    before = model(ids).data
    assert before.dtype == dtype
    for place in range(1, 10):
        changed = ids.copy()
        changed[:, place:] = (changed[:, place:] + rng.integers(1, 13, size=(3, 10 - place))) % 13
        np.testing.assert_array_equal(model(changed).data[:, :place], before[:, :place])


def test_gpt_parameters_are_those_of_the_formula():
    for vocabulary, width, heads, layers, length in [(11, 8, 2, 3, 5), (6, 4, 4, 1, 9)]:
        model = GPT(vocabulary, width, heads, layers, length)
        block = 12 * width * width + 13 * width
        assert (
            sum(p.size for p in model.parameters())
            == 2 * vocabulary * width + length * width + layers * block + 2 * width
        )
        assert len(model.blocks) == layers


def test_gpt_starts_undecided():
    model = GPT(20, 16, 2, 2, 8, rng=np.random.default_rng(12))
    logits = model(np.arange(8)[None]).data
    chances = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    assert chances.max() < 0.4


def test_gpt_is_reproducible():
    first, second = (GPT(9, 8, 2, 2, 6, rng=np.random.default_rng(13)) for _ in range(2))
    ids = np.array([[1, 2, 3]])
    np.testing.assert_array_equal(first(ids).data, second(ids).data)


@pytest.mark.parametrize(
    "make", [lambda: FeedForward(4), lambda: TransformerBlock(4, 2), lambda: GPT(7, 4, 2, 1, 5)]
)
def test_manual_seed_repeats_what_is_made_without_rng(make):
    weights = []
    for seed in (1, 1, 2):
        manual_seed(seed)
        weights.append([parameter.data for parameter in make().parameters()])
    assert all(np.array_equal(a, b) for a, b in zip(weights[0], weights[1]))
    assert not all(np.array_equal(a, b) for a, b in zip(weights[0], weights[2]))


def test_manual_seed_repeats_what_is_written_without_rng():
    model, texts = GPT(50, 4, 2, 1, 8, rng=np.random.default_rng(11)), []
    for seed in (1, 1, 2):
        manual_seed(seed)
        texts.append(model.generate([3], 20, temperature=1.0))
    assert texts[0] == texts[1] != texts[2]


def test_gpt_bounds():
    model = GPT(9, 8, 2, 1, 4)
    with pytest.raises(ValueError):
        model(np.zeros((1, 5), dtype=int))
    with pytest.raises(IndexError):
        model(np.array([[9]]))
    with pytest.raises(ValueError):
        model.generate([], 2)


def test_generate_greedy_follows_the_model():
    model = randomize(GPT(9, 8, 2, 1, 4), 14)
    written = model.generate([3], 9)
    assert len(written) == 10
    for place in range(1, 10):
        assert (
            written[place]
            == model(np.array([written[max(0, place - 4) : place]])).data[0, -1].argmax()
        )
    long_prompt = [1, 2, 3, 4, 5, 6, 7]
    assert model.generate(long_prompt, 2)[:7] == long_prompt
    assert model.generate(long_prompt, 2)[7:] == model.generate(long_prompt[-4:], 2)[4:]


def test_generate_leaves_the_prompt_alone_and_records_nothing():
    model = GPT(9, 8, 2, 1, 4)
    prompt = [1, 2]
    model.generate(prompt, 3)
    assert prompt == [1, 2]
    assert all(parameter.grad is None for parameter in model.parameters())


def test_generate_with_temperature():
    model = randomize(GPT(9, 8, 2, 1, 4), 15)
    first, second, other = (
        model.generate([3], 20, temperature=3.0, rng=np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )
    assert first == second != other
    assert model.generate(
        [3], 10, temperature=1e-9, rng=np.random.default_rng(1)
    ) == model.generate([3], 10)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_pick_token_frequencies(temperature):
    logits = np.array([1.0, -0.5, 0.25, 3.0, 2.0])
    rng = np.random.default_rng(16)
    drawn = (
        np.bincount([pick_token(logits, temperature, rng) for _ in range(6000)], minlength=5)
        / 6000
    )
    expected = np.exp(logits / temperature) / np.exp(logits / temperature).sum()
    assert np.abs(drawn - expected).max() < 0.025


def test_only_differences_of_logits_matter():
    rng = np.random.default_rng(18)
    drawn = [pick_token(np.array([-3000.0, -3001.0]), 1.0, rng) for _ in range(3000)]
    assert np.mean(drawn) == pytest.approx(1 / (1 + np.e), abs=0.04)


def test_pick_token_extremes():
    assert pick_token(np.array([1.0, 5.0, 5.0])) == 1
    with np.errstate(over="raise", invalid="raise"):
        assert (
            pick_token(
                np.array([-1e38, 0.0, 1e38], dtype=np.float32), 1e-6, np.random.default_rng(1)
            )
            == 2
        )
    with pytest.raises(ValueError):
        pick_token(np.zeros(3), -1.0)
