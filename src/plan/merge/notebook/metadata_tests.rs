//! Tests of the module beside it.

use serde_json::json;

use super::*;
use crate::notebook::CellKind;

fn object(value: Value) -> Metadata {
    value.as_object().cloned().unwrap_or_default()
}

/// What comes out, and what is said to be left out.
fn merged(base: Value, student: Value, course: Value) -> (Value, Vec<String>) {
    let sides = Three { base, student, course }.map(object);
    let mut lost = Vec::new();
    let merged = three_way(sides.as_ref(), &mut lost);
    (Value::Object(merged), said(&lost))
}

fn said(lost: &[Beside]) -> Vec<String> {
    lost.iter().map(|beside| format!("{:?} {} {}", beside.lacks, beside.what, beside.value)).collect()
}

#[test]
fn what_one_side_changed_is_taken() {
    let (value, lost) = merged(
        json!({"a": 1, "b": 1, "c": 1}),
        json!({"a": 2, "b": 1}),
        json!({"a": 1, "b": 3, "c": 1, "d": 4}),
    );
    assert_eq!((value, lost.len()), (json!({"a": 2, "b": 3, "d": 4}), 0));
    // A change outlives a deletion, on either side.
    assert_eq!(merged(json!({"a": 1, "b": 1}), json!({"a": 2}), json!({"b": 2})).0, json!({"a": 2, "b": 2}));
}

#[test]
fn what_both_changed_is_the_students_and_said() {
    let (value, lost) = merged(json!({"a": 1}), json!({"a": 2, "n": 1}), json!({"a": 3, "n": 2}));
    assert_eq!(value, json!({"a": 2, "n": 1}));
    assert_eq!(lost, ["Course metadata `a` 3", "Course metadata `n` 2"]);
    // How someone looked at it is no one's loss.
    assert!(
        merged(
            json!({}),
            json!({"collapsed": true, "scrolled": true}),
            json!({"collapsed": false, "scrolled": "auto"})
        )
        .1
        .is_empty()
    );
}

#[test]
fn tags_are_a_set() {
    let tags = |list: &[&str]| json!({"tags": list});
    let (value, lost) = merged(tags(&["old", "gone"]), tags(&["old", "mine"]), tags(&["gone", "theirs"]));
    assert_eq!((value, lost.len()), (tags(&["theirs", "mine"]), 0));
    assert_eq!(merged(json!({}), tags(&["mine"]), tags(&["hide"])).0, tags(&["hide", "mine"]));
    assert_eq!(merged(json!({}), json!({"tags": 1}), tags(&["hide"])).0, tags(&["hide"]));
}

#[test]
fn the_kernel_is_the_students_if_it_is_one() {
    let kernel = |name: &str| json!({"kernelspec": {"name": name, "display_name": name}, "language_info": {"name": name}});
    let merge = |base: Value, student: Value, course: Value| {
        let sides = Three { base, student, course }.map(object);
        let mut lost = Vec::new();
        let merged = of_notebook(sides.as_ref(), &mut lost);
        assert_eq!(said(&lost), [""; 0]);
        Value::Object(merged)
    };
    assert_eq!(merge(kernel("a"), kernel("b"), kernel("c")), kernel("b"));
    let odd = json!({"kernelspec": ["b"], "language_info": ["b"]});
    assert_eq!(merge(kernel("a"), odd.clone(), kernel("c")), kernel("c"));
    assert_eq!(merge(odd.clone(), odd.clone(), odd), json!({}));
}

#[test]
fn a_picture_that_both_changed_is_the_courses_where_the_text_shows_it() {
    let pond = |data: &str| json!({"pond.png": {"image/png": data}});
    let merge = |sides: [Option<Value>; 3], shown: bool, of_course: bool| {
        let [base, student, course] = &sides;
        let mut lost = Vec::new();
        let sides = Three { base: base.as_ref(), student: student.as_ref(), course: course.as_ref() };
        let merged = attachments(sides, |_| shown, |_| of_course, &mut lost);
        (merged, said(&lost))
    };
    let both = || [Some(pond("A")), Some(pond("B")), Some(pond("C"))];
    let (merged, lost) = merge(both(), true, true);
    assert_eq!(
        (merged, lost),
        (Some(pond("C")), vec![r#"Student picture `pond.png` {"image/png":"B"}"#.to_owned()])
    );
    let (merged, lost) = merge(both(), false, false);
    assert_eq!(
        (merged, lost),
        (Some(pond("B")), vec![r#"Course picture `pond.png` {"image/png":"C"}"#.to_owned()])
    );
    // Both added one under one name.
    assert_eq!(merge([None, Some(pond("B")), Some(pond("C"))], true, true).1.len(), 1);
    // What the text still shows is not deleted.
    assert_eq!(merge([Some(pond("A")), None, Some(pond("A"))], true, true), (Some(pond("A")), vec![]));
    assert_eq!(merge([Some(pond("A")), None, Some(pond("A"))], false, false), (None, vec![]));
    assert_eq!(merge([Some(pond("A")), Some(pond("A")), None], true, false), (Some(pond("A")), vec![]));
}

#[test]
fn a_text_shows_a_picture_by_its_name() {
    assert!(shows("![](attachment:a b.png)", "a b.png") && shows("![](attachment:a%20b.png)", "a b.png"));
    assert!(!shows("a.png", "a.png"));
}

#[test]
fn grading_is_the_courses_without_a_word() {
    let cell = |points: u32| {
        let mut cell = Cell::new(CellKind::Code, "");
        cell.metadata = object(json!({"nbgrader": {"points": points}, "editable": points > 1}));
        cell
    };
    let (base, student, course) = (cell(1), cell(2), cell(3));
    let mut lost = Vec::new();
    let merged =
        of_cell(Three { base: &base, student: &student, course: &course }, Party::Student, &mut lost);
    assert_eq!((merged, lost.len()), (course.metadata, 0));
}

#[test]
fn news_is_what_arrives_from_the_course() {
    let grading =
        |points: u32, checksum: &str| object(json!({"nbgrader": {"points": points, "checksum": checksum}}));
    let news = |student: &Metadata, course: &Metadata| {
        let base = grading(1, "a");
        has_news(Three { base: &base, student, course }, course)
    };
    assert!(news(&grading(1, "a"), &grading(2, "a")));
    // The text says that it is another one.
    assert!(!news(&grading(1, "a"), &grading(1, "b")));
    assert!(!news(&grading(2, "a"), &grading(2, "a")));
    // The student's metadata was lost; the course changed nothing.
    assert!(!news(&Metadata::new(), &grading(1, "a")));
    let kernel = object(json!({"kernelspec": {"name": "b"}}));
    assert!(!has_news(Three { base: &Metadata::new(), student: &Metadata::new(), course: &kernel }, &kernel));
}
