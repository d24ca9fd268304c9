"""2017: attention is all it takes. A small GPT, built on your own package, learns to tell stories.

In 2017 Vaswani and others showed that a network of attention alone beats those that read word by word. A year later GPT was
such a network, trained to do one thing: say what comes next.

The claim that this script checks: on 8 stories that it has never seen, the model needs less than 0.5 bits for each
character. For comparison, measured on the same stories: knowing nothing costs 8 bits, knowing how frequent each
character is costs 4.25, and counting what followed the last four characters, the best of its kind, costs 0.92.

With `--prose`, the model reads a novel instead: Moby-Dick, more than a million characters that a person wrote in 1851. The claim
is then that on the last five chapters, which it has never seen, it needs less than 2.8 bits for each character. There, counting
what followed the last two characters costs 2.85, and counting what followed the last four, the best of its kind, 2.40. In its 400
steps the model sees less than half of the book once. With `--steps`, it reads for longer, and gets further than counting.

Run:   python transformer.py                         (about a minute on a slow machine)
       python transformer.py --prose                 (about two minutes there)
       python transformer.py --prose --steps 4000    (ten times as long)
Exit code: 0 when the claim is reached, 1 when it is not, 2 when something that it needs is missing.
"""

import argparse
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
BATCH, STEPS, RATE = 6, 300, 3e-3

PROSE_GOAL = 2.8  # bits per character on held-out chapters
PROSE_HELD_OUT = 5  # chapters, the epilogue among them
PROSE_VOCABULARY, PROSE_SAMPLE = 800, 100_000  # the rules of the tokenizer are learned from so many characters
PROSE_LENGTH, PROSE_BATCH, PROSE_STEPS, PROSE_RATE = 64, 8, 400, 4e-3


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
    from tinytorch.corpora import prose, tales
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


def draw_batch(ids, length, batch, rng):
    """Windows of length + 1 tokens, from random places."""
    starts = rng.integers(0, len(ids) - length, size=batch)
    return np.stack([ids[start:start + length + 1] for start in starts])


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


def bits_in_windows(model, tokenizer, text, length):
    """Bits for each character of a long text, read in windows that know nothing of each other. The first token of a window is not counted."""
    ids = np.array(tokenizer.encode(text))
    windows = ids[: len(ids) // (length + 1) * (length + 1)].reshape(-1, length + 1)
    nats = 0.0
    with no_grad():
        for start in range(0, len(windows), 16):
            some = windows[start:start + 16]
            nats += loss_of(model, some).item() * some[:, 1:].size
    return nats / math.log(2) / sum(len(tokenizer.decode(window[1:].tolist())) for window in windows)


def baselines(known, unseen, contexts):
    """What counting costs, by its name, for each number of characters that it looks back."""
    costs = {}
    for context in contexts:
        costs[f"the last {context} characters"] = character_baseline(known, unseen, context)
        print(f"  baseline: guess from the last {context} characters   {costs[f'the last {context} characters']:.2f} bits per character")
    return costs


def train(ids, kinds, length, batch, steps, rate):
    """A GPT that learned from random windows, and its losses."""
    rng = np.random.default_rng(7)
    model = GPT(kinds, 64, 4, 2, length, rng=rng)
    optimizer = Adam(model.parameters(), lr=rate)
    print(f"GPT with {sum(parameter.size for parameter in model.parameters()):,} parameters")
    start, way = time.perf_counter(), []
    for step in range(1, steps + 1):
        optimizer.zero_grad()
        loss = loss_of(model, draw_batch(ids, length, batch, rng))
        loss.backward()
        optimizer.step()
        way.append(loss.item())
        spent = time.perf_counter() - start
        if step % 50 == 0 or step == 1:
            print(f"  step {step:>4}   training loss {loss.item():.3f} nats per token   {spent:5.1f} s", flush=True)
    model.eval()
    return model, way


def next_tokens(model, tokenizer, opening, title):
    """A picture of how likely the model finds each token after each token of an opening."""
    with no_grad():
        scores = model(np.array([opening])).data[0]
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    likely = np.argsort(-chances.max(axis=0))[:8]
    written = [tokenizer.decode([token]).replace("\n", "⏎").replace(" ", "␣") for token in range(tokenizer.vocab_size)]
    return heat_map(
        chances[:, likely],
        title=title,
        rows=[written[token] for token in opening],
        columns=[written[token] for token in likely],
        y="token that was read",
        low=0,
        high=1,
    )


def leaks(model, ids):
    """Whether the model reads the future; if it does, that is said."""
    if reads_the_future(model, ids):
        print("The model can see the token that it has to predict: the causal mask leaks, and its loss means nothing.", file=sys.stderr)
        return True
    return False


def verdict(what, bits, goal):
    """Say whether the claim is reached; gives the exit code."""
    reached = bits < goal
    print(f"\nOn {what}: {bits:.3f} bits per character; the claim is below {goal}: {'reached' if reached else 'NOT reached'}.")
    if not reached:
        print("The model did not learn enough. Check the tests of attention, transformers and the optimizer.", file=sys.stderr)
    return 0 if reached else 1


def tell_tales(steps):
    stories = tales()
    known, unseen = stories[:-HELD_OUT], stories[-HELD_OUT:]
    text = "\n" + "\n".join(known) + "\n"
    tokenizer = BPETokenizer().train(text, VOCABULARY)
    ids = np.array(tokenizer.encode(text))
    longest = max(len(tokenizer.encode("\n" + story + "\n")) for story in unseen)
    print(f"{len(known)} stories, {len(text)} characters, {len(ids)} tokens of {tokenizer.vocab_size} kinds; the longest held-out story has {longest}")
    costs = baselines(text, "\n".join(unseen), (0, 1, 2, 4, 8))

    model, way = train(ids, tokenizer.vocab_size, LENGTH, BATCH, steps, RATE)
    if leaks(model, ids[:LENGTH]):
        return 1
    bits = bits_per_character(model, tokenizer, unseen)
    print("\nA story that nobody wrote:")
    told = model.generate(tokenizer.encode("\nMira"), 90, temperature=0.4, rng=np.random.default_rng(11))
    print("  " + tokenizer.decode(told).strip().split("\n")[0])
    print("\nOne that begins as none of the others does, told greedily:")
    print("  " + tokenizer.decode(model.generate(tokenizer.encode("\nThe whale"), 90)).strip().split("\n")[0])

    opening = tokenizer.encode("\n" + unseen[0])[:12]
    pictures = [
        curves({"training loss": way}, title="Training", x="step", y="nats for each token", log="y"),
        bars({**costs, "this GPT": bits}, title="Bits for each character of stories that were never seen"),
        next_tokens(model, tokenizer, opening, "The opening of an unseen story: how likely is each next token?"),
    ]
    report(__file__, pictures, title="2017: attention is enough")
    return verdict(f"{HELD_OUT} held-out stories", bits, GOAL)


def read_prose(steps):
    chapters = prose()
    known, unseen = "\n\n".join(chapters[:-PROSE_HELD_OUT]), "\n\n".join(chapters[-PROSE_HELD_OUT:])
    tokenizer = BPETokenizer().train(known[:PROSE_SAMPLE], PROSE_VOCABULARY)
    ids = np.array(tokenizer.encode(known))
    share = steps * PROSE_BATCH * PROSE_LENGTH / len(ids)
    print(f"Moby-Dick: {len(known):,} characters to learn from, {len(ids):,} tokens of {tokenizer.vocab_size} kinds; {len(unseen):,} are held out")
    print(f"{steps} steps read as many tokens as {share:.1f} such books have")
    costs = baselines(known, unseen, range(6))

    model, way = train(ids, tokenizer.vocab_size, PROSE_LENGTH, PROSE_BATCH, steps, PROSE_RATE)
    if leaks(model, ids[:PROSE_LENGTH]):
        return 1
    bits = bits_in_windows(model, tokenizer, unseen, PROSE_LENGTH)
    print("\nA paragraph that Melville did not write:")
    told = model.generate(tokenizer.encode("\nThe whale"), 90, temperature=0.6, rng=np.random.default_rng(11))
    print("  " + tokenizer.decode(told).strip().split("\n")[0])

    opening = tokenizer.encode(chapters[-1].splitlines()[1])[:12]
    pictures = [
        curves({"training loss": way}, title="Training on Moby-Dick", x="step", y="nats for each token"),
        bars({**costs, "this GPT": bits}, title="Bits for each character of chapters that were never seen"),
        next_tokens(model, tokenizer, opening, "The epilogue, unseen: how likely is each next token?"),
    ]
    report(__file__, pictures, title="2017: attention is enough, on a novel of 1851")
    return verdict(f"{PROSE_HELD_OUT} held-out chapters", bits, PROSE_GOAL)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--prose", action="store_true", help="read Moby-Dick instead of the short stories")
    parser.add_argument("--steps", type=int, help=f"steps of training (default {STEPS}, with --prose {PROSE_STEPS})")
    options = parser.parse_args()
    if options.steps is not None and options.steps < 1:
        parser.error("--steps must be 1 or more")
    try:
        if options.prose:
            return read_prose(options.steps or PROSE_STEPS)
        return tell_tales(options.steps or STEPS)
    except FileNotFoundError as error:
        print(f"A text is missing: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
