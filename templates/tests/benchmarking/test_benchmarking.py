"""Tests of tinytorch.perf.benchmarking on the exported package. Clocks are scripted; no real time
is asserted.
"""

import math
from dataclasses import dataclass

import numpy as np
import pytest

import tinytorch.perf.benchmarking as benchmarking
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.benchmarking import (
    Benchmark,
    Comparison,
    Result,
    Score,
    compare,
    count_multiplications,
    dominates,
    find_layers,
    geometric_mean,
    interval_coverage,
    median_interval,
    pareto_front,
    run_interleaved,
    score_model,
    scorecard,
    stored_bytes,
)


def prune(layer, amount):
    """Set the smallest weights of a Linear to zero."""
    weights = layer.weight.data.reshape(-1)
    weights[np.argsort(np.abs(weights))[: round(amount * weights.size)]] = 0


def test_run_uses_the_given_clock():
    ticks = iter([0.0, 3.0, 10.0, 14.0])
    result = Benchmark("x", lambda: None).run(repeats=2, warmup=5, clock=lambda: next(ticks))
    assert result == Result("x", [3.0, 4.0]) and result.median == 3.5


@pytest.mark.parametrize("count, rounds, warmup", [(1, 3, 0), (2, 5, 1), (4, 6, 2)])
def test_everybody_runs_once_in_each_round(count, rounds, warmup):
    order = []
    benchmarks = [Benchmark(str(i), lambda i=i: order.append(i)) for i in range(count)]
    results = run_interleaved(benchmarks, rounds, warmup, clock=lambda: 0.0)
    assert len(order) == count * (rounds + warmup)
    timed = order[count * warmup :]
    for r in range(rounds):
        assert sorted(timed[r * count : (r + 1) * count]) == list(range(count))
    assert all(len(r.seconds) == rounds for r in results.values())


def test_the_order_changes_from_round_to_round_and_is_that_of_the_seed():
    def orders(seed):
        order = []
        benchmarks = [Benchmark(str(i), lambda i=i: order.append(i)) for i in range(4)]
        run_interleaved(benchmarks, rounds=20, warmup=0, clock=lambda: 0.0, seed=seed)
        return [tuple(order[at : at + 4]) for at in range(0, 80, 4)]

    assert len(set(orders(0))) > 5, (
        "with one order for all rounds, whoever comes first is measured on a colder machine"
    )
    assert orders(0) == orders(0) and orders(0) != orders(1), "the seed decides the order"


@pytest.mark.parametrize("n", [6, 7, 15, 40])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95])
def test_the_interval_is_the_narrowest(n, confidence):
    low, high = median_interval(range(1, n + 1), confidence)
    k = int(low)
    assert high == n + 1 - k
    assert interval_coverage(n, k) >= confidence > interval_coverage(n, k + 1)


def test_a_confidence_that_is_met_exactly_is_enough():
    assert interval_coverage(5, 2) == 0.625
    assert median_interval([1, 2, 3, 4, 5], 0.625) == (2.0, 4.0)


def test_coverage_adds_up():
    assert interval_coverage(5, 1) == 1 - 2 / 32
    assert interval_coverage(5, 2) == 1 - 2 * 6 / 32


def test_compare_is_reproducible_and_directed():
    rng = np.random.default_rng(3)
    slow, fast = Result("s", list(3 + rng.random(20))), Result("f", list(1 + rng.random(20)))
    one, two = compare(slow, fast, seed=5), compare(slow, fast, seed=5)
    assert one == two and one.verdict == "faster"
    assert math.isclose(one.speedup, np.median(slow.seconds) / np.median(fast.seconds))
    assert compare(fast, slow).verdict == "slower"
    assert Comparison(1.0, 0.9, 1.1).verdict == "undecided"


@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_compare_is_the_percentile_bootstrap(confidence):
    rng = np.random.default_rng(3)
    a, b = rng.exponential(size=11), rng.exponential(size=8)
    got = compare(Result("a", list(a)), Result("b", list(b)), confidence, draws=500, seed=9)
    rng = np.random.default_rng(9)
    top = np.median(rng.choice(a, size=(500, 11)), axis=1)
    ratios = np.sort(top / np.median(rng.choice(b, size=(500, 8)), axis=1))
    for end, share in ((got.low, (1 - confidence) / 2), (got.high, (1 + confidence) / 2)):
        below = int(np.floor(share * 499))
        assert ratios[below] - 1e-12 <= end <= ratios[below + 1] + 1e-12


@pytest.mark.parametrize("bad", [[], [1.0, 0.0], [-1.0]])
def test_geometric_mean_refuses(bad):
    with pytest.raises(ValueError):
        geometric_mean(bad)


def test_geometric_mean():
    assert math.isclose(geometric_mean([4.0, 9.0]), 6.0)


@dataclass
class Point:
    cost: float
    gain: float


def test_front_of_two_criteria():
    points = [Point(1, 1), Point(2, 3), Point(2, 2), Point(3, 3), Point(4, 9)]
    assert pareto_front(points, ["cost"], ["gain"]) == [points[0], points[1], points[4]]
    with pytest.raises(ValueError):
        pareto_front(points)


def test_every_dropped_point_is_dominated_by_one_of_the_front():
    rng = np.random.default_rng(3)
    points = [Point(*rng.integers(0, 10, 2)) for _ in range(30)]
    front = pareto_front(points, ["cost"], ["gain"])
    for p in points:
        if p not in front:
            assert any(dominates((q.cost, -q.gain), (p.cost, -p.gain)) for q in front)


def test_bytes_never_grow_by_the_sparse_format():
    if benchmarking.to_sparse is None:
        pytest.skip("the course has no sparse format")
    layer = Linear(30, 7, rng=np.random.default_rng(3))
    sizes = [stored_bytes(layer)]
    for amount in (0.1, 0.5, 0.8, 0.95):
        prune(layer, amount)
        sizes.append(stored_bytes(layer))
    assert sizes == sorted(sizes, reverse=True) and sizes[1] == sizes[0] == 4 * 217
    assert sizes[-1] < sizes[0] / 2.5


def test_a_zero_weight_is_no_multiplication():
    layer = Linear(10, 6, rng=np.random.default_rng(3))
    prune(layer, 0.5)
    assert count_multiplications(layer) == 30
    layer.weight.data[...] = 0
    assert (
        count_multiplications(Sequential(layer, Linear(6, 2, rng=np.random.default_rng(4)))) == 12
    )


def test_find_layers_each_once():
    shared, other = Linear(2, 2), Linear(2, 3)
    found = find_layers(Sequential(shared, Sequential(shared, other)), Linear)
    assert len(found) == 2 and found[0] is shared and found[1] is other


def test_score_and_card():
    model = Linear(4, 3, rng=np.random.default_rng(3))
    x = Tensor(np.random.default_rng(4).normal(size=(20, 4)).astype(np.float32))
    targets = model(x).numpy().argmax(axis=1)
    targets[:5] = (targets[:5] + 1) % 3
    score = score_model("m", model, x, targets, clock=lambda: 0.0)
    assert score == Score("m", 0.75, 60, 12, 0.0)
    if benchmarking.quantize_model:
        assert count_multiplications(benchmarking.quantize_model(model)) <= 12
    text = scorecard([score, Score("worse", 0.5, 120, 24, 0.0)])
    lines = text.splitlines()
    assert lines[1].startswith("*") and lines[2].startswith(" ") and "0.50x" in lines[2]


def test_what_the_course_does_not_have_is_none():
    assert benchmarking.optional("no_such_file", "a", "b") == (None, None)
    assert benchmarking.optional("profiling", "measure_time") == (benchmarking.measure_time,)
    assert find_layers(Linear(2, 2), None) == []


def test_without_a_sparse_format_a_matrix_is_stored_as_it_is(monkeypatch):
    monkeypatch.setattr(benchmarking, "to_sparse", None)
    assert benchmarking.sparse_bytes(np.zeros((20, 10), np.float32)) == 800
