//! The lines of a code cell that is marked for otter-grader: what students get of each, and what a solved notebook has.
//!
//! The rules are those of `replace_solutions` and `remove_ignored_lines` in `otter/assign/solutions.py` (otter-grader 6), and for R
//! those of `otter/assign/r_adapter/solutions.py`. Prompts are left out of solved notebooks, and markers too.

use super::assignment::{assigned, assigned_in_r};

/// What becomes of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// What students get in its place; none: nothing.
    pub(super) student: Option<String>,
    /// What a solved notebook has in its place; none: nothing.
    pub(super) solved: Option<String>,
    /// It belongs to a solution.
    pub(super) secret: bool,
    /// The student's line is a prompt, not a line of the cell.
    pub(super) stub: bool,
}

/// What is wrong with the markers of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A region of this kind begins inside another.
    Nested(&'static str),
    /// It ends without a start.
    NotOpened(&'static str),
    /// It does not end.
    NotClosed(&'static str),
}

impl Fault {
    pub(super) fn message(self) -> String {
        match self {
            Self::Nested(word) => format!("a region starts inside another: # END {word} is missing above"),
            Self::NotOpened(word) => format!("# END {word} without a # BEGIN {word} before it"),
            Self::NotClosed(word) => format!("# BEGIN {word} without an # END {word} after it in this cell"),
        }
    }

    pub(super) fn help(self) -> String {
        let (Self::Nested(word) | Self::NotOpened(word) | Self::NotClosed(word)) = self;
        format!("a region starts with # BEGIN {word} and ends with # END {word} in the same cell")
    }
}

/// What becomes of the lines of `source`, and the faults with their lines, from 0.
pub(super) fn lines(source: &str, is_r: bool) -> (Vec<Line>, Vec<(usize, Fault)>) {
    let mut reader = Reader { is_r, ..Reader::default() };
    let lines = source.split('\n').enumerate().map(|(at, line)| reader.line(at, line)).collect();
    for region in [reader.ignored, reader.solution, reader.prompt] {
        if let Some(at) = region.open {
            reader.faults.push((at, Fault::NotClosed(region.word)));
        }
    }
    reader.faults.sort_by_key(|(at, _)| *at);
    (lines, reader.faults)
}

/// A region that may be open.
#[derive(Clone, Copy)]
struct Region {
    word: &'static str,
    open: Option<usize>,
}

struct Reader {
    is_r: bool,
    ignored: Region,
    solution: Region,
    prompt: Region,
    faults: Vec<(usize, Fault)>,
}

impl Default for Reader {
    fn default() -> Self {
        let region = |word| Region { word, open: None };
        let (ignored, solution, prompt) = (region("IGNORE"), region("SOLUTION"), region("PROMPT"));
        Self { is_r: false, ignored, solution, prompt, faults: Vec::new() }
    }
}

impl Reader {
    fn line(&mut self, at: usize, line: &str) -> Line {
        let end = line.trim_end();
        if let Some(line) = self.ignored(at, line, end) {
            return line;
        }
        if let Some(code) = end.strip_suffix("# SOLUTION NO PROMPT") {
            return Line { solved: solved(code), secret: true, ..Line::default() };
        }
        if end.ends_with("# BEGIN PROMPT") {
            open(&mut self.prompt, at, &mut self.faults);
            return Line::default();
        }
        if end.ends_with("# END PROMPT") {
            close(&mut self.prompt, at, &mut self.faults);
            return Line::default();
        }
        if let Some(code) = end.strip_suffix("# SEED") {
            return Line { solved: solved(code), ..Line::default() };
        }
        let ends = end.ends_with("# END SOLUTION");
        if self.solution.open.is_some() && !ends {
            let kept = self.prompt.open.is_none().then(|| line.to_owned());
            return Line { solved: kept, secret: true, ..Line::default() };
        }
        if ends {
            close(&mut self.solution, at, &mut self.faults);
            return Line::default();
        }
        if let Some(rest) = line.trim_start().strip_prefix("# BEGIN SOLUTION") {
            open(&mut self.solution, at, &mut self.faults);
            let prompt = (!rest.starts_with(" NO PROMPT")).then(|| self.prompt_at(line));
            return Line { stub: prompt.is_some(), student: prompt, ..Line::default() };
        }
        if self.prompt.open.is_some() {
            return Line { solved: None, ..self.marked(line) };
        }
        self.marked(line)
    }

    /// A line that neither students nor solved notebooks get.
    fn ignored(&mut self, at: usize, line: &str, end: &str) -> Option<Line> {
        let gone = Line { secret: true, ..Line::default() };
        if end.ends_with("# IGNORE") {
            return Some(gone);
        }
        let ends = end.ends_with("# END IGNORE");
        if self.ignored.open.is_some() && !ends {
            return Some(gone);
        }
        if ends {
            close(&mut self.ignored, at, &mut self.faults);
            return Some(Line::default());
        }
        let words = line.trim_start().strip_prefix('#')?.trim_start();
        let begins = words.get(..5).filter(|word| word.eq_ignore_ascii_case("BEGIN"))?;
        let rest = words.get(begins.len()..)?.trim_start();
        rest.get(..6).filter(|word| word.eq_ignore_ascii_case("IGNORE"))?;
        open(&mut self.ignored, at, &mut self.faults);
        Some(Line::default())
    }

    /// A line that may end in `# SOLUTION`.
    fn marked(&self, line: &str) -> Line {
        let marker = [line.rfind("# SOLUTION"), line.rfind("#SOLUTION")].into_iter().flatten().max();
        let Some(marker) = marker else {
            let (student, solved) = (Some(line.to_owned()), Some(line.to_owned()));
            return Line { student, solved, ..Line::default() };
        };
        let before = line.get(..marker).unwrap_or(line);
        let assigned = if self.is_r { assigned_in_r(before) } else { assigned(before) };
        let value = if self.is_r { "NULL # YOUR CODE HERE" } else { "..." };
        let student = match assigned.and_then(|end| line.get(..end)) {
            Some(target) => format!("{target} {value}"),
            None => self.prompt_at(line),
        };
        Line { student: Some(student), solved: solved(before), secret: true, stub: true }
    }

    fn prompt_at(&self, line: &str) -> String {
        let indent = line.get(..line.len() - line.trim_start().len()).unwrap_or_default();
        format!("{indent}{}", if self.is_r { "# YOUR CODE HERE" } else { "..." })
    }
}

/// The code before a marker.
fn solved(code: &str) -> Option<String> {
    let code = code.trim_end();
    (!code.is_empty()).then(|| code.to_owned())
}

fn open(region: &mut Region, at: usize, faults: &mut Vec<(usize, Fault)>) {
    if region.open.replace(at).is_some() {
        faults.push((at, Fault::Nested(region.word)));
    }
}

fn close(region: &mut Region, at: usize, faults: &mut Vec<(usize, Fault)>) {
    if region.open.take().is_none() {
        faults.push((at, Fault::NotOpened(region.word)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(source: &str, is_r: bool) -> (String, String) {
        let (lines, faults) = lines(source, is_r);
        assert_eq!(faults, []);
        let student: Vec<String> = lines.iter().filter_map(|line| line.student.clone()).collect();
        let solved: Vec<String> = lines.iter().filter_map(|line| line.solved.clone()).collect();
        (student.join("\n"), solved.join("\n"))
    }

    #[test]
    fn the_examples_of_the_documentation() {
        let source = "def square(x):\n    y = x * x # SOLUTION NO PROMPT\n    return y # SOLUTION\n\nnine = square(3) # SOLUTION";
        let (student, solved) = both(source, false);
        assert_eq!(student, "def square(x):\n    ...\n\nnine = ...");
        assert_eq!(solved, "def square(x):\n    y = x * x\n    return y\n\nnine = square(3)");

        let source = "pi = 3.14\nif True:\n    # BEGIN SOLUTION\n    radius = 3\n    area = radius * pi * pi\n    # END SOLUTION\n    print(radius)\n\n\
            def circumference(r):\n    # BEGIN SOLUTION NO PROMPT\n    return 2 * pi * r\n    # END SOLUTION\n    \"\"\" # BEGIN PROMPT\n    \
            # Next, define a circumference function.\n    pass\n    \"\"\"; # END PROMPT";
        let (student, solved) = both(source, false);
        assert_eq!(
            student,
            "pi = 3.14\nif True:\n    ...\n    print(radius)\n\ndef circumference(r):\n    # Next, define a circumference function.\n    pass"
        );
        assert_eq!(
            solved,
            "pi = 3.14\nif True:\n    radius = 3\n    area = radius * pi * pi\n    print(radius)\n\ndef circumference(r):\n    return 2 * pi * r"
        );

        let source = "# BEGIN SOLUTION\nsquare <- function(x) {\n    return(x ^ 2)\n}\n# END SOLUTION\nx2 <- square(25) # SOLUTION\nplot(x2) # SOLUTION";
        let (student, solved) = both(source, true);
        assert_eq!(student, "# YOUR CODE HERE\nx2 <- NULL # YOUR CODE HERE\n# YOUR CODE HERE");
        assert_eq!(solved, "square <- function(x) {\n    return(x ^ 2)\n}\nx2 <- square(25)\nplot(x2)");
    }

    #[test]
    fn seeds_and_ignored_lines() {
        let source = "np.random.seed(42) # SEED\na = 1\nsecret() # IGNORE\n# Begin Ignore\nmore()\n# END IGNORE\nb = 2";
        let (student, solved) = both(source, false);
        assert_eq!((student.as_str(), solved.as_str()), ("a = 1\nb = 2", "np.random.seed(42)\na = 1\nb = 2"));
    }

    #[test]
    fn faults_have_their_lines() {
        for (source, expected) in [
            ("# END SOLUTION", (0, Fault::NotOpened("SOLUTION"))),
            ("x\n# BEGIN SOLUTION\ny", (1, Fault::NotClosed("SOLUTION"))),
            ("''' # BEGIN PROMPT\ny", (0, Fault::NotClosed("PROMPT"))),
            ("# BEGIN IGNORE\n# BEGIN SOLUTION", (0, Fault::NotClosed("IGNORE"))),
        ] {
            assert_eq!(lines(source, false).1, [expected], "{source}");
        }
    }
}
