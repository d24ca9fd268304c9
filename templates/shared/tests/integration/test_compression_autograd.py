"""Needs autograd, compression: the distillation loss can be differentiated, and masks hold while
training.
"""

import numpy as np

import tinytorch.core.autograd  # noqa: F401
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.compression import apply_masks, distillation_loss, magnitude_prune, sparsity
from tinytorch.testing import numerical_gradient


def test_gradient_of_the_distillation_loss():
    rng = np.random.default_rng(3)
    student, teacher, targets = (
        rng.normal(size=(4, 3)),
        2 * rng.normal(size=(4, 3)),
        np.array([0, 2, 1, 1]),
    )
    x = Tensor(student, requires_grad=True)
    distillation_loss(x, teacher, targets, temperature=3.0, alpha=0.7).backward()
    wanted = numerical_gradient(
        lambda z: distillation_loss(
            Tensor(z), teacher, targets, temperature=3.0, alpha=0.7
        ).item(),
        student,
    )
    assert np.allclose(x.grad.numpy(), wanted, atol=1e-7)


def test_a_student_learns_from_soft_answers_alone():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 6)).astype(np.float32)
    teacher = (x @ rng.normal(size=(6, 3))).astype(np.float32)
    labels = teacher.argmax(axis=1)
    student = Linear(6, 3, rng=rng)
    for _ in range(60):
        student.zero_grad()
        distillation_loss(
            student(Tensor(x)), teacher, labels, temperature=2.0, alpha=1.0
        ).backward()
        for parameter in student.parameters():
            parameter.data = parameter.data - 0.5 * parameter.grad.numpy()
    assert (student(Tensor(x)).numpy().argmax(axis=1) == labels).mean() > 0.97


def test_masks_keep_weights_at_zero_through_training():
    rng = np.random.default_rng(3)
    layer = Linear(8, 5, rng=rng)
    masks = magnitude_prune(layer, 0.5)
    x = Tensor(rng.normal(size=(10, 8)).astype(np.float32))
    for _ in range(3):
        layer.zero_grad()
        (layer(x) ** 2).sum().backward()
        for parameter in layer.parameters():
            parameter.data = parameter.data - 0.01 * parameter.grad.numpy()
        assert sparsity(layer) < 0.5, "the step fills the zeros"
        apply_masks(layer, masks)
        assert sparsity(layer) == 0.5
