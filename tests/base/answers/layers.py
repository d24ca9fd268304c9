# wrong: parameters are told apart by their numbers
# in: Module.named_parameters
found = []
for name, value in self.members():
    inside = []
    if isinstance(value, Parameter):
        inside = [(name, value)]
    elif isinstance(value, Module):
        inside = [(f"{name}.{path}", parameter) for path, parameter in value.named_parameters()]
    for path, parameter in inside:
        same = [p for _, p in found if p.shape == parameter.shape and np.array_equal(p.data, parameter.data)]
        if not same:
            found.append((path, parameter))
return found

# wrong: a shared parameter is listed twice
# in: Module.named_parameters
found = []
for name, value in self.members():
    if isinstance(value, Parameter):
        found.append((name, value))
    elif isinstance(value, Module):
        found += [(f"{name}.{path}", parameter) for path, parameter in value.named_parameters()]
return found

# wrong: the attributes are read without members(), so lists and dicts are not opened
# in: Module.named_parameters
found, seen = [], set()
for name, value in vars(self).items():
    inside = [(name, value)] if isinstance(value, Parameter) else []
    if isinstance(value, Module):
        inside = [(f"{name}.{path}", parameter) for path, parameter in value.named_parameters()]
    if isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            if isinstance(item, Parameter):
                inside.append((f"{name}.{position}", item))
            elif isinstance(item, Module):
                inside += [(f"{name}.{position}.{path}", p) for path, p in item.named_parameters()]
    for path, parameter in inside:
        if id(parameter) not in seen:
            seen.add(id(parameter))
            found.append((path, parameter))
return found

# wrong: the mode is set for the class, and so for every module
# in: Module.train
type(self).training = mode
for _, member in self.members():
    if isinstance(member, Module):
        member.train(mode)
return self

# wrong: the gradients become zeros
# in: Module.zero_grad
for parameter in self.parameters():
    parameter.grad = Tensor(np.zeros(parameter.shape))

# wrong: the variance is 1 / out_features
# in: initial_weight
rng = shared_generator() if rng is None else rng
weight = rng.standard_normal((in_features, out_features)) / np.sqrt(out_features)
return weight.astype(np.float32)

# wrong: the weights are drawn uniformly
# in: initial_weight
rng = shared_generator() if rng is None else rng
limit = np.sqrt(3 / in_features)
return rng.uniform(-limit, limit, size=(in_features, out_features)).astype(np.float32)

# wrong: the weights are float64
# in: Linear.__init__
self.in_features, self.out_features = in_features, out_features
self.weight = Parameter(initial_weight(in_features, out_features, rng).astype(np.float64))
self.bias = Parameter(np.zeros(out_features)) if bias else None

# wrong: the bias is random
# in: Linear.__init__
self.in_features, self.out_features = in_features, out_features
self.weight = Parameter(initial_weight(in_features, out_features, rng))
self.bias = Parameter(initial_weight(1, out_features, rng)[0]) if bias else None

# wrong: the product is numpy's, and leaves no record
# in: Linear.forward
if x.shape[-1:] != (self.in_features,):
    raise ValueError(f"Linear expects {self.in_features} features, the input is {x.shape}")
y = Tensor(x.data @ self.weight.data)
return y if self.bias is None else y + self.bias

# wrong: dropout does not scale
# in: Dropout.forward
if not self.training or self.p == 0:
    return x
rng = shared_generator() if self.rng is None else self.rng
mask = rng.binomial(1, 1 - self.p, x.shape).astype(x.dtype)
return apply_op("dropout", lambda a, mask: a * mask, x, mask=mask)

# wrong: p is the probability to keep
# in: Dropout.forward
if not self.training or self.p == 0:
    return x
rng = shared_generator() if self.rng is None else self.rng
mask = (rng.binomial(1, self.p, x.shape) / self.p).astype(x.dtype)
return apply_op("dropout", lambda a, mask: a * mask, x, mask=mask)

# wrong: the mask is float64
# in: Dropout.forward
if not self.training or self.p == 0:
    return x
rng = shared_generator() if self.rng is None else self.rng
mask = rng.binomial(1, 1 - self.p, x.shape) / (1 - self.p)
return apply_op("dropout", lambda a, mask: a * mask, x, mask=mask)

# wrong: whole rows are dropped
# in: Dropout.forward
if not self.training or self.p == 0:
    return x
rng = shared_generator() if self.rng is None else self.rng
kept = rng.binomial(1, 1 - self.p, x.shape[:1] + (1,) * (x.ndim - 1))
mask = np.broadcast_to(kept / (1 - self.p), x.shape).astype(x.dtype)
return apply_op("dropout", lambda a, mask: a * mask, x, mask=mask)

# right: a dict of what was found, uniform draws, another message
# in: Module.named_parameters
found = {}
for name, value in self.members():
    if isinstance(value, Parameter):
        found.setdefault(id(value), (name, value))
    if isinstance(value, Module):
        for path, parameter in value.named_parameters():
            found.setdefault(id(parameter), (name + "." + path, parameter))
return list(found.values())
# in: Module.zero_grad
for _, parameter in self.named_parameters():
    parameter.grad = None
# in: initial_weight
generator = rng if rng is not None else shared_generator()
return generator.normal(0, in_features**-0.5, (in_features, out_features)).astype(np.float32)
# in: Linear.forward
if x.ndim == 0 or x.shape[-1] != self.in_features:
    raise ValueError(f"an input of shape {x.shape} has not {self.in_features} features")
result = x @ self.weight
if self.bias is not None:
    result = result + self.bias
return result
# in: Dropout.forward
if not (self.training and self.p):
    return x
rng = self.rng or shared_generator()
mask = np.where(rng.random(x.shape) < self.p, 0, 1 / (1 - self.p)).astype(x.dtype)
return apply_op("dropout", lambda a, mask: mask * a, x, mask=mask)

# right: the other exercises, written differently
# in: Module.train
self.training = bool(mode)
for child in [member for _, member in self.members() if isinstance(member, Module)]:
    child.train(mode)
return self
# in: Linear.__init__
self.in_features, self.out_features = in_features, out_features
self.weight = Parameter(initial_weight(in_features, out_features, rng=rng))
self.bias = None
if bias:
    self.bias = Parameter(np.full((out_features,), 0.0, dtype=np.float32))
# in: Sequential.forward
import functools

return functools.reduce(lambda value, layer: layer(value), self.layers, x)
# in: orthogonal_weight
rng = shared_generator() if rng is None else rng
drawn = rng.standard_normal((in_features, out_features))
u, _, v = np.linalg.svd(drawn, full_matrices=False)
return (u @ v).astype(np.float32)
