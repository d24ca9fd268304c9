//! What looks like a marker of otter-grader and is none: `# SOLUTOIN`, `# HIDEN`, a raw cell `# BEGIN TEST`.
//!
//! otter-grader reads its words only as it writes them, and passes over all others without a word: what they should take
//! out would ship.

use super::blocks::{self, Block};
use crate::diagnostic::slips;
use crate::notebook::{Cell, CellKind};

/// Longer lines of Markdown and raw cells are prose.
const MAX_LENGTH: usize = 60;

/// What is wrong in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misspelt {
    /// The line of its source, from 0.
    pub(super) line: usize,
    /// As it should be written.
    pub(super) right: String,
}

/// The regions of lines of code, without spaces, and the words that otter-grader reads.
const REGIONS: [(&str, &str); 4] = [
    ("SOLUTION", "SOLUTION"),
    ("SOLUTIONNOPROMPT", "SOLUTION NO PROMPT"),
    ("PROMPT", "PROMPT"),
    ("IGNORE", "IGNORE"),
];

/// The marker that the comment at the end of `line`, which otter-grader does not read as a marker, was meant to be.
pub(crate) fn in_line(line: &str) -> Option<String> {
    let (before, comment) = line.trim_end().trim_end_matches('#').rsplit_once('#')?;
    let before = before.trim_end_matches('#').trim_end();
    let words = words(comment);
    let is_upper = !has_lowercase(comment);
    if words.len() > 5 {
        return None;
    }
    let all = words.concat().to_ascii_uppercase();
    let first = words.first().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    for verb in ["BEGIN", "END"] {
        let is_slip = words.len() > 1 && is_upper && near(&first, verb) == Some(1);
        let rest = if is_slip { all.strip_prefix(first.as_str()) } else { all.strip_prefix(verb) };
        if let Some(region) = rest.and_then(region) {
            return Some(format!("# {verb} {region}"));
        }
        if rest.is_some_and(|rest| near(rest, "TESTCONFIG").is_some()) {
            return Some(format!("# {verb} TEST CONFIG"));
        }
    }
    // `# Solution` as a heading is a plain comment; behind code it is not.
    let counts = is_upper || !before.is_empty();
    let is_alone = words.len() == 1 && counts;
    let is_solution = near(&all, "SOLUTION").is_some() || near(&all, "SOLUTIONS").is_some();
    match all.as_str() {
        _ if is_alone && is_solution => Some("# SOLUTION".to_owned()),
        "SOLUTIONNOPROMPT" if counts => Some("# SOLUTION NO PROMPT".to_owned()),
        _ if is_alone && is_upper && near(&all, "IGNORE") == Some(1) => Some("# IGNORE".to_owned()),
        _ => None,
    }
}

/// What is misspelt in a test that is given to students.
pub(super) fn in_test(source: &str) -> Vec<Misspelt> {
    let settings = blocks::test_lines(source);
    let mut found = Vec::new();
    for (line, text) in source.split('\n').enumerate() {
        let right = if settings.contains(&line) {
            setting(text)
        } else if let Some(comment) = text.trim_start().strip_prefix('#') {
            let words = words(comment);
            let is_hidden = |word: &&str| near(&word.to_ascii_uppercase(), "HIDDEN").is_some();
            let counts = words.len() == 1 || (line == 0 && !has_lowercase(comment));
            (counts && words.iter().any(is_hidden)).then(|| "# HIDDEN".to_owned())
        } else {
            None
        };
        let is_new = |right: &String| right.ends_with("CONFIG") && !text.trim_end().ends_with(right.as_str());
        let right = right.or_else(|| in_line(text).filter(is_new));
        found.extend(right.map(|right| Misspelt { line, right }));
    }
    found
}

/// `hiden: true` among the settings of a test.
fn setting(line: &str) -> Option<String> {
    let (key, value) = line.trim().split_once(':')?;
    let is_misspelt = key != "hidden" && near(&key.trim().to_ascii_uppercase(), "HIDDEN").is_some();
    is_misspelt.then(|| format!("hidden: {}", value.trim()))
}

/// What a cell that is not a boundary should say to begin or end a block, or to set up the assignment.
pub(super) fn boundary(cell: &Cell) -> Option<Misspelt> {
    let (line, first) = match (cell.kind, cell.source.strip_prefix("```otter\n")) {
        (CellKind::Markdown, Some(rest)) => (1, rest),
        _ => (0, cell.source.as_str()),
    };
    let first = first.split('\n').next().unwrap_or_default();
    let comment = first.strip_prefix('#').filter(|_| first.len() <= MAX_LENGTH)?;
    let right = match cell.kind {
        // In Markdown `#` begins a heading, and in code regions of lines have their own markers.
        CellKind::Markdown if line == 0 => another_kind(comment).filter(|_| !has_lowercase(comment)),
        CellKind::Code => another_kind(comment).filter(|right| !right.ends_with("SOLUTION")),
        _ => raw(comment),
    }?;
    Some(Misspelt { line, right })
}

/// Code or text that would be a boundary if it were a raw cell.
fn another_kind(comment: &str) -> Option<String> {
    let all = words(comment);
    let (verb, word) = match all.as_slice() {
        [verb, word] => (verb.to_ascii_uppercase(), word.to_ascii_uppercase()),
        _ => return None,
    };
    let is_word = Block::ALL.iter().any(|block| block.word() == word && *block != Block::Prompt);
    let is_verb = matches!(verb.as_str(), "BEGIN" | "END");
    (is_verb && is_word).then(|| format!("# {verb} {word}"))
}

fn raw(comment: &str) -> Option<String> {
    let all = words(comment).concat().to_ascii_uppercase();
    if near(&all, "ASSIGNMENTCONFIG").is_some() {
        return Some("# ASSIGNMENT CONFIG".to_owned());
    }
    let meant = |verb: &'static str| {
        Block::ALL
            .into_iter()
            .find(|block| near(&all, &format!("{verb}{}", block.word())).is_some())
            .map(|block| format!("# {verb} {}", block.word()))
    };
    meant("BEGIN").or_else(|| meant("END"))
}

fn has_lowercase(text: &str) -> bool {
    text.chars().any(char::is_lowercase)
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect()
}

/// The region that `name`, capitals without spaces, is with few slips.
fn region(name: &str) -> Option<&'static str> {
    REGIONS.into_iter().find(|(right, _)| near(name, right).is_some()).map(|(_, words)| words)
}

/// How many slips make `word` of `right`, at most two. No one misses the first letter: `EVOLUTION` is another word.
fn near(word: &str, right: &str) -> Option<usize> {
    let same = word.chars().next() == right.chars().next();
    slips(word, right).filter(|count| same && *count <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_take_nothing_out() {
        for (line, right) in [
            ("return x # SOLUTOIN", Some("# SOLUTION")),
            ("return x  # Solution", Some("# SOLUTION")),
            ("return x ## solution ##", Some("# SOLUTION")),
            ("# SOLUTOIN", Some("# SOLUTION")),
            ("# Solution", None),
            ("# The solution", None),
            ("x = 1  # solution of the equation", None),
            ("x = 1  # evolution", None),
            ("    #BEGIN SOLUTION", Some("# BEGIN SOLUTION")),
            ("### BEGIN SOLUTION", Some("# BEGIN SOLUTION")),
            ("# Begin Solution", Some("# BEGIN SOLUTION")),
            ("# BEGN SOLUTION", Some("# BEGIN SOLUTION")),
            ("# END SOLUTIONS", Some("# END SOLUTION")),
            ("# BEGIN SOLUTION NOPROMPT", Some("# BEGIN SOLUTION NO PROMPT")),
            ("''' # BEGIN PROMT", Some("# BEGIN PROMPT")),
            ("x = secret # IGNOR", Some("# IGNORE")),
            ("x = 1  # type: ignore", None),
            ("x = 1  # ignored", None),
            ("\"\"\" # BEGIN TESTCONFIG", Some("# BEGIN TEST CONFIG")),
            ("x = 1", None),
            ("# BEGIN", None),
            ("# begin the solution by drawing it", None),
        ] {
            assert_eq!(in_line(line).as_deref(), right, "{line}");
        }
    }

    #[test]
    fn tests_that_hide_nothing() {
        let first = |source| in_test(source).first().map(|one| (one.line, one.right.clone()));
        for (source, expected) in [
            ("# HIDEN\nx == 1", Some((0, "# HIDDEN"))),
            ("# points: 1\n# HIDDEN\nx == 1", Some((1, "# HIDDEN"))),
            (
                "\"\"\" # BEGIN TEST CONFIG\nhiden: true\n\"\"\" # END TEST CONFIG\nx",
                Some((1, "hidden: true")),
            ),
            (
                "\"\"\" # BEGIN TEST CONFG\nhidden: true\n\"\"\" # END TEST CONFG",
                Some((0, "# BEGIN TEST CONFIG")),
            ),
            ("\"\"\" # BEGIN TEST CONFIG\nhidden: false\n\"\"\" # END TEST CONFIG\nx", None),
            ("# two hidden layers\nx == 1", None),
            ("hidden == 1", None),
        ] {
            assert_eq!(first(source), expected.map(|(line, right)| (line, right.to_owned())), "{source}");
        }
    }

    #[test]
    fn cells_that_begin_and_end_nothing() {
        use CellKind::{Code, Markdown, Raw};
        for (kind, source, right) in [
            (Raw, "# BEGIN SOLUTOIN", Some("# BEGIN SOLUTION")),
            (Raw, "# BEGIN TEST", Some("# BEGIN TESTS")),
            (Raw, "#END QUESTION", Some("# END QUESTION")),
            (Raw, "# ASSIGNMENT CONFG\nname: a", Some("# ASSIGNMENT CONFIG")),
            (Markdown, "```otter\n# BEGIN QESTION\n```", Some("# BEGIN QUESTION")),
            (Markdown, "# BEGIN TESTS", Some("# BEGIN TESTS")),
            (Markdown, "# Begin tests", None),
            (Code, "# BEGIN TESTS", Some("# BEGIN TESTS")),
            (Code, "# BEGIN SOLUTION\nx = 1", None),
            (Raw, "# A question", None),
            (Raw, "text", None),
        ] {
            let found = boundary(&Cell::new(kind, source)).map(|one| one.right);
            assert_eq!(found.as_deref(), right, "{source}");
        }
    }
}
