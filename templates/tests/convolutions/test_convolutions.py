"""The exported convolutions: formulas, gradients in float64, modes, errors."""

import math

import numpy as np
import pytest

from tinytorch.core.autograd import GRADIENTS
from tinytorch.core.layers import manual_seed
from tinytorch.core.tensor import Tensor
from tinytorch.nn.convolutions import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    MaxPool2d,
    avg_pool2d_forward,
    batch_norm_forward,
    conv2d,
    conv2d_forward,
    fold,
    max_pool2d_forward,
    output_size,
    pad,
    windows,
)
from tinytorch.testing import numerical_gradient


def check_gradient(name, forward, inputs, **attributes):
    """Compare the registered rule with central differences, for every input, under a random
    upstream gradient.
    """
    output = forward(*inputs, **attributes)
    upstream = np.random.default_rng(99).normal(size=output.shape)
    results = GRADIENTS[name](upstream, output, *inputs, **attributes)
    assert len(results) == len(inputs)
    for position, value in enumerate(inputs):

        def loss(changed):
            arguments = list(inputs)
            arguments[position] = changed
            return (forward(*arguments, **attributes) * upstream).sum()

        assert results[position].shape == value.shape
        assert results[position].dtype == np.float64
        np.testing.assert_allclose(results[position], numerical_gradient(loss, value), atol=1e-6)


@pytest.mark.parametrize(
    "size, kernel, stride, padding",
    [(n, k, s, p) for n in (1, 4, 7) for k in (1, 2, 3) for s in (1, 2, 3) for p in (0, 1, 2)],
)
def test_output_size_counts_the_starts(size, kernel, stride, padding):
    starts = [
        start
        for start in range(0, size + 2 * padding, stride)
        if start + kernel <= size + 2 * padding
    ]
    if starts:
        assert output_size(size, kernel, stride, padding) == len(starts)
    else:
        with pytest.raises(ValueError):
            output_size(size, kernel, stride, padding)


def test_output_size_defaults_to_stride_one_and_no_padding():
    assert output_size(9, 4) == 6


def test_windows_are_slices_of_the_same_memory():
    images = np.arange(2 * 3 * 5 * 6.0).reshape(2, 3, 5, 6)
    view = windows(images, (2, 3), 2)
    assert view.shape == (2, 3, 2, 2, 2, 3)
    assert np.shares_memory(view, images) and not view.flags.writeable
    np.testing.assert_array_equal(view[1, 2, 1, 1], images[1, 2, 2:4, 2:5])
    for other in (images[:, ::-1], images.transpose(1, 0, 3, 2), images[..., ::2]):
        view = windows(other, (2, 2), 1)
        assert np.shares_memory(view, images), "no copy, whatever the strides of the pictures are"
        np.testing.assert_array_equal(view[0, 1, 1, 0], other[0, 1, 1:3, 0:2])


def test_fold_is_the_adjoint_of_windows():
    """<windows(pad(x)), p> == <x, fold(p)> for all x and p: the defining property."""
    rng = np.random.default_rng(3)
    for stride, padding in [(1, 0), (2, 1), (3, 2), (1, 2)]:
        x = rng.normal(size=(2, 3, 7, 6))
        view = windows(pad(x, padding), (3, 2), stride)
        patches = rng.normal(size=view.shape)
        assert math.isclose(
            (view * patches).sum(),
            (x * fold(patches, x.shape, stride, padding)).sum(),
            rel_tol=1e-9,
        )


@pytest.mark.parametrize("stride, padding", [(1, 0), (1, 2), (2, 0), (2, 1), (3, 1)])
def test_conv2d_gradient(stride, padding):
    rng = np.random.default_rng(5)
    check_gradient(
        "conv2d",
        conv2d_forward,
        (rng.normal(size=(2, 3, 6, 5)), rng.normal(size=(4, 3, 2, 3))),
        stride=stride,
        padding=padding,
    )


def test_conv2d_with_a_full_kernel_is_a_linear_layer():
    rng = np.random.default_rng(6)
    x, w = rng.normal(size=(5, 3, 4, 2)), rng.normal(size=(7, 3, 4, 2))
    np.testing.assert_allclose(
        conv2d_forward(x, w, 1, 0).reshape(5, 7), x.reshape(5, -1) @ w.reshape(7, -1).T
    )


def test_conv2d_moves_with_the_picture():
    rng = np.random.default_rng(8)
    x, w = rng.normal(size=(1, 2, 9, 9)), rng.normal(size=(3, 2, 3, 3))
    np.testing.assert_allclose(
        conv2d_forward(np.roll(x, 2, axis=3), w, 1, 0)[..., 2:],
        conv2d_forward(x, w, 1, 0)[..., :-2],
    )


def test_conv2d_defaults_and_dtypes():
    x, w = np.ones((1, 1, 3, 4)), np.ones((1, 1, 2, 2))
    assert conv2d(Tensor(x), Tensor(w)).shape == (1, 1, 2, 3)
    assert conv2d(Tensor(x), Tensor(w)).dtype == np.float64
    assert Conv2d(1, 2, 3)(Tensor(x.astype(np.float32))).dtype == np.float32


def test_conv2d_refuses_wrong_channels_and_large_kernels():
    with pytest.raises(ValueError, match="channels"):
        conv2d_forward(np.ones((1, 2, 4, 4)), np.ones((1, 3, 2, 2)), 1, 0)
    with pytest.raises(ValueError):
        conv2d_forward(np.ones((1, 2, 4, 4)), np.ones((1, 2, 5, 2)), 1, 0)


@pytest.mark.parametrize("shape", [(2, 5, 5), (5, 5), (1, 1, 2, 5, 5)])
@pytest.mark.parametrize("make", [lambda: Conv2d(2, 3, 2), lambda: BatchNorm2d(2)])
def test_what_is_no_batch_of_pictures_is_refused_by_its_shape(shape, make):
    for layer in (make(), make().eval()):
        with pytest.raises(ValueError) as caught:
            layer(Tensor(np.ones(shape)))
        assert str(shape) in str(caught.value)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_batch_norm_refuses_other_numbers_of_channels(channels):
    for layer in (BatchNorm2d(3), BatchNorm2d(3).eval()):
        mean = layer.running_mean
        with pytest.raises(ValueError):
            layer(Tensor(np.random.default_rng(1).normal(size=(4, channels, 2, 2))))
        assert layer.running_mean is mean, "nothing was measured"


def test_conv2d_layer_learns_a_known_kernel():
    """Plain gradient descent finds the kernel that made the data."""
    rng = np.random.default_rng(9)
    x = rng.normal(size=(16, 1, 6, 6))
    wanted = np.array([[[[1.0, -2.0], [0.5, 3.0]]]])
    y = Tensor(conv2d_forward(x, wanted, 1, 0) + 0.7)
    layer = Conv2d(1, 1, 2, rng=rng)
    for _ in range(60):
        layer.zero_grad()
        ((layer(Tensor(x)) - y) ** 2).mean().backward()
        for parameter in layer.parameters():
            parameter.data = parameter.data - 0.2 * parameter.grad.data
    np.testing.assert_allclose(layer.weight.data, wanted, atol=1e-3)
    np.testing.assert_allclose(layer.bias.data, 0.7, atol=1e-3)


def test_each_channel_has_its_bias_also_in_square_results():
    """Three channels of 3 × 3: a bias of three numbers would fit the last axis, too."""
    layer = Conv2d(1, 3, 2)
    layer.bias.data = np.array([1.0, 2.0, 3.0], dtype=np.float32)
    y = layer(Tensor(np.zeros((2, 1, 4, 4), dtype=np.float32))).data
    assert y.shape == (2, 3, 3, 3)
    for channel in range(3):
        assert (y[:, channel] == channel + 1).all()


def test_conv2d_layer_parameters():
    layer = Conv2d(6, 50, 4, stride=2, padding=1, rng=np.random.default_rng(1))
    assert sorted(name for name, _ in layer.named_parameters()) == ["bias", "weight"]
    assert abs(layer.weight.data.std() - math.sqrt(2 / 96)) < 0.005
    assert abs(layer.weight.data.mean()) < 0.01
    assert layer(Tensor(np.zeros((2, 6, 9, 8)))).shape == (2, 50, 4, 4)


def seeded(make, seed):
    """The arrays of what `make()` builds without a generator, after `manual_seed`."""
    manual_seed(seed)
    return [parameter.data for parameter in make().parameters()]


@pytest.mark.parametrize("make", [lambda: Conv2d(2, 3, 3)])
def test_manual_seed_repeats_what_is_made_without_rng(make):
    first, again, other = seeded(make, 1), seeded(make, 1), seeded(make, 2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other))


@pytest.mark.parametrize("kernel, stride", [(2, 2), (3, 1), (2, 3), (3, 2)])
def test_pool_gradients(kernel, stride):
    x = np.random.default_rng(11).permutation(2 * 3 * 7 * 6).reshape(2, 3, 7, 6) / 10.0
    check_gradient("max_pool2d", max_pool2d_forward, (x,), kernel=kernel, stride=stride)
    check_gradient("avg_pool2d", avg_pool2d_forward, (x,), kernel=kernel, stride=stride)


def test_max_pool_of_dark_pictures_is_no_zero():
    x = -1.0 - np.arange(16.0).reshape(1, 1, 4, 4)
    np.testing.assert_array_equal(max_pool2d_forward(x, 2, 2), [[[[-1, -3], [-9, -11]]]])


def test_max_pool_pays_a_tie_once():
    x = Tensor(np.ones((1, 1, 4, 4)), requires_grad=True)
    MaxPool2d(2)(x).sum().backward()
    assert x.grad.data.sum() == 4
    assert x.grad.data[0, 0, ::2, ::2].tolist() == [[1, 1], [1, 1]]


def test_pooling_layers():
    x = Tensor(np.arange(36.0).reshape(1, 1, 6, 6))
    np.testing.assert_array_equal(MaxPool2d(3)(x).data, [[[[14, 17], [32, 35]]]])
    np.testing.assert_array_equal(AvgPool2d(3)(x).data, [[[[7, 10], [25, 28]]]])
    assert MaxPool2d(2, stride=1)(x).shape == AvgPool2d(2, stride=1)(x).shape == (1, 1, 5, 5)


def test_flatten_keeps_the_batch():
    x = Tensor(np.arange(24.0).reshape(2, 3, 2, 2), requires_grad=True)
    y = Flatten()(x)
    np.testing.assert_array_equal(y.data, np.arange(24.0).reshape(2, 12))
    (y * y).sum().backward()
    np.testing.assert_array_equal(x.grad.data, 2 * x.data)


@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_batch_norm_gradient(eps):
    rng = np.random.default_rng(13)
    check_gradient(
        "batch_norm",
        batch_norm_forward,
        (rng.normal(size=(4, 3, 2, 3)) + 2, rng.normal(size=3), rng.normal(size=3)),
        eps=eps,
    )


def test_batch_norm_of_a_constant_channel_is_beta():
    y = batch_norm_forward(np.full((2, 1, 3, 3), 1e6), np.array([5.0]), np.array([2.0]), 1e-5)
    np.testing.assert_array_equal(y, np.full((2, 1, 3, 3), 2.0))


def test_batch_norm_running_statistics_find_the_data():
    rng = np.random.default_rng(14)
    norm = BatchNorm2d(2)
    for _ in range(200):
        norm(Tensor(rng.normal(size=(16, 2, 4, 4)) * [[[3.0]], [[0.5]]] + [[[10.0]], [[-1.0]]]))
    np.testing.assert_allclose(norm.running_mean, [10, -1], atol=0.2)
    np.testing.assert_allclose(norm.running_var, [9, 0.25], rtol=0.1)
    norm.eval()
    x = rng.normal(size=(500, 2, 4, 4)) * [[[3.0]], [[0.5]]] + [[[10.0]], [[-1.0]]]
    y = norm(Tensor(x)).data
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=0.1)
    np.testing.assert_allclose(y.std(axis=(0, 2, 3)), 1, atol=0.1)


def test_batch_norm_running_statistics_by_hand():
    norm = BatchNorm2d(1, momentum=0.25)
    norm(Tensor(np.array([1.0, 3.0, 5.0, 7.0]).reshape(2, 1, 1, 2)))
    np.testing.assert_allclose(norm.running_mean, 0.75 * 0 + 0.25 * 4)
    np.testing.assert_allclose(
        norm.running_var, 0.75 * 1 + 0.25 * 20 / 3, err_msg="divide by n - 1"
    )


def test_batch_norm_in_evaluation_does_not_depend_on_company():
    rng = np.random.default_rng(15)
    norm = BatchNorm2d(3)
    norm(Tensor(rng.normal(size=(8, 3, 4, 4))))
    norm.eval()
    batch = rng.normal(size=(8, 3, 4, 4))
    mean, variance = norm.running_mean.copy(), norm.running_var.copy()
    np.testing.assert_array_equal(norm(Tensor(batch)).data[:1], norm(Tensor(batch[:1])).data)
    np.testing.assert_array_equal(norm.running_mean, mean)
    np.testing.assert_array_equal(norm.running_var, variance)


def test_batch_norm_running_statistics_are_no_parameters():
    assert sorted(name for name, _ in BatchNorm2d(4).named_parameters()) == ["beta", "gamma"]


def test_batch_norm_needs_more_than_one_value():
    norm = BatchNorm2d(2)
    with pytest.raises(ValueError):
        norm(Tensor(np.ones((1, 2, 1, 1))))
    norm(Tensor(np.ones((1, 2, 1, 2))))
