"""From text to text: tokenizer, embeddings, attention, transformer, loss and optimizer together.

Needs: losses, optimizers, transformers (and with it tokenization, embeddings, attention).
"""

import numpy as np

from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor
from tinytorch.nn.transformers import GPT
from tinytorch.text.tokenization import BPETokenizer, CharTokenizer

TEXT = "The kettle sings, the window steams, and grandmother pours the tea. "


def train(model, windows, steps):
    """Adam on the mean surprise at each next token; gives first and last loss."""
    optimizer, loss_of, losses = Adam(model.parameters(), lr=0.01), CrossEntropyLoss(), []
    for _ in range(steps):
        optimizer.zero_grad()
        logits = model(windows[:, :-1])
        loss = loss_of(logits.reshape(-1, logits.shape[-1]), Tensor(windows[:, 1:].reshape(-1)))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[0], losses[-1]


def test_a_gpt_learns_a_sentence_letter_by_letter():
    tokenizer = CharTokenizer(TEXT)
    ids = np.array(tokenizer.encode(TEXT * 2))
    windows = np.stack([ids[start:start + 25] for start in range(0, len(TEXT), 8)])
    model = GPT(tokenizer.vocab_size, 32, 4, 2, 24, rng=np.random.default_rng(1))
    first, last = train(model, windows, 100)
    assert abs(first - np.log(tokenizer.vocab_size)) < 0.7
    assert last < 0.2
    assert tokenizer.decode(model.generate(tokenizer.encode(TEXT[:10]), 15)) == TEXT[:25]


def test_a_gpt_learns_a_sentence_in_pieces():
    tokenizer = BPETokenizer().train(TEXT * 2, 280)
    ids = np.array([tokenizer.encode(TEXT)])
    model = GPT(tokenizer.vocab_size, 16, 2, 1, ids.shape[1], rng=np.random.default_rng(2))
    first, last = train(model, ids, 60)
    assert last < 0.2 < first
    assert tokenizer.decode(model.generate(ids[0, :3], ids.shape[1] - 3)) == TEXT


def test_training_is_reproducible():
    results = []
    for _ in range(2):
        model = GPT(6, 8, 2, 1, 5, rng=np.random.default_rng(3))
        train(model, np.array([[1, 2, 3, 4, 5, 1]]), 5)
        results.append([parameter.data.copy() for parameter in model.parameters()])
    for first, second in zip(*results):
        np.testing.assert_array_equal(first, second)


def test_a_model_stays_in_float32():
    model = GPT(6, 8, 2, 1, 5, rng=np.random.default_rng(4))
    logits = model(np.array([[1, 2, 3]]))
    assert logits.dtype == np.float32
    logits.sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.dtype == np.float32, name


def test_only_tokens_that_were_read_get_a_gradient():
    model = GPT(6, 8, 2, 1, 5, rng=np.random.default_rng(5))
    (model(np.array([[1, 3, 1]])) ** 2).sum().backward()
    touched = model.tokens.weight.grad.data.any(axis=1)
    assert touched.tolist() == [False, True, False, True, False, False]
    assert model.positions.weight.grad.data.any(axis=1).tolist() == [True] * 3 + [False] * 2
