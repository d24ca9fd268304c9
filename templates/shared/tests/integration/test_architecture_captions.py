"""Pictures and text in one model: a decoder that looks at the features of a convolution
(cross-attention).

Needs: losses, optimizers, convolutions, transformers.
"""

import numpy as np

from tinytorch.core.layers import Linear, Module
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor
from tinytorch.nn.attention import MultiHeadAttention, causal_mask
from tinytorch.nn.convolutions import Conv2d
from tinytorch.nn.transformers import LayerNorm, TransformerBlock
from tinytorch.text.embeddings import Embedding, PositionalEncoding


class Captioner(Module):
    """Writes a few tokens about a picture `(N, 1, 6, 6)`."""

    def __init__(self, vocabulary, width, rng):
        super().__init__()
        self.look = Conv2d(1, width, 3, stride=3, rng=rng)
        self.places = PositionalEncoding(4, width)
        self.tokens = Embedding(vocabulary, width, rng=rng)
        self.order = PositionalEncoding(8, width)
        self.block = TransformerBlock(width, 2, rng=rng)
        self.norm = LayerNorm(width)
        self.cross = MultiHeadAttention(width, 2, rng=rng)
        self.head = Linear(width, vocabulary, rng=rng)

    def forward(self, images, ids):
        features = self.look(images)
        count, width = features.shape[:2]
        seen = self.places(features.reshape(count, width, -1).transpose(0, 2, 1))
        x = self.block(self.order(self.tokens(ids)), causal_mask(ids.shape[1]))
        return self.head(x + self.cross(self.norm(x), context=seen))


def test_a_caption_names_the_corner():
    """One bright corner of four; the caption is start, row, column. Rows: 1, 2; columns: 3, 4."""
    images, captions = np.zeros((4, 1, 6, 6), dtype=np.float32), []
    for place, (row, column) in enumerate(np.ndindex(2, 2)):
        images[place, 0, 3 * row : 3 * row + 3, 3 * column : 3 * column + 3] = 1
        captions.append([0, 1 + row, 3 + column])
    captions = np.array(captions)
    model = Captioner(5, 16, np.random.default_rng(1))
    optimizer, loss_of = Adam(model.parameters(), lr=0.01), CrossEntropyLoss()
    for _ in range(120):
        optimizer.zero_grad()
        logits = model(Tensor(images), captions[:, :-1])
        loss = loss_of(logits.reshape(-1, 5), Tensor(captions[:, 1:].reshape(-1)))
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05
    written = model(Tensor(images), captions[:, :-1]).data.argmax(axis=-1)
    np.testing.assert_array_equal(written, captions[:, 1:])
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, f"{name}: no gradient arrived"


def test_rules_of_both_worlds_live_side_by_side():
    from tinytorch.core.autograd import GRADIENTS

    assert {
        "conv2d",
        "max_pool2d",
        "avg_pool2d",
        "batch_norm",
        "embedding",
        "hide",
        "layer_norm",
    } <= set(GRADIENTS)
