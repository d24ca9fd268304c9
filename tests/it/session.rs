//! Sessions at a terminal, told in Markdown and run with the real binary: `docs/session.md` and `tests/transcripts/*.md`.
//!
//! A session begins in an empty folder with a copy of `tests/bases/mini` as `base/` and a `course.yml` that adds nothing to it.
//! In order,
//! - a `yaml` block whose first line is `# PATH` is written to that file,
//! - in a `console` block `$ tito …` and `$ cd …` are run; what follows is all that they print (and `[exit N]`, where that is not 0),
//! - a comment `<!-- … -->` is what people do beside tito, or what must hold; see [`Session::direct`].
//!
//! Every session ends by itself with an update after which there is nothing to do, and with every text that the student wrote still
//! somewhere in the workspace. `TITO_BLESS=1` rewrites what is printed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::repository::commit;
use super::tito::{blesses, root, tito, tree};

#[test]
fn the_session_of_the_documentation_goes_as_it_is_told() {
    run(&root().join("docs/session.md"));
}

#[test]
fn every_transcript_goes_as_it_is_told() {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(root().join("tests/transcripts")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 25, "only {} transcripts", paths.len());
    let failed: Vec<String> = paths
        .par_iter()
        .filter_map(|path| {
            let fault = std::panic::catch_unwind(|| run(path)).err()?;
            let fault = fault.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic".to_owned());
            Some(format!("{}:\n{fault}", path.file_name().unwrap().display()))
        })
        .collect();
    assert!(failed.is_empty(), "\n{}\n", failed.join("\n\n"));
}

fn run(path: &Path) {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let told = Session::new().tell(&text);
    if blesses() {
        fs::write(path, told).unwrap();
        return;
    }
    assert!(
        text == told,
        "it goes otherwise (TITO_BLESS=1 rewrites it):\n{}",
        first_difference(&text, &told)
    );
}

fn first_difference(told: &str, found: &str) -> String {
    let (told, found): (Vec<&str>, Vec<&str>) = (told.lines().collect(), found.lines().collect());
    let at = told.iter().zip(&found).position(|(a, b)| a != b).unwrap_or(told.len().min(found.len()));
    let near = |lines: &[&str]| {
        lines.iter().skip(at.saturating_sub(2)).take(8).copied().collect::<Vec<_>>().join("\n")
    };
    format!("line {}\ntold:\n{}\n\nfound:\n{}", at + 1, near(&told), near(&found))
}

/// The course of a session that writes none.
const PLAIN: &str = "course: {id: demo/mini, title: Demo}\nbase: {from: {path: ./base}}\n";

/// Something that the student wrote, and into which file.
struct Written {
    file: String,
    text: String,
}

struct Session {
    folder: tempfile::TempDir,
    here: PathBuf,
    written: Vec<Written>,
}

impl Session {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&root().join("tests/bases/mini"), &folder.path().join("base"));
        fs::write(folder.path().join("course.yml"), PLAIN).unwrap();
        // The way to it may go through a link, which would show in what is printed.
        let here = folder.path().canonicalize().unwrap();
        Self { folder, here, written: Vec::new() }
    }

    /// Goes through `text`, and gives it back with what was really printed.
    fn tell(&mut self, text: &str) -> String {
        let mut told = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            writeln!(told, "{line}").unwrap();
            match line {
                "```console" => {
                    let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                    for command in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
                        writeln!(told, "$ {command}").unwrap();
                        told += &self.command(command);
                    }
                    told += "```\n";
                }
                "```yaml" => {
                    let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                    let name = block.first().and_then(|line| line.strip_prefix("# ")).expect("`# PATH`");
                    fs::write(self.folder.path().join(name), block.join("\n") + "\n").unwrap();
                    for line in block {
                        writeln!(told, "{line}").unwrap();
                    }
                    told += "```\n";
                }
                _ => {
                    if let Some(what) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"))
                    {
                        self.direct(what);
                    }
                }
            }
        }
        self.ends_well();
        told
    }

    fn command(&mut self, command: &str) -> String {
        let command = command.split(" #").next().unwrap().trim();
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            ["cd", to] => {
                self.here = self.here.join(to).canonicalize().unwrap();
                String::new()
            }
            ["tito", args @ ..] => {
                let ran = tito(&self.here, args);
                let mut said = timeless(&(ran.stdout + &ran.stderr));
                if ran.code != 0 {
                    writeln!(said, "[exit {}]", ran.code).unwrap();
                }
                said
            }
            _ => panic!("`{command}`: only tito and cd are run"),
        }
    }

    /// `replace FILE: OLD => NEW`, `append FILE: TEXT`, `write FILE: TEXT`, `delete FILE`, `move FILE: TO`, `commit REPOSITORY: FOLDER`; `has FILE: TEXT`,
    /// `does not have FILE: TEXT`, `gone FILE`.
    fn direct(&mut self, what: &str) {
        let (verb, rest) = what.split_once(' ').unwrap_or((what, ""));
        let (file, text) = rest.split_once(": ").unwrap_or((rest, ""));
        let path = self.folder.path().join(file);
        let read = || fs::read_to_string(&path).unwrap_or_else(|error| panic!("{what}: {error}"));
        match verb {
            "replace" => {
                let (old, new) = text.split_once(" => ").unwrap_or_else(|| panic!("{what}: OLD => NEW"));
                let before = read();
                assert!(before.contains(old), "{what}: it is\n{before}");
                self.written.retain(|written| written.file != file || !written.text.contains(old));
                fs::write(&path, before.replace(old, new)).unwrap();
                self.wrote(file, new);
            }
            "append" => {
                fs::write(&path, format!("{}{text}\n", read())).unwrap();
                self.wrote(file, text);
            }
            "write" => {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, format!("{text}\n")).unwrap();
                self.wrote(file, text);
            }
            "delete" => {
                self.written.retain(|written| written.file != file);
                if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
            }
            // Everything in a folder, to the branch `main` of a repository that is made where it is not there.
            "commit" => drop(commit(&path, &self.folder.path().join(text))),
            "move" => {
                let to = self.folder.path().join(text);
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::rename(&path, to).unwrap();
            }
            "has" => assert!(read().contains(text), "{what}: it is\n{}", read()),
            "lacks" => assert!(!read().contains(text), "{what}: it is\n{}", read()),
            "gone" => assert!(!path.exists(), "{what}: it is there"),
            _ => panic!("{what}: no such directive"),
        }
    }

    /// Remembers what the student wrote; not what the instructor did.
    fn wrote(&mut self, file: &str, text: &str) {
        if file.starts_with("ws/") {
            self.written.push(Written { file: file.to_owned(), text: text.to_owned() });
        }
    }

    fn ends_well(&self) {
        let workspace = self.folder.path().join("ws");
        let update = tito(&workspace, &["update"]);
        assert_eq!(update.code, 0, "the last update: {}{}", update.stdout, update.stderr);
        let again = tito(&workspace, &["update", "--check", "--exit-code"]);
        assert_eq!(again.code, 0, "a second update would do something:\n{}{}", again.stdout, again.stderr);
        let files = tree(&workspace);
        for Written { file, text } in &self.written {
            let there = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).contains(text.as_str());
            assert!(files.values().any(there), "lost: {text:?}, written to {file}");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in tree(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// `20270112_140300` becomes `<stamp>`, `2027-01-12 14:03` becomes `<time>`; and whether two backups were made within one second does not
/// show: `a.0123abcd.py` becomes `a.py`.
fn timeless(text: &str) -> String {
    let patterns = [("dddddddd_dddddd", "<stamp>"), ("dddd-dd-dd dd:dd", "<time>"), (".hhhhhhhh.", ".")];
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match patterns.iter().find(|(pattern, _)| begins(rest, pattern)) {
            Some((pattern, word)) => {
                out += word;
                rest = &rest[pattern.len()..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

fn begins(text: &str, pattern: &str) -> bool {
    let fits = |(wanted, found): (u8, u8)| match wanted {
        b'd' => found.is_ascii_digit(),
        b'h' => found.is_ascii_hexdigit(),
        _ => wanted == found,
    };
    text.len() >= pattern.len() && pattern.bytes().zip(text.bytes()).all(fits)
}

#[test]
fn times_are_taken_out() {
    assert_eq!(timeless("a_20270112_140300/b.0123abcd.py 2027-01-12 14:03 é"), "a_<stamp>/b.py <time> é");
}
