//! Tests of the module beside it.

use proptest::prelude::*;

use super::*;

fn answers_of<'a>(base: &str, student: &'a str) -> Vec<Vec<&'a str>> {
    let base: Vec<_> = base.split('\n').collect();
    let student: Vec<_> = student.split('\n').collect();
    let parts = Parts { regions: regions(&base), lines: &base };
    answers(&parts, &student).into_iter().map(|range| student[range].to_vec()).collect()
}

const TWO: &str = "def f():\n    # YOUR CODE HERE\n    raise NotImplementedError()\n\ndef g():\n    raise NotImplementedError()";

#[test]
fn stubs_are_regions_and_what_an_author_wrote_is_none() {
    let find = |text: &str| -> Vec<_> {
        let lines: Vec<_> = text.split('\n').collect();
        regions(&lines).into_iter().map(|region| (region.start, region.end)).collect()
    };
    assert_eq!(find(TWO), [(1, 3), (5, 6)]);
    assert_eq!(find("YOUR ANSWER HERE"), [(0, 1)]);
    assert_eq!(find("a\n### BEGIN SOLUTION\nb\n### END SOLUTION\nc"), []);
    assert_eq!(find("a\n### BEGIN SOLUTION\n# YOUR CODE HERE\n### END SOLUTION\nc"), [(2, 3)]);
    assert!(find("a").is_empty());
}

#[test]
fn an_answer_is_what_stands_between_the_courses_lines() {
    let student = "def f():\n    a\n\n    b\n\ndef g():\n    c\n    d";
    assert_eq!(answers_of(TWO, student), [vec!["    a", "", "    b"], vec!["    c", "    d"]]);
    // Edited lines beside it are the course's.
    let student = "def f(x, y=1):\n    a\n\ndef g():\n    c";
    assert_eq!(answers_of("def f(x, y):\n    # YOUR CODE HERE\n\ndef g():\n    c", student), [vec!["    a"]]);
    // Nothing of the course is left: all of it is the answer.
    assert_eq!(answers_of("x = 1\n# YOUR CODE HERE", "pass"), [vec!["pass"]]);
}

#[test]
fn stubs_comments_and_empty_lines_say_nothing() {
    for line in [
        "",
        "   ",
        "# a note",
        "    # YOUR CODE HERE",
        "raise NotImplementedError()",
        "pass",
        "    ...",
        "return None",
    ] {
        assert!(says_nothing(line), "{line:?}");
    }
    for line in ["x = 1", "return 1", "passed = True", "x = 1  # a note", "raise ValueError()"] {
        assert!(!says_nothing(line), "{line:?}");
    }
}

#[test]
fn thousands_of_stubs_take_bounded_time() {
    let stubs = |name: &str| format!("def {name}():\n{}", "    raise NotImplementedError()\n".repeat(3000));
    let answer = stubs("f").replace("raise", "return");
    let merged = merge_solution(Three { base: &stubs("f"), student: &answer, course: &stubs("g") }, true);
    assert!(merged.is_none_or(|text| text.contains("return")));
}

proptest! {
    /// Whatever a student makes of a cell, a merge that gives a text gives one with every line of theirs.
    #[test]
    fn a_students_lines_survive(
        student in "(def f\\(\\):\n|    a\n|\n|    # YOUR CODE HERE\n|    raise NotImplementedError\\(\\)\n|def g\\(\\):\n|z = 1\n){0,9}",
        course in "(def f\\(\\):\n|    \"doc\"\n|\n|    # YOUR CODE HERE\n|    raise NotImplementedError\\(\\)\n|def g\\(\\):\n|def h\\(\\):\n){0,9}",
    ) {
        let merge = merge_solution(Three { base: TWO, student: &student, course: &course }, true);
        if let Some(text) = merge {
            for line in student.split('\n').filter(|line| !TWO.contains(line)) {
                prop_assert!(text.split('\n').any(|other| other == line), "{line} is not in {text}");
            }
        }
        prop_assert_eq!(merge_solution(Three { base: TWO, student: TWO, course: &course }, true), Some(course));
        let kept = merge_solution(Three { base: TWO, student: &student, course: TWO }, true);
        prop_assert_eq!(kept, Some(student));
    }
}
