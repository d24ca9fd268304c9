//! What a version of a cell asks for, and what of the student's cell stands around the answers to that.
//!
//! What is in the place of a stub was written by the student. That a former version of the course had the same line there says nothing
//! about where the cell came from.

use super::partners::partners;
use super::parts::{Parts, parts_of};
use super::regions::answers;
use super::text_of;
use crate::notebook::Cell;

/// Is the whole text of the cell the course's, as that of a test?
fn is_the_courses(cell: &Cell) -> bool {
    cell.grade_id().is_some() && !cell.flag("solution")
}

/// The text of `version` without its stubs, and that of the student's cell without what is in their places. Both are whole where the
/// version has no stub.
pub(crate) fn around(version: &Cell, student: &Cell) -> [String; 2] {
    let texts = [text_of(&version.source), text_of(&student.source)];
    let [version_lines, lines] = texts.each_ref().map(|text| text.split('\n').collect::<Vec<_>>());
    let parts = parts_of(&version_lines);
    if is_the_courses(version) || parts.regions.is_empty() {
        return texts.map(std::borrow::Cow::into_owned);
    }
    let student = Parts { regions: answers(&parts, &lines), lines: &lines };
    [parts, student].map(|parts| parts.outside().concat().join("\n"))
}

/// Is the student's cell this version of it with nothing but answers in the places of its stubs?
pub(crate) fn is_only_answered(version: &Cell, student: &Cell) -> bool {
    let [of_version, of_student] = around(version, student);
    let has_stubs = of_version != text_of(&version.source);
    has_stubs && version.kind == student.kind && text_of(&of_version) == text_of(&of_student)
}

/// Does `former` ask for everything that `last` asks for? Where it does not, it holds the course's text in the place of an answer. Of a
/// solution cell whose stub is not known, no other version is known to ask for the same.
pub(crate) fn asks_all(former: &Cell, last: &Cell) -> bool {
    if is_the_courses(last) {
        return true;
    }
    let texts = [text_of(&former.source), text_of(&last.source)];
    let [former_lines, last_lines] = texts.each_ref().map(|text| text.split('\n').collect::<Vec<_>>());
    let (former, asked) = (parts_of(&former_lines), parts_of(&last_lines));
    if asked.regions.is_empty() {
        return !last.flag("solution") || texts[0] == texts[1];
    }
    let partners = partners(&former, &asked);
    (0..asked.regions.len()).all(|number| partners.contains(&Some(number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::CellKind;

    fn cell(text: &str) -> Cell {
        Cell::new(CellKind::Code, text)
    }

    const STUB: &str = "# YOUR CODE HERE\n    raise NotImplementedError()";

    #[test]
    fn what_is_in_the_place_of_a_stub_is_not_around_it() {
        let asked = cell(&format!("def f(x):\n    \"\"\"Of x.\"\"\"\n    {STUB}\n"));
        let answered = cell("def f(x):\n    \"\"\"Of x.\"\"\"\n    x = sorted(x)\n    return x\n");
        assert!(is_only_answered(&asked, &answered));
        assert!(is_only_answered(&asked, &asked));
        assert!(!is_only_answered(&asked, &cell("def f(x):\n    x = sorted(x)\n    return x\n")));
        assert!(!is_only_answered(&answered, &answered), "nothing is asked");
    }

    #[test]
    fn a_version_that_gives_an_answer_does_not_ask_for_it() {
        let f = format!("def f(x):\n    {STUB}\n");
        let (one, both) = (cell(&f), cell(&format!("{f}\ndef g(x):\n    {STUB}\n")));
        let given = cell("def f(x):\n    return x\n");
        let other = cell(&format!("def f(x):\n    # A hint.\n    {STUB}\n\ndef g(x):\n    return x\n"));
        for (former, last, expected) in [
            (&given, &one, false),
            (&one, &given, true),
            (&one, &both, false),
            (&both, &one, true),
            (&other, &one, true),
            (&other, &both, false),
        ] {
            assert_eq!(asks_all(former, last), expected, "{} → {}", former.source, last.source);
        }
    }
}
