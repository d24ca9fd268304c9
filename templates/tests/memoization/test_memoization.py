"""Tests of tinytorch.perf.memoization on the exported package."""

import numpy as np
import pytest

import tinytorch.nn.transformers as transformers
from tinytorch.nn.transformers import GPT
from tinytorch.perf.memoization import (
    KVCache,
    cache_for,
    forward_cached,
    generate_cached,
    generation_work,
    memoize,
)


def gpt(seed=3, max_length=8, heads=2, layers=2):
    rng = np.random.default_rng(seed)
    model = GPT(13, 8, heads, layers, max_length, rng=rng)
    for parameter in model.parameters():
        parameter.data = rng.normal(scale=0.5, size=parameter.shape)
    return model


def test_memoize_forgets_the_least_recently_used():
    calls = []
    f = memoize(lambda x: calls.append(x) or -x, capacity=3)
    for x in (1, 2, 3, 1, 4, 2):
        assert f(x) == -x
    assert calls == [1, 2, 3, 4, 2]
    assert [key[0] for key in f.results] == [1, 4, 2]
    assert (f.hits, f.misses) == (1, 5)


def test_memoize_keeps_exactly_its_capacity():
    f = memoize(lambda x: x, capacity=1)
    f(1), f(1), f(2)
    assert list(f.results) == [(2,)] and f.hits == 1
    with pytest.raises(ValueError):
        memoize(len, capacity=0)


def test_an_error_is_not_remembered():
    f = memoize(lambda x: 1 / x)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            f(0)
    assert f.misses == 2 and not f.results


def test_cache_fits_the_model():
    cache = cache_for(gpt(max_length=6, heads=4, layers=3), batch=5)
    assert (
        cache.keys.shape == (3, 5, 4, 6, 2)
        and cache.capacity == 6
        and cache.keys.dtype == np.float64
    )


def test_overflow_leaves_the_cache_usable():
    cache = KVCache(1, 3, 1, 2)
    k = np.ones((1, 1, 2, 2), np.float32)
    cache.append(0, k, k)
    with pytest.raises(ValueError):
        cache.append(0, k, k)
    assert cache.length == 2
    assert cache.append(0, k[:, :, :1], k[:, :, :1])[0].shape == (1, 1, 3, 2)


@pytest.mark.parametrize("heads, layers", [(1, 1), (4, 3)])
def test_logits_are_those_of_the_plain_pass(heads, layers):
    model = gpt(heads=heads, layers=layers)
    ids = np.random.default_rng(4).integers(0, 13, size=(3, 8))
    cache = cache_for(model, batch=3)
    parts = [forward_cached(model, ids[:, :5], cache).numpy()]
    parts += [forward_cached(model, ids[:, t : t + 1], cache).numpy() for t in range(5, 8)]
    assert np.allclose(np.concatenate(parts, axis=1), model(ids).numpy(), atol=1e-10)


def test_the_current_token_matters():
    model = gpt()
    rows = []
    for last in (1, 2):
        cache = cache_for(model)
        forward_cached(model, np.array([[5, 6]]), cache)
        rows.append(forward_cached(model, np.array([[last]]), cache).numpy())
    assert not np.allclose(rows[0], rows[1])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [1, 7, 8, 15])
def test_the_same_tokens_within_and_beyond_the_window(seed, count):
    model = gpt(seed)
    assert generate_cached(model, [seed, 1], count) == model.generate([seed, 1], count)
    drawn = [
        write([seed], count, 1.5, np.random.default_rng(seed))
        for write in (model.generate, lambda *a: generate_cached(model, *a))
    ]
    assert drawn[0] == drawn[1]


def test_an_empty_prompt_is_refused():
    with pytest.raises(ValueError):
        generate_cached(gpt(), [], 3)


def test_work_is_linear_with_and_quadratic_without():
    for new in (10, 50, 250):
        assert generation_work(1, new, True)[0] == new
        assert generation_work(1, new, False)[0] == new * (new + 1) // 2
        assert generation_work(1, new, True)[1] == new * (new + 1) // 2
        assert generation_work(1, new, False)[1] == new * (new + 1) * (2 * new + 1) // 6


def test_a_refined_model_writes_the_same_with_a_cache():
    if not hasattr(transformers, "tie_weights"):
        pytest.skip("tie_weights is not in this version of the notebook of transformers")
    model = GPT(13, 8, 2, 2, 24, rng=np.random.default_rng(3))
    for parameter in model.parameters():
        parameter.data = 4 * parameter.data
    transformers.add_dropout(transformers.tie_weights(model), 0.5, rng=np.random.default_rng(3))
    model.eval()
    assert generate_cached(model, [1, 2], 15) == model.generate([1, 2], 15)
