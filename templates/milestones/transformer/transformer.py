"""2017: attention is all it takes. A small GPT, built on your own package, learns to tell stories.

In 2017 Vaswani and others showed that a network of attention alone beats those that read word by word. A year later GPT was
such a network, trained to do one thing: say what comes next.

The claim that this script checks: on 8 stories that it has never seen, the model needs less than 0.5 bits for each
character. For comparison, measured on the same stories: knowing nothing costs 8 bits, knowing how frequent each
character is costs 4.25, and counting what followed the last four characters, the best of its kind, costs 0.92.

Run:   python transformer.py        (about a minute on a slow machine)
Exit code: 0 when the claim is reached, 1 when it is not, 2 when something that it needs is missing.
"""

import math
import os
import sys
import time
from collections import Counter
from pathlib import Path

GOAL = 0.5  # bits per character on held-out stories
HELD_OUT = 8  # stories
VOCABULARY = 400
LENGTH = 96  # tokens that the model sees
BATCH, STEPS = 6, 300


def workspace():
    """The folder above this file that holds course.lock, or else the one that holds the package."""
    parents = Path(__file__).resolve().parents
    for sign in ("course.lock", "tinytorch"):
        for folder in parents:
            if (folder / sign).exists():
                return folder
    print("No workspace found: neither course.lock nor tinytorch/ lies above this file.", file=sys.stderr)
    raise SystemExit(2)


ROOT = workspace()
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are small: waiting for a second thread takes longer than its work

try:
    import numpy as np

    from tinytorch.core.autograd import no_grad
    from tinytorch.core.losses import CrossEntropyLoss
    from tinytorch.core.optimizers import Adam
    from tinytorch.nn.transformers import GPT
    from tinytorch.pictures import bars, curves, heat_map, report
    from tinytorch.text.tokenization import BPETokenizer
except ImportError as error:
    print(f"A piece of your package is missing: {error}\nFinish and export the modules that this milestone needs.", file=sys.stderr)
    raise SystemExit(2)


def character_baseline(known, unseen, context):
    """Bits per character of `unseen` when the next character is guessed from the last `context` ones, by counting in `known`."""
    pairs = Counter(known[i:i + context + 1] for i in range(len(known) - context))
    before = Counter(known[i:i + context] for i in range(len(known) - context))
    kinds = len(set(known)) + 1
    bits = 0.0
    for i in range(context, len(unseen)):
        start = unseen[i - context:i]
        bits -= math.log2((pairs[unseen[i - context:i + 1]] + 0.1) / (before[start] + 0.1 * kinds))
    return bits / (len(unseen) - context)


def draw_batch(ids, rng):
    """BATCH windows of LENGTH + 1 tokens, from random places."""
    starts = rng.integers(0, len(ids) - LENGTH, size=BATCH)
    return np.stack([ids[start:start + LENGTH + 1] for start in starts])


def loss_of(model, windows):
    """Mean surprise (nats) at each next token."""
    logits = model(windows[:, :-1])
    return CrossEntropyLoss()(logits.reshape(-1, logits.shape[-1]), windows[:, 1:].reshape(-1))


def reads_the_future(model, ids):
    """Whether a change of the last token changes any score before it: then all losses would be worthless."""
    changed = ids.copy()
    changed[-1] = (changed[-1] + 1) % model.head.weight.shape[1]
    with no_grad():
        before, after = model(ids[None]).data, model(changed[None]).data
    return not np.array_equal(before[:, :-1], after[:, :-1])


def bits_per_character(model, tokenizer, stories):
    """Bits for each character of the stories, each story told from its beginning."""
    nats, characters = 0.0, 0
    with no_grad():
        for story in stories:
            ids = np.array(tokenizer.encode("\n" + story + "\n"))[: LENGTH + 1]
            nats += loss_of(model, ids[None]).item() * (len(ids) - 1)
            characters += len(tokenizer.decode(ids[1:].tolist()))
    return nats / math.log(2) / characters


def main():
    path = ROOT / "datasets" / "tinytales" / "tinytales.txt"
    if not path.exists():
        print(f"The stories are missing: {path.relative_to(ROOT)}", file=sys.stderr)
        return 2
    stories = path.read_text(encoding="utf-8").splitlines()
    known, unseen = stories[:-HELD_OUT], stories[-HELD_OUT:]
    text = "\n" + "\n".join(known) + "\n"

    tokenizer = BPETokenizer().train(text, VOCABULARY)
    ids = np.array(tokenizer.encode(text))
    longest = max(len(tokenizer.encode("\n" + story + "\n")) for story in unseen)
    print(f"{len(known)} stories, {len(text)} characters, {len(ids)} tokens of {tokenizer.vocab_size} kinds; the longest held-out story has {longest}")
    costs = {}
    for context in (0, 1, 2, 4, 8):
        costs[f"the last {context} characters"] = character_baseline(text, chr(10).join(unseen), context)
        print(f"  baseline: guess from the last {context} characters   {costs[f'the last {context} characters']:.2f} bits per character")

    rng = np.random.default_rng(7)
    model = GPT(tokenizer.vocab_size, 64, 4, 2, LENGTH, rng=rng)
    optimizer = Adam(model.parameters(), lr=3e-3)
    print(f"GPT with {sum(parameter.size for parameter in model.parameters()):,} parameters")

    start, way = time.perf_counter(), []
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        loss = loss_of(model, draw_batch(ids, rng))
        loss.backward()
        optimizer.step()
        way.append(loss.item())
        spent = time.perf_counter() - start
        if step % 50 == 0 or step == 1:
            print(f"  step {step:>4}   training loss {loss.item():.3f} nats per token   {spent:5.1f} s", flush=True)

    model.eval()
    if reads_the_future(model, ids[:LENGTH]):
        print("The model can see the token that it has to predict: the causal mask leaks, and its loss means nothing.", file=sys.stderr)
        return 1
    bits = bits_per_character(model, tokenizer, unseen)
    print("\nA story that nobody wrote:")
    told = model.generate(tokenizer.encode("\nMira"), 90, temperature=0.4, rng=np.random.default_rng(11))
    print("  " + tokenizer.decode(told).strip().split("\n")[0])
    print("\nOne that begins as none of the others does, told greedily:")
    print("  " + tokenizer.decode(model.generate(tokenizer.encode("\nThe whale"), 90)).strip().split("\n")[0])

    opening = tokenizer.encode("\n" + unseen[0])[:12]
    with no_grad():
        scores = model(np.array([opening])).data[0]
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    likely = np.argsort(-chances.max(axis=0))[:8]
    written = [tokenizer.decode([token]).replace("\n", "⏎").replace(" ", "␣") for token in range(tokenizer.vocab_size)]
    pictures = [
        curves({"training loss": way}, title="Training", x="step", y="nats for each token", log="y"),
        bars({**costs, "this GPT": bits}, title="Bits for each character of stories that were never seen"),
        heat_map(
            chances[:, likely],
            title="The opening of an unseen story: how likely is each next token?",
            rows=[written[token] for token in opening],
            columns=[written[token] for token in likely],
            y="token that was read",
            low=0,
            high=1,
        ),
    ]
    report(__file__, pictures, title="2017: attention is enough")

    reached = bits < GOAL
    print(f"\nOn {HELD_OUT} held-out stories: {bits:.3f} bits per character; the claim is below {GOAL}: {'reached' if reached else 'NOT reached'}.")
    if not reached:
        print("The model did not learn enough. Check the tests of attention, transformers and the optimizer.", file=sys.stderr)
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
