//! The guides in `docs/`: every command on them is run, in the order of the page, in a folder as a reader has it.
//!
//! A page begins in an empty folder with a copy of `tests/bases/mini` as `base/`, a `course.yml` over it, and that course published as `site/`.
//! - In a `console` block `$ tito …` and `$ cd …` are run; `[exit N]` behind a command says how it ends, else it ends with 0.
//! - A `yaml` block whose first line is `# PATH` is written to that file. Others must be what a course or a catalog may hold.
//! - `<!-- replace FILE: OLD => NEW -->` and `<!-- delete FILE -->` are what the reader does beside tito.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tito::source::Source;
use tito::{catalog, course, yaml};

use super::judges::python;
use super::mini::copy;
use super::tito::{command, ran, root, tito};

/// The pages that are guides, by the name that `tito help` knows them by.
const GUIDES: [&str; 5] = ["students", "instructors", "universities", "maintainers", "contributors"];

#[test]
fn every_command_of_every_guide_runs() {
    let failed: Vec<String> = GUIDES
        .par_iter()
        .filter_map(|guide| match Reader::new().read(guide) {
            Ok(count) => (count < 4).then(|| format!("{guide} has only {count} commands")),
            Err(fault) => Some(fault),
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn every_guide_and_picture_is_there_for_everyone() {
    for guide in GUIDES {
        let text = page(guide);
        let is_for_the_tests = |line: &&str| line.starts_with("<!--") || line.contains(" [exit ");
        let printed = tito(&root(), &["help", guide]).expect(0).stdout;
        let missing = |line: &&str| {
            !line.is_empty() && !is_for_the_tests(line) && !printed.lines().any(|other| other == *line)
        };
        assert_eq!(text.lines().find(missing), None, "{guide}");
        for line in text.lines().filter(|line| line.contains("](")) {
            for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let target = target.split('#').next().unwrap();
                assert!(
                    target.is_empty() || target.contains("://") || root().join("docs").join(target).exists(),
                    "{guide}: {target}"
                );
            }
        }
        // A picture has words for people who do not see it, on the page and in the picture.
        for picture in text.lines().filter_map(|line| line.strip_prefix("![")) {
            let (alternative, file) = picture.split_once("](").unwrap();
            assert!(alternative.len() > 40, "{guide}: {alternative}");
            let svg = fs::read_to_string(root().join("docs").join(file.trim_end_matches(')'))).unwrap();
            assert!(
                svg.contains("role=\"img\"") && svg.contains("<title id=") && svg.contains("<desc id="),
                "{file}"
            );
            assert!(!svg.contains("<script") && !svg.contains("href="), "{file}");
        }
    }
}

#[test]
fn a_dev_container_is_the_students_own_and_as_the_page_shows_it() {
    let reader = Reader::new();
    let words = ["init", "ws", "--devcontainer"];
    tito(&reader.here, &words).expect(0);
    let path = reader.here.join("ws/.devcontainer/devcontainer.json");
    let read = || -> serde_json::Value { serde_json::from_slice(&fs::read(&path).unwrap()).unwrap() };
    let page = fs::read_to_string(root().join("docs/where.md")).unwrap();
    let shown = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut shown: serde_json::Value = serde_json::from_str(shown).unwrap();
    shown["name"] = read()["name"].clone();
    assert_eq!(read(), shown);
    let mut mine = read();
    mine["image"] = "mine".into();
    fs::write(&path, mine.to_string()).unwrap();
    let workspace = reader.here.join("ws");
    tito(&workspace, &["update"]).expect(0);
    tito(&workspace, &["undo"]);
    assert_eq!(read(), mine);
    tito(&reader.here, &["init", "other"]).expect(0);
    assert!(!reader.here.join("other/.devcontainer").exists());
}

fn page(guide: &str) -> String {
    fs::read_to_string(root().join(format!("docs/{guide}.md"))).unwrap()
}

/// Someone who reads a guide and does what it says.
struct Reader {
    folder: tempfile::TempDir,
    here: PathBuf,
}

impl Reader {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&root().join("tests/bases/mini"), &folder.path().join("base"));
        let course = folder.path().join("course.yml");
        fs::write(&course, "course: {id: demo/numbers}\nbase: {from: {path: ./base}}\n").unwrap();
        tito(folder.path(), &["publish", "site"]).expect(0);
        let here = folder.path().canonicalize().unwrap();
        Self { folder, here }
    }

    /// Does all that the page says; how many commands that were.
    fn read(&mut self, guide: &str) -> Result<usize, String> {
        let text = page(guide);
        // The instructor begins with nothing but a base.
        if guide == "instructors" {
            fs::remove_file(self.folder.path().join("course.yml")).unwrap();
            fs::remove_dir_all(self.folder.path().join("site")).unwrap();
        }
        let mut count = 0;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let block = |lines: &mut std::str::Lines<'_>| -> Vec<String> {
                lines.by_ref().take_while(|line| *line != "```").map(ToOwned::to_owned).collect()
            };
            match line {
                "```console" => {
                    for line in block(&mut lines) {
                        let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("{guide}: `{line}`"));
                        self.run(guide, command)?;
                        count += 1;
                    }
                }
                "```yaml" => self.write(guide, &block(&mut lines)),
                _ => {
                    if let Some(what) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"))
                    {
                        self.direct(what);
                    }
                }
            }
        }
        Ok(count)
    }

    fn run(&mut self, guide: &str, line: &str) -> Result<(), String> {
        let (line, code) = match line.split_once(" [exit ") {
            Some((line, code)) => (line, code.trim_end_matches(']').parse().unwrap()),
            None => (line, 0),
        };
        let words = words(line);
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["cd", to] => self.here = self.here.join(to).canonicalize().unwrap(),
            ["tito", args @ ..] => {
                let mut command = command(&self.here);
                let ran = ran(&command.env("TITO_PYTHON", python()).args(args).output().unwrap());
                if ran.code != code {
                    return Err(format!("docs/{guide}.md: `{line}`:\n{}", ran.text()));
                }
            }
            _ => panic!("docs/{guide}.md: `{line}`: only tito and cd are run"),
        }
        Ok(())
    }

    fn write(&self, guide: &str, block: &[String]) {
        let text = block.join("\n") + "\n";
        match block.first().and_then(|line| line.strip_prefix("# ")) {
            Some(path) => fs::write(self.here.join(path), text).unwrap(),
            None => {
                let node = yaml::parse(&Source::new(guide, &text)).unwrap();
                // A part of a file lacks the rest of it.
                let faults = |shape| {
                    let found = yaml::check(&node, shape, true).into_iter().map(|found| found.message);
                    found.filter(|message| !message.starts_with("the file has no `")).collect::<Vec<_>>()
                };
                let (layer, base) = (faults(&course::grammar::LAYER), faults(&catalog::grammar::CATALOG));
                assert!(layer.is_empty() || base.is_empty(), "{guide}:\n{text}\n{layer:?}\n{base:?}");
            }
        }
    }

    fn direct(&self, what: &str) {
        let (verb, rest) = what.split_once(' ').unwrap();
        let at = |file: &str| self.folder.path().join(file);
        match verb {
            "replace" => {
                let (file, text) = rest.split_once(": ").unwrap();
                let (old, new) = text.split_once(" => ").unwrap();
                let before = fs::read_to_string(at(file)).unwrap();
                assert!(before.contains(old), "{what}: it is\n{before}");
                fs::write(at(file), before.replace(old, new)).unwrap();
            }
            "delete" => fs::remove_file(at(rest)).unwrap(),
            _ => panic!("{what}"),
        }
    }
}

/// The words of a command; quotes hold some together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('"').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(ToOwned::to_owned));
        }
    }
    words
}

/// A page must not name a file that a reader of the program does not have.
#[test]
fn the_words_of_a_command_are_as_a_shell_has_them() {
    assert_eq!(words("tito new \"a b\" --x c"), ["tito", "new", "a b", "--x", "c"]);
    assert!(Path::new(&root()).join("docs/where.md").exists());
}
