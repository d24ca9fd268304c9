"""Tests of tinytorch.perf.compression on the exported package."""

import numpy as np
import pytest

from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.compression import (
    apply_masks,
    distillation_loss,
    log_probabilities,
    low_rank,
    magnitude_prune,
    neuron_scores,
    prune_neurons,
    rank_for_energy,
    sparse_matmul,
    sparsity,
    to_sparse,
    weight_matrices,
)


def layer(rows, columns, seed=3, bias=True):
    return Linear(rows, columns, bias=bias, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("amount", [0.0, 0.1, 0.37, 0.5, 0.99])
def test_exactly_the_asked_share_goes(amount):
    model = Sequential(layer(7, 5), layer(5, 11, seed=4))
    before = np.concatenate([np.abs(p.numpy()).ravel() for _, p in weight_matrices(model)])
    magnitude_prune(model, amount)
    after = np.concatenate([np.abs(p.numpy()).ravel() for _, p in weight_matrices(model)])
    count = round(amount * 90)
    assert (after == 0).sum() == count
    assert np.isclose(sparsity(model), count / 90)
    if count:
        assert before[after == 0].max() <= after[after != 0].min()


@pytest.mark.parametrize("amount", [0.25, 0.5])
def test_among_equal_weights_exactly_the_asked_share_goes(amount):
    model = Sequential(layer(4, 2), layer(2, 4, seed=4))
    for _, p in weight_matrices(model):
        p.data[...] = 0.5
    magnitude_prune(model, amount)
    assert np.isclose(sparsity(model), amount)


def test_masks_change_the_arrays_that_others_hold():
    model = layer(3, 2)
    held, mask = model.weight.data, np.array([[0, 1], [1, 1], [1, 0]], dtype=np.float32)
    apply_masks(model, {"weight": mask})
    assert model.weight.data is held
    assert np.array_equal(held == 0, mask == 0)


@pytest.mark.parametrize("amount", [-0.1, 1.0, 1.5])
def test_impossible_amounts_are_refused(amount):
    with pytest.raises(ValueError):
        magnitude_prune(layer(2, 2), amount)


def test_pruning_twice_only_adds_zeros():
    model = layer(10, 10)
    first = magnitude_prune(model, 0.3)
    second = magnitude_prune(model, 0.6)
    for name in first:
        assert np.all(second[name] <= first[name])


def test_masks_of_other_parameters_do_not_touch_this_one():
    model = layer(3, 2)
    before = model.weight.numpy().copy()
    apply_masks(model, {"nothing.here": np.zeros((3, 2))})
    assert np.array_equal(model.weight.numpy(), before)


@pytest.mark.parametrize("shape", [(1, 1), (3, 8), (8, 3)])
@pytest.mark.parametrize("density", [0.0, 0.4, 1.0])
def test_sparse_product_equals_dense(shape, density):
    rng = np.random.default_rng(3)
    dense = (rng.normal(size=shape) * (rng.random(shape) < density)).astype(np.float32)
    x = rng.normal(size=(5, shape[0])).astype(np.float32)
    result, multiplications = sparse_matmul(x, to_sparse(dense))
    assert np.allclose(result, x @ dense, atol=1e-5)
    assert multiplications == 5 * np.count_nonzero(dense)


def test_sparse_needs_a_matrix():
    with pytest.raises(ValueError):
        to_sparse(np.zeros(3))


@pytest.mark.parametrize("keep", [0, 6])
def test_prune_neurons_refuses_impossible_numbers(keep):
    with pytest.raises(ValueError):
        prune_neurons(layer(4, 5), layer(5, 3), keep)


def test_neurons_are_scored_by_what_comes_in_and_goes_out():
    a, b = layer(2, 3), layer(3, 2, seed=4)
    a.weight.data[...] = [[3, 0, 1], [-4, 2, 0]]
    b.weight.data[...] = [[1, 0], [3, -4], [0, 12]]
    assert np.allclose(neuron_scores(a, b), [5 * 1, 2 * 5, 1 * 12])


def test_neurons_that_stay_keep_order_and_bias():
    a, b = layer(2, 4), layer(4, 3, seed=4)
    a.weight.data[...] = [[1, 9, 0, 5], [0, 0, 0.1, 0]]
    a.bias.data[...] = [1, 2, 3, 4]
    b.weight.data[...] = np.array([[5], [1], [1], [1]]) * np.ones((1, 3))
    b.bias.data[...] = [7, 8, 9]
    c, d = prune_neurons(a, b, 3)
    assert c.weight.tolist() == [[1, 9, 5], [0, 0, 0]]
    assert c.bias.tolist() == [1, 2, 4] and d.bias.tolist() == [7, 8, 9]
    assert d.weight.data[:, 0].tolist() == [5, 1, 1]


def test_prune_neurons_keeps_the_best():
    a, b = layer(4, 9), layer(9, 3, seed=4)
    scores = neuron_scores(a, b)
    c, d = prune_neurons(a, b, 4)
    assert np.allclose(np.sort(neuron_scores(c, d)), np.sort(scores)[-4:])


def test_low_rank_is_the_best_of_its_rank():
    linear = layer(8, 5)
    rank = 2
    thin = low_rank(linear, rank)
    down, up = (p.numpy() for _, p in weight_matrices(thin))
    singular = np.linalg.svd(linear.weight.numpy(), compute_uv=False)
    assert np.isclose(
        np.linalg.norm(linear.weight.numpy() - down @ up),
        np.sqrt((singular[rank:] ** 2).sum()),
        atol=1e-5,
    )
    assert np.isclose(np.linalg.norm(down), np.linalg.norm(up)), "both factors have a half"
    linear.bias.data[...] = np.arange(5) + 1
    x = Tensor(np.random.default_rng(8).normal(size=(4, 8)).astype(np.float32))
    assert np.allclose(low_rank(linear, 5)(x).numpy(), linear(x).numpy(), atol=1e-5), (
        "with the bias"
    )
    with pytest.raises(ValueError):
        low_rank(linear, 6)
    with pytest.raises(ValueError):
        low_rank(linear, 0)


def test_rank_for_energy_is_the_smallest():
    singular = np.array([5.0, 4.0, 2.0, 1.0])
    total = (singular**2).sum()
    for rank in range(1, 5):
        share = (singular[:rank] ** 2).sum() / total
        assert rank_for_energy(singular, share) == rank
        if rank < 4:
            assert rank_for_energy(singular, share + 1e-3) == rank + 1


def test_log_probabilities_do_not_overflow():
    z = log_probabilities(Tensor(np.array([[-1e4, 0.0, 1e4]])), 0.5).numpy()
    assert np.all(np.isfinite(z)) and z[0, 2] == 0.0


@pytest.mark.parametrize("temperature, alpha", [(1.0, 1.0), (4.0, 1.0), (3.0, 0.3), (2.0, 0.0)])
def test_distillation_against_numpy(temperature, alpha):
    rng = np.random.default_rng(9)
    s, t, y = rng.normal(size=(5, 3)), 2 * rng.normal(size=(5, 3)), np.array([0, 2, 1, 1, 0])

    def chances(z):
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    p, q = chances(t / temperature), chances(s / temperature)
    divergence = (p * np.log(p / q)).sum(axis=1).mean()
    labels = -np.log(chances(s)[np.arange(5), y]).mean()
    expected = alpha * temperature**2 * divergence + (1 - alpha) * labels
    assert np.isclose(distillation_loss(Tensor(s), t, y, temperature, alpha).item(), expected)


def test_distillation_of_equal_logits_leaves_the_label_term():
    logits = np.array([[2.0, 0.0], [0.0, 1.0]])
    targets = np.array([0, 0])
    expected = -0.25 * np.mean([2 - np.log(np.exp(2) + 1), -np.log(1 + np.e)])
    assert np.isclose(
        distillation_loss(Tensor(logits), logits, targets, 2.0, 0.75).item(), expected
    )
