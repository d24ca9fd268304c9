# wrong: the rest of the batch is lost
# in: shard
size = count // workers
return slice(rank * size, rank * size + size)

# wrong: the last worker gets the whole rest
# in: shard
size = count // workers
return slice(rank * size, count if rank == workers - 1 else (rank + 1) * size)

# wrong: shards are rounded up, so that the last ones may be short
# in: shard
size = -(-count // workers)
return slice(min(count, rank * size), min(count, (rank + 1) * size))

# wrong: every worker takes every N-th example
# in: shard
return slice(rank, count, workers)

# wrong: the larger shards overlap with the next
# in: shard
small, larger = divmod(count, workers)
start = rank * small
return slice(start, start + small + (rank < larger))

# wrong: the plain average, without weights
# in: weighted_average
return sum(gradients) / len(gradients)

# wrong: weighted, and not divided by the size of the batch
# in: weighted_average
return sum(gradient * size for gradient, size in zip(gradients, sizes) if size)

# wrong: the NaN of an empty shard, times zero
# in: weighted_average
count = sum(sizes)
return sum(gradient * (size / count) for gradient, size in zip(gradients, sizes))

# wrong: the weights are worked into the caller's arrays
# in: weighted_average
count = sum(sizes)
total = 0.0
for gradient, size in zip(gradients, sizes):
    if size:
        gradient *= size / count
        total = total + gradient
return total

# wrong: the root gets its own array back
# in: broadcast
if transport.rank != root:
    return transport.receive(root)
for other in range(transport.size):
    if other != root:
        transport.send(other, array)
return array

# wrong: always from worker 0
# in: broadcast
if transport.rank != 0:
    return transport.receive(0)
for other in range(1, transport.size):
    transport.send(other, array)
return array.copy()

# wrong: everybody sends to everybody
# in: gather_all_reduce
for other in range(transport.size):
    if other != transport.rank:
        transport.send(other, array)
total = array.copy()
for other in range(transport.size):
    if other != transport.rank:
        total = total + transport.receive(other)
return total

# wrong: worker 0 adds into its own array
# in: gather_all_reduce
if transport.rank == 0:
    for other in range(1, transport.size):
        array += transport.receive(other)
else:
    transport.send(0, array)
return broadcast(transport, array)

# wrong: the mean in place of the sum
# in: gather_all_reduce
total = array.copy()
if transport.rank == 0:
    for other in range(1, transport.size):
        total = total + transport.receive(other)
    total = total / transport.size
else:
    transport.send(0, array)
return broadcast(transport, total)

# wrong: all receive first, and nobody sends
# in: reduce_scatter
mine, rank, size = list(chunks), transport.rank, transport.size
for step in range(size - 1):
    received = transport.receive(transport.left)
    transport.send(transport.right, mine[(rank - step) % size])
    mine[(rank - step - 1) % size] = mine[(rank - step - 1) % size] + received
return mine

# wrong: the chunk that comes in is taken for the own one
# in: reduce_scatter
mine, rank, size = list(chunks), transport.rank, transport.size
for step in range(size - 1):
    transport.send(transport.right, mine[(rank - step) % size])
    mine[(rank - step) % size] = mine[(rank - step) % size] + transport.receive(transport.left)
return mine

# wrong: the sum goes into the caller's chunks
# in: reduce_scatter
rank, size = transport.rank, transport.size
for step in range(size - 1):
    transport.send(transport.right, chunks[(rank - step) % size])
    chunks[(rank - step - 1) % size] += transport.receive(transport.left)
return chunks

# wrong: the own chunk is sent again and again
# in: reduce_scatter
mine, rank, size = list(chunks), transport.rank, transport.size
for step in range(size - 1):
    transport.send(transport.right, mine[rank])
    place = (rank - step - 1) % size
    mine[place] = mine[place] + transport.receive(transport.left)
return mine

# wrong: one round too many
# in: reduce_scatter
mine, rank, size = list(chunks), transport.rank, transport.size
for step in range(size):
    if size > 1:
        transport.send(transport.right, mine[(rank - step) % size])
        place = (rank - step - 1) % size
        mine[place] = mine[place] + transport.receive(transport.left)
return mine

# wrong: added, not replaced
# in: all_gather
mine, rank, size = list(chunks), transport.rank, transport.size
for step in range(size - 1):
    transport.send(transport.right, mine[(rank + 1 - step) % size])
    place = (rank - step) % size
    mine[place] = mine[place] + transport.receive(transport.left)
return mine

# wrong: chunk r is taken for the complete one
# in: all_gather
mine, rank, size = list(chunks), transport.rank, transport.size
for step in range(size - 1):
    transport.send(transport.right, mine[(rank - step) % size])
    mine[(rank - step - 1) % size] = transport.receive(transport.left)
return mine

# wrong: the simple way under the name of the ring
# in: ring_all_reduce
total = gather_all_reduce(transport, array)
return total.reshape(array.shape)

# wrong: cut along the first axis only
# in: ring_all_reduce
chunks = np.array_split(array, transport.size)
return np.concatenate(all_gather(transport, reduce_scatter(transport, chunks)))

# wrong: the shape is lost
# in: ring_all_reduce
flat, size = array.reshape(-1), transport.size
chunks = [flat[shard(flat.size, number, size)] for number in range(size)]
return np.concatenate(all_gather(transport, reduce_scatter(transport, chunks)))

# wrong: what does not divide is left out
# in: ring_all_reduce
flat, size = array.reshape(-1), transport.size
width = flat.size // size
chunks = [flat[number * width : (number + 1) * width] for number in range(size)]
whole = np.concatenate(all_gather(transport, reduce_scatter(transport, chunks)))
return np.concatenate([whole, flat[size * width :]]).reshape(array.shape)

# wrong: everything becomes float64
# in: flatten
return np.array([number for array in arrays for number in array.reshape(-1)], dtype=np.float64)

# wrong: the parts keep the dtype of the row
# in: unflatten
parts, start = [], 0
for array in like:
    parts.append(flat[start : start + array.size].reshape(array.shape))
    start += array.size
return parts

# wrong: one message for each parameter
# in: broadcast_parameters
for parameter in model.parameters():
    parameter.data = broadcast(transport, parameter.data)

# wrong: the parameters are averaged, not those of worker 0
# in: broadcast_parameters
arrays = [parameter.data for parameter in model.parameters()]
flat = gather_all_reduce(transport, flatten(arrays)) / transport.size
for parameter, array in zip(model.parameters(), unflatten(flat, arrays)):
    parameter.data = array

# wrong: each gradient by itself
# in: average_gradients
for parameter in model.parameters():
    grad = np.zeros_like(parameter.data) if parameter.grad is None else parameter.grad.data
    parameter.grad = Tensor(ring_all_reduce(transport, grad * share))

# wrong: divided by the number of workers
# in: average_gradients
parameters = model.parameters()
arrays = [np.zeros_like(p.data) if p.grad is None else p.grad.data for p in parameters]
average = ring_all_reduce(transport, flatten(arrays)) / transport.size
for parameter, array in zip(parameters, unflatten(average, arrays)):
    parameter.grad = Tensor(array)

# wrong: weighted after the sum
# in: average_gradients
parameters = model.parameters()
arrays = [np.zeros_like(p.data) if p.grad is None else p.grad.data for p in parameters]
average = ring_all_reduce(transport, flatten(arrays)) * share
for parameter, array in zip(parameters, unflatten(average, arrays)):
    parameter.grad = Tensor(array)

# wrong: parameters without gradient are left out of the bucket
# in: average_gradients
parameters = [p for p in model.parameters() if p.grad is not None]
arrays = [p.grad.data for p in parameters]
average = ring_all_reduce(transport, flatten(arrays) * share)
for parameter, array in zip(parameters, unflatten(average, arrays)):
    parameter.grad = Tensor(array)

# wrong: a worker with an empty shard goes home
# in: train_step
part = shard(len(x), transport.rank, transport.size)
share = len(x[part]) / len(x)
optimizer.zero_grad()
if share == 0:
    return 0.0
mean = loss(model(Tensor(x[part])), Tensor(y[part]))
mean.backward()
average_gradients(transport, model, share)
optimizer.step()
return share * mean.item()

# wrong: every worker reads the whole batch
# in: train_step
optimizer.zero_grad()
mean = loss(model(Tensor(x)), Tensor(y))
mean.backward()
average_gradients(transport, model, 1 / transport.size)
optimizer.step()
return mean.item() / transport.size

# wrong: each worker counts the same, whatever its shard
# in: train_step
part = shard(len(x), transport.rank, transport.size)
value = 0.0
optimizer.zero_grad()
if len(x[part]):
    mean = loss(model(Tensor(x[part])), Tensor(y[part]))
    mean.backward()
    value = mean.item() / transport.size
average_gradients(transport, model, 1 / transport.size)
optimizer.step()
return value

# wrong: old gradients are still there
# in: train_step
part = shard(len(x), transport.rank, transport.size)
share, value = len(x[part]) / len(x), 0.0
if share > 0:
    mean = loss(model(Tensor(x[part])), Tensor(y[part]))
    mean.backward()
    value = share * mean.item()
average_gradients(transport, model, share)
optimizer.step()
return value

# wrong: the step comes before the average
# in: train_step
part = shard(len(x), transport.rank, transport.size)
share, value = len(x[part]) / len(x), 0.0
optimizer.zero_grad()
if share > 0:
    mean = loss(model(Tensor(x[part])), Tensor(y[part]))
    mean.backward()
    value = share * mean.item()
optimizer.step()
average_gradients(transport, model, share)
return value

# wrong: the loss of the shard is not weighted
# in: train_step
part = shard(len(x), transport.rank, transport.size)
share, value = len(x[part]) / len(x), 0.0
optimizer.zero_grad()
if share > 0:
    mean = loss(model(Tensor(x[part])), Tensor(y[part]))
    mean.backward()
    value = mean.item()
average_gradients(transport, model, share)
optimizer.step()
return value

# wrong: N messages in place of 2 (N - 1)
# in: step_time
one_message = latency + size / workers / bandwidth
return compute / workers + workers * one_message

# wrong: the whole gradient in each message
# in: step_time
one_message = latency + size / bandwidth
return compute / workers + 2 * (workers - 1) * one_message

# wrong: every piece counts as a whole shard
# in: accumulated_step
part = shard(len(x), transport.rank, transport.size)
own_x, own_y, value = x[part], y[part], 0.0
optimizer.zero_grad()
for piece in range(pieces):
    inner = shard(len(own_x), piece, pieces)
    if inner.stop > inner.start:
        mean = loss(model(Tensor(own_x[inner])), Tensor(own_y[inner]))
        mean.backward()
        value += mean.item() / pieces
average_gradients(transport, model, len(own_x) / len(x))
optimizer.step()
return value * len(own_x) / len(x)

# right: other words
# in: shard
return slice((count // workers) * rank + min(rank, count % workers), (count // workers) * (rank + 1) + min(rank + 1, count % workers))
# in: weighted_average
filled = [(gradient, size) for gradient, size in zip(gradients, sizes) if size > 0]
return np.average([gradient for gradient, _ in filled], axis=0, weights=[size for _, size in filled])
# in: broadcast
if transport.rank == root:
    for step in range(1, transport.size):
        transport.send((root + step) % transport.size, array)
    return np.array(array)
return transport.receive(root)
# in: gather_all_reduce
if transport.rank:
    transport.send(0, array)
    return broadcast(transport, array)
parts = [array] + [transport.receive(other) for other in range(1, transport.size)]
return broadcast(transport, np.sum(parts, axis=0))
# in: reduce_scatter
mine = [chunk.copy() for chunk in chunks]
going, size = transport.rank, transport.size
for _ in range(size - 1):
    transport.send((transport.rank + 1) % size, mine[going])
    going = (going - 1) % size
    mine[going] += transport.receive((transport.rank - 1) % size)
return mine
# in: all_gather
size, going = transport.size, (transport.rank + 1) % transport.size
found = {going: chunks[going]}
for _ in range(size - 1):
    transport.send(transport.right, found[going])
    going = (going - 1) % size
    found[going] = transport.receive(transport.left)
return [found[place] for place in range(size)]
# in: ring_all_reduce
chunks = np.array_split(array.ravel(), transport.size)
done = all_gather(transport, reduce_scatter(transport, chunks))
return np.hstack(done).reshape(array.shape)
# in: flatten
return np.hstack([np.ravel(array) for array in arrays])
# in: unflatten
ends = np.cumsum([array.size for array in like])
cuts = np.split(flat, ends[:-1])
return [cut.reshape(array.shape).astype(array.dtype) for cut, array in zip(cuts, like)]
# in: train_step
mine = shard(len(x), transport.rank, transport.size)
count, value = mine.stop - mine.start, 0.0
model.zero_grad()
if count:
    result = loss(model(Tensor(x[mine])), Tensor(y[mine]))
    result.backward()
    value = result.item() * count / len(x)
average_gradients(transport, model, count / len(x))
optimizer.step()
return value

# right: the other exercises, written differently
# in: broadcast_parameters
parameters = model.parameters()
row = flatten([parameter.data for parameter in parameters])
row = broadcast(transport, row, root=0)
for parameter, part in zip(parameters, unflatten(row, [p.data for p in parameters])):
    parameter.data = part
# in: average_gradients
weighted = []
for parameter in model.parameters():
    grad = np.zeros(parameter.shape, parameter.dtype) if parameter.grad is None else parameter.grad.data
    weighted.append(share * grad)
whole = ring_all_reduce(transport, flatten(weighted))
for parameter, part in zip(model.parameters(), unflatten(whole, weighted)):
    parameter.grad = Tensor(part)
# in: step_time
steps = 2 * (workers - 1)
return compute / workers + steps * latency + steps * size / (workers * bandwidth)
# in: speed_up
before = step_time(1, compute, size, latency, bandwidth)
after = step_time(workers, compute, size, latency, bandwidth)
return before / after
# in: accumulated_step
mine = shard(len(x), transport.rank, transport.size)
count, value = mine.stop - mine.start, 0.0
model.zero_grad()
for piece in range(min(pieces, count)):
    cut = shard(count, piece, min(pieces, count))
    rows = slice(mine.start + cut.start, mine.start + cut.stop)
    result = loss(model(Tensor(x[rows])), Tensor(y[rows])) * ((cut.stop - cut.start) / count)
    result.backward()
    value += result.item()
average_gradients(transport, model, count / len(x))
optimizer.step()
return value * count / len(x)
# in: weighted_average
total = np.zeros(gradients[0].shape)
for gradient, size in zip(gradients, sizes):
    if size:
        total += np.asarray(gradient) * size
return total / sum(sizes)
