# wrong: the shape is left out
# in: model_digest
digest = hashlib.sha256()
for name, weights in model.named_parameters():
    array = weights.numpy()
    digest.update(f"{name} {array.dtype};".encode())
    digest.update(array.tobytes())
return digest.hexdigest()

# wrong: the numbers are rounded
# in: model_digest
digest = hashlib.sha256()
for name, weights in model.named_parameters():
    array = weights.numpy()
    digest.update(f"{name} {array.dtype} {array.shape};".encode())
    digest.update(np.round(array, 4).astype(array.dtype).tobytes())
return digest.hexdigest()

# wrong: the bytes in the order of the memory
# in: model_digest
digest = hashlib.sha256()
for name, weights in model.named_parameters():
    array = weights.numpy()
    digest.update(f"{name} {array.dtype} {array.shape};".encode())
    digest.update(array.tobytes(order="A"))
return digest.hexdigest()

# wrong: every layer is factorised, whether it pays or not
# in: factorise
def convert(layer):
    if not isinstance(layer, Linear):
        return layer
    values = np.linalg.svd(layer.weight.numpy(), compute_uv=False)
    return low_rank(layer, rank_for_energy(values, energy))

return replace_modules(model, convert)

# wrong: the model itself is pruned
# in: build_variants
pruned = model
magnitude_prune(pruned, amount)
return dict([
    ("float32", copy.deepcopy(model)),
    ("fused", fuse(copy.deepcopy(model))),
    ("int8", quantize_model(model, calibration)),
    ("pruned", pruned),
    ("low rank", factorise(copy.deepcopy(model), energy)),
    ("pruned, int8", quantize_model(pruned, calibration)),
])

# wrong: the fused form shares its arrays with the model
# in: build_variants
pruned = copy.deepcopy(model)
magnitude_prune(pruned, amount)
return dict([
    ("float32", copy.deepcopy(model)),
    ("fused", fuse(model)),
    ("int8", quantize_model(model, calibration)),
    ("pruned", pruned),
    ("low rank", factorise(copy.deepcopy(model), energy)),
    ("pruned, int8", quantize_model(pruned, calibration)),
])

# wrong: the steps are added one by one
# in: leave_one_out
candidate = copy.deepcopy(model)
results = {"none": measure(copy.deepcopy(model))}
for name, step in steps.items():
    candidate = step(candidate)
    results[f"without {name}"] = measure(candidate)
results["all"] = measure(candidate)
return results

# wrong: every measurement goes on with the same model
# in: leave_one_out
def measured(left_out):
    candidate = model
    for name, step in steps.items():
        if name not in left_out:
            candidate = step(candidate)
    return measure(candidate)

results = dict(none=measured(set(steps)), all=measured(set()))
results.update((f"without {name}", measured(set([name]))) for name in steps)
return results

# wrong: the two texts are not compared
# in: generation_entries
entries = dict()
for name, write, keeps in (("plain generation", plain, False), ("cached generation", cached, True)):
    with Profiler() as watch:
        write(model, prompt, new)
    flops = sum(row.flops for row in watch.rows())
    positions, _ = generation_work(len(prompt), new, keeps)
    entries[name] = dict([("positions", positions), ("flops", flops), ("flops per token", flops / new)])
return entries

# wrong: the factor is upside down
# in: Claim.measured
number = entries[self.entry][self.metric]
if self.kind == "value":
    return number
reference = entries[self.baseline][self.metric]
if self.kind == "factor":
    return number / reference
if self.kind == "loss":
    return reference - number
raise ValueError(f"unknown kind of claim: {self.kind!r}")

# wrong: the bound itself does not hold
# in: Claim.holds
measured = self.measured(entries)
if self.relation == "at least":
    return bool(measured > self.bound)
if self.relation == "at most":
    return bool(measured < self.bound)
raise ValueError(f"unknown relation: {self.relation!r}")

# wrong: NaN is written, which is no JSON
# in: Report.to_json
return json.dumps(asdict(self), indent=1, sort_keys=True)

# wrong: the claims stay dicts
# in: Report.from_json
return cls(**json.loads(text))

# right: other loops
# in: model_digest
parts = []
for name, weights in model.named_parameters():
    array = np.ascontiguousarray(weights.numpy())
    parts.append(f"{name} {array.dtype} {array.shape};".encode() + array.tobytes())
return hashlib.sha256(b"".join(parts)).hexdigest()
# in: leave_one_out
def run(chosen):
    current = copy.deepcopy(model)
    for name in chosen:
        current = steps[name](current)
    return measure(current)

names = list(steps)
results = {"none": run([]), "all": run(names)}
for left_out in names:
    results[f"without {left_out}"] = run([name for name in names if name != left_out])
return results
# in: Claim.holds
number = self.measured(entries)
tests = {"at least": number >= self.bound, "at most": number <= self.bound}
if self.relation not in tests:
    raise ValueError(f"no such relation: {self.relation}")
return bool(tests[self.relation])

# right: the other exercises, written differently
# in: factorise
def shrink(layer):
    if isinstance(layer, Linear):
        singular = np.linalg.svd(layer.weight.data, compute_uv=False)
        pair = low_rank(layer, rank_for_energy(singular, energy))
        if sum(part.weight.size for part in pair.layers) < layer.weight.size:
            return pair
    return layer

return replace_modules(model, shrink)
# in: build_variants
forms = {"float32": copy.deepcopy(model)}
forms["fused"] = fuse(copy.deepcopy(model))
forms["int8"] = quantize_model(copy.deepcopy(model), calibration)
forms["pruned"] = copy.deepcopy(model)
magnitude_prune(forms["pruned"], amount)
forms["low rank"] = factorise(copy.deepcopy(model), energy=energy)
forms["pruned, int8"] = quantize_model(copy.deepcopy(forms["pruned"]), calibration)
return forms
# in: Claim.measured
number = entries[self.entry][self.metric]
if self.kind == "value":
    return number
if self.kind not in ("factor", "loss"):
    raise ValueError("value, factor or loss")
before = entries[self.baseline][self.metric]
return before / number if self.kind == "factor" else before - number
# in: Report.verdicts
verdicts = []
for claim in self.claims:
    verdicts.append((claim, claim.measured(self.entries), claim.holds(self.entries)))
return verdicts
# in: Report.to_json
return json.dumps({"title": self.title, "digest": self.digest, "entries": self.entries, "claims": [vars(c) for c in self.claims]}, sort_keys=True, allow_nan=False)
# in: Report.from_json
read = json.loads(text)
return cls(read["title"], read["digest"], read["entries"], [Claim(**claim) for claim in read["claims"]])
