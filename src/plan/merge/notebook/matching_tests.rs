//! Tests of the module beside it.

use super::*;
use crate::notebook::CellKind;

fn cells(texts: &[(&str, &str)]) -> Vec<Cell> {
    let cell = |&(id, text): &(&str, &str)| Cell {
        id: (!id.is_empty()).then(|| id.to_owned()),
        ..Cell::new(CellKind::Code, text)
    };
    texts.iter().map(cell).collect()
}

#[track_caller]
fn check(before: &[(&str, &str)], after: &[(&str, &str)], expected: &[Option<usize>]) {
    assert_eq!(pair(&cells(before), &cells(after), Editor::Student).to, expected);
}

#[test]
fn by_id_unless_the_text_belongs_to_another() {
    check(&[("a", "one two"), ("b", "x")], &[("b", "x"), ("a", "three four")], &[Some(1), Some(0)]);
    check(
        &[("0", "alpha"), ("1", "beta")],
        &[("0", "new"), ("1", "alpha"), ("2", "beta")],
        &[Some(1), Some(2)],
    );
}

#[test]
fn by_text_in_order_then_anywhere() {
    check(
        &[("", "a"), ("", "a"), ("", "b")],
        &[("", "b"), ("", "a"), ("", "a")],
        &[Some(1), Some(2), Some(0)],
    );
    check(&[("", "")], &[("", "x"), ("", "")], &[Some(1)]);
}

#[test]
fn by_likeness_in_a_gap_and_across_gaps() {
    check(
        &[("", "start"), ("", "x = load(one)"), ("", "end")],
        &[("", "start"), ("", "x = load(two)"), ("", "end")],
        &[Some(0), Some(1), Some(2)],
    );
    let long = "a cell of many words that moves far away";
    check(
        &[("", long), ("", "one"), ("", "two")],
        &[("", "one"), ("", "two"), ("", "a cell of many words that moved far away")],
        &[Some(2), Some(0), Some(1)],
    );
    check(&[("", "nothing alike")], &[("", "x")], &[None]);
}

#[test]
fn alike_exercises_are_told_apart_by_the_question_above_them() {
    let exercise = |id: &str| {
        let mut cell = Cell::new(CellKind::Code, "# YOUR CODE HERE\nraise NotImplementedError()");
        let flags = serde_json::json!({"grade_id": id, "solution": true, "grade": false});
        cell.metadata.insert("nbgrader".to_owned(), flags);
        cell
    };
    let text = |text: &str| Cell::new(CellKind::Markdown, text);
    let (one, two) = ("## Add two numbers and return their sum", "## Draw what the network has learned");
    let before = [text(one), exercise("add"), text(two), exercise("draw")];
    // The student changed the order of the sections, and came back without metadata.
    let code = |text: &str| Cell::new(CellKind::Code, text);
    let after = [
        text(two),
        code("# YOUR CODE HERE\nraise NotImplementedError()  # draw"),
        text(one),
        code("# YOUR CODE HERE\nraise NotImplementedError()  # add"),
    ];
    assert_eq!(pair(&before, &after, Editor::Student).to, [Some(2), Some(3), Some(0), Some(1)]);
}

#[test]
fn many_cells_that_have_nothing_in_common_take_bounded_time() {
    let many = |side: &str| -> Vec<Cell> {
        (0..5000)
            .map(|n| Cell::new(CellKind::Code, format!("{side}{n} {side}x{n} {side}y{n} {side}z{n}")))
            .collect()
    };
    let pairing = pair(&many("a"), &many("b"), Editor::Course);
    assert!(pairing.to.iter().all(Option::is_none));
}
