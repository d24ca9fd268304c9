//! A notebook that is marked for otter-grader, for a tier.
//!
//! Cells: those that begin or end a block are left out, and so are settings, ignored cells, hidden tests, and what is written in a
//! block of solutions. Lines of code: see [`lines`]. Public tests stay as cells that students can run; tito does not make otter's
//! test files, and `otter assign` reads the base as it did.

mod assignment;
mod blocks;
mod lines;
mod misspelt;

use std::sync::Arc;

use serde_json::Value;

use super::Tier;
use super::tiered::{LineOrigin, Rewritten, Stripped, Tiered, clear_outputs};
use super::wiped;
use crate::diagnostic::Code;
use crate::notebook::problem::{Place, Problem};
use crate::notebook::{Cell, CellKind, Notebook};
use blocks::{Block, Boundary};
use misspelt::Misspelt;

pub(crate) use misspelt::in_line as misspelt_line;

/// What students get in place of a written answer, as otter writes it.
const ANSWER: &str = "_Type your answer here, replacing this text._";

/// The cells of `notebook` as `tier` gets them, into `result`. There are no roles: the challenge tier gets what students get.
pub(super) fn apply(notebook: &Notebook, tier: Tier, result: &mut Tiered) {
    let is_r = notebook.language().eq_ignore_ascii_case("r");
    let mut cells = Cells {
        tier,
        is_r,
        open: Vec::new(),
        has_prompt: false,
        has_answer: false,
        faults: Vec::new(),
        is_misspelt: false,
        result,
    };
    let kept: Vec<(usize, Cell)> = notebook
        .cells
        .iter()
        .enumerate()
        .filter_map(|(at, cell)| Some((at, cells.cell(at, cell.clone())?)))
        .collect();
    for (block, at) in std::mem::take(&mut cells.open) {
        let (word, help) = (block.word(), "end each block with a raw cell");
        let message = format!("`# BEGIN {word}` without `# END {word}` in a later cell");
        cells.fault(at, message, help);
    }
    // What is missing is there, and is misspelt.
    if !cells.is_misspelt {
        cells.result.problems.append(&mut cells.faults);
    }
    if tier == Tier::Instructor {
        return;
    }
    (result.origin, result.notebook.cells) = kept.into_iter().unzip();
}

/// The first sign in `notebook` that it is marked for otter-grader: its cell and line, and how many lines have one.
pub fn first_marker(notebook: &Notebook) -> Option<(Place, usize)> {
    let mut found = notebook.cells.iter().enumerate().flat_map(|(at, cell)| {
        let marked: Vec<usize> = match cell.kind {
            CellKind::Code => (0..)
                .zip(cell.source.split('\n'))
                .filter(|(_, line)| is_marker(line))
                .map(|(at, _)| at)
                .collect(),
            _ if matches!(blocks::boundary(cell), Some(Boundary::Begin(_))) => vec![0],
            _ => Vec::new(),
        };
        marked.into_iter().map(move |line| Place::Cell { cell: at, line: Some(line) })
    });
    let first = found.next()?;
    Some((first, found.count() + 1))
}

/// Does otter-grader take this line of code, or what follows, out of what students get?
pub(crate) fn is_marker(line: &str) -> bool {
    let line = line.trim_end();
    let ends = [
        "# SOLUTION",
        "# SOLUTION NO PROMPT",
        "# BEGIN SOLUTION NO PROMPT",
        "# BEGIN PROMPT",
        "# END PROMPT",
    ];
    ends.iter().any(|end| line.strip_suffix(end).is_some_and(|before| !before.ends_with('#')))
}

struct Cells<'a> {
    tier: Tier,
    is_r: bool,
    /// The blocks that are open, outermost first, and the cells that began them.
    open: Vec<(Block, usize)>,
    /// The question has a prompt of its own.
    has_prompt: bool,
    /// The block of solutions has a place for a written answer.
    has_answer: bool,
    /// What is wrong with the blocks.
    faults: Vec<Problem>,
    /// A cell looks like one that begins or ends a block, and is none.
    is_misspelt: bool,
    result: &'a mut Tiered,
}

impl Cells<'_> {
    fn fault(&mut self, cell: usize, message: String, help: &str) {
        let problem = Problem::new(Code::UnbalancedRegion, Place::Cell { cell, line: Some(0) }, message);
        self.faults.push(problem.help(help));
    }

    fn misspelt(&mut self, cell: usize, found: &Misspelt) {
        let help = format!("write `{}`; if it is a plain comment, use other words", found.right);
        self.unread(cell, found.line, help);
    }

    fn unread(&mut self, cell: usize, line: usize, help: impl Into<String>) {
        let message = "this looks like a marker of otter-grader, which does not read it";
        let place = Place::Cell { cell, line: Some(line) };
        self.result.problems.push(Problem::new(Code::MisspeltMarker, place, message).help(help));
    }

    /// The cell as the tier gets it, if it does.
    fn cell(&mut self, at: usize, mut cell: Cell) -> Option<Cell> {
        if let Some(boundary) = blocks::boundary(&cell) {
            self.boundary(at, boundary);
            return None;
        }
        if let Some(found) = misspelt::boundary(&cell) {
            self.is_misspelt = true;
            match (cell.kind, found.line) {
                (CellKind::Code, _) | (CellKind::Markdown, 0) => {
                    self.unread(at, 0, "only raw cells begin and end blocks: make it a raw cell");
                }
                _ => self.misspelt(at, &found),
            }
        }
        let block = self.open.last().map(|(block, _)| *block);
        let solved = self.tier == Tier::Solution;
        match (block, cell.kind) {
            (Some(Block::Tests), CellKind::Code) if blocks::is_hidden_test(&cell.source) => {
                self.secret(at, &cell.source);
                return None;
            }
            (Some(Block::Tests), CellKind::Code) => self.test(at, &mut cell),
            (Some(Block::Solution), CellKind::Markdown | CellKind::Raw) if !solved => {
                self.secret(at, &cell.source);
                if self.has_prompt || self.has_answer {
                    return None;
                }
                self.has_answer = true;
                let lines = vec![0];
                self.result.rewritten.insert(at, Rewritten { lines, stubs: Vec::new() });
                ANSWER.clone_into(&mut cell.source);
                cell.attachments = None;
            }
            (Some(Block::Prompt), _) if solved => return None,
            (_, CellKind::Code) => self.code(at, &mut cell, block == Some(Block::Solution)),
            _ => {}
        }
        if matches!(block, Some(Block::Question | Block::Tests)) {
            cell.metadata.insert("deletable".into(), Value::Bool(false));
            cell.metadata.insert("editable".into(), Value::Bool(false));
        }
        clear_outputs(&mut cell);
        Some(cell)
    }

    fn boundary(&mut self, at: usize, boundary: Boundary) {
        let help = "a question is between `# BEGIN QUESTION` and `# END QUESTION`, and its blocks are inside, one after the other";
        match boundary {
            Boundary::Other => {}
            Boundary::Begin(block) => {
                let fits = match block {
                    Block::Question => self.open.is_empty(),
                    _ => self.open.len() == 1,
                };
                if !fits {
                    let word = block.word();
                    let message = match self.open.last() {
                        Some((outer, _)) => format!("`# BEGIN {word}` inside a block of {}", outer.word()),
                        None => format!("`# BEGIN {word}` outside of a question"),
                    };
                    self.fault(at, message, help);
                }
                match block {
                    Block::Question => self.has_prompt = false,
                    Block::Prompt => self.has_prompt = true,
                    Block::Solution => self.has_answer = false,
                    Block::Tests => {}
                }
                self.open.push((block, at));
            }
            Boundary::End(block) if self.open.last().is_some_and(|(open, _)| *open == block) => {
                self.open.pop();
            }
            Boundary::End(block) => {
                let word = block.word();
                let opened = self.open.iter().rposition(|(open, _)| *open == block);
                let message = match (opened, self.open.last()) {
                    (Some(_), Some((inner, _))) => {
                        let inner = inner.word();
                        format!("`# END {word}` inside a block of {inner}: `# END {inner}` is missing above")
                    }
                    _ => format!("`# END {word}` without `# BEGIN {word}` before it"),
                };
                self.open.truncate(opened.unwrap_or(self.open.len()));
                self.fault(at, message, help);
            }
        }
    }

    /// The lines of a cell that the tier does not get.
    fn secret(&mut self, cell: usize, source: &str) {
        for (line, text) in source.split('\n').enumerate() {
            self.strip(cell, line, text);
        }
    }

    fn strip(&mut self, cell: usize, line: usize, text: &str) {
        let text = text.trim().to_owned();
        self.result.stripped.push(Stripped { text, cell, line, kept_elsewhere: false, function: None });
    }

    /// A public test, without otter's settings.
    fn test(&mut self, at: usize, cell: &mut Cell) {
        for found in misspelt::in_test(&cell.source) {
            self.misspelt(at, &found);
        }
        let settings = blocks::test_lines(&cell.source);
        let kept = cell.source.split('\n').enumerate().filter(|(line, _)| !settings.contains(line));
        let kept: Vec<(usize, &str)> = kept.collect();
        let lines = kept.iter().map(|(line, _)| *line).collect();
        self.result.rewritten.insert(at, Rewritten { lines, stubs: Vec::new() });
        cell.source = kept.iter().map(|(_, text)| *text).collect::<Vec<_>>().join("\n");
    }

    /// Reports markers that are misspelt in code with these lines; are there any?
    fn misspelt_lines(&mut self, at: usize, source: &str, lines: &[lines::Line]) -> bool {
        let mut is_any = false;
        for (number, (text, line)) in source.split('\n').zip(lines).enumerate() {
            let is_given = line.student.as_deref() == Some(text);
            // In a region only its end is missed.
            let counts = |right: &String| is_given || (line.secret && right.starts_with("# END"));
            if let Some(right) = misspelt::in_line(text).filter(counts) {
                self.misspelt(at, &Misspelt { line: number, right });
                is_any = true;
            }
        }
        is_any
    }

    /// Code of a block of solutions that students get whole, because none of its lines has a marker.
    fn unmarked(&mut self, at: usize, source: &str) {
        if source.trim().is_empty() || (!self.is_r && wiped::has_no_answer(source)) {
            return;
        }
        let message = "students get this cell of a block of solutions whole: no line of it has a marker";
        let place = Place::Cell { cell: at, line: Some(0) };
        let help = "end each line of the solution with `# SOLUTION`, or write `# BEGIN SOLUTION` and `# END SOLUTION` around it; if students should get the cell, move it out of the block";
        self.result.problems.push(Problem::new(Code::UnmarkedSolution, place, message).help(help));
    }

    /// Code, with its solutions taken out or cleaned.
    fn code(&mut self, at: usize, cell: &mut Cell, is_solution: bool) {
        let (lines, mut faults) = lines::lines(&cell.source, self.is_r);
        if self.misspelt_lines(at, &cell.source, &lines) {
            faults.clear();
        } else if is_solution && lines.iter().all(|line| !line.secret) {
            self.unmarked(at, &cell.source);
        }
        for (line, fault) in faults {
            let place = Place::Cell { cell: at, line: Some(line) };
            let problem = Problem::new(Code::UnbalancedRegion, place, fault.message());
            self.result.problems.push(problem.help(fault.help()));
        }
        if self.tier == Tier::Instructor {
            return;
        }
        let solved = self.tier == Tier::Solution;
        let mut kept = Vec::new();
        let mut origin = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            let text = if solved { &line.solved } else { &line.student };
            if let Some(text) = text {
                kept.push(text.as_str());
                origin.push(LineOrigin { line: number, stub: line.stub && !solved });
            }
            if let Some(secret) = line.solved.as_ref().filter(|_| line.secret && !solved) {
                self.strip(at, number, secret);
            }
        }
        let source = kept.join("\n");
        if source == cell.source {
            return;
        }
        cell.source = source;
        let stubs = origin.iter().filter(|one| one.stub).map(|one| one.line).collect();
        let lines = origin.iter().map(|one| one.line).collect();
        self.result.rewritten.insert(at, Rewritten { lines, stubs });
        // What a cell printed tells its solution.
        cell.outputs = Arc::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::tiers::{Markers, Marking, apply as apply_tier};

    fn cells(parts: &[(CellKind, &str)]) -> Notebook {
        let cells = parts.iter().map(|(kind, source)| Cell::new(*kind, *source)).collect();
        Notebook { minor: 5, cells, ..Notebook::default() }
    }

    fn question() -> Notebook {
        use CellKind::{Code, Markdown, Raw};
        cells(&[
            (Raw, "# ASSIGNMENT CONFIG\nname: hw1"),
            (Raw, "# BEGIN QUESTION\nname: q1\nmanual: true"),
            (Markdown, "Why?"),
            (Raw, "# BEGIN SOLUTION"),
            (Markdown, "Because the sky is blue today."),
            (Code, "x = 1 # SOLUTION"),
            (Raw, "# END SOLUTION"),
            (Raw, "# BEGIN TESTS"),
            (Code, "\"\"\" # BEGIN TEST CONFIG\npoints: 1\n\"\"\" # END TEST CONFIG\nx > 0"),
            (Code, "# HIDDEN\nx == 1"),
            (Raw, "# END TESTS"),
            (Raw, "# END QUESTION"),
        ])
    }

    fn sources(tiered: &Tiered) -> Vec<&str> {
        tiered.notebook.cells.iter().map(|cell| cell.source.as_str()).collect()
    }

    fn apply_to(notebook: &Notebook, tier: Tier) -> Tiered {
        apply_tier(notebook, tier, &Marking { markers: Markers::Otter, ..Marking::default() })
    }

    #[test]
    fn a_question_for_students() {
        let tiered = apply_to(&question(), Tier::Student);
        assert_eq!(sources(&tiered), ["Why?", ANSWER, "x = ...", "x > 0"]);
        assert_eq!((tiered.origin.as_slice(), tiered.problems.len()), (&[2, 4, 5, 8][..], 0));
        let secret: Vec<(usize, &str)> =
            tiered.stripped.iter().map(|one| (one.cell, one.text.as_str())).collect();
        assert_eq!(
            secret,
            [(4, "Because the sky is blue today."), (5, "x = 1"), (9, "# HIDDEN"), (9, "x == 1")]
        );
        assert_eq!(tiered.notebook.cells[0].metadata["editable"], false);
        assert!(!tiered.notebook.cells[2].metadata.contains_key("editable"));
    }

    #[test]
    fn a_solved_question_and_the_instructors() {
        let solved = apply_to(&question(), Tier::Solution);
        assert_eq!(sources(&solved), ["Why?", "Because the sky is blue today.", "x = 1", "x > 0"]);
        assert_eq!(apply_to(&question(), Tier::Instructor).notebook, question());
    }

    #[test]
    fn a_prompt_takes_the_place_of_the_usual_one() {
        use CellKind::{Markdown, Raw};
        let notebook = cells(&[
            (Raw, "# BEGIN QUESTION"),
            (Raw, "# BEGIN PROMPT"),
            (Markdown, "Write three lines."),
            (Raw, "# END PROMPT"),
            (Raw, "# BEGIN SOLUTION"),
            (Markdown, "One, two, three."),
            (Raw, "# END SOLUTION"),
            (Raw, "# END QUESTION"),
        ]);
        assert_eq!(sources(&apply_to(&notebook, Tier::Student)), ["Write three lines."]);
        assert_eq!(sources(&apply_to(&notebook, Tier::Solution)), ["One, two, three."]);
    }

    #[test]
    fn blocks_that_do_not_fit_are_faults() {
        use CellKind::Raw;
        for (parts, cell) in [
            (&["# BEGIN SOLUTION", "# END SOLUTION"][..], 0),
            (&["# BEGIN QUESTION", "# END SOLUTION", "# END QUESTION"], 1),
            (&["# BEGIN QUESTION"], 0),
        ] {
            let parts: Vec<_> = parts.iter().map(|source| (Raw, *source)).collect();
            for tier in [Tier::Student, Tier::Instructor] {
                let problems = apply_to(&cells(&parts), tier).problems;
                assert_eq!(problems.len(), 1, "{parts:?}");
                assert_eq!(problems[0].place, Place::Cell { cell, line: Some(0) });
            }
        }
    }

    #[test]
    fn markers_are_noticed() {
        assert_eq!(first_marker(&question()), Some((Place::Cell { cell: 1, line: Some(0) }, 4)));
        assert_eq!(
            first_marker(&cells(&[(CellKind::Code, "### BEGIN SOLUTION\nx\n### END SOLUTION")])),
            None
        );
        assert!(is_marker("x = 1  # SOLUTION ") && is_marker("'''; # END PROMPT"));
        assert!(
            !is_marker("### SOLUTION") && !is_marker("# the SOLUTION") && !is_marker("# SOLUTION: see below")
        );
    }
}
