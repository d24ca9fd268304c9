"""Draws the data set `tinydigits`: 12 x 12 pictures of the ten digits, made by strokes, distortion and noise.

    python tests/base/make_tinydigits.py            writes templates/shared/datasets/tinydigits/tinydigits.npz
    python tests/base/make_tinydigits.py --check    draws again and compares; exit code 1 when a picture differs
    python tests/base/make_tinydigits.py --show 3   prints the first three pictures of each digit

Everything follows from one seed. Needs numpy 1.20 or later, nothing else. The pictures do not depend on the platform (they are rounded to 16 grey levels); the
bytes of the file also depend on the zlib that compresses them.
"""

import argparse
import hashlib
import io
import sys
import zipfile
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parents[2] / "templates/shared/datasets/tinydigits/tinydigits.npz"
SEED, SIDE = 1986, 12
TRAIN, TEST = 2800, 700  # equally many of each digit


def line(*points):
    return np.array(points, dtype=float)


def arc(x, y, rx, ry, start, end):
    """Part of an ellipse around (x, y), from angle `start` to `end` in degrees; 0 is to the right, 90 is down."""
    angle = np.radians(np.linspace(start, end, 2 + int(abs(end - start) / 24)))
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


# Each digit as a list of ways to write it, each a list of strokes. x goes to the right, y down; a digit fills about (-0.6 … 0.6) x (-1 … 1).
DIGITS = {
    0: [[arc(0, 0, 0.6, 1, 0, 360)], [arc(0, 0, 0.5, 0.95, 30, 400)]],
    1: [[line((0.1, -1), (0.1, 1))], [line((-0.35, -0.6), (0.1, -1), (0.1, 1))], [line((-0.35, -0.6), (0.1, -1), (0.1, 1)), line((-0.3, 1), (0.5, 1))]],
    2: [[arc(0, -0.45, 0.55, 0.55, -170, 35), line((0.45, -0.14), (-0.55, 1), (0.6, 1))], [arc(0, -0.4, 0.5, 0.6, -160, 60), line((0.25, 0.12), (-0.5, 0.95), (0.0, 0.85), (0.6, 0.95))]],
    3: [[arc(0, -0.5, 0.5, 0.5, -160, 90), arc(0, 0.5, 0.58, 0.5, -90, 160)], [line((-0.5, -1), (0.5, -1), (0, -0.2)), arc(-0.02, 0.4, 0.58, 0.6, -90, 155)]],
    4: [[line((0.25, 1), (0.25, -1), (-0.6, 0.35), (0.6, 0.35))], [line((-0.45, -0.95), (-0.5, 0.15), (0.6, 0.15)), line((0.3, -0.6), (0.3, 1))]],
    5: [[line((0.5, -1), (-0.4, -1), (-0.45, -0.15)), arc(-0.05, 0.38, 0.6, 0.62, -130, 140)]],
    6: [[arc(0.25, 0.1, 0.8, 1.1, -80, -180), arc(0, 0.45, 0.55, 0.55, 180, 540)], [line((0.3, -1), (-0.4, 0.1)), arc(0, 0.45, 0.52, 0.55, 200, 560)]],
    7: [[line((-0.55, -1), (0.55, -1), (-0.15, 1))], [line((-0.55, -1), (0.55, -1), (-0.1, 1)), line((-0.25, 0.05), (0.5, 0.05))]],
    8: [[arc(0, -0.5, 0.45, 0.47, 0, 360), arc(0, 0.5, 0.56, 0.5, 0, 360)], [line((0.4, -0.75), (-0.4, 0.35)), arc(0, -0.6, 0.42, 0.4, 150, 390), line((-0.4, -0.5), (0.45, 0.4)), arc(0, 0.55, 0.48, 0.45, -20, 200)]],
    9: [[arc(0, -0.45, 0.52, 0.55, 0, 360), line((0.52, -0.45), (0.4, 1))], [arc(0, -0.45, 0.52, 0.55, 0, 360), arc(-0.3, -0.15, 0.8, 1.1, 0, 85)]],
}


def segments(strokes):
    """Start and end points of all straight pieces: two arrays (S, 2)."""
    return np.concatenate([s[:-1] for s in strokes]), np.concatenate([s[1:] for s in strokes])


def distance(points, starts, ends):
    """Distance of each point (P, 2) to the nearest of the pieces, (P,)."""
    along = ends - starts
    to = points[:, None] - starts
    share = np.clip((to * along).sum(-1) / np.maximum((along * along).sum(-1), 1e-12), 0, 1)
    gap = to - share[..., None] * along
    return np.sqrt((gap * gap).sum(-1)).min(axis=1)


def draw(digit, rng):
    """One picture of `digit`: uint8 (SIDE, SIDE), multiples of 17."""
    strokes = DIGITS[digit][rng.integers(len(DIGITS[digit]))]
    strokes = [stroke + rng.normal(0, 0.05, size=stroke.shape) for stroke in strokes]  # a hand that trembles
    bend = rng.normal(0, 0.12, size=2)  # curves the whole digit
    strokes = [stroke + np.stack([bend[0] * stroke[:, 1] ** 2, bend[1] * stroke[:, 0] ** 2], axis=1) for stroke in strokes]

    turn, slant = rng.uniform(-0.22, 0.22), rng.uniform(-0.22, 0.22)
    width, height = rng.uniform(3.3, 4.8), rng.uniform(3.6, 4.6)  # in pixels, from the middle to the edge
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[1, slant], [0, 1]]) @ np.diag([width, height])
    middle = (SIDE - 1) / 2 + rng.uniform(-1.2, 1.2, size=2)
    strokes = [stroke @ matrix.T + middle for stroke in strokes]

    y, x = np.mgrid[:SIDE, :SIDE]
    far = distance(np.stack([x.ravel(), y.ravel()], axis=1).astype(float), *segments(strokes))
    ink = np.clip(rng.uniform(0.55, 1.05) - far + 0.5, 0, 1) * rng.uniform(0.65, 1.0)
    noise = rng.normal(0, 0.08, size=SIDE * SIDE)
    grey = np.clip(ink + noise, 0, 1)
    return (np.floor(grey * 15 + 0.5).astype(np.uint8) * 17).reshape(SIDE, SIDE)


def make():
    """All arrays of the file, by name."""
    rng = np.random.default_rng(SEED)
    arrays = {}
    for part, count in [("train", TRAIN), ("test", TEST)]:
        labels = rng.permutation(np.arange(count) % 10).astype(np.uint8)
        arrays[f"{part}_images"] = np.stack([draw(int(label), rng) for label in labels])
        arrays[f"{part}_labels"] = labels
    return arrays


def pack(arrays):
    """The bytes of an .npz file without time stamps."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
            info = zipfile.ZipInfo(name + ".npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            file.writestr(info, member.getvalue(), compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)
    return out.getvalue()


def digest(arrays):
    """sha256 over names, shapes and numbers: independent of compression."""
    h = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        h.update(f"{name} {array.dtype} {array.shape}\n".encode() + array.tobytes())
    return h.hexdigest()


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--check", action="store_true")
    options.add_argument("--show", type=int, default=0)
    options = options.parse_args()
    arrays = make()
    if options.show:
        for digit in range(10):
            pictures = arrays["train_images"][arrays["train_labels"] == digit][: options.show]
            for row in np.concatenate(pictures, axis=1):
                print("".join(" .:-=+*#%@"[int(value) * 9 // 255] * 2 for value in row))
        return 0
    if options.check:
        with np.load(TARGET, allow_pickle=False) as file:
            kept = {name: file[name] for name in file.files}
        same = digest(kept) == digest(arrays)
        print("pictures:", "the same" if same else "DIFFERENT", "| file:", "the same bytes" if TARGET.read_bytes() == pack(arrays) else "other bytes (another zlib?)")
        return 0 if same else 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(pack(arrays))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes, sha256 {hashlib.sha256(TARGET.read_bytes()).hexdigest()}\npictures: {digest(arrays)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
