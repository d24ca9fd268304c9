# wrong: each gradient is clipped by itself
# in: clip_grad_norm
params = [parameter for parameter in params if parameter.grad is not None]
total = 0.0
for parameter in params:
    grad = parameter.grad.data
    norm = math.sqrt((grad.astype(np.float64) ** 2).sum())
    total += norm**2
    if not math.isfinite(norm):
        raise FloatingPointError("not finite")
    if norm > max_norm:
        parameter.grad = Tensor((grad * (max_norm / norm)).astype(grad.dtype))
return math.sqrt(total)

# wrong: short gradients are made longer
# in: clip_grad_norm
params = [parameter for parameter in params if parameter.grad is not None]
norm = math.sqrt(sum((parameter.grad.data.astype(np.float64) ** 2).sum() for parameter in params))
if not math.isfinite(norm):
    raise FloatingPointError("not finite")
for parameter in params:
    grad = parameter.grad.data
    if norm > 0 and max_norm < math.inf:
        parameter.grad = Tensor((grad * (max_norm / norm)).astype(grad.dtype))
return norm

# wrong: gradients that are not a number pass
# in: clip_grad_norm
params = [parameter for parameter in params if parameter.grad is not None]
norm = math.sqrt(sum((parameter.grad.data.astype(np.float64) ** 2).sum() for parameter in params))
if norm > max_norm:
    for parameter in params:
        grad = parameter.grad.data
        parameter.grad = Tensor((grad * (max_norm / norm)).astype(grad.dtype))
return norm

# wrong: the gradients are shortened in place
# in: clip_grad_norm
params = [parameter for parameter in params if parameter.grad is not None]
norm = math.sqrt(sum((parameter.grad.data.astype(np.float64) ** 2).sum() for parameter in params))
if not math.isfinite(norm):
    raise FloatingPointError("not finite")
if norm > max_norm:
    for parameter in params:
        parameter.grad.data *= max_norm / norm
return norm

# wrong: the learning rate starts at 0
# in: CosineSchedule.lr_at
if t < self.warmup:
    return self.peak * t / self.warmup
share = min((t - self.warmup) / (self.steps - self.warmup), 1)
return self.minimum + (self.peak - self.minimum) * (1 + math.cos(math.pi * share)) / 2

# wrong: the cosine goes up again behind the last step
# in: CosineSchedule.lr_at
if t < self.warmup:
    return self.peak * (t + 1) / self.warmup
share = (t - self.warmup) / (self.steps - self.warmup)
return self.minimum + (self.peak - self.minimum) * (1 + math.cos(math.pi * share)) / 2

# wrong: the old gradients are not forgotten
# in: Trainer.train_step
loss = self.loss(self.model(inputs), targets)
if not math.isfinite(loss.item()):
    raise FloatingPointError("not finite")
loss.backward()
if self.max_grad_norm is not None:
    clip_grad_norm(self.optimizer.params, self.max_grad_norm)
self.optimizer.step()
if self.schedule is not None:
    self.schedule.step()
return loss.item()

# wrong: the schedule goes on before the step
# in: Trainer.train_step
self.optimizer.zero_grad()
loss = self.loss(self.model(inputs), targets)
if not math.isfinite(loss.item()):
    raise FloatingPointError("not finite")
loss.backward()
if self.max_grad_norm is not None:
    clip_grad_norm(self.optimizer.params, self.max_grad_norm)
if self.schedule is not None:
    self.schedule.step()
self.optimizer.step()
return loss.item()

# wrong: the largest number along the second axis, for texts too
# in: count_correct
return int((prediction.data.argmax(axis=1).reshape(-1)[: target.size] == target.data.reshape(-1)).sum())

# wrong: the mean over batches
# in: evaluate
losses, shares = [], []
with no_grad():
    for inputs, targets in loader:
        prediction = self.model(inputs)
        losses.append(self.loss(prediction, targets).item())
        if are_classes(prediction, targets):
            shares.append(count_correct(prediction, targets) / targets.size)
result = {"loss": sum(losses) / len(losses)}
if shares:
    result["accuracy"] = sum(shares) / len(shares)

# wrong: all integers are taken for classes
# in: evaluate
total, correct, count = 0.0, 0, 0
with no_grad():
    for inputs, targets in loader:
        prediction = self.model(inputs)
        total += self.loss(prediction, targets).item() * len(targets)
        count += len(targets)
        if targets.dtype.kind in "iu":
            correct += int((prediction.data.argmax(axis=1) == targets.data).sum())
result = {"loss": total / count}
if targets.dtype.kind in "iu":
    result["accuracy"] = correct / count

# wrong: right tokens are divided by texts
# in: evaluate
total, correct, count, classes = 0.0, 0, 0, False
with no_grad():
    for inputs, targets in loader:
        prediction = self.model(inputs)
        total += self.loss(prediction, targets).item() * len(targets)
        count += len(targets)
        if are_classes(prediction, targets):
            correct, classes = correct + count_correct(prediction, targets), True
result = {"loss": total / count}
if classes:
    result["accuracy"] = correct / count

# wrong: a tape is kept
# in: evaluate
total, examples, correct, classes = 0.0, 0, 0, 0
for inputs, targets in loader:
    prediction = self.model(inputs)
    total += self.loss(prediction, targets).item() * len(targets)
    examples += len(targets)
    if are_classes(prediction, targets):
        correct += count_correct(prediction, targets)
        classes += targets.size
result = {"loss": total / examples}
if classes:
    result["accuracy"] = correct / classes

# wrong: each call of fit counts from 1
# in: fit
total, count = 0.0, 0
for inputs, targets in loader:
    total += self.train_step(inputs, targets) * len(targets)
    count += len(targets)
line = {"epoch": _ + 1, "loss": total / count, "lr": self.optimizer.lr}
if validation is not None:
    line.update((f"validation_{name}", value) for name, value in self.evaluate(validation).items())
self.history.append(line)

# wrong: the checkpoint is written over the old one
# in: save_checkpoint
for name, parameter in model.named_parameters():
    arrays[f"model/{name}"] = parameter.data
if optimizer is not None:
    state = optimizer.state_dict()
    arrays["optimizer/lr"], arrays["optimizer/count"] = state["lr"], len(state["memory"])
    for index, memory in enumerate(state["memory"]):
        arrays.update({f"optimizer/{index}/{key}": value for key, value in memory.items()})
with open(path, "wb") as file:
    np.savez(file, **arrays)

# wrong: the memory of the optimizer is left out
# in: save_checkpoint
for name, parameter in model.named_parameters():
    arrays[f"model/{name}"] = parameter.data
if optimizer is not None:
    arrays["optimizer/lr"], arrays["optimizer/count"] = optimizer.lr, len(optimizer.params)
part = f"{path}.part"
with open(part, "wb") as file:
    np.savez(file, **arrays)
os.replace(part, path)

# wrong: the buffers are lost
# in: save_checkpoint
arrays = {name: value for name, value in arrays.items() if not name.startswith("buffer/")}
for name, parameter in model.named_parameters():
    arrays[f"model/{name}"] = parameter.data
if optimizer is not None:
    state = optimizer.state_dict()
    arrays["optimizer/lr"], arrays["optimizer/count"] = state["lr"], len(state["memory"])
    for index, memory in enumerate(state["memory"]):
        arrays.update({f"optimizer/{index}/{key}": value for key, value in memory.items()})
part = f"{path}.part"
with open(part, "wb") as file:
    np.savez(file, **arrays)
os.replace(part, path)

# right: a norm by numpy, masks for the counts, another file beside the checkpoint
# in: clip_grad_norm
chosen = [parameter for parameter in params if parameter.grad is not None]
norm = float(np.linalg.norm([np.linalg.norm(p.grad.data.astype(np.float64)) for p in chosen])) if chosen else 0.0
if math.isnan(norm) or math.isinf(norm):
    raise FloatingPointError("a gradient went wrong")
factor = min(1.0, max_norm / norm) if norm else 1.0
if factor < 1:
    for parameter in chosen:
        array = parameter.grad.data
        parameter.grad = Tensor(array * array.dtype.type(factor))
return norm
# in: CosineSchedule.lr_at
if t < self.warmup:
    return (t + 1) * self.peak / self.warmup
if t >= self.steps:
    return self.minimum
angle = math.pi * (t - self.warmup) / (self.steps - self.warmup)
return self.minimum + (self.peak - self.minimum) * math.cos(angle / 2) ** 2
# in: count_correct
best = prediction.data.reshape(-1, prediction.shape[-1]).argmax(axis=1)
return int(np.count_nonzero(best == target.data.reshape(-1)))
# in: evaluate
losses, sizes, hits, seen = [], [], 0, 0
with no_grad():
    for inputs, targets in loader:
        prediction = self.model(inputs)
        losses.append(self.loss(prediction, targets).item())
        sizes.append(len(targets))
        if are_classes(prediction, targets):
            hits, seen = hits + count_correct(prediction, targets), seen + targets.size
result = {"loss": sum(loss * size for loss, size in zip(losses, sizes)) / sum(sizes)}
result.update({"accuracy": hits / seen} if seen else {})
# in: save_checkpoint
arrays.update((f"model/{name}", p.numpy()) for name, p in model.named_parameters())
if optimizer is not None:
    state = optimizer.state_dict()
    arrays.update({"optimizer/lr": state["lr"], "optimizer/count": len(state["memory"])})
    for index, memory in enumerate(state["memory"]):
        for key in memory:
            arrays[f"optimizer/{index}/{key}"] = memory[key]
beside = Path(path).with_name(Path(path).name + ".new")
with beside.open("wb") as file:
    np.savez(file, **arrays)
beside.replace(path)

# right: the other exercises, written differently
# in: CosineSchedule.step
self.t = self.t + 1
rate = self.lr_at(self.t)
self.optimizer.lr = rate
# in: Trainer.train_step
for parameter in self.optimizer.params:
    parameter.grad = None
loss = self.loss(self.model(inputs), targets)
value = loss.item()
if math.isnan(value) or math.isinf(value):
    raise FloatingPointError("the loss exploded")
loss.backward()
if self.max_grad_norm is not None:
    clip_grad_norm(self.optimizer.params, self.max_grad_norm)
self.optimizer.step()
if self.schedule is not None:
    self.schedule.step()
return value
# in: fit
losses, sizes = [], []
for inputs, targets in loader:
    losses.append(self.train_step(inputs, targets))
    sizes.append(len(targets))
mean = sum(loss * size for loss, size in zip(losses, sizes)) / sum(sizes)
line = dict(epoch=len(self.history) + 1, loss=mean, lr=self.optimizer.lr)
if validation is not None:
    line.update({f"validation_{name}": value for name, value in self.evaluate(validation).items()})
self.history.append(line)
