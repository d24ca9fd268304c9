"""Tests of tinytorch.perf.capstone on the exported package."""

import copy
import math
from importlib.util import find_spec

import numpy as np
import pytest

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.nn.transformers import GPT
from tinytorch.perf import capstone
from tinytorch.perf.benchmarking import count_multiplications, optional, stored_bytes
from tinytorch.perf.capstone import Claim, Report, build_variants, leave_one_out, model_digest

(fuse,) = optional("acceleration", "fuse")
(quantize_model,) = optional("quantization", "quantize_model")


def needs(*files):
    """The capstone uses what the course has: a test of what it has not is skipped."""
    absent = [file for file in files if find_spec(f"tinytorch.perf.{file}") is None]
    return pytest.mark.skipif(bool(absent), reason=f"this course has no {' and no '.join(absent)}")


def classifier(seed=3):
    rng = np.random.default_rng(seed)
    return Sequential(Linear(10, 30, rng=rng), ReLU(), Linear(30, 4, rng=rng))


def batch(rows=20, seed=4):
    return Tensor(np.random.default_rng(seed).normal(size=(rows, 10)).astype(np.float32))


def test_digest_depends_on_every_parameter():
    model = classifier()
    digests = [model_digest(model)]
    for _, parameter in model.named_parameters():
        parameter.data.reshape(-1)[-1] += 1
        digests.append(model_digest(model))
    assert len(set(digests)) == len(digests)


def test_digest_knows_shapes_and_the_last_bit():
    one, other = Linear(2, 3, bias=False), Linear(3, 2, bias=False)
    other.weight.data = one.weight.data.reshape(3, 2)
    assert model_digest(one) != model_digest(other), "the same numbers in another shape"
    before = model_digest(one)
    one.weight.data[0, 0] = np.nextafter(one.weight.data[0, 0], np.float32(9))
    assert model_digest(one) != before, "the last bit of one weight"


def test_variants_share_no_array_with_the_model():
    model = classifier()
    before = model_digest(model)
    for variant in build_variants(model, [batch()]).values():
        for parameter in variant.parameters():
            parameter.data[...] = 0
    assert model_digest(model) == before


def test_digest_ignores_the_layout_in_memory():
    one, two = (
        Linear(3, 4, rng=np.random.default_rng(3)),
        Linear(3, 4, rng=np.random.default_rng(3)),
    )
    two.weight.data = np.asfortranarray(two.weight.data)
    assert model_digest(one) == model_digest(two)


@needs("acceleration", "compression", "quantization")
@pytest.mark.parametrize("calibrated", [False, True])
def test_fused_models_can_be_compressed_further(calibrated):
    model = classifier()
    model.layers[0].weight.data[...] = np.outer(np.arange(1, 11), np.ones(30)) / 10
    wanted = model(batch()).numpy()
    thin = capstone.factorise(fuse(copy.deepcopy(model)), 0.999999)
    assert count_multiplications(thin) == 40 + 120
    assert np.allclose(thin(batch()).numpy(), wanted, atol=1e-4)
    small = quantize_model(fuse(model), [batch()] if calibrated else None)
    assert count_multiplications(small) == count_multiplications(model)
    assert np.abs(small(batch()).numpy() - wanted).max() < 0.05 * np.abs(wanted).max()


@needs("compression")
def test_factorise_keeps_the_function_at_full_energy():
    model = classifier()
    model.layers[0].weight.data[...] = np.outer(np.arange(1, 11), np.ones(30)) / 10
    wanted = model(batch()).numpy()
    small = capstone.factorise(copy.deepcopy(model), 0.999999)
    assert count_multiplications(small) == 40 + 120
    assert np.allclose(small(batch()).numpy(), wanted, atol=1e-4)


@pytest.mark.parametrize("amount", [0.1, 0.6])
def test_variants_agree_with_the_model_about_as_well_as_they_should(amount):
    model = classifier()
    wanted = model(batch()).numpy()
    variants = build_variants(model, [batch()], amount=amount, energy=1.0)
    size = np.abs(wanted).max()
    near = {"float32": 1e-6, "fused": 1e-5, "int8": 0.05, "low rank": 1e-4}
    for name, allowed in near.items():
        if name in variants:
            assert np.abs(variants[name](batch()).numpy() - wanted).max() <= allowed * size, name
    if "pruned" in variants:
        assert count_multiplications(variants["pruned"]) == 420 - round(amount * 420)
    if "pruned, int8" in variants:
        assert stored_bytes(variants["pruned, int8"]) == stored_bytes(variants["int8"])


def test_variants_are_those_of_the_course():
    wanted = ["float32"]
    for name, *files in (
        ("fused", "acceleration"),
        ("int8", "quantization"),
        ("pruned", "compression"),
        ("low rank", "compression"),
        ("pruned, int8", "compression", "quantization"),
    ):
        if all(find_spec(f"tinytorch.perf.{file}") for file in files):
            wanted.append(name)
    assert list(build_variants(classifier(), [batch()])) == wanted


def test_leave_one_out_counts_its_measurements():
    calls = []
    leave_one_out(classifier(), dict((str(i), lambda m: m) for i in range(4)), calls.append)
    assert len(calls) == 6 and len(set(map(id, calls))) == 6


@needs("memoization")
def test_generation_counts():
    generation_entries = capstone.generation_entries
    model = GPT(9, 8, 2, 1, 40, rng=np.random.default_rng(3))
    entries = generation_entries(model, [4], 30)
    assert (
        entries["plain generation"]["positions"] == 465
        and entries["cached generation"]["positions"] == 30
    )
    assert entries["plain generation"]["flops"] > 10 * entries["cached generation"]["flops"]
    assert (
        entries["cached generation"]["flops per token"] * 30
        == entries["cached generation"]["flops"]
    )
    with pytest.raises(ValueError):
        generation_entries(model, [4], 3, plain=lambda model, prompt, new: [4, 0, 0, 10])


@pytest.mark.parametrize("kind, measured", [("value", 2.0), ("factor", 4.0), ("loss", 6.0)])
def test_claims(kind, measured):
    entries = dict(base=dict(m=8.0), new=dict(m=2.0))
    for relation, below, above in (("at least", True, False), ("at most", False, True)):
        make = lambda bound: Claim("new", "m", relation, bound, kind, "base")
        assert make(0).measured(entries) == measured
        assert make(measured).holds(entries) is True
        assert make(measured - 0.5).holds(entries) is below
        assert make(measured + 0.5).holds(entries) is above


def test_claims_fail_on_nan_and_refuse_nonsense():
    entries = dict(new=dict(m=math.nan))
    assert not Claim("new", "m", "at least", 0).holds(entries) and not Claim(
        "new", "m", "at most", 0
    ).holds(entries)
    with pytest.raises(KeyError):
        Claim("new", "other", "at least", 0).holds(entries)
    with pytest.raises(ValueError):
        Claim("new", "m", "roughly", 0).holds(entries)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_report_refuses_numbers_that_json_has_not(number):
    with pytest.raises(ValueError):
        Report("t", "", dict(a=dict(x=number))).to_json()


def test_reports_survive_json():
    report = Report("t", "d" * 64, dict(a=dict(x=1, y=2.5)), [Claim("a", "x", "at most", 1)])
    assert Report.from_json(report.to_json()) == report
    assert "holds: a: x at most 1; measured 1" in report.render()
    assert Report.from_json(Report("empty", "").to_json()) == Report("empty", "")
