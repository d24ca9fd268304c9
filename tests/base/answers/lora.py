# wrong: old gradients are still there after freezing
# in: freeze
for parameter in model.parameters():
    parameter.requires_grad = False
return model

# wrong: only the parameters of the top level are frozen
# in: freeze
for value in vars(model).values():
    if isinstance(value, Parameter):
        value.requires_grad = False
        value.grad = None
return model

# wrong: the model is not returned
# in: freeze
for parameter in model.parameters():
    parameter.requires_grad = False
    parameter.grad = None

# wrong: what has a gradient is taken for what wants one
# in: trainable
parameters = model.parameters()
return [parameter for parameter in parameters if parameter.grad is not None]

# wrong: names and parameters, not parameters
# in: trainable
named = model.named_parameters()
return [pair for pair in named if pair[1].requires_grad]

# wrong: A and B both start with zeros
# in: LoRALinear.__init__
self.A = Parameter(np.zeros((rows, rank), dtype=np.float32))
self.B = Parameter(np.zeros((rank, columns), dtype=np.float32))

# wrong: A and B are both random
# in: LoRALinear.__init__
self.A = Parameter(initial_weight(rows, rank, rng))
self.B = Parameter(initial_weight(rank, columns, rng))

# wrong: A starts with zeros, and B is random
# in: LoRALinear.__init__
self.A = Parameter(np.zeros((rows, rank), dtype=np.float32))
self.B = Parameter(initial_weight(rank, columns, rng))

# wrong: A draws from its own generator
# in: LoRALinear.__init__
self.A = Parameter(initial_weight(rows, rank, np.random.default_rng()))
self.B = Parameter(np.zeros((rank, columns), dtype=np.float32))

# wrong: plain Tensors, which no model lists as parameters
# in: LoRALinear.__init__
self.A = Tensor(initial_weight(rows, rank, rng), requires_grad=True)
self.B = Tensor(np.zeros((rank, columns), dtype=np.float32), requires_grad=True)

# wrong: the whole product of A and B is made
# in: LoRALinear.forward
y = self.linear(x)
if self.merged:
    return y
return y + x @ (self.A @ self.B) * (self.alpha / self.rank)

# wrong: alpha without the division by the rank
# in: LoRALinear.forward
y = self.linear(x)
if self.merged:
    return y
return y + (x @ self.A) @ self.B * self.alpha

# wrong: the scale is forgotten
# in: LoRALinear.forward
y = self.linear(x)
if self.merged:
    return y
return y + (x @ self.A) @ self.B

# wrong: a merged correction is added once more
# in: LoRALinear.forward
y = self.linear(x)
narrow = (x @ self.A) * (self.alpha / self.rank)
return y + narrow @ self.B

# wrong: the correction passes no gradient on to its input
# in: LoRALinear.forward
if self.merged:
    return self.linear(x)
frozen = Tensor(x.data)
narrow = (frozen @ self.A) * (self.alpha / self.rank)
return self.linear(x) + narrow @ self.B

# wrong: alpha times rank
# in: LoRALinear.update
product = self.A.data.astype(np.float64) @ self.B.data
return product * self.alpha * self.rank

# wrong: the product is rounded to float32 first
# in: LoRALinear.update
product = self.A.data @ self.B.data
return product.astype(np.float64) * (self.alpha / self.rank)

# wrong: a layer in two places is listed twice
# in: find
if isinstance(module, kind):
    return [(path, module)]
found = []
for name, member in module.members():
    if isinstance(member, Module):
        found += find(member, kind, f"{path}.{name}" if path else name)
return found

# wrong: only one level is looked at
# in: find
if isinstance(module, kind):
    return [(path, module)]
return [
    (f"{path}.{name}" if path else name, member)
    for name, member in module.members()
    if isinstance(member, kind)
]

# wrong: paths begin anew in each module
# in: find
if isinstance(module, kind):
    return [(path, module)]
found = {}
for name, member in module.members():
    if isinstance(member, Module):
        for inner, layer in find(member, kind, name):
            found.setdefault(id(layer), (inner, layer))
return list(found.values())

# wrong: the end of a name is taken for a name
# in: is_target
if targets is None:
    return True
return any(path.endswith(target) for target in targets)

# wrong: a target anywhere in the path counts
# in: is_target
if targets is None:
    return True
return any(target in path.split(".") for target in targets)

# wrong: no targets are taken for all
# in: is_target
if not targets:
    return True
return any(f".{path}".endswith(f".{target}") for target in targets)

# wrong: frozen last, with the corrections
# in: adapt
new = {id(layer): LoRALinear(layer, rank, alpha, rng) for _, layer in chosen}
return freeze(put(model, new))

# wrong: only the chosen layers are frozen
# in: adapt
new = {id(layer): LoRALinear(layer, rank, alpha, rng) for _, layer in chosen}
return put(model, new)

# wrong: one correction for all layers
# in: adapt
freeze(model)
one = LoRALinear(chosen[0][1], rank, alpha, rng)
return put(model, {id(layer): one for _, layer in chosen})

# wrong: all Linear layers are adapted, whatever was chosen
# in: adapt
freeze(model)
new = {id(layer): LoRALinear(layer, rank, alpha, rng) for _, layer in find(model, Linear)}
return put(model, new)

# wrong: parameters are counted, not numbers
# in: count_trainable
everything = model.parameters()
return len(trainable(model)), len(everything)

# wrong: the frozen numbers in place of all
# in: count_trainable
trained = sum(parameter.size for parameter in trainable(model))
everything = sum(parameter.size for parameter in model.parameters())
return trained, everything - trained

# wrong: gradients of all parameters are counted
# in: training_bytes
weights = sum(parameter.data.nbytes for parameter in model.parameters())
return {"weights": weights, "gradients": weights, "optimizer": slots * weights}

# wrong: four bytes for every number
# in: training_bytes
trained, everything = count_trainable(model)
return {"weights": 4 * everything, "gradients": 4 * trained, "optimizer": slots * 4 * trained}

# wrong: merged twice, added twice
# in: merge
for _, layer in find(model, LoRALinear):
    weight = layer.linear.weight
    weight.data = (weight.data + layer.update()).astype(weight.dtype)
    layer.merged = True
return model

# wrong: the flag is not set
# in: merge
for _, layer in find(model, LoRALinear):
    if not layer.merged:
        weight = layer.linear.weight
        weight.data = (weight.data + layer.update()).astype(weight.dtype)
return model

# wrong: the merged weight is float64
# in: merge
for _, layer in find(model, LoRALinear):
    if not layer.merged:
        layer.linear.weight.data = layer.linear.weight.data + layer.update()
        layer.merged = True
return model

# wrong: what was never merged is taken out
# in: unmerge
for _, layer in find(model, LoRALinear):
    weight = layer.linear.weight
    weight.data = (weight.data - layer.update()).astype(weight.dtype)
    layer.merged = False
return model

# wrong: only the flag is taken back
# in: unmerge
for _, layer in find(model, LoRALinear):
    layer.merged = False
return model

# wrong: the state holds the arrays themselves
# in: adapter_state
state = {}
for path, layer in find(model, LoRALinear):
    state[f"{path}.A"] = layer.A.data
    state[f"{path}.B"] = layer.B.data
    state[f"{path}.alpha"] = np.array(layer.alpha)
return state

# wrong: the whole model is saved
# in: adapter_state
state = {name: parameter.data.copy() for name, parameter in model.named_parameters()}
for path, layer in find(model, LoRALinear):
    state[f"{path}.alpha"] = np.array(layer.alpha)
return state

# wrong: alpha is not saved
# in: adapter_state
state = {}
for path, layer in find(model, LoRALinear):
    state[f"{path}.A"] = layer.A.data.copy()
    state[f"{path}.B"] = layer.B.data.copy()
return state
# in: load_adapter_state
layers = find(model, LoRALinear)
shapes = lambda arrays: {name: np.shape(array) for name, array in arrays.items()}
if any(layer.merged for _, layer in layers) or shapes(state) != shapes(adapter_state(model)):
    raise ValueError("it does not fit")
for path, layer in layers:
    layer.A.data = state[f"{path}.A"].astype(layer.A.dtype)
    layer.B.data = state[f"{path}.B"].astype(layer.B.dtype)

# wrong: alpha is not loaded
# in: load_adapter_state
layers = find(model, LoRALinear)
shapes = lambda arrays: {name: np.shape(array) for name, array in arrays.items()}
if any(layer.merged for _, layer in layers) or shapes(state) != shapes(adapter_state(model)):
    raise ValueError("it does not fit")
for path, layer in layers:
    layer.A.data = state[f"{path}.A"].astype(layer.A.dtype)
    layer.B.data = state[f"{path}.B"].astype(layer.B.dtype)

# wrong: a merged model gets new corrections
# in: load_adapter_state
layers = find(model, LoRALinear)
shapes = lambda arrays: {name: np.shape(array) for name, array in arrays.items()}
if shapes(state) != shapes(adapter_state(model)):
    raise ValueError("it does not fit")
for path, layer in layers:
    layer.A.data = state[f"{path}.A"].astype(layer.A.dtype)
    layer.B.data = state[f"{path}.B"].astype(layer.B.dtype)
    layer.alpha = state[f"{path}.alpha"].item()

# wrong: loading fills layers until something does not fit
# in: load_adapter_state
layers = find(model, LoRALinear)
if any(layer.merged for _, layer in layers) or len(state) != 3 * len(layers):
    raise ValueError("it does not fit")
for path, layer in layers:
    for name, part in (("A", layer.A), ("B", layer.B)):
        if state[f"{path}.{name}"].shape != part.shape:
            raise ValueError("it does not fit")
        part.data = state[f"{path}.{name}"].astype(part.dtype)
    layer.alpha = state[f"{path}.alpha"].item()

# wrong: the first columns of the difference, not of its decomposition
# in: nearest
difference = np.asarray(weight, dtype=np.float64) - linear.weight.data
layer.A.data = difference[:, :rank].astype(np.float32)
layer.B.data = np.eye(rank, difference.shape[1], dtype=np.float32) * (rank / alpha)
return layer

# wrong: the new weight is decomposed, not the difference
# in: nearest
u, sizes, v = np.linalg.svd(np.asarray(weight, dtype=np.float64), full_matrices=False)
roots = np.sqrt(sizes[:rank])
layer.A.data = (u[:, :rank] * roots).astype(np.float32)
layer.B.data = (roots[:, None] * v[:rank] * (rank / alpha)).astype(np.float32)
return layer

# wrong: alpha is forgotten in the decomposition
# in: nearest
difference = np.asarray(weight, dtype=np.float64) - linear.weight.data
u, sizes, v = np.linalg.svd(difference, full_matrices=False)
roots = np.sqrt(sizes[:rank])
layer.A.data = (u[:, :rank] * roots).astype(np.float32)
layer.B.data = (roots[:, None] * v[:rank]).astype(np.float32)
return layer

# right: other words
# in: freeze
model.zero_grad()
for _, parameter in model.named_parameters():
    parameter.requires_grad = False
return model
# in: trainable
found = []
for parameter in model.parameters():
    if parameter.requires_grad:
        found.append(parameter)
return found
# in: LoRALinear.__init__
start = initial_weight(linear.in_features, rank, rng=rng)
self.A, self.B = Parameter(start), Parameter(np.zeros((rank, columns)), dtype=np.float32)
# in: LoRALinear.forward
scale = 0 if self.merged else self.alpha / self.rank
if scale == 0:
    return self.linear(x)
return (x @ self.A) @ (self.B * scale) + self.linear(x)
# in: LoRALinear.update
a, b = (np.asarray(part.data, dtype=np.float64) for part in (self.A, self.B))
return self.alpha / self.rank * np.einsum("ir,ro->io", a, b)
# in: find
if isinstance(module, kind):
    return [(path, module)]
start, found = f"{path}." if path else "", []
for name, member in module.members():
    inside = find(member, kind, start + name) if isinstance(member, Module) else []
    for place, layer in inside:
        if all(layer is not other for _, other in found):
            found.append((place, layer))
return found
# in: is_target
for target in [path] if targets is None else targets:
    parts = target.split(".")
    if path.split(".")[-len(parts) :] == parts:
        return True
return False
# in: adapt
freeze(model)
new = {}
for _, layer in chosen:
    new[id(layer)] = LoRALinear(layer, rank=rank, alpha=alpha, rng=rng)
return put(model, new)
# in: count_trainable
sizes = [(parameter.size, parameter.requires_grad) for parameter in model.parameters()]
return sum(size for size, wanted in sizes if wanted), sum(size for size, _ in sizes)
# in: training_bytes
size = lambda parameters: sum(p.size * p.dtype.itemsize for p in parameters)
trained = size(trainable(model))
return dict(weights=size(model.parameters()), gradients=trained, optimizer=trained * slots)
# in: adapter_state
layers = find(model, LoRALinear)
state = {f"{path}.alpha": np.asarray(float(layer.alpha)) for path, layer in layers}
for path, layer in layers:
    state.update({f"{path}.A": np.array(layer.A.data), f"{path}.B": np.array(layer.B.data)})
return state
# in: nearest
difference = np.asarray(weight, dtype=np.float64) - linear.weight.data
u, sizes, v = np.linalg.svd(difference)
layer.A.data = u[:, :rank].astype(np.float32)
layer.B.data = (np.diag(sizes[:rank]) @ v[:rank] * rank / alpha).astype(np.float32)
return layer

# right: the other exercises, written differently
# in: merge
for _, layer in find(model, LoRALinear):
    if layer.merged:
        continue
    frozen = layer.linear.weight
    frozen.data = np.add(frozen.data, layer.update(), dtype=np.float64).astype(frozen.dtype)
    layer.merged = True
return model
# in: unmerge
layers = [layer for _, layer in find(model, LoRALinear) if layer.merged]
for layer in layers:
    frozen = layer.linear.weight
    frozen.data = (frozen.data - layer.update()).astype(frozen.data.dtype)
    layer.merged = False
return model
# in: load_adapter_state
wanted = adapter_state(model)
fits = set(state) == set(wanted)
fits = fits and all(np.shape(state[name]) == wanted[name].shape for name in wanted)
if not fits or any(layer.merged for _, layer in find(model, LoRALinear)):
    raise ValueError("another model, another rank, or a correction that is merged")
for path, layer in find(model, LoRALinear):
    layer.A.data = np.array(state[path + ".A"], dtype=layer.A.dtype)
    layer.B.data = np.array(state[path + ".B"], dtype=layer.B.dtype)
    layer.alpha = float(state[path + ".alpha"])
# in: count_trainable
trained = everything = 0
for parameter in model.parameters():
    everything += parameter.size
    trained += parameter.size * parameter.requires_grad
return trained, everything
# in: LoRALinear.forward
if self.merged:
    return self.linear(x)
scale = self.alpha / self.rank
return self.linear(x) + ((x @ self.A) @ self.B) * scale
# in: adapt
for parameter in model.parameters():
    parameter.requires_grad, parameter.grad = False, None
layers = [layer for _, layer in chosen]
wrapped = [LoRALinear(layer, rank, alpha, rng) for layer in layers]
return put(model, {id(layer): new for layer, new in zip(layers, wrapped)})
