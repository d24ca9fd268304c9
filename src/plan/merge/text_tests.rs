//! Tests of the module beside it.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn clean(base: &str, student: &str, course: &str, expected: &str) {
    match merge_text(base.as_bytes(), student.as_bytes(), course.as_bytes()) {
        TextMerge::Clean(bytes) => assert_eq!(String::from_utf8_lossy(&bytes), expected),
        other => panic!("not clean: {other:?}"),
    }
}

#[test]
fn both_changes_arrive() {
    clean("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n");
    clean("a\nb\n", "a\nb\nmine\n", "a\nb\n", "a\nb\nmine\n");
    clean("a\nb\n", "a\nX\n", "a\nX\n", "a\nX\n");
    clean("", "", "new\n", "new\n");
    clean("old\n", "old\n", "", "");
}

#[test]
fn the_students_line_ends_stay() {
    clean("a\nb\nc\n", "A\r\nb\r\nc\r\n", "a\nb\nC\nD\n", "A\r\nb\r\nC\r\nD\r\n");
    clean("a\r\nb\r\nc\r\n", "A\nb\nc\n", "a\r\nb\r\nC\r\n", "A\nb\nC\n");
    clean("a\nb\n", "a\nb\n", "a\r\nb\r\n", "a\nb\n");
    // A file of both kinds keeps both; what is new gets the usual one.
    clean("a\nb\nc\n", "a\nb\r\nc\r\n", "a\nb\nc\nd\n", "a\nb\r\nc\r\nd\r\n");
    // A lone carriage return is a character.
    clean("a\rb\nc\n", "a\rb\nC\n", "x\na\rb\nc\n", "x\na\rb\nC\n");
}

#[test]
fn the_final_newline_is_merged_by_itself() {
    clean("a\nb\n", "a\nb", "A\nb\n", "A\nb");
    clean("a\nb", "a\nb", "a\nb\n", "a\nb\n");
    clean("a\nb", "a\nb\n", "a\nb\nc", "a\nb\nc\n");
    clean("a\nb\n", "a\nb", "a\nb\nc\n", "a\nb\nc");
    clean("a", "a", "a\r\nb\r\n", "a\r\nb\r\n");
}

#[test]
fn white_space_at_line_ends_never_collides() {
    clean("a  \nb\nc\n", "a\nb\nc\n", "A\nb\nc\n", "A\nb\nc\n");
    clean("a\nb\nc\n", "A\nb\nc\n", "a \nb \nc\n", "A\nb \nc\n");
    clean("a\nb\n", "a \nb\n", "a\t\nB\n", "a \nB\n");
}

#[test]
fn the_same_lines_collide() {
    let merge = merge_text(b"a\nb\nc\n", b"a\nX\nc\n", b"a\nY\nc\n");
    let TextMerge::Conflict(collisions) = merge else { panic!("{merge:?}") };
    assert_eq!(collisions, [Collision { at: Three { base: 1..2, student: 1..2, course: 1..2 } }]);
    // Changes that touch collide too, as they do for git.
    assert!(matches!(merge_text(b"a\nb\n", b"A\nb\n", b"a\nB\n"), TextMerge::Conflict(_)));
}

#[test]
fn what_is_not_text_is_not_merged() {
    assert_eq!(merge_text(b"a\n", b"a\0\n", b"b\n"), TextMerge::Binary);
    assert_eq!(merge_text("é\n".as_bytes(), b"\xff\n", b"b\xfe\n"), merge_text(b"1\n", b"2\n", b"3\n"));
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec("[abc]?(\n|\r\n)?", 0..12).prop_map(|parts| parts.concat())
}

fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

proptest! {
    #[test]
    fn nothing_new_changes_nothing(base in text(), student in text()) {
        let merge = merge_text(base.as_bytes(), student.as_bytes(), base.as_bytes());
        prop_assert_eq!(merge, TextMerge::Clean(student.into_bytes()));
    }

    #[test]
    fn an_untouched_file_becomes_the_courses(base in text(), course in text()) {
        match merge_text(base.as_bytes(), base.as_bytes(), course.as_bytes()) {
            TextMerge::Clean(bytes) => {
                prop_assert_eq!(unix(&String::from_utf8(bytes).unwrap()), unix(&course));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn merging_twice_is_merging_once(base in text(), student in text(), course in text()) {
        if let TextMerge::Clean(once) = merge_text(base.as_bytes(), student.as_bytes(), course.as_bytes()) {
            let twice = merge_text(course.as_bytes(), &once, course.as_bytes());
            prop_assert_eq!(twice, TextMerge::Clean(once));
        }
    }
}
