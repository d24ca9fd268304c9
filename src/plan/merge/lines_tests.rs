//! Tests of `lines.rs`, against git and by random texts.

use std::process::Command;

use proptest::prelude::*;

use super::*;

/// As `git merge-file --diff3` prints it, with labels `s`, `b`, `c`. Tokens are lines with their ends.
fn diff3(sides: Three<&[String]>) -> String {
    let section = |lines: &[String]| {
        let text = lines.concat();
        if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" }
    };
    merge_lines(sides)
        .into_iter()
        .map(|Region { kind, at }| {
            let (base, student, course) =
                (&sides.base[at.base], &sides.student[at.student], &sides.course[at.course]);
            match kind {
                RegionKind::Agreed | RegionKind::Student => student.concat(),
                RegionKind::Course => course.concat(),
                RegionKind::Conflict => format!(
                    "<<<<<<< s\n{}||||||| b\n{}=======\n{}>>>>>>> c\n",
                    section(student),
                    section(base),
                    section(course)
                ),
            }
        })
        .collect()
}

fn lines_of(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

fn git(folder: &std::path::Path, base: &str, student: &str, course: &str) -> String {
    for (name, text) in [("b", base), ("s", student), ("c", course)] {
        #[expect(clippy::disallowed_methods, reason = "git reads files")]
        std::fs::write(folder.join(name), text).unwrap();
    }
    #[expect(clippy::disallowed_methods, reason = "git is the judge")]
    let output = Command::new("git")
        .args(["merge-file", "--diff3", "-p", "s", "b", "c"])
        .current_dir(folder)
        .output()
        .expect("the tests need git");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Texts that resemble one another: edits of one text over few distinct lines, so that diffs are ambiguous.
fn related() -> impl Strategy<Value = [String; 3]> {
    let line = "[abcde ]{0,1}";
    let edit = (any::<prop::sample::Index>(), 0..4usize, prop::collection::vec(line, 0..4));
    let edits = || prop::collection::vec(edit.clone(), 0..5);
    let base = prop::collection::vec(line, 0..40);
    (base, edits(), edits(), any::<[bool; 3]>()).prop_map(|(base, student, course, ended)| {
        let apply = |edits: Vec<(prop::sample::Index, usize, Vec<String>)>| {
            let mut lines: Vec<String> = base.clone();
            for (at, gone, new) in edits {
                let at = at.index(lines.len() + 1);
                let end = (at + gone).min(lines.len());
                lines.splice(at..end, new);
            }
            lines
        };
        let end = |lines: Vec<String>, ended: bool| {
            let text = lines.join("\n");
            if ended && !lines.is_empty() { text + "\n" } else { text }
        };
        [end(base.clone(), ended[0]), end(apply(student), ended[1]), end(apply(course), ended[2])]
    })
}

proptest! {
    #[test]
    fn the_same_bytes_as_git([base, student, course] in related()) {
        let folder = tempfile::tempdir().unwrap();
        let (b, s, c) = (lines_of(&base), lines_of(&student), lines_of(&course));
        let ours = diff3(Three { base: &b, student: &s, course: &c });
        prop_assert_eq!(ours, git(folder.path(), &base, &student, &course));
    }

    #[test]
    fn regions_cover_every_side_once([base, student, course] in related()) {
        let (b, s, c) = (lines_of(&base), lines_of(&student), lines_of(&course));
        let regions = merge_lines(Three { base: &b[..], student: &s, course: &c });
        let mut at = Three { base: 0, student: 0, course: 0 };
        for region in regions {
            prop_assert_eq!(at, region.at.as_ref().map(|range| range.start));
            at = region.at.map(|range| range.end);
        }
        prop_assert_eq!(at, Three { base: b.len(), student: s.len(), course: c.len() });
    }
}

#[test]
fn kept_pairs_are_what_the_diff_left() {
    assert_eq!(kept(&["a", "b", "c"], &["x", "a", "c"]), [(0, 1), (2, 2)]);
    assert_eq!(kept::<u8>(&[], &[]), []);
}

#[test]
fn hunks_that_touch_are_both_applied_and_hunks_that_overlap_are_not() {
    let merge = |base, student, course| {
        let split = |text: &'static str| text.split_inclusive(' ').collect::<Vec<_>>();
        let sides = Three { base, student, course }.map(split);
        let both = |course: &[&str], student: &[&str]| -> Option<Vec<&'static str>> {
            (!student.contains(&"y ")).then(|| vec![if course == ["c "] { "both " } else { "? " }])
        };
        merge_disjoint(sides.as_ref().map(Vec::as_slice), both).map(|words| words.concat())
    };
    assert_eq!(merge("a b ", "a mine b ", "A b ").as_deref(), Some("A mine b "));
    assert_eq!(merge("a b ", "A b ", "a B ").as_deref(), Some("A B "));
    assert_eq!(merge("a ", "a mine ", "A ").as_deref(), Some("A mine "));
    assert_eq!(merge("a ", "mine a ", "A ").as_deref(), Some("mine A "));
    assert_eq!(merge("a b ", "X b ", "Y b "), None);
    assert_eq!(merge("a b ", "a y b ", "a x b "), None);
    assert_eq!(merge("a b ", "a s b ", "a c b ").as_deref(), Some("a both b "));
    assert_eq!(merge("a b c ", "a s X c ", "a n b C ").as_deref(), Some("a n s X C "));
    assert_eq!(merge("a b c ", "X c ", "a Y "), None);
}

#[test]
fn what_the_key_does_not_see_is_the_students_else_the_courses() {
    let split = |text: &'static str| text.split_inclusive(',').collect::<Vec<_>>();
    let mut sides = Three { base: "a,b,c,d,", student: "a ,b,mine,c,d,", course: "a,b ,c  ,D," }.map(split);
    settle(&mut sides, |word| word.trim_end_matches([',', ' ']));
    let joined = sides.map(|words| words.concat());
    assert_eq!((joined.base.as_str(), joined.student.as_str()), ("a ,b ,c  ,d,", "a ,b ,mine,c  ,d,"));
    assert_eq!(joined.course, "a ,b ,c  ,D,");
}
