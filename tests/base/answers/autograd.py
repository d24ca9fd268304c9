# wrong: only the first input decides whether something is recorded
# in: record
if recording and inputs[0].requires_grad:
    output.requires_grad = True
    output.node = Node(name, inputs, attributes)

# wrong: recorded inside no_grad, too
# in: record
if any(tensor.requires_grad for tensor in inputs):
    output.requires_grad = True
    output.node = Node(name, inputs, attributes)

# wrong: breadth first, so a tensor may come before what it was computed from
# in: topological_order
order, seen, waiting = [], {id(output)}, [output]
while waiting:
    tensor = waiting.pop(0)
    order.append(tensor)
    for item in tensor.node.inputs if tensor.node is not None else ():
        if item.requires_grad and id(item) not in seen:
            seen.add(id(item))
            waiting.append(item)
return order[::-1]

# wrong: recursion, which ends at a thousand
# in: topological_order
order, seen = [], set()

def visit(tensor):
    if id(tensor) not in seen:
        seen.add(id(tensor))
        for item in tensor.node.inputs if tensor.node is not None else ():
            if item.requires_grad:
                visit(item)
        order.append(tensor)

visit(output)
return order

# wrong: new axes are summed, stretched ones are not
# in: unbroadcast
while grad.ndim > len(shape):
    grad = grad.sum(axis=0)
if not all(a == b or b == 1 for a, b in zip(grad.shape, shape)) or grad.ndim != len(shape):
    raise ValueError("shapes")
return grad[tuple(slice(0, n) for n in shape)]

# wrong: the mean over what was stretched
# in: unbroadcast
if grad.shape == shape:
    return grad
extra = grad.ndim - len(shape)
summed = grad.sum(axis=tuple(range(extra)))
stretched = tuple(axis for axis, size in enumerate(shape[:summed.ndim]) if size == 1)
summed = summed.mean(axis=stretched, keepdims=True)
if summed.shape != shape:
    raise ValueError("shapes")
return summed

# wrong: gradients are added in place, although add hands one array to both
# in: backward
grad = pending.pop(id(current), None)
if grad is None:
    continue
if current.node is None:
    accumulate(current, grad)
    continue
node = current.node
if node.name not in GRADIENTS:
    raise RuntimeError(f"the operation '{node.name}' has no gradient rule")
contributions = GRADIENTS[node.name](grad, current.data, *[item.data for item in node.inputs], **node.attributes)
for item, contribution in zip(node.inputs, contributions):
    if item.requires_grad and contribution is not None:
        part = unbroadcast(contribution, item.shape)
        if id(item) in pending:
            pending[id(item)] += part
        else:
            pending[id(item)] = part

# wrong: the last contribution wins
# in: backward
grad = pending.pop(id(current), None)
if grad is None:
    continue
if current.node is None:
    accumulate(current, grad)
    continue
node = current.node
if node.name not in GRADIENTS:
    raise RuntimeError(f"the operation '{node.name}' has no gradient rule")
contributions = GRADIENTS[node.name](grad, current.data, *[item.data for item in node.inputs], **node.attributes)
for item, contribution in zip(node.inputs, contributions):
    if item.requires_grad and contribution is not None:
        pending[id(item)] = unbroadcast(contribution, item.shape)

# wrong: an operation without a rule passes nothing on
# in: backward
grad = pending.pop(id(current), None)
if grad is None:
    continue
if current.node is None:
    accumulate(current, grad)
    continue
node = current.node
if node.name not in GRADIENTS:
    continue
contributions = GRADIENTS[node.name](grad, current.data, *[item.data for item in node.inputs], **node.attributes)
for item, contribution in zip(node.inputs, contributions):
    if item.requires_grad and contribution is not None:
        pending[id(item)] = pending.get(id(item), 0) + unbroadcast(contribution, item.shape)

# wrong: the matrices are transposed with .T, stacks included
# in: matmul_gradient
to_a = grad @ b.T if b.ndim == 2 else grad @ np.moveaxis(b, -1, 0)
to_b = a.T @ grad if a.ndim == 2 else np.moveaxis(a, -1, 0) @ grad

# wrong: every one of equal maxima gets all of the gradient
# in: max_gradient
largest = a == spread(output, a.shape, axis, keepdims)
return (spread(grad, a.shape, axis, keepdims) * largest,)

# wrong: the permutation is taken for its own inverse
# in: transpose_gradient
return (grad.transpose(axes),)

# wrong: the derivative of relu at 0 is 1
# in: relu_gradient
return (grad * (x >= 0).astype(x.dtype),)

# wrong: softmax as if it worked element by element
# in: softmax_gradient
return (grad * output * (1 - output),)

# wrong: the sum of softmax's gradient is over everything
# in: softmax_gradient
return (output * (grad - (grad * output).sum()),)

# wrong: the mean squared error without the factor 2
# in: mse_loss_gradient
difference = prediction - target
to_prediction = grad * difference / difference.size
return to_prediction, -to_prediction

# wrong: cross entropy is not divided by the number of rows
# in: cross_entropy_gradient
powers = np.exp(logits - logits.max(axis=1, keepdims=True))
probabilities = powers / powers.sum(axis=1, keepdims=True)
probabilities[np.arange(len(logits)), targets] -= 1
return (grad * probabilities,)

# wrong: cross entropy without a shift
# in: cross_entropy_gradient
powers = np.exp(np.clip(logits, -80, 80))
probabilities = powers / powers.sum(axis=1, keepdims=True)
probabilities[np.arange(len(logits)), targets] -= 1
return (grad * probabilities / len(logits),)

# right: rules that use the output, as they may, and another order
# in: topological_order
order, ready, stack = [], set(), [output]
while stack:
    tensor = stack[-1]
    inputs = tensor.node.inputs if tensor.node is not None else ()
    missing = [item for item in inputs if item.requires_grad and id(item) not in ready]
    if missing:
        stack.append(missing[0])
    else:
        stack.pop()
        if id(tensor) not in ready:
            ready.add(id(tensor))
            order.append(tensor)
return order
# in: unbroadcast
if grad.ndim < len(shape):
    raise ValueError(f"{grad.shape} has fewer axes than {shape}")
padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
if any(wanted not in (1, has) for has, wanted in zip(grad.shape, padded)):
    raise ValueError(f"{grad.shape} was not broadcast from {shape}")
axes = tuple(axis for axis, (has, wanted) in enumerate(zip(grad.shape, padded)) if has != wanted)
return grad.sum(axis=axes, keepdims=True).reshape(shape) if axes else grad.reshape(shape)
# in: sqrt_gradient
return (grad / (output + output),)
# in: relu_gradient
return (np.where(output > 0, grad, np.zeros_like(grad)),)
# in: sigmoid_gradient
return (grad * (output - output * output),)
# in: max_gradient
full = output if keepdims or axis is None else np.expand_dims(output, axis)
winners = (a == full).astype(a.dtype)
shares = winners / winners.sum(axis=axis, keepdims=True)
return (shares * spread(grad, a.shape, axis, keepdims),)
# in: softmax_gradient
weighted = grad * output
return (weighted - output * weighted.sum(axis=axis, keepdims=True),)
# in: cross_entropy_gradient
shifted = logits - logits.max(axis=1, keepdims=True)
chances = np.exp(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
truth = np.eye(logits.shape[1], dtype=logits.dtype)[targets]
return ((chances - truth) * (grad / logits.dtype.type(len(logits))),)

# right: the other exercises, written differently
# in: record
if not recording:
    return
for tensor in inputs:
    if tensor.requires_grad:
        output.node, output.requires_grad = Node(name, inputs, attributes), True
        break
# in: sub_gradient
return 1 * grad, -1 * grad
# in: div_gradient
return grad / b, -(a / b) / b * grad
# in: pow_gradient
if exponent == 0:
    return (grad * np.zeros_like(a),)
return (grad * (exponent * np.power(a, exponent - 1)),)
# in: matmul_gradient
to_a = np.matmul(grad, np.swapaxes(b, -1, -2))
to_b = np.matmul(np.swapaxes(a, -1, -2), grad)
# in: spread
if not keepdims and axis is not None:
    axes = axis if isinstance(axis, tuple) else (axis,)
    places = {place % len(shape) for place in axes}
    values = values.reshape([1 if place in places else size for place, size in enumerate(shape)])
return values + np.zeros(shape, dtype=values.dtype)
# in: mean_gradient
share = grad * (grad.size / a.size)
return (spread(share, a.shape, axis, keepdims),)
# in: transpose_gradient
back = [0] * a.ndim
for place, axis in enumerate(axes):
    back[axis] = place
return (np.transpose(grad, back),)
# in: tanh_gradient
return (grad * (1 - output) * (1 + output),)
# in: log_softmax_gradient
return (grad - np.exp(output) * np.sum(grad, axis=axis, keepdims=True),)
# in: mse_loss_gradient
slope = (prediction - target) * (2 / prediction.size)
return grad * slope, grad * -slope
# in: binary_cross_entropy_gradient
p = np.minimum(np.maximum(prediction, 1e-7), 1 - 1e-7)
return (grad * ((1 - targets) / (1 - p) - targets / p) / p.size,)
# in: backward
grad = pending.pop(id(current), None)
if grad is None:
    pass
elif current.node is None:
    accumulate(current, grad)
else:
    name = current.node.name
    try:
        rule = GRADIENTS[name]
    except KeyError:
        raise RuntimeError(f"nobody knows the slope of {name}") from None
    arrays = [item.data for item in current.node.inputs]
    parts = rule(grad, current.data, *arrays, **current.node.attributes)
    for item, part in zip(current.node.inputs, parts):
        if part is None or not item.requires_grad:
            continue
        part = unbroadcast(part, item.shape)
        pending[id(item)] = part if id(item) not in pending else pending[id(item)] + part
