# wrong: the weights are changed in place
# in: Optimizer.step
for parameter, memory in zip(self.params, self.memory):
    if parameter.grad is None:
        continue
    direction = self.direction(parameter.data, parameter.grad.data, memory)
    parameter.data -= (self.lr * direction).astype(parameter.dtype)

# wrong: a missing gradient counts as zero
# in: Optimizer.step
for parameter, memory in zip(self.params, self.memory):
    grad = np.zeros_like(parameter.data) if parameter.grad is None else parameter.grad.data
    direction = self.direction(parameter.data, grad, memory)
    parameter.data = (parameter.data - self.lr * direction).astype(parameter.dtype)

# wrong: the weights become float64
# in: Optimizer.step
for parameter, memory in zip(self.params, self.memory):
    if parameter.grad is None:
        continue
    direction = self.direction(parameter.data, parameter.grad.data, memory)
    parameter.data = parameter.data - np.float64(self.lr) * direction

# wrong: all parameters share one memory
# in: Optimizer.step
for parameter in self.params:
    if parameter.grad is None:
        continue
    direction = self.direction(parameter.data, parameter.grad.data, self.memory[0])
    parameter.data = (parameter.data - self.lr * direction).astype(parameter.dtype)

# wrong: momentum as an average
# in: SGD.direction
grad = grad + self.weight_decay * parameter
if self.momentum == 0:
    return grad
memory["velocity"] = self.momentum * memory.get("velocity", 0) + (1 - self.momentum) * grad
return memory["velocity"]

# wrong: the first velocity is zero
# in: SGD.direction
grad = grad + self.weight_decay * parameter
if self.momentum == 0:
    return grad
velocity = memory.get("velocity", np.zeros_like(grad))
memory["velocity"] = self.momentum * velocity + grad
return velocity

# wrong: the decay is added behind the momentum
# in: SGD.direction
if self.momentum == 0:
    return grad + self.weight_decay * parameter
memory["velocity"] = self.momentum * memory.get("velocity", 0) + grad
return memory["velocity"] + self.weight_decay * parameter

# wrong: the averages are not corrected
# in: Adam.direction
m = self.betas[0] * memory.get("m", 0) + (1 - self.betas[0]) * grad
v = self.betas[1] * memory.get("v", 0) + (1 - self.betas[1]) * grad**2
memory["m"], memory["v"], memory["t"] = m, v, memory.get("t", 0) + 1
return m / (np.sqrt(v) + self.eps)

# wrong: eps is inside the root
# in: Adam.direction
t = memory.get("t", 0) + 1
m = self.betas[0] * memory.get("m", 0) + (1 - self.betas[0]) * grad
v = self.betas[1] * memory.get("v", 0) + (1 - self.betas[1]) * grad**2
memory["m"], memory["v"], memory["t"] = m, v, t
return (m / (1 - self.betas[0] ** t)) / np.sqrt(v / (1 - self.betas[1] ** t) + self.eps)

# wrong: the decay enters the averages
# in: AdamW.direction
return super().direction(parameter, grad + self.weight_decay * parameter, memory)

# wrong: the state is not a copy
# in: state_dict
return {"lr": float(self.lr), "memory": self.memory}

# right: an in-between array, and the running sums of Adam
# in: Optimizer.step
for index, parameter in enumerate(self.params):
    if parameter.grad is not None:
        step = self.lr * self.direction(parameter.data, parameter.grad.data, self.memory[index])
        parameter.data = np.subtract(parameter.data, step).astype(parameter.data.dtype)
# in: SGD.direction
total = grad if not self.weight_decay else grad + self.weight_decay * parameter
if self.momentum:
    if "velocity" in memory:
        total = total + self.momentum * memory["velocity"]
    memory["velocity"] = total
return total
# in: Adam.direction
first, second = self.betas
if not memory:
    memory.update(m=np.zeros_like(grad), v=np.zeros_like(grad), t=0)
memory["t"] = int(memory["t"]) + 1
memory["m"] = memory["m"] + (1 - first) * (grad - memory["m"])
memory["v"] = memory["v"] + (1 - second) * (grad * grad - memory["v"])
size = np.sqrt(memory["v"] / (1 - second ** memory["t"]))
return memory["m"] / (1 - first ** memory["t"]) / (size + self.eps)

# right: the other exercises, written differently
# in: Optimizer.zero_grad
for place in range(len(self.params)):
    self.params[place].grad = None
# in: AdamW.direction
return self.weight_decay * parameter + Adam.direction(self, parameter, grad, memory)
# in: state_dict
import copy

return {"lr": float(self.lr), "memory": copy.deepcopy(self.memory)}
