//! Whether lines of both sides make sense together as code.
//!
//! In: a merged text, and the two sides. Lines say nothing about blocks: what one side writes between a decorator and its function, or behind
//! the last line of a loop, changes what the other side's lines mean. So where both sides can run, the merged text must be able to,
//! each of its statements must be in the blocks in which one of the sides has it, and no definition may hide another one.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::is_stub;
use crate::plan::merge::Three;
use crate::python::{Code, DefinitionKind, Dialect, Statement};

/// Whose lines come first where both sides insert at one place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// The course's: the usual order.
    Course,
    /// The student's, where the usual order does not make sense.
    Student,
}

/// A merged text that is not checked yet.
pub(super) struct Draft {
    pub(super) text: String,
    /// Lines of both sides are beside each other, so that one may be in a block of the other's.
    pub(super) mixes: bool,
}

/// The first draft that holds together as code: with the course's insertions first, else with the student's. What is not code is not checked.
pub(super) fn sound_draft(
    texts: Three<&str>,
    is_code: bool,
    draft: impl Fn(First) -> Option<Draft>,
) -> Option<String> {
    let usual = draft(First::Course)?;
    if !is_code || holds_together(&usual, texts) {
        return Some(usual.text);
    }
    let other = draft(First::Student).filter(|other| other.text != usual.text)?;
    holds_together(&other, texts).then_some(other.text)
}

/// Does the draft run as far as the sides do, and does it leave each statement in its blocks? Where a side is not Python, no one can tell:
/// then it does.
fn holds_together(draft: &Draft, sides: Three<&str>) -> bool {
    let Three { student, course, .. } = sides;
    if draft.text == student || draft.text == course {
        return true;
    }
    let merged = runnable(&draft.text);
    if merged.is_some() && !draft.mixes {
        return true;
    }
    let (Some(student), Some(course)) = (runnable(student), runnable(course)) else { return true };
    merged.is_some_and(|merged| {
        keeps_blocks(&merged, [&student, &course]) && defines_once(&merged, [&student, &course])
    })
}

/// The code, if Jupyter could run it. A function of which the course gave nothing but a comment to replace counts as one that has a body.
pub(super) fn runnable(text: &str) -> Option<Code> {
    let read =
        |text: &str| Some(Code::of(text, Dialect::IPython)).filter(|code| code.cell_errors().is_empty());
    read(text).or_else(|| {
        let lines = text.split('\n').map(|line| match line.trim_start() {
            said if said.starts_with('#') && is_stub(line) => {
                format!("{}pass", line.get(..line.len() - said.len()).unwrap_or_default())
            }
            _ => line.to_owned(),
        });
        text.lines().any(is_stub).then(|| read(&lines.collect::<Vec<_>>().join("\n"))).flatten()
    })
}

/// Is each statement of the merged code in the same blocks on one of the sides? The head of a block may be another one if the old one is gone:
/// then it was edited.
fn keeps_blocks(merged: &Code, sides: [&Code; 2]) -> bool {
    let merged = merged.statements();
    let heads: BTreeSet<&str> = merged.iter().flat_map(|one| &one.within).map(String::as_str).collect();
    let sides = sides.map(Code::statements);
    let mut known: BTreeMap<&str, Vec<&[String]>> = BTreeMap::new();
    for Statement { text, within } in sides.iter().flatten() {
        known.entry(text).or_default().push(within);
    }
    let is_same = |(was, is): (&String, &String)| was == is || !heads.contains(was.as_str());
    merged.iter().filter(|one| one.text != "pass").all(|one| {
        let places = known.get(one.text.as_str()).map_or(&[][..], Vec::as_slice);
        places
            .iter()
            .any(|within| within.len() == one.within.len() && within.iter().zip(&one.within).all(is_same))
    })
}

/// Is each function, class and method defined as often as on one of the sides at most? The later of two definitions would hide the other.
fn defines_once(merged: &Code, sides: [&Code; 2]) -> bool {
    let counts = |code: &Code| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for one in code.definitions().into_iter().filter(|one| one.kind != DefinitionKind::Variable) {
            *counts.entry(one.name).or_default() += 1;
        }
        counts
    };
    let sides = sides.map(counts);
    let most = |name: &str| sides.iter().filter_map(|side| side.get(name)).max().copied().unwrap_or(0);
    counts(merged).iter().all(|(name, &count)| count <= most(name).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::merge::notebook::texts::{Lines, merge_texts};

    const STUB: &str = "    # YOUR CODE HERE\n    raise NotImplementedError()";

    /// What becomes of the texts; `^` stands for the stub of a function.
    #[track_caller]
    fn merge(base: &str, student: &str, course: &str, expected: Option<&str>) {
        let texts = [base, student, course].map(|text| text.replace('^', STUB));
        let [base, student, course] = texts.each_ref().map(String::as_str);
        let texts = Three { base, student, course };
        for lines in [Lines::Regions, Lines::Shared] {
            let expected = expected.map(|text| text.replace('^', STUB));
            assert_eq!(merge_texts(texts, lines, true), expected);
        }
    }

    #[test]
    fn a_decorator_stays_with_its_function() {
        merge(
            "import f\n\ndef f(x):\n^",
            "import f\n\nK = 2\ndef f(x):\n    return K",
            "import f\n\n@cache\ndef f(x):\n^",
            Some("import f\n\nK = 2\n@cache\ndef f(x):\n    return K"),
        );
        let helper = "class A:\n    def size(self, k):\n        return k\n\n    def f(self):\n        return self.size(2)";
        merge(
            "class A:\n    def f(self):\n    ^",
            helper,
            "class A:\n    @property\n    def f(self):\n    ^",
            Some(&helper.replace("    def f", "    @property\n    def f")),
        );
    }

    #[test]
    fn a_statement_stays_in_its_block() {
        let class = "class A:\n    def z(self):\n        return 0";
        let (mine, make) = ("\n\n    def mine(self):\n        return 1", "\n\ndef make():\n    return A()");
        merge(
            class,
            &format!("{class}{mine}"),
            &format!("{class}{make}"),
            Some(&format!("{class}{mine}{make}")),
        );
        merge(
            class,
            &format!("{class}{make}"),
            &format!("{class}{mine}"),
            Some(&format!("{class}{mine}{make}")),
        );
        let (a_loop, last) = ("for e in r:\n    print(e)", "\n    last = e");
        for behind in ["\nprint(1)", "\nif True:\n    print(1)", "\nfor f in r:\n    print(f)"] {
            merge(
                a_loop,
                &format!("{a_loop}{last}"),
                &format!("{a_loop}{behind}"),
                Some(&format!("{a_loop}{last}{behind}")),
            );
        }
    }

    #[test]
    fn what_makes_sense_in_no_order_collides() {
        // Each side has its own `else`.
        merge(
            "if a:\n    b = 1",
            "if a:\n    b = 1\nelse:\n    b = 2",
            "if a:\n    b = 1\nelse:\n    b = 3",
            None,
        );
        // The student replaced the line that the course decorates.
        merge(
            "x = 1\ndef f(x):\n    return 1",
            "x = 1\nK = 1\ndef f(y):\n    return 1",
            "x = 1\n@cache\ndef f(x):\n    return 1",
            None,
        );
    }

    #[test]
    fn an_answer_that_ends_the_function_takes_no_line_of_the_courses_along() {
        let answer = "def f(x):\n    return g(x)\n\ndef g(x):\n    return x";
        merge("def f(x):\n^", answer, "def f(x):\n^\n    print(x)", None);
        merge(
            "def f(x):\n^",
            answer,
            "def f(x, y=1):\n^\nprint(f)",
            Some("def f(x, y=1):\n    return g(x)\n\ndef g(x):\n    return x\nprint(f)"),
        );
    }

    #[test]
    fn a_name_that_both_define_is_not_defined_twice() {
        merge("x = 1", "x = 1\n@cache\ndef f(x):\n    return 1", "x = 1\ndef f(x):\n^", None);
        let (mine, theirs) = ("x = 1\ndef f(x):\n    return 1", "x = 1\ndef g(x):\n^");
        merge("x = 1", mine, theirs, Some("x = 1\ndef g(x):\n^\ndef f(x):\n    return 1"));
    }

    #[test]
    fn the_head_of_a_block_may_be_edited() {
        merge(
            "def f(x):\n    a = 1\n    return a",
            "def f(x):\n    a = 1\n    b = 2\n    return a",
            "def f(x, y):\n    a = 1\n    return a",
            Some("def f(x, y):\n    a = 1\n    b = 2\n    return a"),
        );
    }

    #[test]
    fn what_is_no_python_is_not_checked() {
        merge("x <- 1", "x <- 1\ny <- ", "x <- 1\nz <- ", Some("x <- 1\nz <- \ny <- "));
        // Nor does a half of one side's answer count against the other's lines.
        merge("x = 1", "x = 1\ny = ", "x = 1\nz = 1", Some("x = 1\nz = 1\ny = "));
    }

    #[test]
    fn a_stub_without_a_body_counts_as_one() {
        let two = "import a\n\ndef f():\n    # YOUR CODE HERE\n\ndef g():\n    # YOUR CODE HERE";
        let student =
            two.replace("import a\n", "import a\nK = 2\n").replacen("# YOUR CODE HERE", "return K", 1);
        let course = two.replace("import a\n", "import a\n@cache\n");
        let texts = Three { base: two, student: &student, course: &course };
        let expected = student.replace("K = 2\n", "K = 2\n@cache\n");
        assert_eq!(merge_texts(texts, Lines::Regions, true), Some(expected));
        assert!(runnable(two).is_some());
    }
}
