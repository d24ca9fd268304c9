"""Tests of tinytorch.core.properties on the exported package."""

import functools
import math

import numpy as np
import pytest

from tinytorch.core.activations import relu, softmax
from tinytorch.core.properties import (
    HARD,
    OPERATIONS,
    Choices,
    Falsified,
    agree,
    array_pairs,
    arrays,
    attempt,
    broadcast_pairs,
    broadcasts,
    by_backward,
    evaluate,
    expressions,
    find,
    floats,
    for_all,
    gradients_agree,
    idempotent,
    integers,
    leaves_alone,
    on_arrays,
    order,
    same_story,
    shapes,
    shrink,
    simpler,
    smallest_counterexample,
    softmax_is_right,
    stories,
    sum_is_invariant,
    undoes,
    window_cases,
    windows_are_right,
)
from tinytorch.core.tensor import Tensor
from tinytorch.testing import exercise

EPS = 2.0**-52
SEEDS = range(6)


def later(make):
    """A generator that is made when it is first used: until then its exercise may be open."""
    made = functools.cache(make)
    return lambda choices: made()(choices)


ANYTHING = later(lambda: arrays(shapes(), floats()))
ROWS = later(lambda: arrays(shapes(1, 2), floats()))
PAIRS = later(lambda: array_pairs(shapes(), floats()))
MILD = later(lambda: floats(2, hard=()))


def decided(generator, made):
    """The value of some decisions, and the decisions that were really used."""
    source = Choices(replay=made)
    value = generator(source)
    return value, source.made


def shown(holds, *generators, cases=200, seed=1):
    """The smallest counterexample as nested lists: one value alone, or a list of several."""

    def plain(value):
        if isinstance(value, (tuple, list)):
            return [plain(part) for part in value]
        return value.tolist() if isinstance(value, np.ndarray) else value

    found = smallest_counterexample(holds, *generators, cases=cases, seed=seed)
    assert found is not None, f"no counterexample in {cases} cases"
    return plain(found[0]) if len(generators) == 1 else plain(found)


# choices


def test_a_replay_repeats_clamps_and_ends_with_zeros():
    with exercise("Choices.below"):
        source = Choices(replay=[3, 3, 7, 1])
        assert [source.below(n) for n in (5, 3, 2, 9, 4, 4)] == [3, 2, 1, 1, 0, 0]
        assert source.made == [3, 2, 1, 1, 0, 0]
        empty = Choices()
        assert empty.below(8) == 0
        assert empty.made == [0]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_random_decisions_are_repeatable_and_cover_everything(n):
    with exercise("Choices.below"):
        runs = [Choices(seed=[4, 2]) for _ in range(2)]
        first, second = ([run.below(n) for _ in range(500)] for run in runs)
        assert first == second == runs[0].made
        assert set(first) == set(range(n))
        assert min(first.count(k) for k in range(n)) > 350 / n
        assert all(type(k) is int for k in first)


@pytest.mark.parametrize("n", [0, -2])
def test_nothing_lies_below_zero(n):
    with pytest.raises(ValueError):
        Choices(seed=1).below(n)


# numbers


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (-2, 2, [0, 1, -1, 2, -2]),
        (0, 3, [0, 1, 2, 3]),
        (-3, 1, [0, 1, -1, -2, -3]),
        (-7, -5, [-5, -6, -7]),
        (4, 4, [4]),
    ],
)
def test_integers_from_simple_to_large(low, high, wanted):
    with exercise("integers"):
        draw = integers(low, high)
        assert [decided(draw, [k]) for k in range(len(wanted))] == [
            (value, [k]) for k, value in enumerate(wanted)
        ]
        assert decided(draw, [1000]) == (wanted[-1], [len(wanted) - 1])


def test_floats_are_of_three_kinds():
    with exercise("floats"):
        draw = floats(4)
        for made, value in (
            ([0, 0], 0.0),
            ([0, 3], 2.0),
            ([0, 8], -4.0),
            ([1, 3], 0.002),
            ([1, 8000], -4.0),
            ([2, 0], HARD[0]),
            ([2, len(HARD) - 1], HARD[-1]),
        ):
            assert decided(draw, made) == (value, made)
            assert type(decided(draw, made)[0]) is float
        assert decided(draw, [0, 99]) == (-4.0, [0, 8])
        assert decided(draw, [1, 99999]) == (-4.0, [1, 8000])
        assert math.copysign(1, decided(draw, [2, 1])[0]) == -1
        source = Choices(seed=3)
        drawn = [draw(source) for _ in range(900)]
        hard = sum(value in HARD and value not in (0, 1) for value in drawn)
        assert 180 < hard < 320, "nine of eleven hard values, in a third of the cases"


def test_floats_without_hard_values():
    with exercise("floats"):
        draw, source = floats(2, hard=()), Choices(seed=3)
        drawn = [draw(source) for _ in range(600)]
        assert set(source.made[::2]) == {0, 1}
        assert max(map(abs, drawn)) <= 2
        assert 200 < sum(value == int(value) for value in drawn) < 400
        assert all(round(1000 * value, 6) == round(1000 * value) for value in drawn)


# shapes


def test_shapes_by_decisions():
    with exercise("shapes"):
        assert decided(shapes(), []) == ((), [0])
        assert decided(shapes(), [3, 0, 1, 2]) == ((1, 2, 3), [3, 0, 1, 2])
        assert decided(shapes(1, 2, 0, 5), [1, 4, 9]) == ((4, 5), [1, 4, 5])
        source = Choices(seed=5)
        drawn = [shapes(2, 3, 2, 4)(source) for _ in range(300)]
        assert {len(shape) for shape in drawn} == {2, 3}
        assert {length for shape in drawn for length in shape} == {2, 3, 4}


@pytest.mark.parametrize(
    ("made", "pair"),
    [
        ([0, 0, 0], ((), ())),
        ([2, 2, 1, 0, 0, 0, 0], ((3, 2), (3, 2))),
        ([2, 2, 1, 1, 2, 0, 0], ((1, 2), (3, 1))),
        ([2, 2, 1, 0, 0, 0, 1], ((2,), (3, 2))),
        ([2, 2, 1, 0, 1, 1, 1], ((3, 1), (2,))),
        ([2, 2, 1, 2, 0, 1, 2], ((3, 2), ())),
    ],
)
def test_pairs_by_decisions(made, pair):
    with exercise("broadcast_pairs"):
        assert decided(broadcast_pairs(shapes()), made) == (pair, made)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_pairs_broadcast(seed):
    with exercise("broadcast_pairs"):
        source, kinds = Choices(seed=seed), set()
        for _ in range(200):
            left, right = broadcast_pairs(shapes(0, 3, 0, 3))(source)
            assert len(np.broadcast_shapes(left, right)) == max(len(left), len(right))
            kinds.add((np.sign(len(left) - len(right)), left == right))
        assert len(kinds) == 4, "equal, as long, shorter and longer"


def test_arrays_by_decisions():
    with exercise("arrays"):
        value, made = decided(arrays(shapes(), integers(0, 9)), [2, 1, 2, 1, 2, 3, 4, 5, 6])
        assert value.tolist() == [[1, 2, 3], [4, 5, 6]]
        assert value.dtype == np.float64
        assert made == [2, 1, 2, 1, 2, 3, 4, 5, 6]
        assert decided(arrays((), integers(0, 9)), [7])[0].shape == ()
        assert decided(arrays((2, 0), integers(0, 9)), [7])[0].shape == (2, 0)


# search


def test_attempt_tells_what_was_drawn():
    with exercise("attempt"):
        digit = integers(0, 9)
        assert attempt(lambda a, b: a <= b, [digit, digit], Choices(replay=[3, 3])) is None
        failure = attempt(lambda a, b: a <= b, [digit, digit], Choices(replay=[4, 3, 9]))
        assert (failure.values, failure.choices) == ([4, 3], [4, 3])
        assert failure.seed is None
        failure = attempt(lambda a: [][a], [digit], Choices(replay=[2]))
        assert "IndexError" in failure.reason

        def sorts_in_place(x):
            x.sort()
            return x[0] > 1

        drawn = attempt(sorts_in_place, [arrays((3,), digit)], Choices(replay=[3, 1, 2]))
        assert drawn.values[0].tolist() == [3, 1, 2]


def test_a_property_without_an_answer_fails_and_an_open_exercise_is_no_failure():
    def still_open(a):
        raise NotImplementedError("not written")

    with exercise("attempt"):
        digit = integers(0, 9)
        assert attempt(lambda a: None, [digit], Choices(seed=1)) is not None
        with pytest.raises(NotImplementedError, match="not written"):
            attempt(still_open, [digit], Choices(seed=1))


@pytest.mark.parametrize("seed", SEEDS)
def test_find_gives_the_first_failure_and_its_seed(seed):
    with exercise("find"):
        draw = integers(0, 30)
        cases = [draw(Choices(seed=[seed, case])) for case in range(150)]
        failure = find(lambda a: a != 4, draw, cases=150, seed=seed)
        if 4 not in cases:
            assert failure is None
        else:
            assert (failure.seed, failure.case) == (seed, cases.index(4))
            assert failure.values == [4] == [draw(Choices(seed=[failure.seed, failure.case]))]
            assert find(lambda a: a != 4, draw, cases=failure.case, seed=seed) is None
        asked = []
        assert find(lambda a: not asked.append(a), draw, cases=25, seed=seed) is None
        assert asked == cases[:25]


# shrinking


def test_the_proposals():
    with exercise("simpler"):
        assert list(simpler([])) == []
        assert list(simpler([5])) == [[0], [3], [4], []]
        assert list(simpler([1, 0])) == [[0, 0], [], [0], [1], [0], [0, 1]]
        long = list(range(1, 13))
        found = list(simpler(long))
        assert long[8:] in found and long[:4] in found, "blocks of eight are deleted"
        assert long[9:] not in found, "blocks of nine are not"
        assert [0, *long[9:]] in found and [0, *long[2:]] in found, "one lower, and a block behind"
        assert [1, 2, 2, *long[9:]] in found
        assert all(order(candidate) < order(long) for candidate in found)
        assert long == list(range(1, 13)), "the list that is given stays"


class Watched:
    """Which lists fail, for `shrink`; counts, and gives up when the search does not end."""

    def __init__(self, wrong, made=list):
        self.wrong, self.made, self.asked = wrong, made, []

    def __call__(self, candidate):
        self.asked.append(list(candidate))
        assert len(self.asked) < 5000, "this does not end"
        return self.made(candidate) if self.wrong(candidate) else None


@pytest.mark.parametrize(
    ("wrong", "start", "smallest"),
    [
        (lambda c: True, [4, 5, 6], []),
        (lambda c: any(v > 99 for v in c), [1, 7000, 2, 5], [100]),
        (lambda c: len(c) >= 3, [4, 4, 4, 4, 4], [0, 0, 0]),
        (lambda c: len(c) >= 2 and c[0] == len(c), [5, 1, 2, 3, 4], [2, 0]),
        (lambda c: 5 in c[c[0] :] if c else False, [3, 0, 0, 5, 0], [0, 5]),
        (lambda c: c.count(2) >= 2, [3, 2, 1, 2, 2], [2, 2]),
    ],
)
def test_shrinking_finds_the_smallest(wrong, start, smallest):
    with exercise("shrink"):
        first, second = Watched(wrong), Watched(wrong)
        assert shrink(first, start) == smallest
        assert shrink(second, start) == smallest
        assert first.asked == second.asked, "deterministic"


def test_what_is_left_cannot_be_made_simpler_by_one_step():
    with exercise("shrink"):
        for start in ([9, 0, 5, 3], [1, 1, 1, 4], [30, 2]):
            wrong = lambda c: sum(c) >= 7
            found = shrink(Watched(wrong), start)
            assert wrong(found) and order(found) <= order(start)
            assert not any(wrong(candidate) for candidate in simpler(found))


def test_shrinking_ends_when_lists_are_filled_up():
    with exercise("shrink"):
        fill = lambda candidate: (list(candidate) + [0] * 4)[:4]
        assert shrink(Watched(lambda c: True, fill), [7, 1, 2, 3]) == [0, 0, 0, 0]
        larger = lambda candidate: [9, 9, 9]
        assert shrink(Watched(lambda c: True, larger), [2, 1]) == [2, 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_for_all_shows_the_smallest_counterexample(seed):
    with exercise("for_all"):
        with pytest.raises(Falsified) as caught:
            for_all(lambda a, b: a * b < 12, integers(1, 40), integers(3, 40), seed=seed)
        error = caught.value
        assert error.first.seed == seed
        assert error.first.values[0] * error.first.values[1] >= 12
        assert order(error.smallest.choices) <= order(error.first.choices)
        assert error.smallest.values[0] * error.smallest.values[1] >= 12
        assert f"Choices(replay={error.smallest.choices})" in str(error)
        source = Choices(seed=[seed, error.first.case])
        again = [integers(1, 40)(source), integers(3, 40)(source)]
        assert again == error.first.values, "seed and case give the first counterexample again"


def test_a_property_that_changes_its_mind_is_reported():
    with exercise("for_all"):
        asked = []

        def fickle(a):
            asked.append(a)
            return len(asked) != 3

        with pytest.raises(Falsified, match="not deterministic") as caught:
            for_all(fickle, integers(0, 9))
        assert caught.value.first.case == 2


def test_for_all_counts_the_cases_that_hold():
    with exercise("for_all"):
        asked = []
        assert for_all(lambda a: not asked.append(a), integers(0, 3), cases=17) == 17
        assert len(asked) == 17
        assert smallest_counterexample(lambda a: a < 4, integers(0, 3)) is None


def test_shrinking_works_through_every_generator():
    with exercise("for_all"):
        assert shown(lambda x: x.ndim < 2 or x.shape[1] < 2, ANYTHING) == [[0, 0]]
        assert shown(lambda x: np.all(x < 3), arrays(shapes(1, 2), floats(10, hard=()))) == [3]
        deep = lambda e: "tanh" not in str(e)
        assert shown(deep, expressions(3, 3)) == ["tanh", 0]
        left = lambda pair: pair[0].ndim >= pair[1].ndim
        assert shown(left, PAIRS) == [0, [0]]


# tolerances


def test_agree_at_the_limit():
    with exercise("agree"):
        for size, steps in ((1.0, 3), (1000.0, 1), (2.0**-40, 7)):
            step = EPS * size
            assert agree(np.float64(0.0), np.float64(steps * step), size, steps)
            assert not agree(np.float64(0.0), np.float64((steps + 0.5) * step), size, steps)
            assert not agree(np.float64((steps + 0.5) * step), np.float64(0.0), size, steps)
        assert agree(np.float32(1), np.float32(1 + 2**-23), 1.0, 1)
        assert not agree(np.float64(1), np.float64(1 + 2**-23), 1.0, 1)


def test_agree_on_what_is_not_finite():
    with exercise("agree"):
        strange = [np.inf, -np.inf, np.nan, 0.0]
        for a in strange:
            for b in strange:
                alike = a == b or (math.isnan(a) and math.isnan(b))
                assert agree(np.array([a]), np.array([b]), 1.0, 4) == alike, (a, b)
        assert not agree(np.array([1.0, np.nan]), np.array([1.0, 1.0]), 1.0, 4)


@pytest.mark.parametrize(("a", "b"), [((2,), (1, 2)), ((), (1,)), ((3,), (1,))])
def test_agree_compares_shapes(a, b):
    with exercise("agree"):
        assert agree(np.ones(a), np.ones(b), 1.0, 4) is False


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("total", [np.sum, lambda a: a.reshape(-1).cumsum()[-1]])
def test_right_sums_are_accepted(total, seed):
    with exercise("sum_is_invariant"):
        assert for_all(lambda x: sum_is_invariant(total, x), ANYTHING, seed=seed) == 100
        in_rows = lambda a: a.sum(axis=-1).sum() if a.ndim else a.sum()
        assert for_all(lambda x: sum_is_invariant(in_rows, x), ANYTHING, seed=seed) == 100


@pytest.mark.parametrize(
    ("total", "smallest"),
    [
        (lambda a: a.reshape(-1)[1:].sum(), [0, 1]),
        (lambda a: a.reshape(-1)[0], [0, 1]),
        (lambda a: a.sum(axis=-1) if a.ndim else a, [[0]]),
        (lambda a: a.sum() + a.ndim, 0),
        (lambda a: a.sum() * (1 + 1e-12 * (a.ndim == 0)), 1),
        (lambda a: np.abs(a).sum() + 1e-10 * a.reshape(-1)[0], [0, 1]),
    ],
)
def test_wrong_sums_are_noticed(total, smallest):
    with exercise("sum_is_invariant"):
        assert shown(lambda x: sum_is_invariant(total, x), ANYTHING) == smallest


# properties


def right_softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def left_aligned(a, b):
    axes = max(a.ndim, b.ndim)
    return np.add(*(part.reshape(part.shape + (1,) * (axes - part.ndim)) for part in (a, b)))


@pytest.mark.parametrize("seed", SEEDS)
def test_right_implementations_are_accepted(seed):
    with exercise("broadcasts"):
        for operation in (np.add, np.multiply, np.minimum):
            for_all(lambda pair: broadcasts(operation, *pair), PAIRS, seed=seed)
    with exercise("leaves_alone"):
        for_all(lambda x: leaves_alone(right_softmax, x), ROWS, seed=seed)
        for_all(lambda pair: leaves_alone(np.add, *pair), PAIRS, seed=seed)
    with exercise("undoes"):
        for_all(lambda x: undoes(np.transpose, np.transpose, x), ANYTHING, seed=seed)
    with exercise("idempotent"):
        for_all(lambda x: idempotent(lambda a: np.clip(a, -1, 1), x), ANYTHING, seed=seed)
    with exercise("softmax_is_right"):
        for_all(lambda x: softmax_is_right(right_softmax, x), ROWS, seed=seed)
    with exercise("windows_are_right"):
        view = lambda x, size, step: np.lib.stride_tricks.sliding_window_view(x, size)[::step]
        for_all(lambda case: windows_are_right(view, *case), window_cases, seed=seed)


def test_broadcasting_faults():
    with exercise("broadcasts"):
        holds = lambda f: lambda pair: broadcasts(f, *pair)
        minima = ([[0, 0], [[0, 0]]], [[[0, 0]], [0, 0]], [[[0]], [0, 0]])
        assert shown(holds(left_aligned), PAIRS) in minima
        assert shown(holds(lambda a, b: a + b.reshape(-1)[0]), PAIRS) == [0, [0]]
        assert shown(holds(lambda a, b: a + b - a.ndim + b.ndim), PAIRS) == [0, [0]]
        strict = lambda a, b: a + (b if a.shape == b.shape else b * (1 + 4 * EPS))
        assert not broadcasts(strict, np.array(1.0), np.ones(2)), "near is not enough"
        assert not broadcasts(strict, np.ones(2), np.array(1.0)), "both sides are expanded"
        assert not broadcasts(lambda a, b: b + a.ndim, np.array(1.0), np.ones(2))
        assert not broadcasts(lambda a, b: a + b.ndim, np.ones(2), np.array(1.0))


def test_inputs_that_change():
    with exercise("leaves_alone"):

        def in_place(x):
            x += x.ndim
            return x * 2

        assert shown(lambda x: leaves_alone(in_place, x), ROWS) == [0]
        lines = lambda x: leaves_alone(lambda a: np.maximum(a, 0, out=a) + 0, x)
        assert shown(lines, ROWS) == [-1]
        assert shown(lambda x: leaves_alone(lambda a: a[::-1], x), ROWS) == [0]
        last = lambda a, b: (a + b, b.__setitem__(Ellipsis, 5))[0]
        assert not leaves_alone(last, np.ones(2), np.ones(2))
        assert not leaves_alone(lambda a, b: b, np.ones(2), np.ones(2))


def test_there_and_back_and_twice():
    with exercise("undoes"):
        swap = lambda x: x.reshape(x.shape[::-1])
        tables = arrays(shapes(2, 2), floats())
        found = shown(lambda x: undoes(np.transpose, swap, x), tables)
        assert np.shape(found) == (2, 2) and np.sum(found) == 1, "one number in a corner"
        assert shown(lambda x: undoes(lambda a: a, np.transpose, x), tables) == [[0, 0]]
        assert shown(lambda x: undoes(lambda a: a / 3, lambda a: a * 3 + 1e-14, x), tables) == [[0]]
        there_first = undoes(lambda a: a[..., :-1], lambda a: np.append(a, 9.0), np.ones(3))
        assert there_first, "first there, then back"
    with exercise("idempotent"):
        assert shown(lambda x: idempotent(np.negative, x), ROWS) == [1]
        shorter = lambda a: a[:-1] if len(a) > 1 else a
        assert np.shape(shown(lambda x: idempotent(shorter, x), ROWS))[0] == 3
        assert idempotent(lambda a: np.abs(a), np.array([-1.0, np.nan]))


def other_softmax(shift=0.0, scale=1.0, axis=-1, extra=0.0):
    def wrong(x):
        e = np.exp(scale * (x - x.max(axis=-1, keepdims=True) - shift * np.abs(x)))
        return e / e.sum(axis=axis, keepdims=True) + extra

    return wrong


@pytest.mark.parametrize(
    ("wrong", "smallest"),
    [
        (lambda x: np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True), [1000]),
        (lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(-1, keepdims=True), [[0], [1000]]),
        (other_softmax(axis=0), [[0, 0]]),
        (other_softmax(scale=-1.0), [0, 1]),
        (other_softmax(shift=0.001), [0, -1]),
        (other_softmax(extra=1e-10), [0]),
        (lambda x: right_softmax(x) * 0.999999, [0]),
        (lambda x: right_softmax(x)[..., :1] * np.ones(x.shape), [0, 1]),
        (lambda x: right_softmax(x).sum(axis=-1), [0]),
        (lambda x: right_softmax(x) + 1e-9 * np.sin(x - x.mean(axis=-1, keepdims=True)), [0, 0, 1]),
    ],
)
def test_softmax_faults(wrong, smallest):
    with exercise("softmax_is_right"):
        assert shown(lambda x: softmax_is_right(wrong, x), ROWS) == smallest


def test_the_tolerances_of_softmax():
    with exercise("softmax_is_right"):
        large = np.array([[1e6 + 0.1, 1e6 + 0.2, 1e6 + 0.37], [0.1, 0.2, 0.3]])
        assert softmax_is_right(right_softmax, large), "x + 3 is rounded, by eps |x|"
        tilted = lambda x: right_softmax(x) + 1e-12 * np.sin(x[..., :1]) * np.array([1, -1, 0])
        assert softmax_is_right(tilted, large[:1]), "the terms have the size of 1e6"
        assert not softmax_is_right(tilted, large[1:]), "the terms are small"
        assert not softmax_is_right(tilted, large), "each row has its own size"
        rounded = lambda x: right_softmax(x) * (1 + 6 * EPS)
        assert softmax_is_right(rounded, np.zeros((2, 3))), "12 steps for three terms"
        assert not softmax_is_right(rounded, np.zeros((3, 1))), "4 steps for one"


@pytest.mark.parametrize(
    ("count", "first", "smallest"),
    [
        (lambda n, size, step: (n - size) // step, 0, [[0], 1, 1]),
        (lambda n, size, step: (n - size + 1) // step, 0, [[0], 1, 2]),
        (lambda n, size, step: n // step - size + 1, 0, [[0], 1, 2]),
        (lambda n, size, step: (n - size) // step + 1, 1, [[0], 1, 1]),
    ],
)
def test_window_faults(count, first, smallest):
    with exercise("windows_are_right"):

        def wrong(x, size, step):
            starts = [first + step * k for k in range(count(len(x), size, step))]
            return np.array([x[start : start + size] for start in starts])

        assert shown(lambda case: windows_are_right(wrong, *case), window_cases) == smallest
        assert not windows_are_right(lambda *_: np.array([[1.0, 0.0]]), np.arange(2.0), 2, 1)


# gradients


def test_expressions_by_decisions():
    with exercise("expressions"):
        for depth, made, wanted in (
            (0, [2], 2),
            (1, [0, 1], 1),
            (1, [1, 2], ("neg", 2)),
            (2, [3, 0, 1, 4, 1, 2], ("sub", 1, ("mul", 1, 2))),
            (2, [7, 6, 1], ("softmax", ("sigmoid", 1))),
        ):
            assert decided(expressions(3, depth), made) == (wanted, made)
        assert decided(expressions(3, 4), []) == (0, [0, 0])
        source = Choices(seed=2)
        text = " ".join(str(expressions(4, 3)(source)) for _ in range(200))
        assert all(name in text for name in OPERATIONS)
        assert all(leaf in text for leaf in "0123") and "4" not in text


def test_gradient_faults():
    with exercise("gradients_agree"):
        pairs = array_pairs(shapes(0, 2), MILD)
        zeros = lambda a, b: [np.zeros(a.shape), np.zeros(b.shape)]
        whole = lambda a, b: np.broadcast_shapes(a.shape, b.shape)
        holds = lambda f, g: lambda pair: gradients_agree(f, g, list(pair))
        wide = lambda a, b: [np.ones(whole(a, b)), np.ones(whole(a, b))]
        assert shown(holds(np.add, wide), pairs) == [0, [0]]
        thin = lambda a, b: [np.ones(a.shape), np.ones(b.shape)]
        assert shown(holds(np.add, thin), pairs) == [0, [0, 0]]
        assert shown(holds(np.multiply, zeros), pairs) == [0, 1]
        late = lambda a, b: [np.ones(a.shape), np.zeros(b.shape)]
        assert shown(holds(np.add, late), arrays_of_one()) == [0, [0]]
        nothing = lambda a, b: [np.ones(a.shape) * np.nan, np.ones(b.shape)]
        assert shown(holds(np.add, nothing), pairs) == [0, 0]
        second = lambda a, b: [np.ones(a.shape), np.zeros(b.shape)]
        assert shown(holds(lambda a, b: a + 0 * b, second), arrays_of_one()) == [0, [0, 0]]


def arrays_of_one():
    """Pairs of one number and a row."""
    return lambda choices: (arrays((), MILD)(choices), arrays(shapes(1, 1), MILD)(choices))


@pytest.mark.parametrize("wrong", [1e-5, -1e-5])
def test_a_gradient_may_be_off_by_a_millionth_of_the_terms(wrong):
    with exercise("gradients_agree"):
        square = lambda a: a * a
        point = [np.array([3.0, 1.0])]
        exact = lambda factor: lambda a: [2 * a + factor]
        assert gradients_agree(square, exact(0.0), point)
        assert gradients_agree(square, exact(wrong), point), "1 + 10 + 6 terms: 1.7e-5 is allowed"
        assert not gradients_agree(square, exact(2 * wrong), point), "2e-5 is not"
        assert not gradients_agree(square, lambda a: [2 * a + [0, 2 * wrong]], point)
        steep, one = lambda a: 1000 * (a - 1), [np.ones(2)]
        assert gradients_agree(steep, lambda a: [np.full(2, 1000 - 50 * wrong)], one)
        assert not gradients_agree(steep, lambda a: [np.full(2, 1000 - 200 * wrong)], one)
        assert not gradients_agree(square, lambda a: [2 * a + [0, 1.4 * wrong]], point)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_expressions_of_the_framework(seed):
    with exercise("gradients_agree"):

        def holds(expression, *values):
            f = lambda *tensors: evaluate(expression, tensors)
            return gradients_agree(on_arrays(f), by_backward(f), list(values))

        leaves = [arrays(shape, MILD) for shape in ((2, 2), (2,), (2, 1))]
        assert for_all(holds, expressions(3, 2), *leaves, cases=25, seed=seed) == 25


# the framework


@pytest.mark.parametrize("seed", SEEDS)
def test_the_framework_keeps_its_laws(seed):
    with exercise("the laws of the framework"):
        many = dict(cases=40, seed=seed)
        add = on_arrays(lambda a, b: a + b)
        for_all(lambda pair: broadcasts(add, *pair), PAIRS, **many)
        for_all(lambda pair: leaves_alone(add, *pair), PAIRS, **many)
        for_all(lambda x: softmax_is_right(on_arrays(softmax), x), ROWS, **many)
        for_all(lambda x: idempotent(on_arrays(relu), x), ANYTHING, **many)
        for_all(lambda x: sum_is_invariant(on_arrays(lambda t: t.sum()), x), ANYTHING, **many)


# stories


class Shelf:
    """A number on a shelf: put one there, or take a share of it."""

    def __init__(self):
        self.held = 0.0

    def put(self, number):
        self.held = float(number)
        return self.held

    def share(self, parts):
        self.held = self.held / parts
        return self.held


class ForgetsLarge(Shelf):
    def put(self, number):
        return super().put(number if number < 3 else 0)


class SharesOnce(Shelf):
    shared = False

    def share(self, parts):
        first, self.shared = not self.shared, True
        return super().share(parts) if first else self.held


COMMANDS = {"put": later(lambda: integers(0, 5)), "share": later(lambda: integers(1, 4))}


def test_stories_by_decisions():
    with exercise("stories"):
        draw = stories(COMMANDS, 2)
        for made, wanted in (
            ([0], []),
            ([3, 0, 4, 0], [("put", 4)]),
            ([1, 1, 0, 2, 0, 2], [("share", 1), ("put", 2)]),
        ):
            assert decided(draw, made) == (wanted, made)
        assert decided(draw, [9, 9, 9])[1] == [3, 1, 3, 0]
        assert len(decided(draw, [1, 0, 0] * 5)[0]) == 2
        drawn = [stories(COMMANDS)(Choices(seed=seed)) for seed in range(150)]
        assert max(map(len, drawn)) == 12 and min(map(len, drawn)) == 0


@pytest.mark.parametrize(
    ("fault", "smallest"),
    [
        (ForgetsLarge, [["put", 3]]),
        (SharesOnce, [["put", 1], ["share", 1], ["share", 2]]),
    ],
)
def test_stories_show_faults(fault, smallest):
    with exercise("same_story"):
        for_all(lambda story: same_story(Shelf, Shelf, story), stories(COMMANDS), cases=50)
        holds = lambda story: same_story(fault, Shelf, story)
        assert shown(holds, stories(COMMANDS), cases=300) == smallest


def test_stories_are_compared_relative_to_the_model():
    class Scaled(Shelf):
        def put(self, number):
            return super().put(number) * (1 + self.factor * EPS)

    with exercise("same_story"):
        story = [("put", 1)]
        assert same_story(type("Near", (Scaled,), {"factor": 6}), Shelf, story)
        assert not same_story(type("Far", (Scaled,), {"factor": 12}), Shelf, story)
        noisy = type("Noisy", (Shelf,), {"put": lambda self, x: Shelf.put(self, x) + 1})
        assert not same_story(noisy, Shelf, [("put", 1), ("share", 2)]), "after each command"
        tiny = [("put", 1), *[("share", 1024)] * 4]
        assert same_story(Shelf, Shelf, tiny)
        share = lambda self, parts: Shelf.share(self, parts) + 1e-15
        late = type("Late", (Shelf,), {"share": share})
        assert not same_story(late, Shelf, tiny), "small numbers are judged strictly"


def test_tensors_reach_the_operations():
    with exercise("expressions"):
        x = Tensor(np.array([1.0, -2.0]))
        assert evaluate(("add", 0, ("neg", 1)), [x, x]).tolist() == [0, 0]
