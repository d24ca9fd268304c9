"""Needs memoization, quantization: an int8 transformer, with and without its key-value cache."""

import numpy as np

from tinytorch.core.layers import Linear
from tinytorch.nn.transformers import GPT
from tinytorch.perf.memoization import cache_for, forward_cached
from tinytorch.perf.quantization import QuantizedLinear, quantize_model, replace_modules


def make():
    rng = np.random.default_rng(3)
    model = GPT(20, 16, 2, 2, 12, rng=rng)
    ids = rng.integers(0, 20, size=(6, 12))
    return model, ids, quantize_model(model, [ids[:3], ids[3:]])


def test_every_linear_of_a_transformer_is_found():
    model, ids, small = make()
    found = []
    replace_modules(small, lambda module: found.append(module) or module)
    assert not any(isinstance(module, Linear) for module in found)
    # a block holds four layers in its attention and two in its feed-forward part; the head is one
    # more
    assert sum(isinstance(module, QuantizedLinear) for module in found) == 2 * 6 + 1
    wanted = model(ids).numpy()
    assert np.abs(small(ids).numpy() - wanted).max() < 0.1 * np.abs(wanted).max()


def test_static_limits_make_the_cached_pass_equal_to_the_plain_one():
    # With dynamic limits a row would be rounded differently depending on the rows beside it.
    _, ids, small = make()
    cache = cache_for(small, batch=6)
    parts = [forward_cached(small, ids[:, t : t + 1], cache).numpy() for t in range(12)]
    wanted = small(ids).numpy()
    assert np.abs(np.concatenate(parts, axis=1) - wanted).max() < 0.03 * np.abs(wanted).max()
