//! nbgrader's metadata where nbgrader does not look for it.

use serde_json::Value;

use super::KEYS;
use crate::diagnostic::Code;
use crate::notebook::Metadata;
use crate::notebook::problem::{Place, Problem};

/// Metadata of nbgrader that is under another key than `nbgrader`, or without any, so that the cell is not graded.
pub fn unread(metadata: &Metadata, place: Place) -> Option<Problem> {
    let grading = |value: &Value| value.get("grade_id").is_some();
    if let Some((key, _)) = metadata.iter().find(|(key, value)| *key != "nbgrader" && grading(value)) {
        let message = format!("nothing reads the metadata `{key}`");
        return Some(Problem::new(Code::CellMetadata, place, message).help("did you mean `nbgrader`?"));
    }
    let own: Vec<&str> = metadata.keys().map(String::as_str).filter(|key| KEYS.contains(key)).collect();
    let title = metadata.get("title").and_then(Value::as_str).unwrap_or_default();
    let names_nbgrader = || {
        let last = title.rsplit(' ').next().unwrap_or_default();
        last.trim_end_matches([':', '=', '-', '>']).eq_ignore_ascii_case("nbgrader")
    };
    let first = own.first().filter(|_| own.contains(&"grade_id") || own.len() > 1 || names_nbgrader())?;
    let message = format!("nothing reads `{first}` here: it is not in the metadata `nbgrader`");
    let help = "write it as nbgrader={\"grade\": false, \"grade_id\": \"…\", …}, with `=` and without spaces";
    Some(Problem::new(Code::CellMetadata, place, message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn grading_outside_of_nbgrader_is_found() {
        let found = |value: Value| unread(value.as_object().unwrap(), Place::Whole).is_some();
        for lost in [
            json!({"nbgrade": {"grade_id": "a"}}),
            json!({"title": "nbgrader:", "grade": true, "grade_id": "a"}),
            json!({"title": "Test nbgrader", "solution": true}),
            json!({"grade": true, "points": 2}),
            json!({"grade_id": "a"}),
        ] {
            assert!(found(lost.clone()), "{lost}");
        }
        for fine in [
            json!({"nbgrader": {"grade_id": "a"}}),
            json!({"title": "About nbgrader", "tags": ["points"]}),
            json!({"title": "nbgrader"}),
            json!({"points": 3}),
            json!({}),
        ] {
            assert!(!found(fine.clone()), "{fine}");
        }
    }
}
