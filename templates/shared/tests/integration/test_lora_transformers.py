"""Needs lora, transformers: corrections of low rank in the attention of a GPT."""

import io

import numpy as np

from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import Tensor
from tinytorch.nn.lora import (
    LoRALinear,
    adapt,
    count_trainable,
    find,
    load_adapters,
    merge,
    save_adapters,
    trainable,
    unmerge,
)
from tinytorch.nn.transformers import GPT


def make(targets=("query", "value")):
    rng = np.random.default_rng(3)
    model = GPT(20, 16, 2, 2, 12, rng=rng)
    ids = rng.integers(0, 20, size=(3, 12))
    with no_grad():
        before = model(ids).data
    return adapt(model, 2, 4, targets, rng), ids, before


def filled(model, seed):
    """The model, with corrections that are not zero."""
    rng = np.random.default_rng(seed)
    for _, layer in find(model, LoRALinear):
        layer.B.data = (rng.normal(size=layer.B.shape) / 4).astype(np.float32)
    return model


def test_queries_and_values_of_every_block_are_adapted_and_nothing_changes_at_first():
    model, ids, before = make()
    paths = [path for path, _ in find(model, LoRALinear)]
    assert len(paths) == 4 and all(path.endswith((".query", ".value")) for path in paths)
    assert count_trainable(model)[0] == 4 * 2 * (16 + 16)
    assert np.array_equal(model(ids).data, before)


def test_gradients_reach_every_correction_and_nothing_else():
    model, ids, _ = make()
    filled(model, 5)
    logits = model(ids)
    (logits * Tensor(np.random.default_rng(4).normal(size=logits.shape))).sum().backward()
    reached = [id(p) for p in model.parameters() if p.grad is not None]
    assert reached == [id(p) for p in trainable(model)]
    assert all(np.abs(p.grad.data).max() > 0 for p in trainable(model))


def test_merged_loaded_and_taken_out_again():
    model, ids, before = make()
    file = io.BytesIO()
    save_adapters(file, filled(model, 5))
    file.seek(0)
    other, _, _ = make()
    load_adapters(file, other)
    wanted = model(ids).data
    assert not np.allclose(wanted, before, atol=1e-3)
    assert np.array_equal(other(ids).data, wanted)
    assert np.allclose(merge(other)(ids).data, wanted, atol=1e-4)
    text = model.generate([1, 2, 3], 6)
    assert other.generate([1, 2, 3], 6) == text, "a merged model writes the same text"
    assert np.allclose(unmerge(other)(ids).data, wanted, atol=1e-4)
