//! The metadata that jupytext leaves in a notebook about the script it came from.

use serde_json::{Map, Value};

use crate::notebook::{Cell, Metadata};

/// Keys that describe the script, not the cell.
pub(super) const SCRIPT_KEYS: [&str; 5] =
    ["skipline", "noskipline", "cell_marker", "lines_to_next_cell", "lines_to_end_of_cell_marker"];

/// Notebook metadata that goes into a script's header without being asked.
pub(super) const HEADER_KEYS: [&str; 5] = ["jupytext", "kernelspec", "kernel_info", "orphan", "tocdepth"];

/// Changes the `jupytext` part of a notebook's metadata; one that is empty then is taken out.
pub(super) fn with_jupytext<T>(metadata: &mut Metadata, change: impl FnOnce(&mut Map<String, Value>) -> T) {
    let mut jupytext = match metadata.shift_remove("jupytext") {
        Some(Value::Object(jupytext)) => jupytext,
        _ => Map::new(),
    };
    change(&mut jupytext);
    if !jupytext.is_empty() {
        metadata.insert("jupytext".into(), Value::Object(jupytext));
    }
}

/// Records which metadata the script showed, so that writing it again shows the same.
///
/// jupytext lists cell keys in the order of a Python set, which changes from run to run; here they are sorted.
pub(super) fn record(metadata: &mut Metadata, cells: &[Cell], header: bool) {
    let mut keys: Vec<&str> =
        cells.iter().flat_map(|cell| cell.metadata.keys()).map(String::as_str).collect();
    keys.sort_unstable();
    keys.dedup();
    let existing = metadata.get("jupytext").and_then(|it| it.get("cell_metadata_filter")).cloned();
    if !header {
        let shown = keys.iter().filter(|key| !SCRIPT_KEYS.contains(key)).copied();
        let filter: Vec<&str> = shown.chain(["-all"]).collect();
        with_jupytext(metadata, |jupytext| {
            jupytext.insert("notebook_metadata_filter".into(), "-all".into());
            jupytext.entry("cell_metadata_filter").or_insert_with(|| filter.join(",").into());
        });
    } else if let Some(existing) = existing {
        let filter = extended(existing.as_str().unwrap_or_default(), &keys);
        with_jupytext(metadata, |jupytext| jupytext.insert("cell_metadata_filter".into(), filter.into()));
    } else {
        record_notebook_keys(metadata);
    }
}

/// A cell filter that also shows `keys`.
fn extended(filter: &str, keys: &[&str]) -> String {
    let mut shown = Vec::new();
    let mut hidden = Vec::new();
    for key in filter.split(',').map(str::trim) {
        match key.strip_prefix('-') {
            Some(key) => hidden.push(key.trim()),
            None => shown.push(key.strip_prefix('+').unwrap_or(key).trim()),
        }
    }
    let (all_shown, all_hidden) = (shown.contains(&"all"), hidden.contains(&"all"));
    let keys = keys.iter().copied();
    let mut entries: Vec<String> = if all_shown {
        vec!["all".into()]
    } else {
        let mut all: Vec<&str> = shown.into_iter().filter(|key| !key.is_empty()).collect();
        for key in keys.clone() {
            if !all.contains(&key) {
                all.push(key);
            }
        }
        all.retain(|key| !SCRIPT_KEYS.contains(key));
        all.into_iter().map(str::to_owned).collect()
    };
    if all_hidden {
        entries.push("-all".into());
    } else {
        let keys: Vec<&str> = keys.collect();
        hidden.retain(|key| !key.is_empty() && !keys.contains(key));
        entries.extend(hidden.into_iter().map(|key| format!("-{key}")));
    }
    entries.join(",")
}

fn record_notebook_keys(metadata: &mut Metadata) {
    let filter =
        metadata.get("jupytext").and_then(|it| it.get("notebook_metadata_filter")).and_then(Value::as_str);
    let mut keys: Vec<String> =
        filter.unwrap_or_default().split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect();
    if keys.iter().any(|key| key == "all" || key == "-all") {
        return;
    }
    for key in metadata.keys() {
        let known =
            HEADER_KEYS.contains(&key.as_str()) || keys.contains(key) || keys.contains(&format!("-{key}"));
        if !known {
            keys.push(key.clone());
        }
    }
    if !keys.is_empty() {
        with_jupytext(metadata, |it| it.insert("notebook_metadata_filter".into(), keys.join(",").into()));
    }
}

/// Cell metadata that is about viewing, and stays out of scripts.
const VIEW_KEYS: [&str; 6] = ["autoscroll", "collapsed", "scrolled", "trusted", "execution", "ExecuteTime"];

/// The metadata that a script shows: what `filter` says, else the keys of `only`, else all but what is about viewing.
pub(super) fn shown(metadata: &Metadata, filter: Option<&str>, only: Option<&[&str]>) -> Metadata {
    let filter = filter.unwrap_or_default();
    let entries: Vec<&str> = filter.split(',').map(str::trim).filter(|key| !key.is_empty()).collect();
    let excluded: Vec<&str> = entries.iter().filter_map(|key| key.strip_prefix('-')).map(str::trim).collect();
    let included: Vec<&str> = entries
        .iter()
        .filter(|key| !key.starts_with('-'))
        .map(|key| key.trim_start_matches('+').trim())
        .collect();
    let (all_in, all_out) = (included.contains(&"all"), excluded.contains(&"all"));
    let keep = |key: &str, value: &Value| {
        let asked = included.contains(&key);
        if all_in {
            all_out || !excluded.contains(&key)
        } else if all_out {
            asked
        } else if let Some(only) = only {
            (asked || only.contains(&key)) && !excluded.contains(&key)
        } else {
            let hidden = VIEW_KEYS.contains(&key) || SCRIPT_KEYS.contains(&key);
            let empty = key == "tags" && value.as_array().is_some_and(Vec::is_empty);
            !empty && !excluded.contains(&key) && (asked || !hidden)
        }
    };
    let fits = |key: &str| {
        !key.is_empty()
            && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '@' | '/' | '-'))
    };
    let shown = metadata
        .iter()
        .filter(|(key, value)| fits(key) && !SCRIPT_KEYS.contains(&key.as_str()) && keep(key, value));
    shown.map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_filters_grow_by_what_is_shown() {
        assert_eq!(extended("-all", &["nbgrader"]), "nbgrader,-all");
        assert_eq!(extended("tags,-nbgrader,-x", &["nbgrader"]), "tags,nbgrader,-x");
        assert_eq!(extended("all", &["nbgrader"]), "all");
    }
}
