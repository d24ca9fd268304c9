"""2023: small and open. A language model with the parts of today, built on your own package, against the GPT of 2019.

In February 2023 Touvron and others published LLaMA (arXiv:2302.13971), a family of models that anyone could study. It was GPT with a handful of
parts exchanged: RMSNorm, rotary positions, SwiGLU. Nearly every open model since has been built from the same parts.

The claims that this script checks, the last two on 8 stories that neither model has ever seen:

1. with the same training, and no more parameters, the new model learns faster: it gets below 1 nat for each token in at most 0.8 times the steps;
2. in the end it needs less than 0.6 bits for each character;
3. trained on windows of 48 tokens, it reads the stories whole, which are up to twice as long. The old model cannot: its table ends.

What is not claimed: that the new model is better in the end. On so little text the two finish close to each other; see the report.

Run:   python llama.py        (about a minute on a slow machine)
Exit code: 0 when all claims are reached, 1 when one is not, 2 when something that it needs is missing.
"""

import math
import os
import sys
import time
from pathlib import Path

GOAL = 0.6  # bits per character on held-out stories
HELD_OUT = 8  # stories
VOCABULARY = 400
LENGTH = 48  # tokens that the models see while they are trained
BATCH, STEPS = 10, 250


def workspace():
    """The folder above this file that holds course.lock, or else the one that holds the package."""
    parents = Path(__file__).resolve().parents
    for sign in ("course.lock", "tinytorch"):
        for folder in parents:
            if (folder / sign).exists():
                return folder
    print("No workspace found: neither course.lock nor tinytorch/ is above this file.", file=sys.stderr)
    raise SystemExit(2)


ROOT = workspace()
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are small: waiting for a second thread takes longer than its work

try:
    import numpy as np

    from tinytorch.core.autograd import no_grad
    from tinytorch.core.losses import CrossEntropyLoss
    from tinytorch.core.optimizers import Adam
    from tinytorch.corpora import tales
    from tinytorch.nn.modern import ModernGPT, sample, write
    from tinytorch.nn.transformers import GPT
    from tinytorch.pictures import bars, curves, report
    from tinytorch.text.tokenization import BPETokenizer
except ImportError as error:
    print(f"A piece of your package is missing: {error}\nFinish and export the modules that this milestone needs.", file=sys.stderr)
    raise SystemExit(2)


def loss_of(model, windows):
    """Mean surprise (nats) at each next token."""
    logits = model(windows[:, :-1])
    return CrossEntropyLoss()(logits.reshape(-1, logits.shape[-1]), windows[:, 1:].reshape(-1))


def train(name, model, ids):
    """Adam on random windows, the same ones for every model; gives the losses."""
    rng = np.random.default_rng(7)
    optimizer, start, losses = Adam(model.parameters(), lr=3e-3), time.perf_counter(), []
    for step in range(1, STEPS + 1):
        starts = rng.integers(0, len(ids) - LENGTH, size=BATCH)
        optimizer.zero_grad()
        loss = loss_of(model, np.stack([ids[at : at + LENGTH + 1] for at in starts]))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % 50 == 0:
            print(f"  {name:>6}   step {step:>4}   {loss.item():.3f} nats per token   {time.perf_counter() - start:5.1f} s", flush=True)
    model.eval()
    return losses


def bits_per_character(model, tokenizer, stories, most=None):
    """Bits for each character of the stories, each told from its beginning, as far as `most` tokens."""
    nats, characters = 0.0, 0
    with no_grad():
        for story in stories:
            ids = np.array(tokenizer.encode("\n" + story + "\n"))
            ids = ids if most is None else ids[: most + 1]
            nats += loss_of(model, ids[None]).item() * (len(ids) - 1)
            characters += len(tokenizer.decode(ids[1:].tolist()))
    return nats / math.log(2) / characters


def steps_below(losses, limit=1.0, over=10):
    """The first step at which the mean of the last losses is below a limit; one more than all steps if there is none."""
    means = np.convolve(losses, np.ones(over) / over, mode="valid")
    return next((place + over for place, mean in enumerate(means) if mean < limit), len(losses) + 1)


def reads_whole_stories(model, ids):
    """Whether a model takes a text that is longer than its windows were."""
    try:
        with no_grad():
            model(ids[None])
    except ValueError:
        return False
    return True


def main():
    try:
        stories = tales()
    except FileNotFoundError as error:
        print(f"The stories are missing: {error}", file=sys.stderr)
        return 2
    known, unseen = stories[:-HELD_OUT], stories[-HELD_OUT:]
    text = "\n" + "\n".join(known) + "\n"
    tokenizer = BPETokenizer().train(text, VOCABULARY)
    ids = np.array(tokenizer.encode(text))
    lengths = [len(tokenizer.encode("\n" + story + "\n")) for story in unseen]
    print(f"{len(known)} stories, {len(ids)} tokens; windows of {LENGTH}; the held-out stories have up to {max(lengths)} tokens")

    models = {
        "2019": GPT(tokenizer.vocab_size, 64, 4, 2, LENGTH, rng=np.random.default_rng(7)),
        "2023": ModernGPT(tokenizer.vocab_size, 64, 4, 2, rng=np.random.default_rng(7)),
    }
    sizes = {name: sum(parameter.size for parameter in model.parameters()) for name, model in models.items()}
    losses = {name: train(name, model, ids) for name, model in models.items()}
    bits = {name: bits_per_character(model, tokenizer, unseen, LENGTH) for name, model in models.items()}
    bits["2023, whole stories"] = bits_per_character(models["2023"], tokenizer, unseen)

    print("\nA story that nobody wrote, with top-k and top-p:")
    rng = np.random.default_rng(11)
    choose = lambda logits: sample(logits, temperature=0.6, k=40, p=0.9, rng=rng)
    told = write(models["2023"], tokenizer.encode("\nMira"), 90, choose)
    print("  " + tokenizer.decode(told).strip().split("\n")[0])

    pictures = [
        curves(losses, title="Training", x="step", y="nats for each token", log="y"),
        bars(bits, title="Bits for each character of stories that were never seen"),
        bars(sizes, title="Parameters"),
    ]
    report(__file__, pictures, title="2023: small and open")

    longest = np.array(tokenizer.encode("\n" + max(unseen, key=len) + "\n"))
    steps = {name: steps_below(values) for name, values in losses.items()}
    claims = {
        f"2023 learns faster: below 1 nat after {steps['2023']} steps, 2019 after {steps['2019']}": steps["2023"] <= 0.8 * steps["2019"],
        f"with no more parameters: {sizes['2023']:,} and {sizes['2019']:,}": sizes["2023"] <= sizes["2019"],
        f"less than {GOAL} bits on whole stories: {bits['2023, whole stories']:.3f}": bits["2023, whole stories"] < GOAL,
        f"2023 reads {len(longest)} tokens, 2019 does not": reads_whole_stories(models["2023"], longest)
        and not reads_whole_stories(models["2019"], longest),
    }
    print()
    for claim, holds in claims.items():
        print(f"  {'reached' if holds else 'NOT reached'}: {claim}")
    if not all(claims.values()):
        print("Check the tests of modern, transformers and the optimizer.", file=sys.stderr)
    return 0 if all(claims.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
