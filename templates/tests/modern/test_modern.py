"""Tests of tinytorch.nn.modern on the exported package."""

import numpy as np
import pytest

from tinytorch.core.layers import manual_seed
from tinytorch.core.tensor import Tensor
from tinytorch.nn.modern import (
    GroupedAttention,
    ModernBlock,
    ModernGPT,
    RMSNorm,
    RotaryAttention,
    SwiGLU,
    rms_norm_forward,
    rms_norm_gradient,
    root_mean_square,
    rotate,
    rotate_forward,
    rotate_gradient,
    rotation_angles,
    sample,
    silu,
    silu_forward,
    silu_gradient,
    top_k,
    top_p,
    write,
)
from tinytorch.testing import exercise, numerical_gradient

RNG = np.random.default_rng(11)


def filled(module, seed=3):
    """The module, with parameters in float64 that are not small."""
    rng = np.random.default_rng(seed)
    for parameter in module.parameters():
        parameter.data = rng.normal(size=parameter.shape)
    return module


def gradients_fit(module, x, atol=1e-5):
    """Whether backward gives what finite differences give, for x and every parameter."""
    weights = RNG.normal(size=module(Tensor(x)).shape)
    given = Tensor(x, requires_grad=True)
    module.zero_grad()
    (module(given) * Tensor(weights)).sum().backward()
    loss = lambda a: float((module(Tensor(a)).data * weights).sum())
    fits = np.allclose(given.grad.data, numerical_gradient(loss, x), atol=atol)
    for parameter in module.parameters():
        start = parameter.data

        def changed(values, parameter=parameter):
            parameter.data = values
            return float((module(Tensor(x)).data * weights).sum())

        wanted = numerical_gradient(changed, start)
        parameter.data = start
        fits = fits and np.allclose(parameter.grad.data, wanted, atol=atol)
    return fits


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 6)])
def test_rms_norm_by_the_formula(shape):
    x, gamma = RNG.normal(size=shape) + 3, RNG.normal(size=shape[-1:])
    size = np.sqrt((x * x).mean(axis=-1, keepdims=True) + 0.25)
    with exercise("root_mean_square"):
        assert np.allclose(root_mean_square(x, 0.25), size)
        assert root_mean_square(x, 0.25).shape == (*shape[:-1], 1)
    with exercise("rms_norm_forward"):
        assert np.allclose(rms_norm_forward(x, gamma, 0.25), gamma * x / size)


def test_rms_norm_keeps_the_dtype_and_survives_large_numbers():
    with exercise("rms_norm_forward"):
        large = np.array([[3e22, -3e22]], dtype=np.float32)
        found = rms_norm_forward(large, np.ones(2, dtype=np.float32), 1e-5)
        assert found.dtype == np.float32
        assert np.allclose(found, [[1, -1]])


@pytest.mark.parametrize("shape", [(4,), (2, 3, 5)])
def test_rms_norm_gradient(shape):
    x, gamma, upstream = RNG.normal(size=shape), RNG.normal(size=shape[-1:]), RNG.normal(size=shape)
    with exercise("rms_norm_gradient"):
        output = rms_norm_forward(x, gamma, 0.2)
        to_x, to_gamma = rms_norm_gradient(upstream, output, x, gamma, eps=0.2)
        of = lambda a, b: (rms_norm_forward(a, b, 0.2) * upstream).sum()
        assert to_gamma.shape == gamma.shape
        assert np.allclose(to_x, numerical_gradient(lambda a: of(a, gamma), x), atol=1e-6)
        assert np.allclose(to_gamma, numerical_gradient(lambda b: of(x, b), gamma), atol=1e-6)


def test_rms_norm_gradients_have_the_dtypes_of_the_inputs():
    with exercise("rms_norm_gradient"):
        x, gamma = RNG.normal(size=(2, 3)).astype(np.float32), np.ones(3, dtype=np.float32)
        found = rms_norm_gradient(x, x, x, gamma, eps=0.1)
        assert [part.dtype for part in found] == [np.float32, np.float32]


@pytest.mark.parametrize("shape", [(2, 1), (5, 4), (1,), ()])
def test_rms_norm_refuses_other_widths(shape):
    with pytest.raises(ValueError):
        RMSNorm(5)(Tensor(np.ones(shape)))


def test_angles():
    with exercise("rotation_angles"):
        found = rotation_angles(4, 6, base=8.0)
        assert found.shape == (4, 3)
        assert np.allclose(found[1], [1, 0.5, 0.25])
        assert np.allclose(found, np.arange(4)[:, None] * found[1])
        assert np.allclose(rotation_angles(2, 6, base=8.0, start=2), found[2:])
        assert np.allclose(rotation_angles(2, 4)[1], [1, 0.01]), "the base is 10000"
    with pytest.raises(ValueError):
        rotation_angles(3, 5)


def test_a_rotation_is_a_rotation():
    x, angles = RNG.normal(size=(2, 3, 7, 8)), rotation_angles(7, 8, base=30.0)
    with exercise("rotate_forward"):
        turned = rotate_forward(x, angles)
        planes = lambda a: a[..., 0::2] + 1j * a[..., 1::2]
        assert np.allclose(planes(turned), planes(x) * np.exp(1j * angles))
        assert np.allclose(rotate_forward(turned, -angles), x), "and back"
        assert rotate_forward(x.astype(np.float32), angles).dtype == np.float32


def test_scores_depend_on_the_distance():
    with exercise("rotate_forward"):
        q, k = RNG.normal(size=(2, 1, 8))
        angles = rotation_angles(30, 8)
        at = lambda v, place: rotate_forward(v, angles[place : place + 1])[0]
        for first in (0, 7, 21):
            assert np.isclose(at(q, first + 5) @ at(k, first), at(q, 5) @ at(k, 0))


def test_rotate_gradient():
    x, upstream = RNG.normal(size=(2, 5, 6)), RNG.normal(size=(2, 5, 6))
    angles = rotation_angles(5, 6, base=20.0)
    with exercise("rotate_gradient"):
        (found,) = rotate_gradient(upstream, rotate_forward(x, angles), x, angles=angles)
        loss = lambda a: (rotate_forward(a, angles) * upstream).sum()
        assert np.allclose(found, numerical_gradient(loss, x), atol=1e-6)
    with pytest.raises(ValueError):
        rotate(Tensor(x), rotation_angles(4, 6))


def test_silu():
    a = RNG.normal(size=(3, 4)) * 4
    with exercise("silu_forward"):
        assert np.allclose(silu_forward(a), a / (1 + np.exp(-a)))
        with np.errstate(over="raise", invalid="raise"):
            assert np.allclose(silu(Tensor([-1e4, 1e4])).data, [0, 1e4])
        assert silu_forward(a.astype(np.float32)).dtype == np.float32
    with exercise("silu_gradient"):
        (found,) = silu_gradient(2 * a, silu_forward(a), a)
        wanted = numerical_gradient(lambda b: (silu_forward(b) * 2 * a).sum(), a)
        assert np.allclose(found, wanted, atol=1e-6)
        with np.errstate(over="raise", invalid="raise"):
            assert np.allclose(silu_gradient(1.0, 0, np.array([-1e3, 1e3]))[0], [0, 1])


@pytest.mark.parametrize("width, hidden", [(6, 16), (8, 21), (3, 8)])
def test_swiglu_widths(width, hidden):
    with exercise("SwiGLU"):
        layer = SwiGLU(width)
        assert layer.gate.weight.shape == layer.up.weight.shape == (width, hidden)
        assert [part.bias for part in (layer.gate, layer.up, layer.down)] == [None] * 3
        assert SwiGLU(width, 5).gate.weight.shape == (width, 5)


def test_swiglu_by_the_formula():
    with exercise("SwiGLU"):
        layer, x = filled(SwiGLU(4)), RNG.normal(size=(2, 3, 4))
        gate, up = x @ layer.gate.weight.data, x @ layer.up.weight.data
        wanted = (gate / (1 + np.exp(-gate)) * up) @ layer.down.weight.data
        assert np.allclose(layer(Tensor(x)).data, wanted)


@pytest.mark.parametrize("make", [SwiGLU, ModernBlock, RotaryAttention, GroupedAttention, RMSNorm])
def test_gradients_by_finite_differences(make):
    more = {SwiGLU: (5,), ModernBlock: (2,), RotaryAttention: (2,), GroupedAttention: (2, 1)}
    with exercise(make.__name__):
        assert gradients_fit(filled(make(4, *more.get(make, ()))), RNG.normal(size=(2, 3, 4)))


def test_attention_looks_at_distances_and_back_only():
    with exercise("RotaryAttention"):
        layer, x = filled(RotaryAttention(8, 2)), RNG.normal(size=(1, 6, 8))
        found = layer(Tensor(x)).data
        changed = x.copy()
        changed[:, 4] += 1
        after = layer(Tensor(changed)).data
        assert np.allclose(after[:, :4], found[:, :4])
        assert not np.allclose(after[:, 4:], found[:, 4:])
        still = np.repeat(x[:, :1], 6, axis=1)
        assert np.allclose(layer(Tensor(still)).data, found[:, :1]), "values are not turned"
        swapped = x[:, [1, 0, 2]]
        last = [layer(Tensor(part)).data[0, -1] for part in (x[:, :3], swapped)]
        assert not np.allclose(*last), "the order of what is before matters"


def test_every_head_turns_its_own_pairs():
    with exercise("RotaryAttention"):
        layer, x = filled(RotaryAttention(8, 2)), RNG.normal(size=(1, 5, 8))
        q, k, v = (x[0] @ part.weight.data for part in (layer.query, layer.key, layer.value))
        angles, found = rotation_angles(5, 4), []
        for head in (slice(0, 4), slice(4, 8)):
            scores = rotate_forward(q[:, head], angles) @ rotate_forward(k[:, head], angles).T / 2
            weights = np.exp(scores - scores.max()) * np.tri(5)
            found.append(weights / weights.sum(axis=1, keepdims=True) @ v[:, head])
        wanted = np.concatenate(found, axis=1) @ layer.output.weight.data
        assert np.allclose(layer(Tensor(x)).data[0], wanted)


def test_attention_uses_its_base():
    with exercise("RotaryAttention"):
        x = Tensor(RNG.normal(size=(1, 6, 8)))
        one, other = (filled(RotaryAttention(8, 2, base=base))(x).data for base in (3.0, 1e4))
        assert not np.allclose(one, other)
    with pytest.raises(ValueError):
        RotaryAttention(6, 2)


def test_the_block_is_the_road():
    with exercise("ModernBlock"):
        block, x = filled(ModernBlock(8, 2)), Tensor(RNG.normal(size=(2, 4, 8)))
        middle = x + block.attention(block.norm1(x))
        assert np.allclose(block(x).data, (middle + block.feed_forward(block.norm2(middle))).data)


def test_the_model_in_its_order():
    with exercise("ModernGPT"):
        model = filled(ModernGPT(9, 8, 2, 3))
        ids = RNG.integers(0, 9, size=(2, 5))
        x = model.tokens(ids)
        for block in model.blocks:
            x = block(x)
        assert np.allclose(model(ids).data, model.head(model.norm(x)).data)
        assert len(model.parameters()) == 1 + 3 * 9 + 1 + 1


def test_the_same_seed_makes_the_same_model():
    made = []
    for _ in range(2):
        manual_seed(4)
        made.append([p.data for p in ModernGPT(9, 8, 2, 2).parameters()])
    assert all(np.array_equal(*pair) for pair in zip(*made))
    sizes = [array.shape for array in made[0]]
    attention = [array for array, size in zip(made[0], sizes) if size == (8, 8)]
    assert not np.array_equal(attention[0], attention[1])


@pytest.mark.parametrize("k", [1, 2, 3, 5, 9])
def test_top_k(k):
    logits = np.array([0.5, 2.0, -1.0, 2.0, 1.0])
    with exercise("top_k"):
        found = top_k(logits, k)
        kept = [1, 3, 4, 0, 2][:k]
        assert sorted(np.flatnonzero(np.isfinite(found))) == sorted(kept)
        assert np.array_equal(found[kept], logits[kept])
        assert logits.tolist() == [0.5, 2, -1, 2, 1]


@pytest.mark.parametrize("p, kept", [(0.3, 1), (0.45, 2), (0.8, 3), (0.9, 4), (1.0, 5)])
def test_top_p(p, kept):
    logits = np.log(np.array([0.1, 0.4, 0.05, 0.15, 0.3])) + 700
    with exercise("top_p"):
        best = [1, 4, 3, 0, 2][:kept]
        found = top_p(logits, p)
        assert sorted(np.flatnonzero(np.isfinite(found))) == sorted(best)
        assert np.array_equal(found[best], logits[best])


def test_sample_filters_in_its_order():
    with exercise("sample"):
        chances = np.array([0.35, 0.05, 0.3, 0.2, 0.1])
        draw = lambda **how: {
            sample(np.log(chances), rng=np.random.default_rng(seed), **how) for seed in range(150)
        }
        assert draw() == {0, 1, 2, 3, 4}
        assert draw(k=2) == {0, 2}
        assert draw(p=0.6) == {0, 2}
        assert draw(k=3, p=0.75) == {0, 2}, "p is a share of what top-k left: 0.85"
        assert draw(temperature=0.2, p=0.9) == {0, 2}, "the temperature comes first"
        assert draw(temperature=0) == {0}


def test_sample_follows_the_chances():
    with exercise("sample"):
        rng = np.random.default_rng(5)
        found = [sample(np.log([0.2, 0.8]), temperature=2.0, rng=rng) for _ in range(3000)]
        assert abs(np.mean(found) - 2 / 3) < 0.04


def test_sample_can_be_repeated():
    with exercise("sample"):
        logits = np.zeros(50)
        draws = lambda rng: [sample(logits, k=40, p=0.9, rng=rng) for _ in range(9)]
        assert draws(np.random.default_rng(1)) == draws(np.random.default_rng(1))
        assert draws(np.random.default_rng(1)) != draws(np.random.default_rng(2))


def test_write_continues_and_looks_back_no_further_than_its_window():
    model = filled(ModernGPT(9, 8, 2, 1))
    found = write(model, [4, 1, 7], 6, window=4)
    assert found[:3] == [4, 1, 7] and len(found) == 9
    for place in range(3, 9):
        seen = np.array([found[max(0, place - 4) : place]])
        assert found[place] == int(model(seen).data[0, -1].argmax())
    with pytest.raises(ValueError):
        write(model, [], 1)
