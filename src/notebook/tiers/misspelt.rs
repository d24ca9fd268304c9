//! A comment that looks like a marker of a region and is none: `### BEGIN HIDDEN TEST`.
//!
//! nbgrader finds its words only as they are written in its settings, and passes over all others without a word: what
//! the region should hide would ship.

use super::regions::RegionKind;
use crate::diagnostic::slips;
use crate::notebook::CellKind;

/// A marker as it was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meant {
    pub(super) kind: RegionKind,
    verb: &'static str,
}

impl Meant {
    /// As it should be written: `### BEGIN HIDDEN TESTS`.
    pub(crate) fn right(self) -> String {
        format!("### {} {}", self.verb, self.kind.words())
    }
}

/// Longer lines are prose.
const MAX_LENGTH: usize = 120;

/// Other names of the regions. None of them is another word with one or two slips.
const NAMES: [(RegionKind, &[&str]); 3] = [
    (RegionKind::Solution, &["SOLUTION", "SOLUTIONS"]),
    (RegionKind::HiddenTests, &["HIDDENTESTS", "HIDDEN", "HIDDENTESTCASES"]),
    (RegionKind::MarkScheme, &["MARKSCHEME", "MARKINGSCHEME"]),
];

/// The misspelt markers in a cell, with their lines from 0.
pub(super) fn in_cell(kind: CellKind, source: &str) -> Vec<(usize, Meant)> {
    let mut found = Vec::new();
    for (at, line) in source.split('\n').enumerate() {
        let meant = match kind {
            CellKind::Code => meant(line).or_else(|| without_verb(line, source)),
            // In Markdown, `#` begins a heading.
            _ => meant(line).filter(|_| is_loud(line)).or_else(|| in_upper_case(line)),
        };
        found.extend(meant.map(|meant| (at, meant)));
    }
    found
}

/// The marker that the comment `line` was meant to be, if it looks like one and is none.
pub(crate) fn meant(line: &str) -> Option<Meant> {
    let text = comment(line).filter(|_| line.len() <= MAX_LENGTH && !is_marker(line))?;
    let before_role =
        text.to_ascii_lowercase().find("role").map_or(text, |at| text.get(..at).unwrap_or(text));
    let whole = words(before_role);
    // Behind three signs also what has more words behind it is a marker, when it is in capitals.
    let loud = || {
        let first = words(text).into_iter().take_while(|word| is_upper(word)).collect::<Vec<_>>();
        (1..=first.len().min(4)).rev().find_map(|end| of_words(first.get(..end)?, true))
    };
    let found = of_words(&whole, is_upper(before_role));
    found.or_else(|| line.trim_start().starts_with("###").then(loud).flatten())
}

/// `HIDDEN TESTS` alone, in a cell without such a region.
fn without_verb(line: &str, source: &str) -> Option<Meant> {
    let text = comment(line).filter(|text| is_loud(line) && is_upper(text) && !is_marker(line))?;
    let (kind, length) = region(&words(text).concat())?;
    let has_region = || source.split('\n').any(|line| kind.begins(line) || kind.ends(line));
    (kind != RegionKind::Solution && length > "HIDDEN".len() && !has_region())
        .then_some(Meant { kind, verb: "BEGIN" })
}

/// A line without a comment sign: nbgrader looks at the words alone.
fn in_upper_case(line: &str) -> Option<Meant> {
    let short = line.len() <= MAX_LENGTH && is_upper(line) && !is_marker(line);
    of_words(&words(comment(line).unwrap_or(line)), true).filter(|_| short)
}

fn is_marker(line: &str) -> bool {
    RegionKind::ALL.into_iter().any(|kind| kind.begins(line) || kind.ends(line))
}

fn is_loud(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("###") || line.starts_with("<!--")
}

fn is_upper(text: &str) -> bool {
    !text.chars().any(char::is_lowercase)
}

/// What is behind the sign that makes the whole line a comment, in whatever language.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let signs = ["<!--", "//", "/*", "--", "#", "%", ";"];
    let sign = signs.into_iter().find(|sign| line.starts_with(sign))?;
    // `#| export` is a directive, and `%%time` a magic.
    let rest = line.get(sign.len()..)?.trim_start_matches(['#', '/', '*', '-', '%', ';', '!', '=']);
    (!rest.starts_with('|')).then_some(rest)
}

/// The words of `text`: what is between anything that is not a letter.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect()
}

/// `BEGIN SOLUTION`, `BEGINSOLUTION`, `SOLUTION BEGIN`: the words are nothing else.
fn of_words(words: &[&str], is_upper: bool) -> Option<Meant> {
    let all = words.concat();
    if words.len() > 6 || !(8..=40).contains(&all.len()) {
        return None;
    }
    let all = all.to_ascii_uppercase();
    let first = words.first().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    let last = words.last().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    let made = |name: &str, verb| Some(Meant { kind: region(name)?.0, verb });
    for (word, verb, is_any_case) in
        [("BEGIN", "BEGIN", true), ("END", "END", true), ("START", "BEGIN", false)]
    {
        if !is_any_case && !is_upper {
            continue;
        }
        if let Some(found) = all.strip_prefix(word).and_then(|name| made(name, verb)) {
            return Some(found);
        }
        if is_upper
            && last == word
            && let Some(found) = all.strip_suffix(word).and_then(|name| made(name, verb))
        {
            return Some(found);
        }
    }
    let is_slip = words.len() > 1 && slips(&first, "BEGIN").is_some_and(|count| count == 1);
    all.strip_prefix(first.as_str()).filter(|_| is_slip).and_then(|name| made(name, "BEGIN"))
}

/// The region that `name`, capitals without spaces, is with at most two slips, and the length of its right name.
fn region(name: &str) -> Option<(RegionKind, usize)> {
    let near = NAMES.into_iter().flat_map(|(kind, names)| names.iter().map(move |right| (kind, *right)));
    let near = near.filter_map(|(kind, right)| {
        // No one misses the first letter; `EVOLUTION` and `RESOLUTION` are other words.
        let same = name.chars().next() == right.chars().next();
        let count = slips(name, right).filter(|count| same && *count <= 2)?;
        (right != "HIDDEN" || count == 0).then_some((count, kind, right.len()))
    });
    near.min_by_key(|(count, ..)| *count).map(|(_, kind, length)| (kind, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Option<String> {
        in_cell(CellKind::Code, line).first().map(|(_, meant)| meant.right())
    }

    #[test]
    fn what_hides_nothing_is_found() {
        for (line, right) in [
            ("### BEGIN HIDDEN TEST", "### BEGIN HIDDEN TESTS"),
            ("### BEGIN HIDDEN  TESTS", "### BEGIN HIDDEN TESTS"),
            ("### begin hidden tests", "### BEGIN HIDDEN TESTS"),
            ("  # BEGIN HIDDEN_TESTS", "### BEGIN HIDDEN TESTS"),
            ("### BEGIN HIDEN TESTS", "### BEGIN HIDDEN TESTS"),
            ("### BEGIN HIDDEN", "### BEGIN HIDDEN TESTS"),
            ("### BEGIN HIDDEN TEST for the exam", "### BEGIN HIDDEN TESTS"),
            ("### END HIDDEN TEST", "### END HIDDEN TESTS"),
            ("### HIDDEN TESTS", "### BEGIN HIDDEN TESTS"),
            ("### HIDDEN TESTS BEGIN", "### BEGIN HIDDEN TESTS"),
            ("### Begin Solution", "### BEGIN SOLUTION"),
            ("    # BEGIN  SOLUTION role=\"scaffold\"", "### BEGIN SOLUTION"),
            ("# BEGIN_SOLUTION", "### BEGIN SOLUTION"),
            ("#BEGINSOLUTION", "### BEGIN SOLUTION"),
            ("### BEGIN SOLTUION", "### BEGIN SOLUTION"),
            ("### BEGIN\u{a0}SOLUTION ###", "### BEGIN SOLUTION"),
            ("### BEGN SOLUTION", "### BEGIN SOLUTION"),
            ("### START SOLUTION", "### BEGIN SOLUTION"),
            ("### SOLUTION END", "### END SOLUTION"),
            ("// BEGIN SOLUTON", "### BEGIN SOLUTION"),
            ("% End-Solution", "### END SOLUTION"),
            ("-- BEGIN SOLUTINO", "### BEGIN SOLUTION"),
            ("<!-- BEGIN MARKSCHEME -->", "### BEGIN MARK SCHEME"),
            ("### BEGIN MARKING SCHEME", "### BEGIN MARK SCHEME"),
        ] {
            assert_eq!(said(line).as_deref(), Some(right), "{line}");
        }
    }

    #[test]
    fn markers_and_ordinary_comments_are_passed_over() {
        for line in [
            "### BEGIN SOLUTION",
            "# END HIDDEN TESTS",
            "### BEGIN MARK SCHEME 2",
            "# begin the solution by drawing it",
            "# Begin solution: read the file, then count",
            "# START HERE",
            "# end",
            "# END",
            "# BEGIN SECTION",
            "# begin evolution",
            "# End resolution",
            "# END FUNCTION",
            "# start solution",
            "# solution",
            "### SOLUTION",
            "# hidden tests",
            "# the hidden tests begin",
            "# END OF FILE",
            "# BEGIN TESTS",
            "# Hidden layer",
            "# BEGIN HIDDEN LAYER",
            "# end hidden state",
            "BEGIN = SOLUTON",
            "x = 1  # begin hidden",
            "#| export",
            "%%time",
            "# %% Begin",
        ] {
            assert_eq!(said(line), None, "{line}");
        }
        assert_eq!(said("### HIDDEN TESTS\n### BEGIN HIDDEN TESTS\nx\n### END HIDDEN TESTS"), None);
        let text = |line| in_cell(CellKind::Markdown, line).len();
        assert_eq!((text("# Begin solution"), text("## Hidden tests"), text("BEGIN MARK SHEME")), (0, 0, 1));
        assert_eq!(
            (text("### begin mark scheme"), text("### HIDDEN TESTS"), text("begin solution")),
            (1, 0, 0)
        );
    }
}
