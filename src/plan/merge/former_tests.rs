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
