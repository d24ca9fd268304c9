//! Does a file that students get hold lines of a stripped solution?
//!
//! What two texts share by chance is little: an idiom (`self.x = x`), a call without arguments, a short
//! comment. So lines are weighed by the different things that they name: names, numbers, operators.
//! A run of lines that follow each other in both texts is weighed together, and a line that is all
//! over the base weighs nothing. Where a whole solution is there, little is enough: no one writes all of
//! it by chance, and below the same `def` not even what is an idiom everywhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use indexmap::IndexSet;

use super::Stripped;
use crate::python::{is_word, words};

/// A run of lines that names this many different things is not in both texts by chance.
const TELLING_RUN: usize = 6;
/// A line that names no more than this (`self.x = x`, `loss.backward()`) is everybody's.
const IDIOM: usize = 2;
/// As many for a solution of several lines that is there whole.
const TELLING_WHOLE: usize = 4;
/// As many for a single line.
const TELLING_LINE: usize = 5;
/// A single line that has fewer visible characters than this is not looked at.
const TELLING_LENGTH: usize = 24;
/// A line with fewer visible characters than this (`return x`, `else:`) is passed over.
const SIGNIFICANT: usize = 8;
/// Of a line that is in very many places only the first ones are looked at.
const MOST_PLACES: usize = 16;

/// The lines of stripped regions, ready to be looked for in many files.
#[derive(Clone, Debug, Default)]
pub struct SolutionLines<'a> {
    regions: Vec<Region<'a>>,
    /// Text of a line → region, and the place of the line in it.
    places: BTreeMap<&'a str, Vec<(usize, usize)>>,
    /// The lines, by what is quick to compare.
    known: IndexSet<Fingerprint>,
}

/// A number for a line that is worth looking for. Two lines that are the same have the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    fn of(line: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        line.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// The lines of `text` in which [`leaks`] may find something.
pub fn fingerprints(text: &str) -> impl Iterator<Item = Fingerprint> + '_ {
    text.lines().map(str::trim).filter(|line| is_significant(line)).map(Fingerprint::of)
}

/// The significant lines of a stripped region.
#[derive(Clone, Debug)]
struct Region<'a> {
    notebook: usize,
    lines: Vec<&'a Stripped>,
}

/// A significant line of a text.
#[derive(Clone, Copy)]
struct Line<'t> {
    /// Its place in the text, from 0.
    at: usize,
    text: &'t str,
    /// The function that it is in: the nearest `def` up to it.
    function: Option<&'t str>,
}

/// Which function a line starts; none where it starts none.
pub(super) fn function(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("def ")?;
    let name = rest.split_once('(').map_or(rest, |(name, _)| name).trim();
    (!name.is_empty()).then_some(name)
}

/// A line of a stripped solution in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leak<'a> {
    /// Which of the notebooks it was stripped from.
    pub notebook: usize,
    /// What it was stripped from.
    pub stripped: &'a Stripped,
    /// The line of the text, from 1.
    pub line: usize,
    /// Not just one line of several, which may be there by chance.
    pub certain: bool,
}

impl<'a> SolutionLines<'a> {
    /// Makes the lines that were stripped from each notebook ready.
    pub fn of(notebooks: &[&'a [Stripped]]) -> Self {
        let mut lines = Self::default();
        for (notebook, stripped) in notebooks.iter().enumerate() {
            for region in stripped.chunk_by(|a, b| a.cell == b.cell && b.line == a.line + 1) {
                let region: Vec<&Stripped> = region.iter().filter(|one| is_significant(&one.text)).collect();
                for (place, line) in region.iter().enumerate() {
                    lines.known.insert(Fingerprint::of(&line.text));
                    let places = lines.places.entry(&line.text).or_default();
                    if places.len() < MOST_PLACES {
                        places.push((lines.regions.len(), place));
                    }
                }
                lines.regions.push(Region { notebook, lines: region });
            }
        }
        lines
    }

    /// May one of `lines` be a line of a solution? If not, [`leaks`] finds nothing in their text.
    pub fn may_be_among(&self, lines: &[Fingerprint]) -> bool {
        lines.iter().any(|line| self.known.contains(line))
    }

    /// The runs from `first` on that regions have, too: the region, its place there, its length.
    fn runs(&self, first: &str, rest: &[Line<'_>]) -> impl Iterator<Item = (&Region<'a>, usize, usize)> {
        let places = self.places.get(first).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(move |(region, place)| {
            let region = self.regions.get(*region)?;
            let behind = region.lines.get(place + 1..)?;
            let same = behind.iter().zip(rest).take_while(|(line, other)| line.text == other.text).count();
            Some((region, *place, same + 1))
        })
    }
}

/// The longest; the first one of those, so that the same is reported every time.
fn longest<'r, 'a>(
    runs: impl Iterator<Item = (&'r Region<'a>, usize, usize)>,
) -> Option<(&'r Region<'a>, usize, usize)> {
    runs.reduce(|best, one| if one.2 > best.2 { one } else { best })
}

/// Is the region, all of whose lines end at `last` in a text, there as a copy? It says enough by itself, or it is in a function of the
/// same name.
fn is_copied(region: &Region<'_>, last: Line<'_>, is_common: impl Fn(&str) -> bool) -> bool {
    let telling = if region.lines.len() == 1 { TELLING_LINE } else { TELLING_WHOLE };
    if weight(&region.lines, telling, |_| false) >= telling {
        // Where one line is all over the base, the others are the usual ones beside it.
        let tells = |line: &&&Stripped| !line.kept_elsewhere && things(&line.text).len() > IDIOM;
        return !region.lines.iter().filter(tells).any(|line| is_common(&line.text));
    }
    let function = region.lines.last().and_then(|line| line.function.as_deref());
    function.is_some() && function == last.function && region.lines.iter().any(|line| !line.kept_elsewhere)
}

/// The lines of `text` that come from a stripped solution; of a run of them the first. For a notebook, give
/// the source of each cell. `is_common` says whether a line is in so many places of the base that it tells nothing.
pub fn leaks<'a>(
    solutions: &SolutionLines<'a>,
    text: &str,
    is_common: impl Fn(&str) -> bool,
) -> Vec<Leak<'a>> {
    let lines = significant_lines(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(Line { at: line, text: first, .. }) = lines.get(at).copied() {
        let rest = lines.get(at + 1..).unwrap_or_default();
        let wholes = solutions.runs(first, rest).filter(|(region, place, length)| {
            let last = lines.get(at + length - 1);
            *place == 0
                && *length == region.lines.len()
                && last.is_some_and(|last| is_copied(region, *last, &is_common))
        });
        let whole = longest(wholes);
        let is_whole = whole.is_some();
        let run = whole.or_else(|| longest(solutions.runs(first, rest)));
        at += 1;
        let Some((region, place, length)) = run else { continue };
        let shared = region.lines.get(place..place + length).unwrap_or_default();
        let Some(stripped) = shared.first().copied() else { continue };
        let leak = |certain| Leak { notebook: region.notebook, stripped, line: line + 1, certain };
        if is_whole || (length > 1 && weight(shared, TELLING_RUN, &is_common) >= TELLING_RUN) {
            found.push(leak(true));
            at += length - 1;
        } else if visible(first) >= TELLING_LENGTH
            && weight(&[stripped], TELLING_LINE, &is_common) >= TELLING_LINE
        {
            found.push(leak(region.lines.len() == 1));
        }
    }
    found
}

fn significant_lines(text: &str) -> Vec<Line<'_>> {
    let mut inside = None;
    let line = |(at, text)| {
        inside = function(text).or(inside);
        is_significant(text).then_some(Line { at, text, function: inside })
    };
    text.lines().map(str::trim).enumerate().filter_map(line).collect()
}

/// How many different things the lines name that are secrets: not those that are also kept, or common.
/// Whether a line is common is only asked where all together would be `telling`.
fn weight(lines: &[&Stripped], telling: usize, is_common: impl Fn(&str) -> bool) -> usize {
    let all = |lines: &[&&Stripped]| {
        let telling = lines.iter().map(|line| things(&line.text)).filter(|things| things.len() > IDIOM);
        telling.flatten().collect::<BTreeSet<_>>().len()
    };
    let secret: Vec<&&Stripped> = lines.iter().filter(|line| !line.kept_elsewhere).collect();
    let weight = all(&secret);
    if weight < telling {
        return weight;
    }
    all(&secret.into_iter().filter(|line| !is_common(&line.text)).collect::<Vec<_>>())
}

/// Words that say nothing of a solution by themselves.
const EMPTY_WORDS: [&str; 32] = [
    "self", "cls", "super", "__init__", "None", "True", "False", "def", "class", "return", "if", "elif",
    "else", "for", "while", "in", "not", "and", "or", "is", "with", "as", "import", "from", "assert",
    "lambda", "print", "len", "range", "pass", "0", "1",
];

/// What a line names: words and operators. A comment names what its longer words say.
fn things(line: &str) -> BTreeSet<&str> {
    let comment = line.trim_start().starts_with('#');
    let tells = |thing: &&str| {
        if thing.starts_with(is_word) {
            !EMPTY_WORDS.contains(thing) && (!comment || thing.chars().count() > 6)
        } else {
            !comment && "+-*/%@<>&|^~[{!".contains(*thing)
        }
    };
    words(line).filter(tells).collect()
}

/// Visible characters; none at all with fewer than three letters among them.
fn visible(text: &str) -> usize {
    let visible = text.chars().filter(|c| !c.is_whitespace()).count();
    let words = text.chars().filter(|c| c.is_alphanumeric() || *c == '_').count();
    if words < 3 { 0 } else { visible }
}

fn is_significant(text: &str) -> bool {
    visible(text) >= SIGNIFICANT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(lines: &[&str]) -> Vec<Stripped> {
        let one = |(line, text): (usize, &&str)| Stripped {
            text: (*text).into(),
            cell: 0,
            line,
            kept_elsewhere: false,
            function: None,
        };
        lines.iter().enumerate().map(one).collect()
    }

    fn found_among(lines: &[&str], text: &str, common: &[&str]) -> Vec<(usize, bool)> {
        let stripped = stripped(lines);
        let leaks = leaks(&SolutionLines::of(&[&stripped]), text, |line| common.contains(&line));
        leaks.into_iter().map(|leak| (leak.line, leak.certain)).collect()
    }

    fn found(lines: &[&str], text: &str) -> Vec<(usize, bool)> {
        found_among(lines, text, &[])
    }

    #[test]
    fn one_line_of_several_is_a_suspicion_and_the_only_one_a_leak() {
        let line = "result = np.matmul(self.data, other.data)";
        let text = format!("x\n    {line}\n");
        assert_eq!(found(&[line, "return result", ")", ""], &text), [(2, false)]);
        assert_eq!(found(&[line, ")", ""], &text), [(2, true)]);
        assert_eq!(found(&[line, "return result"], "    return result\n)\n\n"), []);
    }

    #[test]
    fn lines_in_a_row_are_a_leak() {
        let solution = ["mean = x.sum() / n", "", "return x - mean", "# the end"];
        assert_eq!(found(&solution, "mean = x.sum() / n\n    return x - mean"), [(1, true)]);
        assert_eq!(found(&solution, "return x - mean\nmean = x.sum() / n"), []);
    }

    #[test]
    fn idioms_are_no_leaks() {
        for idiom in [
            &["self.vocab_size = vocab_size", "self.embed_dim = embed_dim"][..],
            &["# Backward pass", "loss.backward()"],
            &["# Update the weights", "optimizer.step()", "optimizer.zero_grad()"],
            &[
                "super().__init__()",
                "self.weight = weight",
                "self.bias = bias",
                "self.stride = stride",
                "self.padding = padding",
                "self.dilation = dilation",
                "self.groups = groups",
                "self.mode = mode",
            ],
            &["for name in names:", "names.append(name)"],
            &["self.parameters = parameters"],
            &["raise ValueError(message)", "return self.forward(x)"],
        ] {
            let solution: Vec<&str> =
                idiom.iter().copied().chain(["answer = secret ** -0.5 + other[2] / third"]).collect();
            assert_eq!(found(&solution, &idiom.join("\n")), [], "{idiom:?}");
            let leak = [idiom.join("\n").as_str(), "answer = secret ** -0.5 + other[2] / third"].join("\n");
            assert_eq!(found(&solution, &leak), [(1, true)], "{idiom:?}");
        }
    }

    #[test]
    fn what_stands_all_over_the_base_is_no_leak() {
        let solution = ["prediction = model(images)", "loss = criterion(prediction, labels)"];
        let text = solution.join("\n");
        assert_eq!(found(&solution, &text), [(1, true)]);
        assert_eq!(found_among(&solution, &text, &solution), []);
        assert_eq!(found_among(&solution, &text, &solution[..1]), []);
    }

    #[test]
    fn what_is_kept_is_no_secret() {
        let mut lines = stripped(&["assert numpy.allclose(result, expected, tolerance)"]);
        lines[0].kept_elsewhere = true;
        let text = "assert numpy.allclose(result, expected, tolerance)";
        assert!(leaks(&SolutionLines::of(&[&lines]), text, |_| false).is_empty());
    }

    #[test]
    fn a_whole_solution_is_a_leak_however_short_it_is() {
        let mean = ["total = sum(values)", "return total / len(values)"];
        let text = format!("def mean(values):\n    {}\n", mean.join("\n\n    "));
        assert_eq!(found(&mean, &text), [(2, true)]);
        assert_eq!(found(&["return sum(values) + 4 * n"], "    return sum(values) + 4 * n"), [(1, true)]);
        assert_eq!(found(&["total = sum(values)", "return total / 7"], "total = sum(values)"), []);
        assert_eq!(found_among(&mean, &text, &mean[..1]), []);
        for trivial in [&["return result"][..], &["return self"], &["pass"], &["self.x = x", "return self"]] {
            assert_eq!(found(trivial, &trivial.join("\n")), [], "{trivial:?}");
        }
    }

    #[test]
    fn what_is_trivial_is_a_leak_in_the_same_function() {
        let mut lines = stripped(&["doubled = x", "return doubled"]);
        for line in &mut lines {
            line.function = Some("double".into());
        }
        let leaks = |text: &str| leaks(&SolutionLines::of(&[&lines]), text, |_| false).len();
        assert_eq!(leaks("def double(x):\n    \"\"\"Twice.\"\"\"\n    doubled = x\n    return doubled"), 1);
        assert_eq!(leaks("    async def double (x: int):\n  doubled = x\n  return doubled"), 1);
        assert_eq!(leaks("def double(x):\n    pass\ndef other(x):\n    doubled = x\n    return doubled"), 0);
        assert_eq!(leaks("doubled = x\nreturn doubled"), 0);
        assert_eq!(leaks("def double(x):\n    doubled = x\n"), 0);
    }

    #[test]
    fn a_leak_knows_its_notebook() {
        let (first, second) = (stripped(&["a = b"]), stripped(&["total = first * second - third / fourth"]));
        let text = "total = first * second - third / fourth";
        let leaks = leaks(&SolutionLines::of(&[&first, &second]), text, |_| false);
        assert_eq!((leaks[0].notebook, leaks[0].line), (1, 1));
    }
}
