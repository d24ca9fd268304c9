"""Tests of tinytorch.perf.quantization on the exported package."""

import numpy as np
import pytest

from tinytorch.core.layers import Linear, Module, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import (
    QuantizedLinear,
    QuantizedTensor,
    RangeObserver,
    affine_parameters,
    dequantize,
    integer_matmul,
    model_bytes,
    quantize,
    quantize_model,
    symmetric_parameters,
)


@pytest.mark.parametrize("scheme", ["symmetric", "affine"])
@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1])
@pytest.mark.parametrize("shift", [-3.0, 0.0, 3.0])
def test_error_is_at_most_half_a_step(scheme, axis, shift):
    values = np.random.default_rng(3).normal(shift, 1.0, size=(4, 5, 6))
    q = quantize(values, scheme, axis)
    assert np.all(np.abs(values - dequantize(q)) <= q.scale * (0.5 + 1e-4))


@pytest.mark.parametrize(
    "axis, shape", [(None, (1, 1, 1)), (0, (4, 1, 1)), (1, (1, 5, 1)), (-1, (1, 1, 6))]
)
def test_one_scale_a_channel(axis, shape):
    q = quantize(np.random.default_rng(3).normal(size=(4, 5, 6)), "affine", axis)
    assert q.scale.shape == shape and q.zero_point.shape == shape


@pytest.mark.parametrize("scheme", ["symmetric", "affine"])
def test_zero_is_exact(scheme):
    values = np.random.default_rng(3).normal(1.0, 2.0, size=50)
    values[::5] = 0.0
    assert np.all(dequantize(quantize(values, scheme))[::5] == 0.0)


def test_constant_and_zero_tensors():
    assert dequantize(quantize(np.zeros((2, 3)))).tolist() == [[0.0] * 3] * 2
    assert dequantize(quantize(np.zeros((2, 3)), "affine")).tolist() == [[0.0] * 3] * 2
    assert np.allclose(dequantize(quantize(np.full(4, -2.5), "affine")), -2.5)


@pytest.mark.parametrize("bad", [[np.nan, 1.0], [np.inf], []])
def test_what_cannot_be_quantised_is_refused(bad):
    with pytest.raises(ValueError):
        quantize(np.array(bad))
    with pytest.raises(ValueError):
        quantize(np.ones(2), "logarithmic")


def test_parameters_reach_the_ends_of_the_ruler():
    scale, zero_point = affine_parameters(-0.7, 4.4)
    assert np.isclose((127 - zero_point) * scale, 4.4, atol=scale / 2 + 1e-9)
    assert np.isclose((-128 - zero_point) * scale, -0.7, atol=scale / 2 + 1e-9)
    scale, _ = symmetric_parameters(-0.7, 4.4)
    assert np.isclose(127 * scale, 4.4)


def test_a_range_of_zeros_has_a_scale():
    for parameters in (symmetric_parameters, affine_parameters):
        scale, _ = parameters(np.array([0.0, -1.0]), np.array([0.0, 1.0]))
        assert scale[0] == 1.0 and scale[1] > 0


def test_the_observer_covers_all_batches():
    observer = RangeObserver()
    for batch in ([0.0, 4.0], [-1.0, 2.0], [0.5, 1.0]):
        observer.observe(np.array(batch))
    assert observer.limits() == (-1.0, 4.0), "the smallest low and the largest high"
    robust = RangeObserver(percentile=95)
    robust.observe(np.arange(101.0))
    assert robust.limits() == pytest.approx((5.0, 95.0))


@pytest.mark.parametrize("bias", [True, False])
def test_a_quantised_layer_is_close_to_the_float_one(bias):
    rng = np.random.default_rng(5)
    layer = Linear(40, 3, bias=bias, rng=rng)
    if bias:
        layer.bias.data[:] = [10.0, -5.0, 2.0]
    x = Tensor(rng.normal(size=(2, 6, 40)).astype(np.float32))
    small = QuantizedLinear(layer)
    assert small.weight.scale.shape == (1, 3), "one scale for each output"
    wanted = layer(x).numpy()
    assert small(x).shape == (2, 6, 3)
    assert np.abs(small(x).numpy() - wanted).max() < 0.02 * np.abs(wanted).max() + 0.05


def test_calibration_fixes_the_limits():
    layer = Linear(4, 2, rng=np.random.default_rng(6))
    batches = [Tensor(np.full((3, 4), value, dtype=np.float32)) for value in (-1.0, 2.0, 0.5)]
    assert quantize_model(layer, batches).limits == (-1.0, 2.0)
    assert quantize_model(layer).limits is None


def test_long_sums_do_not_overflow():
    x, w = quantize(np.full((1, 5000), 1.0), "affine"), quantize(np.full((5000, 1), 1.0))
    assert np.isclose(integer_matmul(x, w)[0, 0], 5000, rtol=1e-5)


@pytest.mark.parametrize("terms", [1, 2, 3, 1000])
def test_the_largest_products_do_not_overflow(terms):
    """-128 times 127 is -16256: int16 has room for two of them."""
    one, no_shift = np.ones((1, 1), np.float32), np.zeros((1, 1), np.int32)
    x = QuantizedTensor(np.full((1, terms), -128, np.int8), one, no_shift)
    w = QuantizedTensor(np.full((terms, 1), 127, np.int8), one, no_shift)
    assert integer_matmul(x, w)[0, 0] == -16256 * terms


def test_an_observer_without_data_says_so():
    with pytest.raises(ValueError):
        RangeObserver().limits()
    with pytest.raises(ValueError):
        RangeObserver(percentile=50)


def test_layers_in_nested_places_are_replaced():
    class Nested(Module):
        def __init__(self):
            super().__init__()
            self.block = Sequential(Linear(6, 4), Sequential(Linear(4, 4)))
            self.routes = ({"only": [(Linear(4, 4),)]}, 1.5)
            self.head = Linear(4, 3)

        def forward(self, x):
            return self.head(self.routes[0]["only"][0][0](self.block(x)))

    model = Nested()
    x = Tensor(np.random.default_rng(3).normal(size=(7, 6)).astype(np.float32))
    small = quantize_model(model, [x])
    assert isinstance(small.head, QuantizedLinear) and isinstance(model.head, Linear)
    inside = small.routes[0]["only"][0][0]
    assert isinstance(inside, QuantizedLinear), "a tuple in a list in a dict in a tuple"
    assert isinstance(model.routes[0]["only"][0][0], Linear), "the original stays as it is"
    assert small.routes[1] == 1.5
    assert model_bytes(small) == 6 * 4 + 2 * 4 * 4 + 4 * 3 + 12 * (4 + 4 + 4 + 3)
    wanted = model(x).numpy()
    assert np.abs(small(x).numpy() - wanted).max() < 0.05 * np.abs(wanted).max() + 1e-3
