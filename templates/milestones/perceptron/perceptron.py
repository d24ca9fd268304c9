"""Milestone 1957: the perceptron.

In 1957 Frank Rosenblatt, a psychologist, proposed a machine that learns from its mistakes instead of being programmed.
In July 1958 he showed it to the press, simulated on an IBM 704: shown cards with marks on the left or on the right, the
program "learned to differentiate between right and left after fifty attempts" (The New York Times, 8 July 1958). Two years
later it stood there in metal, the Mark I, with a retina of 20 by 20 photocells and weights that were turned by motors.

This script repeats the show with what you built, and then two things that took longer to be understood:

1. left or right: fifty cards, with the rule that Rosenblatt used;
2. the promise: if a solution exists, the rule finds one, after a number of mistakes that can be bounded beforehand (Novikoff, 1962);
3. the limit: for XOR no solution exists, and the rule runs in circles (Minsky and Papert, 1969).

Run it from anywhere in the workspace:

    python perceptron.py

It takes a few seconds, and ends with an error if a claim does not hold.
"""

import sys
import traceback
from pathlib import Path

import numpy as np

# The workspace is the nearest folder above this file that holds the package; make the package importable.
ROOT = next((folder for folder in Path(__file__).resolve().parents if (folder / "tinytorch").is_dir()), None)
if ROOT is not None:
    sys.path.insert(0, str(ROOT))
try:
    from tinytorch.core.activations import ReLU
    from tinytorch.core.layers import Linear, Module, Sequential
    from tinytorch.core.tensor import Tensor
    from tinytorch.pictures import curves, image_grid, report
except ImportError as error:
    sys.exit(f"This milestone runs on your tensor, activations and layers, and one of them is not exported yet ({error}).")

RETINA = 20


def cards(count, rng):
    """Cards with one square mark: a Tensor (count, 400) of zeros and ones, and +1 (right) or -1 (left) for each."""
    pictures = np.zeros((count, RETINA, RETINA), dtype=np.float32)
    sides = rng.choice([-1.0, 1.0], size=count)
    for picture, side in zip(pictures, sides):
        size = rng.integers(4, 8)
        top = rng.integers(0, RETINA - size + 1)
        left = rng.integers(0, RETINA // 2 - size + 1) + (RETINA // 2 if side > 0 else 0)
        picture[top : top + size, left : left + size] = 1
    return Tensor(pictures.reshape(count, -1)), sides


class Perceptron(Module):
    """Rosenblatt's machine: a retina, association units with fixed random wires, and one response unit that learns.

    Args:
        inputs: how many photocells there are.
        associations: how many association units; 0 wires the photocells to the response unit directly.
        rng: the generator of the random wires.
    """

    def __init__(self, inputs, associations, rng):
        self.associate = Sequential(*([Linear(inputs, associations, rng=rng), ReLU()] if associations else []))
        self.respond = Linear(associations or inputs, 1, rng=rng)
        for parameter in self.respond.parameters():
            parameter.data = np.zeros_like(parameter.data)

    def forward(self, x):
        """The sum at the response unit, for each row of `x`: positive means +1."""
        return self.respond(self.associate(x)).reshape(-1)

    def answers(self, x):
        """+1 or -1 for each row of `x`."""
        return np.where((self(x) > 0).numpy(), 1.0, -1.0)

    def learn(self, x, side):
        """Look at one example; after a mistake, and only then, move the weights towards the right answer.

        Returns:
            Whether it was a mistake.
        """
        if self.answers(x)[0] == side:
            return False
        step = self.associate(x) * side
        self.respond.weight.data = (self.respond.weight + step.T).numpy()
        self.respond.bias.data = (self.respond.bias + side).numpy()
        return True


def claim(holds, sentence):
    """Print a claim; leave with an error if it does not hold."""
    print(f"   {'holds' if holds else 'FAILS'}: {sentence}")
    if not holds:
        sys.exit("The milestone is not reached. Do the tests of your tensor, activations and layers modules all pass?")


def left_or_right(rng):
    print("1. Fifty cards (New York, July 1958)")
    unseen, sides = cards(500, rng)
    machine = Perceptron(RETINA * RETINA, 256, rng)
    training, truth = cards(50, rng)
    mistakes, share, way = 0, 0.0, []
    for number in range(50):
        mistakes += machine.learn(training[number : number + 1], truth[number])
        way.append(100 * float((machine.answers(unseen) == sides).mean()))
        if number + 1 in (1, 5, 10, 20, 50):
            share = float((machine.answers(unseen) == sides).mean())
            print(f"   after {number + 1:2} cards: {mistakes:2} mistakes made, {share:6.1%} of 500 unseen cards right")
    claim(share >= 0.9, "after fifty cards, nine of ten unseen ones are told apart")
    return [
        image_grid(
            training.numpy()[:8].reshape(-1, RETINA, RETINA),
            title="Cards",
            labels=["right" if side > 0 else "left" for side in truth[:8]],
        ),
        curves({"right": (range(1, 51), way)}, title="Unseen cards told apart", x="cards that were shown", y="%"),
    ]


def the_promise(rng):
    print("\n2. If there is a solution, the rule finds one (Novikoff, 1962)")
    direction = rng.normal(size=10)
    direction /= np.linalg.norm(direction)
    points = rng.normal(size=(400, 10))
    points = points[np.abs(points @ direction) > 0.3][:200]
    sides = np.sign(points @ direction)
    extended = np.hstack([points, np.ones((len(points), 1))])  # the bias is a weight whose input is always 1
    margin = (np.abs(points @ direction)).min()
    bound = (np.linalg.norm(extended, axis=1).max() / margin) ** 2
    machine = Perceptron(10, 0, rng)
    mistakes = 0
    for rounds in range(1, 1001):
        wrong = sum(machine.learn(Tensor(point[None]), side) for point, side in zip(points, sides))
        mistakes += wrong
        if wrong == 0:
            break
    right = int((machine.answers(Tensor(points)) == sides).sum())
    print(f"   {len(points)} points in 10 dimensions, margin {margin:.2f}: {mistakes} mistakes in {rounds} rounds")
    claim(right == len(points), f"all {len(points)} points are on their side")
    claim(mistakes <= bound, f"{mistakes} mistakes are at most (R / margin)^2 = {bound:.0f}")


def the_limit(rng):
    print("\n3. If there is none, it runs in circles (Minsky and Papert, 1969)")
    points = Tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    sides = np.array([-1.0, 1.0, 1.0, -1.0])
    machine = Perceptron(2, 0, rng)
    best, seen, circle, path = 0, {}, 0, []
    for rounds in range(1, 101):
        for row in range(4):
            machine.learn(points[row : row + 1], sides[row])
        path.append(int((machine.answers(points) == sides).sum()))
        best = max(best, path[-1])
        state = tuple(machine.respond.weight.numpy().ravel()) + tuple(machine.respond.bias.numpy())
        circle = circle or (rounds - seen[state] if state in seen else 0)
        seen.setdefault(state, rounds)
    print(f"   XOR: at best {best} of 4 right in 100 rounds; the weights return to where they were after {circle} round(s)")
    claim(best < 4 and circle > 0, "no single layer computes XOR: the weights go round and round")
    bent = Sequential(Linear(2, 2), ReLU(), Linear(2, 1))
    wires = ([[1.0, 1.0], [1.0, 1.0]], [0.0, -1.0], [[1.0], [-2.0]], [-0.5])
    for parameter, values in zip(bent.parameters(), wires):
        parameter.data = np.array(values, dtype=np.float32)
    right = int(((bent(points).reshape(-1) > 0).numpy() == (sides > 0)).sum())
    claim(right == 4, "a layer in between, wired by hand, computes it. How to *learn* such wires took until the 1980s")
    return [curves({"right": (range(1, 31), path[:30])}, title="XOR: never all four, round after round", x="round", y="cases right")]


def main():
    rng = np.random.default_rng(1957)
    pictures = left_or_right(rng)
    the_promise(rng)
    pictures += the_limit(rng)
    report(__file__, pictures, title="1957: the perceptron")
    print("\nReached: the perceptron learns, on code that you wrote.")


if __name__ == "__main__":
    try:
        main()
    except NotImplementedError as error:
        stub = traceback.extract_tb(error.__traceback__)[-1]
        sys.exit(f"An exercise is still open: {stub.name} in {Path(stub.filename).name}. Write it, export it, and run this script again.")
