//! The marker line of a percent script with other grading metadata.

use serde_json::Value;

use super::json_text::{self, value_length};

/// The key of the metadata, and what joins it to its value.
const KEY: &str = "nbgrader=";

/// `line`, the marker of a cell, with `entries` in its grading metadata; none where they are in no form that can be changed.
pub(super) fn with(line: &str, entries: &[(&'static str, Value)]) -> Option<String> {
    let is_marker = line.strip_prefix('#').is_some_and(|rest| rest.trim_start_matches(' ').starts_with("%%"));
    if !is_marker {
        return None;
    }
    let Some(at) = line.find(KEY) else {
        let (text, end) = line.split_at(line.trim_end().len());
        return Some(format!(
            "{text} {KEY}{}{}",
            changed("{}", entries)?,
            end.trim_start_matches([' ', '\t'])
        ));
    };
    let start = at + KEY.len();
    let length = value_length(line.get(start..)?)?;
    let new = changed(line.get(start..start + length)?, entries)?;
    Some(format!("{}{new}{}", line.get(..start)?, line.get(start + length..)?))
}

fn changed(object: &str, entries: &[(&'static str, Value)]) -> Option<String> {
    entries.iter().try_fold(object.to_owned(), |text, (key, value)| json_text::with(&text, &[], key, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_marker_gets_what_is_missing() {
        let solution =
            "# %% nbgrader={\"grade\": false, \"grade_id\": \"a\", \"solution\": true} tags=[\"x\"]\r";
        assert_eq!(
            with(solution, &[("solution", json!(false))]).unwrap(),
            solution.replace("\"solution\": true", "\"solution\": false")
        );
        assert_eq!(
            with("# %% [markdown] tags=[\"x\"]\r", &[("grade", json!(true)), ("points", json!(1))]).unwrap(),
            "# %% [markdown] tags=[\"x\"] nbgrader={\"grade\": true, \"points\": 1}\r"
        );
        assert_eq!(with("x = 1", &[("grade", json!(true))]), None);
        assert_eq!(with("# %% nbgrader={\"grade\"", &[("grade", json!(true))]), None);
    }
}
