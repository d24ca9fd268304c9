# wrong: the unbiased variance
# in: standardize_last
wide = x.astype(np.float64)
centred = wide - wide.mean(axis=-1, keepdims=True)
scale = np.sqrt(wide.var(axis=-1, keepdims=True, ddof=1) + eps)
return centred / scale, scale

# wrong: eps outside the root
# in: standardize_last
wide = x.astype(np.float64)
centred = wide - wide.mean(axis=-1, keepdims=True)
scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True)) + eps
return centred / scale, scale

# wrong: the statistics are in the dtype of x
# in: standardize_last
centred = x - x.mean(axis=-1, keepdims=True)
scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)
return (centred / scale).astype(np.float64), scale.astype(np.float64)

# wrong: mean of squares minus square of the mean
# in: standardize_last
wide = x.astype(np.float64)
mean = wide.mean(axis=-1, keepdims=True)
scale = np.sqrt(np.maximum((wide**2).mean(axis=-1, keepdims=True) - mean**2, 0) + eps)
return (wide - mean) / scale, scale

# wrong: gamma and beta are summed over the first axis alone
# in: layer_norm_gradient
normal, scale = standardize_last(x, eps)
inner = grad * gamma
mean_product = (inner * normal).mean(axis=-1, keepdims=True)
to_x = (inner - inner.mean(axis=-1, keepdims=True) - normal * mean_product) / scale
to_gamma, to_beta = (grad * normal).sum(axis=0), grad.sum(axis=0)
return to_x.astype(x.dtype), to_gamma.astype(gamma.dtype), to_beta.astype(beta.dtype)

# wrong: relu in place of gelu
# in: FeedForward.forward
from tinytorch.core.activations import relu
return self.down(relu(self.up(x)))

# wrong: normalised behind the addition
# in: TransformerBlock.forward
x = self.norm1(x + self.attention(x, mask))
return self.norm2(x + self.feed_forward(x))

# wrong: the second part reads the input of the first
# in: TransformerBlock.forward
return x + self.attention(self.norm1(x), mask) + self.feed_forward(self.norm2(x))

# wrong: the mask is not passed on
# in: TransformerBlock.forward
x = x + self.attention(self.norm1(x))
return x + self.feed_forward(self.norm2(x))

# wrong: the temperature multiplies
# in: pick_token
wide = logits.astype(np.float64)
chances = np.exp((wide - wide.max()) * temperature)
return int(rng.choice(len(chances), p=chances / chances.sum()))

# wrong: the logits are not shifted
# in: pick_token
chances = np.exp(np.clip(logits.astype(np.float64) / temperature, -700, 700))
return int(rng.choice(len(chances), p=chances / chances.sum()))

# wrong: one block, many times
# in: GPT.__init__
self.tokens = Embedding(vocab_size, embed_dim, rng=rng)
self.positions = LearnedPositions(max_length, embed_dim, rng=rng)
self.blocks = [TransformerBlock(embed_dim, num_heads, rng=rng)] * num_layers
self.norm = LayerNorm(embed_dim)
self.head = Linear(embed_dim, vocab_size, bias=False, rng=rng)

# wrong: the last norm is forgotten
# in: GPT.forward
x = self.positions(self.tokens(ids))
mask = causal_mask(x.shape[1])
for block in self.blocks:
    x = block(x, mask)
return self.head(x)

# wrong: generation sees the first tokens, not the last
# in: GPT.generate
for _ in range(max_new_tokens):
    visible = np.array([ids[:self.max_length]])
    logits = self(visible).data
    ids.append(pick_token(logits[0, -1], temperature, rng))

# wrong: always the best token, whatever the temperature
# in: GPT.generate
for _ in range(max_new_tokens):
    visible = np.array([ids[-self.max_length:]])
    ids.append(int(self(visible).data[0, -1].argmax()))

# right: a gradient by the output, the road in two steps, another draw
# in: standardize_last
wide = np.asarray(x, dtype=np.float64)
scale = np.sqrt(wide.var(axis=-1, keepdims=True) + eps)
return (wide - wide.mean(axis=-1, keepdims=True)) / scale, scale
# in: layer_norm_gradient
_, scale = standardize_last(x, eps)
safe = np.where(gamma == 0, 1, gamma)
normal = np.where(gamma == 0, standardize_last(x, eps)[0], (output.astype(np.float64) - beta) / safe)
inner = (grad * gamma).astype(np.float64)
to_x = inner - inner.mean(axis=-1, keepdims=True)
to_x = (to_x - normal * (inner * normal).mean(axis=-1, keepdims=True)) / scale
flat = (-1, x.shape[-1])
to_gamma, to_beta = (grad * normal).reshape(flat).sum(axis=0), grad.reshape(flat).sum(axis=0)
return to_x.astype(x.dtype), to_gamma.astype(gamma.dtype), to_beta.astype(beta.dtype)
# in: TransformerBlock.forward
looked = self.attention(self.norm1(x), mask)
middle = looked + x
return self.feed_forward(self.norm2(middle)) + middle
# in: pick_token
scaled = (np.float64(logits) - np.max(logits)) / temperature
chances = np.exp(scaled) / np.exp(scaled).sum()
return int(rng.choice(np.arange(logits.size), p=chances))
# in: GPT.generate
while max_new_tokens > 0:
    scores = self(np.array(ids[-self.max_length:])[None]).data[0, -1]
    ids = ids + [pick_token(scores, temperature, rng)]
    max_new_tokens -= 1

# right: the other exercises, written differently
# in: layer_norm_forward
normal = standardize_last(x, eps)[0]
return np.asarray(normal * gamma + beta, dtype=x.dtype)
# in: LayerNorm.__init__
self.gamma, self.beta = Parameter(np.ones((dim,), np.float32)), Parameter(np.zeros((dim,), np.float32))
# in: FeedForward.__init__
self.up = Linear(embed_dim, hidden_dim or embed_dim * 4, rng=rng)
self.down = Linear(hidden_dim or embed_dim * 4, embed_dim, rng=rng)
# in: FeedForward.forward
return self.down(gelu(self.up(x)))
# in: TransformerBlock.__init__
self.norm1, self.norm2 = LayerNorm(embed_dim), LayerNorm(embed_dim)
self.attention = MultiHeadAttention(embed_dim, num_heads, rng)
self.feed_forward = FeedForward(embed_dim, 4 * embed_dim, rng)
# in: GPT.forward
ids = np.asarray(ids)
x, mask = self.tokens(ids), causal_mask(ids.shape[-1])
x = self.positions(x)
for number in range(len(self.blocks)):
    x = self.blocks[number](x, mask=mask)
return self.head(self.norm(x))
