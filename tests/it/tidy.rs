//! Rules about the code and the documentation that a reader may rely on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The modules of the crate in the order of `lib.rs`.
fn pipeline() -> Vec<String> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    lib.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(ToOwned::to_owned)
        .collect()
}

fn module_of(path: &Path) -> String {
    let inner = path.strip_prefix(root().join("src")).unwrap();
    inner.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn a_module_names_only_modules_above_it() {
    let order = pipeline();
    assert!(order.len() > 10, "lib.rs lists the pipeline");
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        let own = module_of(&path);
        let Some(own_at) = order.iter().position(|name| *name == own) else { continue };
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            // Documentation may point anywhere; code may not.
            if line.trim_start().starts_with("//") {
                continue;
            }
            for (at, name) in order.iter().enumerate().skip(own_at + 1) {
                if line.contains(&format!("crate::{name}::")) || line.contains(&format!("crate::{name};")) {
                    wrong.push(format!(
                        "{}:{}: `{own}` (place {own_at}) names `{name}` (place {at})",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The modules that `code` of the module `own` names: `crate::a::b`, `super::c`, also in `use` with braces.
fn named(own: &[String], code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let code: String =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|letter| letter.is_alphanumeric() || "_:".contains(letter)) {
                continue;
            }
            for path in leaves(&code[at..]) {
                let up = path.iter().take_while(|part| *part == "super").count();
                let base = if path[0] == "crate" { &[][..] } else { &own[..own.len().saturating_sub(up)] };
                found.push([base, &path[up.max(1)..]].concat());
            }
        }
    }
    found
}

/// Every path of a tree of paths: `a::{b, c::d}` gives `a::b` and `a::c::d`.
fn leaves(text: &str) -> Vec<Vec<String>> {
    let mut prefix = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        if end > 0 {
            prefix.push(rest[..end].to_owned());
        }
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(tail) if tail.starts_with('{') => {
                let (mut depth, mut start, mut found) = (0, 1, Vec::new());
                for (at, letter) in tail.char_indices() {
                    match letter {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 1 && letter == ',' || depth == 0 {
                        let inner = tail[start..at].trim();
                        if !inner.is_empty() {
                            found.extend(leaves(inner).into_iter().map(|leaf| [&prefix[..], &leaf].concat()));
                        }
                        start = at + 1;
                    }
                    if depth == 0 {
                        break;
                    }
                }
                return found;
            }
            Some(tail) => rest = tail,
            None => return vec![prefix],
        }
    }
}

#[test]
fn paths_in_code_are_found() {
    let own = ["a".to_owned(), "b".to_owned()];
    let found =
        |code: &str| -> Vec<String> { named(&own, code).iter().map(|path| path.join("::")).collect() };
    assert_eq!(found("use crate::x::{self, y::{Z, w}};"), ["x::self", "x::y::Z", "x::y::w"]);
    assert_eq!(found("use super::c::D;\n// super::e\nsuper::super::f(1)"), ["a::c::D", "f"]);
}

#[test]
fn files_do_not_name_each_other_in_a_circle() {
    let mut modules = BTreeMap::new();
    for path in files(&root().join("src"), ".rs") {
        let inner = path.strip_prefix(root().join("src")).unwrap().with_extension("");
        let mut parts: Vec<String> = inner.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        parts.pop_if(|last| last == "mod");
        modules.insert(parts, fs::read_to_string(&path).unwrap());
    }
    // A folder's own file and the files in it belong together.
    let near = |a: &[String], b: &[String]| a.starts_with(b) || b.starts_with(a);
    let names: BTreeMap<&[String], BTreeSet<&[String]>> = modules
        .iter()
        .map(|(own, text)| {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let known = |path: Vec<String>| {
                let ends = (1..=path.len()).rev();
                ends.filter_map(|end| modules.get_key_value(&path[..end]))
                    .map(|(key, _)| key.as_slice())
                    .next()
            };
            let all = named(own, code).into_iter().filter_map(known);
            (own.as_slice(), all.filter(|other| !near(own, other)).collect())
        })
        .collect();
    let mut circles = Vec::new();
    for start in names.keys() {
        let mut open: Vec<(&[String], Vec<&[String]>)> = vec![(start, vec![start])];
        let mut seen = BTreeSet::new();
        while let Some((at, way)) = open.pop() {
            for next in &names[at] {
                if next == start {
                    circles.push(way.iter().map(|part| part.join("::")).collect::<Vec<_>>().join(" → "));
                } else if seen.insert(*next) {
                    open.push((next, [&way[..], &[next]].concat()));
                }
            }
        }
    }
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn no_item_is_visible_to_a_folder_by_its_path() {
    for path in files(&root().join("src"), ".rs") {
        assert!(!fs::read_to_string(&path).unwrap().contains("pub(in "), "{}", path.display());
    }
}

#[test]
fn files_stay_small() {
    let long: Vec<String> = files(&root().join("src"), ".rs")
        .into_iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            (lines > 600).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn no_file_is_called_after_nothing() {
    let vague: BTreeSet<&str> = ["util", "utils", "helper", "helpers", "common", "manager", "misc"].into();
    for path in files(&root().join("src"), ".rs") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(!vague.contains(name.as_str()), "{}", path.display());
    }
}

#[test]
fn only_the_command_line_prints() {
    for path in files(&root().join("src"), ".rs") {
        if module_of(&path) == "cli" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for word in ["println!", "print!(", "process::exit"] {
            assert!(!text.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    for path in files(&root().join("src"), ".rs") {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//!") || text.starts_with("#![doc"),
            "{} opens without a sentence",
            path.display()
        );
    }
}

#[test]
fn every_code_is_documented_and_has_a_case() {
    let documented = fs::read_to_string(root().join("docs/diagnostics.md")).unwrap();
    let mut missing = Vec::new();
    for code in tito::diagnostic::Code::ALL {
        let line = format!("- `{code}`: {}", code.summary());
        if !documented.contains(&line) {
            missing.push(format!("docs/diagnostics.md lacks:\n{line}"));
        }
        let case = root().join("tests/diagnostics").join(code.as_str().replace("::", "/"));
        if !case.is_dir() {
            missing.push(format!("no case: {}", case.display()));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Words and phrases that people who learned English at school may not know, and what to write instead.
const HARD: [(&str, &str); 16] = [
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("anew", "again"),
    ("lest", "so that … not"),
    ("nobody", "no one"),
    ("somebody", "someone"),
    ("begun", "started"),
    ("but for", "except for"),
    ("those who", "people who, the instructor"),
    ("at hand", "available"),
    ("cut short", "interrupted"),
    ("is no", "is not a"),
    ("are no", "are not"),
    ("was no", "was not a"),
];

/// Where a hard phrase is right: the words before and after it.
const RIGHT: [(&str, &str, &str); 3] = [
    ("there", "is no", "it is what English says: there is no file"),
    ("there", "are no", "the same"),
    ("there", "was no", "the same"),
];

/// Words that may follow `is no`.
const AFTER_NO: [&str; 6] = ["longer", "more", "such", "other", "one", "one's"];

/// Uses of a hard phrase in the words of `text`.
fn hard_words(text: &str) -> Vec<(&'static str, &'static str)> {
    text.split([';', ':', '.', ',', '(', ')', '!', '?']).flat_map(hard_words_of_clause).collect()
}

fn hard_words_of_clause(clause: &str) -> Vec<(&'static str, &'static str)> {
    let words: Vec<String> = clause
        .split(|letter: char| !(letter.is_alphanumeric() || "_'`".contains(letter)))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let mut found = Vec::new();
    for (phrase, better) in HARD {
        let wanted: Vec<&str> = phrase.split(' ').collect();
        for (at, window) in words.windows(wanted.len()).enumerate() {
            let before = at.checked_sub(1).map_or("", |at| words[at].as_str());
            let after = words.get(at + wanted.len()).map_or("", String::as_str);
            let is_right = RIGHT.iter().any(|(word, right, _)| *word == before && *right == phrase)
                || phrase.ends_with(" no") && AFTER_NO.contains(&after);
            if window.iter().eq(wanted.iter()) && !is_right {
                found.push((phrase, better));
            }
        }
    }
    found
}

/// Comments and string literals of Rust code, as one text for each: what people read of it.
fn prose(code: &str) -> Vec<String> {
    let mut texts = vec![String::new()];
    let mut rest = code;
    let mut in_comment = false;
    while let Some(letter) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            let line = comment.lines().next().unwrap_or_default();
            if !in_comment {
                texts.push(String::new());
            }
            texts.last_mut().unwrap().push_str(&format!("{} ", line.trim_start_matches(['/', '!'])));
            in_comment = true;
            rest = &comment[line.len()..];
            continue;
        }
        if !letter.is_whitespace() {
            in_comment = false;
        }
        let raw = rest.strip_prefix('r').map(|tail| (tail.trim_start_matches('#'), tail));
        if let Some((tail, hashed)) = raw.filter(|(tail, _)| tail.starts_with('"')) {
            let end = format!("\"{}", "#".repeat(hashed.len() - tail.len()));
            let (text, tail) = tail[1..].split_once(&end).unwrap_or((tail, ""));
            texts.push(text.to_owned());
            rest = tail;
        } else if letter == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|letter| {
                let ends = letter == '"' && !escaped;
                escaped = letter == '\\' && !escaped;
                ends
            });
            let end = end.unwrap_or(rest.len() - 1) + 1;
            texts.push(rest[1..end].replace("\\n", " ").replace('\\', " "));
            rest = rest.get(end + 1..).unwrap_or_default();
        } else if letter == '\'' {
            // A character, which may be a quotation mark; else a lifetime.
            let skipped = if rest.starts_with("'\\") {
                2 + rest[3..].find('\'').map_or(0, |end| end + 2)
            } else if rest.chars().nth(2) == Some('\'') {
                rest.chars().take(3).map(char::len_utf8).sum()
            } else {
                1
            };
            rest = rest.get(skipped..).unwrap_or_default();
        } else {
            rest = &rest[letter.len_utf8()..];
        }
    }
    texts
}

#[test]
fn hard_words_are_found() {
    let found = |code: &str| -> Vec<&str> {
        prose(code).iter().flat_map(|text| hard_words(text)).map(|(phrase, _)| phrase).collect()
    };
    assert_eq!(found("let begun = at_hand(); // Those\n    // who mend it.\n"), ["mend", "those who"]);
    assert_eq!(found("say(\"`{}` is no file\", '\"', '\\'', \"made \\\n    anew\");"), ["is no", "anew"]);
    assert_eq!(
        found("r#\"nobody \"but for\" us\"# // There is no file, and it is no longer here."),
        ["nobody", "but for"]
    );
}

#[test]
fn messages_comments_and_documentation_are_plain_english() {
    let mut wrong = Vec::new();
    let mut look = |path: &Path, texts: &[String]| {
        for text in texts {
            for (phrase, better) in hard_words(text) {
                let start: String = text.trim().chars().take(120).collect();
                wrong.push(format!("{}: `{phrase}` (better: {better}) in: {start}", path.display()));
            }
        }
    };
    for path in files(&root().join("src"), ".rs") {
        look(&path, &prose(&fs::read_to_string(&path).unwrap()));
    }
    let mut pages = files(&root().join("docs"), ".md");
    // The schemas are generated from comments and strings of `src`.
    pages.extend(files(&root().join("examples"), "course.yml"));
    pages.extend(files(&root().join("src"), ".py"));
    pages.extend(["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(|name| root().join(name)));
    for path in pages {
        look(&path, &[fs::read_to_string(&path).unwrap()]);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
