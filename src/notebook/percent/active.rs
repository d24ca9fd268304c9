//! In which form of the notebook a cell is active: `active="py"`, tags, `run_control.frozen`.

use serde_json::Value;

use crate::notebook::Metadata;

/// Is a cell with this metadata active in files of `extension` (`py` or `ipynb`)? `default` is the answer where nothing is said.
pub(super) fn is_active(extension: &str, metadata: &Metadata, default: bool) -> bool {
    let frozen = metadata.get("run_control").and_then(|control| control.get("frozen"));
    if frozen == Some(&Value::Bool(true)) {
        return extension == "ipynb";
    }
    let tags = metadata.get("tags").and_then(Value::as_array);
    let tag = tags.into_iter().flatten().filter_map(Value::as_str).find(|tag| tag.starts_with("active-"));
    if let Some(tag) = tag {
        return tag.split('-').any(|part| part == extension);
    }
    match metadata.get("active").and_then(Value::as_str) {
        Some(active) => active.split(['.', ',']).any(|part| part == extension),
        None => default,
    }
}

/// Cell metadata of a type that no notebook may hold, in words.
pub(super) fn unfit(metadata: &Metadata) -> Option<&'static str> {
    let is = |key: &str, fits: fn(&Value) -> bool| metadata.get(key).is_none_or(fits);
    if !is("tags", are_tags) {
        return Some("`tags` should be a list of different texts without commas");
    }
    if !is("active", Value::is_string) {
        return Some("`active` should be text");
    }
    if !is("name", |name| name.as_str().is_some_and(|name| !name.is_empty())) {
        return Some("`name` should be text");
    }
    if !is("collapsed", Value::is_boolean) {
        return Some("`collapsed` should be true or false");
    }
    if !is("scrolled", |value| value.is_boolean() || value == "auto") {
        return Some("`scrolled` should be true, false or \"auto\"");
    }
    if !is("language", Value::is_string) {
        return Some("`language` should be text");
    }
    if !is("cell_type", Value::is_string) {
        return Some("`cell_type` should be text");
    }
    let objects = ["jupyter", "execution", "run_control", "nbgrader"];
    objects.iter().any(|key| !is(key, Value::is_object)).then_some(
        "`jupyter`, `execution`, `run_control` and `nbgrader` should be objects: nbgrader={\"grade\": false, …}",
    )
}

fn are_tags(tags: &Value) -> bool {
    let Some(tags) = tags.as_array() else { return false };
    let texts: Option<Vec<&str>> = tags.iter().map(Value::as_str).collect();
    texts.is_some_and(|mut texts| {
        texts.sort_unstable();
        texts.iter().all(|tag| !tag.is_empty() && !tag.contains(','))
            && texts.windows(2).all(|two| two[0] != two[1])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata(value: Value) -> Metadata {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn who_is_active_where() {
        for (value, py, ipynb) in [
            (json!({}), true, true),
            (json!({"active": "py"}), true, false),
            (json!({"active": "ipynb,py"}), true, true),
            (json!({"active": ""}), false, false),
            (json!({"tags": ["x", "active-ipynb"]}), false, true),
            (json!({"run_control": {"frozen": true}}), false, true),
        ] {
            let metadata = metadata(value);
            assert_eq!((is_active("py", &metadata, true), is_active("ipynb", &metadata, true)), (py, ipynb));
        }
    }

    #[test]
    fn what_no_notebook_may_hold() {
        for value in [
            json!({"tags": "a"}),
            json!({"tags": ["a", "a"]}),
            json!({"tags": ["a,b"]}),
            json!({"active": null}),
            json!({"name": ""}),
            json!({"nbgrader": null}),
        ] {
            assert!(unfit(&metadata(value.clone())).is_some(), "{value}");
        }
        assert_eq!(unfit(&metadata(json!({"tags": ["a"], "nbgrader": {}}))), None);
    }
}
