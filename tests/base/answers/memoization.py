# wrong: the oldest result goes, used or not
# in: memoize.cached
if arguments in cached.results:
    cached.hits += 1
else:
    cached.misses += 1
    cached.results[arguments] = function(*arguments)
    if len(cached.results) > capacity:
        cached.results.popitem(last=False)
return cached.results[arguments]

# wrong: one result too many is kept
# in: memoize.cached
if arguments in cached.results:
    cached.hits += 1
    cached.results.move_to_end(arguments)
else:
    cached.misses += 1
    if len(cached.results) > capacity:
        cached.results.popitem(last=False)
    cached.results[arguments] = function(*arguments)
return cached.results[arguments]

# wrong: new keys replace the old ones
# in: KVCache.append
end = keys.shape[2]
if end > self.capacity:
    raise ValueError(f"{end} positions do not fit into a cache for {self.capacity}")
self.keys[layer, :, :, :end], self.values[layer, :, :, :end] = keys, values
self.filled[layer] = end
return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

# wrong: only what is new comes back
# in: KVCache.append
start, end = self.filled[layer], self.filled[layer] + keys.shape[2]
if end > self.capacity:
    raise ValueError(f"{end} positions do not fit into a cache for {self.capacity}")
self.keys[layer, :, :, start:end], self.values[layer, :, :, start:end] = keys, values
self.filled[layer] = end
return self.keys[layer, :, :, start:end], self.values[layer, :, :, start:end]

# wrong: a full cache is filled before it complains
# in: KVCache.append
start, end = self.filled[layer], self.filled[layer] + keys.shape[2]
self.filled[layer] = end
if end > self.capacity:
    raise ValueError(f"{end} positions do not fit into a cache for {self.capacity}")
self.keys[layer, :, :, start:end], self.values[layer, :, :, start:end] = keys, values
return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

# wrong: the mask is that of the new tokens alone
# in: attend_cached
q, k, v = (split_heads(part(x), attention.num_heads) for part in (attention.query, attention.key, attention.value))
keys, values = cache.append(layer, k.numpy(), v.numpy())
mask = np.concatenate([np.ones((x.shape[1], keys.shape[2] - x.shape[1]), bool), np.ones((x.shape[1],) * 2, bool)], axis=1)
return attention.output(merge_heads(scaled_dot_product_attention(q, Tensor(keys), Tensor(values), mask)))

# wrong: a token does not see itself
# in: attend_cached
q, k, v = (split_heads(part(x), attention.num_heads) for part in (attention.query, attention.key, attention.value))
keys, values = cache.append(layer, k.numpy(), v.numpy())
mask = causal_mask(x.shape[1], keys.shape[2])
mask = np.where(mask.sum(axis=1, keepdims=True) > 1, np.roll(mask, -1, axis=1) & mask, mask)
return attention.output(merge_heads(scaled_dot_product_attention(q, Tensor(keys), Tensor(values), mask)))

# wrong: the positions begin at 0
# in: forward_cached
x = model.positions(model.tokens(ids))
for layer, block in enumerate(model.blocks):
    x = x + attend_cached(block.attention, block.norm1(x), cache, layer)
    x = x + block.feed_forward(block.norm2(x))
return model.head(model.norm(x))

# wrong: every layer shares the first cache
# in: forward_cached
x = model.positions(model.tokens(ids), offset=cache.length)
for layer, block in enumerate(model.blocks):
    if layer:
        cache.filled[0] -= ids.shape[1]
    x = x + attend_cached(block.attention, block.norm1(x), cache, 0)
    x = x + block.feed_forward(block.norm2(x))
cache.filled[:] = [cache.filled[0]] * len(cache.filled)
return model.head(model.norm(x))

# wrong: a full cache is emptied, and what was visible is forgotten
# in: generate_cached
fresh = ids[-model.max_length :]
for _ in range(max_new_tokens):
    logits = forward_cached(model, np.array([fresh]), cache).numpy()
    ids.append(pick_token(logits[0, -1], temperature, rng))
    fresh = ids[-1:]
    if cache.length == model.max_length:
        cache.reset()

# wrong: the temperature is forgotten
# in: generate_cached
fresh = ids[-model.max_length :]
for _ in range(max_new_tokens):
    logits = forward_cached(model, np.array([fresh]), cache).numpy()
    ids.append(pick_token(logits[0, -1]))
    fresh = ids[-1:]
    if cache.length == model.max_length:
        cache.reset()
        fresh = ids[-model.max_length :]

# wrong: the last new token passes through the layers, too
# in: generation_work
lengths = [prompt + i for i in range(new)]
if not cached:
    return sum(lengths), sum(length**2 for length in lengths)
return prompt + new, prompt**2 + sum(lengths[1:]) + prompt + new

# right: other loops
# in: memoize.cached
if arguments in cached.results:
    cached.hits = cached.hits + 1
    cached.results[arguments] = cached.results.pop(arguments)
    return cached.results[arguments]
cached.misses = cached.misses + 1
result = function(*arguments)
cached.results[arguments] = result
while len(cached.results) > capacity:
    del cached.results[next(iter(cached.results))]
return result
# in: attend_cached
q = split_heads(attention.query(x), attention.num_heads)
k = split_heads(attention.key(x), attention.num_heads)
v = split_heads(attention.value(x), attention.num_heads)
keys, values = cache.append(layer, k.data, v.data)
new, everything = q.shape[2], keys.shape[2]
mask = np.tri(new, everything, everything - new, dtype=bool)
return attention.output(merge_heads(scaled_dot_product_attention(q, Tensor(keys), Tensor(values), mask)))
# in: generation_work
positions = pairs = 0
for step in range(new):
    length = prompt + step
    fed = 1 if cached and step else length
    positions, pairs = positions + fed, pairs + fed * length
return positions, pairs

# right: the other exercises, written differently
# in: KVCache.append
start = self.filled[layer]
end = start + keys.shape[-2]
if end > self.capacity:
    raise ValueError("the cache is full")
place = slice(start, end)
self.keys[layer][:, :, place], self.values[layer][:, :, place] = keys, values
self.filled[layer] = end
return self.keys[layer][:, :, :end], self.values[layer][:, :, :end]
# in: KVCache.reset
self.filled[:] = [0] * len(self.filled)
# in: forward_cached
start = cache.length
x = model.positions(model.tokens(ids), start)
for number in range(len(model.blocks)):
    block = model.blocks[number]
    x = attend_cached(block.attention, block.norm1(x), cache, number) + x
    x = block.feed_forward(block.norm2(x)) + x
return model.head(model.norm(x))
