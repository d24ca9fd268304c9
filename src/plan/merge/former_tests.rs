//! Tests of the module beside it: releases one after the other, and what the student has of each.

use super::*;
use crate::notebook::CellKind;
use crate::plan::merge::Three;
use crate::plan::merge::notebook::merge_notebooks;

fn notebook(texts: &[&str]) -> Notebook {
    let cells = texts.iter().map(|text| Cell::new(CellKind::Code, *text)).collect();
    Notebook { cells, minor: 5, ..Notebook::default() }
}

/// The texts of the cells that a merge with the newest version comes to.
fn brought_up_to_date(versions: &[&[&str]], student: &[&str]) -> Vec<String> {
    let versions: Vec<Notebook> = versions.iter().map(|texts| notebook(texts)).collect();
    let versions: Vec<&Notebook> = versions.iter().collect();
    let student = notebook(student);
    let base = base_among(&versions, &BTreeSet::new(), [&student, versions[versions.len() - 1]]).unwrap();
    let course = versions[versions.len() - 1];
    let merged = merge_notebooks(Three { base: &base.notebook, student: &base.student(&student), course });
    merged.notebook.cells.into_iter().map(|cell| cell.source).collect()
}

const TEXT_1: &str = "# Numbers\nThree values have something to say.";
const TEXT_2: &str = "# Numbers\nThree values are three numbers.";
const STUB: &str = "def f(values):\n    return ...";
const ANSWER: &str = "def f(values):\n    return len(values)";
const CHECK_1: &str = "assert f([1, 2, 3]) > 0";
const CHECK_2: &str = "assert f([1, 2, 3]) == 3";

#[test]
fn the_closest_version_is_the_last_of_several() {
    assert_eq!(closest(&["a b", "a c", "a  c"], "a c"), Some(2));
    assert_eq!(closest(&["one two three", "one two 3"], "one two three four"), Some(0));
    assert_eq!(closest(&["a", "b"], "c"), Some(1));
    assert_eq!(closest(&["a"], ""), Some(0));
    assert_eq!(closest(&[], "a"), None);
}

#[test]
fn white_space_says_nothing_about_the_version() {
    let new = "x = 1\ny = 2\nif x:\n    print(x)\n";
    assert_eq!(closest(&["x = 1\ny = 2\n", new], "x=1\ny=2\nif x: print( x )\n"), Some(1));
}

#[test]
fn an_old_notebook_that_is_written_back_with_an_answer_gets_the_fix_again() {
    let versions: [&[&str]; 2] = [&[TEXT_1, STUB, CHECK_1], &[TEXT_2, STUB, CHECK_2]];
    let found = brought_up_to_date(&versions, &[TEXT_1, ANSWER, CHECK_1]);
    assert_eq!(found, [TEXT_2, ANSWER, CHECK_2]);
}

#[test]
fn single_cells_of_former_text_are_brought_up_to_date() {
    let versions: [&[&str]; 3] =
        [&[TEXT_1, STUB, CHECK_1], &[TEXT_2, STUB, CHECK_1], &[TEXT_2, STUB, CHECK_2]];
    for student in [[TEXT_1, ANSWER, CHECK_2], [TEXT_2, ANSWER, CHECK_1], [TEXT_1, ANSWER, CHECK_1]] {
        assert_eq!(brought_up_to_date(&versions, &student), [TEXT_2, ANSWER, CHECK_2]);
    }
}

#[test]
fn a_cell_keeps_the_answer_and_gets_the_fix_around_it() {
    let cell = |hint: &str, body: &str| format!("def f(values):\n    # {hint}\n    x = 1\n    {body}");
    let (old, new) = (cell("count from one", "..."), cell("count from zero", "..."));
    let mine = cell("count from one", "return len(values)");
    let versions: [&[&str]; 2] = [&[TEXT_1, &old], &[TEXT_1, &new]];
    let found = brought_up_to_date(&versions, &[TEXT_1, &mine]);
    assert_eq!(found, [TEXT_1, &cell("count from zero", "return len(values)")]);
}

#[test]
fn what_the_course_added_and_removed_since_comes_and_goes_again() {
    let versions: [&[&str]; 2] = [&[TEXT_1, "print('a poor example')", STUB], &[TEXT_2, STUB, CHECK_2]];
    let found = brought_up_to_date(&versions, &[TEXT_1, "print('a poor example')", ANSWER]);
    assert_eq!(found, [TEXT_2, ANSWER, CHECK_2]);
    // Also where only that one cell was pasted back.
    let found = brought_up_to_date(&versions, &[TEXT_2, "print('a poor example')", ANSWER, CHECK_2]);
    assert_eq!(found, [TEXT_2, ANSWER, CHECK_2]);
}

#[test]
fn an_edit_of_the_newest_text_is_an_edit() {
    let versions: [&[&str]; 2] = [&[TEXT_1, STUB, CHECK_1], &[TEXT_2, STUB, CHECK_2]];
    let mine = "# My numbers\nThree values are three numbers.";
    assert_eq!(brought_up_to_date(&versions, &[mine, ANSWER, CHECK_2]), [mine, ANSWER, CHECK_2]);
    // A hint that came with a fix and that the student deleted stays deleted.
    let (old, new) = ("x = 1\n...", "x = 1\n# a hint that came later\n...");
    let versions: [&[&str]; 2] = [&[TEXT_1, old, CHECK_1], &[TEXT_2, new, CHECK_2]];
    let mine = "x = 1\nreturn x";
    assert_eq!(brought_up_to_date(&versions, &[TEXT_2, mine, CHECK_2]), [TEXT_2, mine, CHECK_2]);
}

#[test]
fn a_cell_that_was_offered_is_merged_from_the_version_that_it_came_from() {
    let versions = [notebook(&["# Numbers", CHECK_1]), notebook(&["# Numbers of all", CHECK_2])];
    let versions: Vec<&Notebook> = versions.iter().collect();
    let student = notebook(&["# My Numbers", CHECK_2]);
    let base = |behind: &BTreeSet<String>| {
        base_among(&versions, behind, [&student, versions[1]]).unwrap().notebook.cells[0].source.clone()
    };
    // As far as the text tells, a student shortened the newest version; that it was offered tells more.
    assert_eq!(base(&BTreeSet::new()), "# Numbers of all");
    assert_eq!(base(&BTreeSet::from(["# Numbers of all".to_owned()])), "# Numbers");
}

#[test]
fn a_tie_does_not_make_what_was_offered_the_origin() {
    let versions = [notebook(&["# Pace\n10 epochs"]), notebook(&["# Pace\n50 epochs"])];
    let versions: Vec<&Notebook> = versions.iter().collect();
    let student = notebook(&["# Pace\n3 epochs"]);
    let base = |behind: &BTreeSet<String>| {
        base_among(&versions, behind, [&student, versions[1]]).unwrap().notebook.cells[0].source.clone()
    };
    assert_eq!(base(&BTreeSet::new()), "# Pace\n50 epochs");
    let key = super::cell_id(&versions[1].cells, 0);
    assert_eq!(base(&BTreeSet::from([key])), "# Pace\n10 epochs");
}

const ASKED: &str =
    "def g(values):\n    \"\"\"Of the values.\"\"\"\n    # YOUR CODE HERE\n    raise NotImplementedError()";
const GIVEN: &str = "def g(values):\n    \"\"\"Of the values.\"\"\"\n    return max(values)";

#[test]
fn an_answer_in_the_words_of_a_former_version_stays() {
    let versions: [&[&str]; 2] = [&[TEXT_1, GIVEN, CHECK_1], &[TEXT_1, ASKED, CHECK_1]];
    assert_eq!(brought_up_to_date(&versions, &[TEXT_1, GIVEN, CHECK_1, "x = 1"])[1], GIVEN);
    // Also where other cells are as in that version, if one of them is new.
    let versions: [&[&str]; 2] = [&[TEXT_1, GIVEN, CHECK_1], &[TEXT_2, ASKED, CHECK_2]];
    for student in [[TEXT_2, GIVEN, CHECK_2], [TEXT_1, GIVEN, CHECK_2]] {
        assert_eq!(brought_up_to_date(&versions, &student), [TEXT_2, GIVEN, CHECK_2]);
    }
    // Another answer in such a cell is one, too.
    let mine = "def g(values):\n    \"\"\"Of the values.\"\"\"\n    return max(values) + 0";
    assert_eq!(brought_up_to_date(&versions, &[TEXT_2, mine, CHECK_2]), [TEXT_2, mine, CHECK_2]);
    // Where the last version has a stub of another form, the cell says that it is a question.
    let sides = [(GIVEN, "x = 1"), ("def g(values):\n    ...", "x = 1"), (GIVEN, "x = 2")];
    let [former, last, student] = sides.map(|(text, other)| {
        let mut notebook = notebook(&[text, other]);
        let grading = serde_json::json!({"grade_id": "g", "solution": true});
        notebook.cells[0].metadata.insert("nbgrader".to_owned(), grading);
        notebook
    });
    let base = base_among(&[&former, &last], &BTreeSet::new(), [&student, &last]).unwrap();
    assert_eq!(base.notebook.cells[0].source, last.cells[0].source);
}

#[test]
fn a_notebook_that_is_old_as_a_whole_gets_the_question_again() {
    let versions: [&[&str]; 2] = [&[TEXT_1, STUB, GIVEN, CHECK_1], &[TEXT_2, STUB, ASKED, CHECK_2]];
    let found = brought_up_to_date(&versions, &[TEXT_1, ANSWER, GIVEN, CHECK_1]);
    assert_eq!(found, [TEXT_2, ANSWER, ASKED, CHECK_2]);
    let versions: [&[&str]; 2] = [&[TEXT_1, GIVEN], &[TEXT_1, ASKED]];
    assert_eq!(brought_up_to_date(&versions, versions[0]), versions[1]);
}

#[test]
fn a_line_in_the_place_of_a_stub_is_the_students_though_a_former_version_had_it() {
    let cell = |lines: &[&str]| {
        let lines = [&["def h(values):", "    \"\"\"Of the values.\"\"\""], lines].concat();
        lines.join("\n")
    };
    let open = ["    # YOUR CODE HERE", "    raise NotImplementedError()"];
    let line = "    values = sorted(values)";
    let hint = "    # First bring them into an order.";
    let given = cell(&[&[line], &open[..]].concat());
    let (asked, hinted) = (cell(&open), cell(&[&[hint], &open[..]].concat()));
    let answered = cell(&[line, "    return values[0]"]);
    let begun = cell(&[&[line], &open[..]].concat());
    for (last, student) in [(&asked, &answered), (&asked, &begun), (&hinted, &answered)] {
        let versions: [&[&str]; 2] = [&[TEXT_1, &given, CHECK_1], &[TEXT_1, last, CHECK_1]];
        let found = brought_up_to_date(&versions, &[TEXT_1, student, CHECK_1, "x = 1"]);
        assert!(found[1].contains(line), "{found:?}");
        let versions: [&[&str]; 2] = [&[TEXT_1, &given, CHECK_1], &[TEXT_1, last, CHECK_2]];
        let found = brought_up_to_date(&versions, &[TEXT_1, student, CHECK_2, "x = 1"]);
        assert!(found[1].contains(line), "{found:?}");
    }
}
