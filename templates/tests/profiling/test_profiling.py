"""Tests of tinytorch.perf.profiling on the exported package. No real time is asserted."""

import numpy as np
import pytest

from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.tensor import Tensor, set_recorder
from tinytorch.perf.profiling import (
    Profiler,
    Timing,
    attainable_flops,
    count_flops,
    count_parameters,
    current_recorder,
    measure_memory,
    measure_time,
    operation_flops,
    parameter_bytes,
    scaling_exponent,
)


def tensor(*shape):
    return Tensor(np.ones(shape, np.float32))


@pytest.mark.parametrize("widths", [(3, 4), (5, 1, 2), (2, 2, 2, 2)])
def test_parameters_of_a_stack(widths):
    model = Sequential(*(Linear(a, b) for a, b in zip(widths, widths[1:])))
    expected = sum(a * b + b for a, b in zip(widths, widths[1:]))
    assert count_parameters(model) == expected
    assert parameter_bytes(model) == 4 * expected


def test_bytes_follow_the_dtype():
    wide = Linear(3, 5)
    wide.weight.data = wide.weight.data.astype(np.float64)
    assert parameter_bytes(wide) == 15 * 8 + 5 * 4


def test_peak_and_kept_memory():
    peak, kept = measure_memory(lambda: np.sort(np.ones(100_000)))
    assert 1_500_000 < peak < 1_900_000, "two arrays of 800,000 bytes at the worst moment"
    assert 700_000 < kept < 900_000, "the result is held until the sizes are read"


def test_frozen_parameters():
    layer = Linear(3, 5)
    layer.bias.requires_grad = False
    assert count_parameters(layer) == 20
    assert count_parameters(layer, trainable_only=True) == 15


@pytest.mark.parametrize("rows", [1, 7])
def test_flops_of_a_linear(rows):
    assert count_flops(Linear(4, 6), tensor(rows, 4)) == rows * (2 * 4 * 6 + 6)


def test_flops_of_batched_products():
    assert count_flops(lambda a, b: a @ b, tensor(3, 2, 5), tensor(3, 5, 4)) == 2 * 3 * 2 * 5 * 4


def test_unknown_operations_are_errors_when_counting():
    with pytest.raises(KeyError, match="nonsense"):
        operation_flops("nonsense", (tensor(2),), tensor(2))


def test_the_recorder_is_restored_after_an_error():
    before = current_recorder()
    with pytest.raises(RuntimeError):
        with Profiler():
            raise RuntimeError
    assert current_recorder() is before


def test_profilers_nest():
    with Profiler() as outer:
        tensor(2) + tensor(2)
        with Profiler() as inner:
            tensor(3) * tensor(3)
    assert set(outer.totals) == {"add", "mul"} and set(inner.totals) == {"mul"}


def test_an_existing_recorder_goes_on_seeing():
    before, seen = current_recorder(), []
    set_recorder(
        lambda name, inputs, attributes, output: seen.append((name, len(inputs), output.shape))
    )
    try:
        with Profiler():
            tensor(2, 3) @ tensor(3, 4)
    finally:
        set_recorder(before)
    assert seen == [("matmul", 2, (2, 4))]


def test_time_with_a_scripted_clock():
    ticks = iter([0.0, 1.0, 10.0, 13.0, 20.0, 22.0])
    timing = measure_time(lambda: None, repeats=3, warmup=4, clock=lambda: next(ticks))
    assert timing.seconds == [1.0, 3.0, 2.0] and timing.median == 2.0


def test_at_least_one_repeat():
    with pytest.raises(ValueError):
        measure_time(lambda: None, repeats=0)


def test_timing_statistics():
    timing = Timing([1.0, 2.0, 3.0, 4.0, 100.0])
    assert timing.median == 3.0 and timing.spread == 2.0


def test_memory_is_not_charged_for_what_was_there_before():
    big = np.ones(500_000)
    peak, kept = measure_memory(lambda: big.sum())
    assert peak < 100_000 and kept < 10_000


def test_table_names_what_was_not_counted():
    profile = Profiler(clock=lambda: 0.0)
    with profile:
        profile.record("strange", (tensor(2),), {}, tensor(2))
        tensor(2) + tensor(2)
    assert "not counted: strange" in profile.table()
    assert "add" in profile.table().splitlines()[1]


def test_roofline_and_scaling():
    assert attainable_flops(0.5, 10.0, 4.0) == (2.0, "memory")
    assert attainable_flops(5.0, 10.0, 4.0) == (10.0, "compute")
    sizes = np.array([2.0, 3.0, 7.0])
    assert np.isclose(scaling_exponent(sizes, 5 * sizes**1.5), 1.5)
