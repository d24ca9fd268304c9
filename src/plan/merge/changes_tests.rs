//! Tests of [`super`].

use super::*;
use crate::notebook::CellKind;

/// `-`, `+` and ` ` lines; words that differ in brackets.
fn told(changes: &Changes) -> String {
    let hunks: Vec<&Hunk> = match changes {
        Changes::Notebook { cells } => cells.iter().flat_map(|cell| &cell.hunks).collect(),
        Changes::Text { hunks } => hunks.iter().collect(),
        Changes::Unreadable { side, why } => return format!("{side:?}: {why}"),
        Changes::Bytes { before, after } => return format!("{before} to {after}"),
    };
    let mut text = String::new();
    for hunk in hunks {
        text += &format!("@{},{}\n", hunk.before, hunk.after);
        for line in &hunk.lines {
            text.push(match line.side {
                Side::Both => ' ',
                Side::Before => '-',
                Side::After => '+',
            });
            for piece in &line.pieces {
                text += &if piece.differs { format!("[{}]", piece.text) } else { piece.text.clone() };
            }
            text += if line.unended { " (no end)\n" } else { "\n" };
        }
    }
    text
}

fn text(before: &str, after: &str) -> String {
    told(&changes(before.as_bytes(), after.as_bytes(), Editor::Student))
}

fn notebook(cells: &[&str]) -> Vec<u8> {
    let cells = cells.iter().map(|text| Cell::new(CellKind::Code, *text)).collect();
    nbformat::write(&Notebook { minor: 5, cells, ..Notebook::default() })
}

#[test]
fn lines_have_their_neighbours_and_words_are_marked() {
    let before = "a\nb\nc\nthe quick fox\nd\ne\nf\n";
    let after = "a\nb\nc\nthe slow fox\nd\ne\nf\n";
    assert_eq!(text(before, after), "@2,2\n b\n c\n-the [quick] fox\n+the [slow] fox\n d\n e\n");
}

#[test]
fn changes_that_are_near_are_one_and_far_ones_are_two() {
    assert_eq!(text("1\n2\n3\n4\n", "x\n2\n3\ny\n"), "@1,1\n-1\n+x\n 2\n 3\n-4\n+y\n");
    let long = |a: &str, b: &str| format!("{a}\n1\n2\n3\n4\n5\n{b}\n");
    assert_eq!(text(&long("a", "b"), &long("A", "B")), "@1,1\n-a\n+A\n 1\n 2\n@5,5\n 4\n 5\n-b\n+B\n");
}

#[test]
fn line_ends_do_not_count_but_a_missing_last_one_shows() {
    assert_eq!(text("a\r\nb\r\n", "a\nb\n"), "");
    assert_eq!(text("a\n", "a"), "@1,1\n-a\n+a (no end)\n");
    assert_eq!(text("", "a\n"), "@1,1\n+a\n");
    assert_eq!(text("a\n", ""), "@1,1\n-a\n");
}

#[test]
fn what_is_no_text_is_not_shown() {
    assert_eq!(told(&changes(b"\0\0", b"text", Editor::Student)), "2 to 4");
    assert_eq!(told(&changes(b"\xff", b"text", Editor::Student)), "1 to 4");
    assert!(!changes(b"\0", b"\0", Editor::Student).is_empty());
}

#[test]
fn a_notebook_is_shown_by_cell_and_never_as_json() {
    let (before, after) =
        (notebook(&["keep", "a = 1\nb = 2", "gone"]), notebook(&["keep", "a = 1\nb = 3", "new\nlines"]));
    let found = changes(&before, &after, Editor::Student);
    assert_eq!(told(&found), "@1,1\n a = 1\n-b = [2]\n+b = [3]\n@1,1\n+new\n+lines\n@1,1\n-gone\n");
    let Changes::Notebook { cells } = &found else { panic!("{found:?}") };
    let words: Vec<_> = cells.iter().map(|cell| (cell.place, cell.what, cell.name.as_str())).collect();
    assert_eq!(
        words,
        [(2, CellWord::Changed, "a, b"), (3, CellWord::Added, "new"), (3, CellWord::Removed, "gone")]
    );
    assert_eq!(found.count(), (2, 3));
}

#[test]
fn a_cell_that_only_moved_has_no_lines() {
    let found = changes(
        &notebook(&["a = 1", "b = 2", "c = 3"]),
        &notebook(&["b = 2", "c = 3", "a = 1"]),
        Editor::Student,
    );
    let Changes::Notebook { cells } = &found else { panic!("{found:?}") };
    assert_eq!(cells.len(), 1);
    assert!(cells[0].moved && cells[0].what == CellWord::Moved && cells[0].hunks.is_empty());
}

proptest::proptest! {
    #[test]
    fn both_texts_can_be_read_off(before in "([ab]{0,2}\n){0,12}", after in "([ab]{0,2}\n){0,12}") {
        let found = of_lines(&before, &after, 100);
        let side = |wanted: Side| -> String {
            found.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.side == Side::Both || line.side == wanted)
                .map(|line| line.pieces.iter().map(|piece| piece.text.as_str()).collect::<String>() + "\n").collect()
        };
        if before != after {
            proptest::prop_assert_eq!(side(Side::Before), before);
            proptest::prop_assert_eq!(side(Side::After), after);
        } else {
            proptest::prop_assert!(found.is_empty());
        }
    }
}

#[test]
fn of_a_notebook_that_cannot_be_read_the_reason_is_shown_and_never_its_json() {
    let good = notebook(&["a = 1"]);
    let torn = good.get(..good.len() / 2).unwrap();
    let v3 = br#"{"worksheets": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}"#;
    for bad in [torn, v3, b"\n", b"no notebook\n"] {
        let said = told(&changes(&good, bad, Editor::Student));
        assert!(said.starts_with("After: ") && !said.contains("cell_type"), "{said}");
        let said = told(&changes(bad, &good, Editor::Course));
        assert!(said.starts_with("Before: ") && !said.contains("cell_type"), "{said}");
    }
    assert!(told(&changes(&good, b"", Editor::Student)).starts_with("After: "));
}

#[test]
fn all_cells_of_a_new_notebook_are_new() {
    let Changes::Notebook { cells } = changes(b"", &notebook(&["a", "b"]), Editor::Course) else { panic!() };
    assert_eq!(cells.iter().map(|cell| cell.what).collect::<Vec<_>>(), [CellWord::Added; 2]);
    assert_eq!(text("", "a\n"), "@1,1\n+a\n");
}

#[test]
fn a_change_near_the_last_of_a_group_joins_it_however_long_the_group_is() {
    let lines = |changed: &[usize]| -> String {
        let line = |at: usize| if changed.contains(&at) { format!("new {at}\n") } else { format!("{at}\n") };
        (0..30).map(line).collect()
    };
    let groups = |changed: &[usize]| text(&lines(&[]), &lines(changed)).matches('@').count();
    assert_eq!(groups(&[5, 10, 15, 20]), 1);
    assert_eq!(groups(&[5, 10, 25]), 2);
    assert_eq!(groups(&[5, 20]), 2);
}
