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
    assert np.isclose(np.linalg.norm(linear.weight.numpy() - down @ up), np.sqrt((singular[rank:] ** 2).sum()), atol=1e-5)
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


def test_distillation_of_equal_logits_leaves_the_label_term():
    logits = np.array([[2.0, 0.0], [0.0, 1.0]])
    targets = np.array([0, 0])
    expected = -0.25 * np.mean([2 - np.log(np.exp(2) + 1), -np.log(1 + np.e)])
    assert np.isclose(distillation_loss(Tensor(logits), logits, targets, 2.0, 0.75).item(), expected)
