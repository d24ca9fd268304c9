//! JSON changed as text: a value is replaced or added, and every other byte stays as whoever wrote it left it.

use std::ops::Range;

use serde_json::Value;

/// A step into a document.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    /// Into an object.
    Key(&'a str),
    /// Into an array.
    Item(usize),
}

/// `text` with `value` as the entry `key` of the object at `path`. None where there is no object, or `text` is not JSON.
pub(super) fn with(text: &str, path: &[Step<'_>], key: &str, value: &Value) -> Option<String> {
    let range = path.iter().try_fold(0..text.len(), |range, step| within(text, range, *step))?;
    let object = range.start + space(text, range.start)..range.end;
    let entries = entries(text, &object)?;
    let new = serde_json::to_string(value).ok()?;
    let mut changed = text.to_owned();
    if let Some(entry) = entries.iter().find(|entry| entry.key == key) {
        changed.replace_range(entry.value.clone(), &new);
        return Some(changed);
    }
    let pair = format!("{}: {new}", Value::from(key));
    let between = entries.first().map_or(String::new(), |first| {
        let before = text.get(object.start + 1..first.start).unwrap_or_default();
        if before.contains('\n') { before.to_owned() } else { " ".to_owned() }
    });
    // Jupyter sorts keys.
    match (entries.iter().find(|entry| entry.key.as_str() > key), entries.last()) {
        (Some(next), _) => changed.insert_str(next.start, &format!("{pair},{between}")),
        (None, Some(last)) => changed.insert_str(last.value.end, &format!(",{between}{pair}")),
        (None, None) => {
            let (outer, inner) = indents(text, object.start);
            changed.replace_range(object, &format!("{{{inner}{pair}{outer}}}"));
        }
    }
    Some(changed)
}

/// The line ends and white space before the end of an object that begins at `at`, and before its entries.
fn indents(text: &str, at: usize) -> (String, String) {
    let Some(second) = text.split('\n').nth(1) else { return (String::new(), String::new()) };
    let leading = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let line_start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let line = text.get(line_start..).unwrap_or_default();
    let outer = line.get(..leading(line)).unwrap_or_default();
    let unit = second.get(..leading(second)).unwrap_or_default();
    (format!("\n{outer}"), format!("\n{outer}{unit}"))
}

/// An entry of an object.
struct Entry {
    key: String,
    /// Where its key begins.
    start: usize,
    value: Range<usize>,
}

/// The place of the value that `step` leads to, in the value at `range`.
fn within(text: &str, range: Range<usize>, step: Step<'_>) -> Option<Range<usize>> {
    let start = range.start + space(text, range.start);
    match step {
        Step::Key(key) => {
            Some(entries(text, &(start..range.end))?.into_iter().find(|entry| entry.key == key)?.value)
        }
        Step::Item(number) => {
            text.get(start..)?.strip_prefix('[')?;
            let mut at = start + 1;
            for item in 0.. {
                at += space(text, at);
                let end = at + value_length(text.get(at..)?)?;
                if item == number {
                    return Some(at..end);
                }
                at = end + space(text, end);
                text.get(at..)?.strip_prefix(',')?;
                at += 1;
            }
            None
        }
    }
}

/// The entries of the object at `object`.
fn entries(text: &str, object: &Range<usize>) -> Option<Vec<Entry>> {
    text.get(object.start..)?.strip_prefix('{')?;
    let mut found = Vec::new();
    let mut at = object.start + 1;
    at += space(text, at);
    while !text.get(at..)?.starts_with('}') {
        let length = value_length(text.get(at..)?)?;
        let key: String = serde_json::from_str(text.get(at..at + length)?).ok()?;
        let start = at;
        at += length;
        at += space(text, at);
        text.get(at..)?.strip_prefix(':')?;
        at += 1;
        at += space(text, at);
        let end = at + value_length(text.get(at..)?)?;
        found.push(Entry { key, start, value: at..end });
        at = end + space(text, end);
        if text.get(at..)?.starts_with(',') {
            at += 1;
            at += space(text, at);
        }
    }
    Some(found)
}

/// How much white space there is at `at`.
fn space(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len()
}

/// How long the value is that begins `text`. It need not be JSON in all of its parts: whoever changes it reads the result.
pub(super) fn value_length(text: &str) -> Option<usize> {
    let (mut depth, mut inside, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => {
                inside = !inside;
                if !inside && depth == 0 {
                    return Some(at + 1);
                }
            }
            _ if inside => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => {
                return (at > 0).then_some(at);
            }
            b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    (depth == 0 && !inside && !text.is_empty()).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOTEBOOK: &str = "{\n \"cells\": [\n  {\n   \"metadata\": {},\n   \"source\": [\"a\\\"}\"]\n  },\n  {\n   \"metadata\": {\n    \"nbgrader\": {\n     \"grade\": false,\n     \"solution\": true\n    }\n   }\n  }\n ]\n}\n";

    #[test]
    fn one_value_changes_and_nothing_else() {
        let cell = |number| [Step::Key("cells"), Step::Item(number), Step::Key("metadata")];
        let nbgrader = [&cell(1)[..], &[Step::Key("nbgrader")]].concat();
        let at = |key, value| with(NOTEBOOK, &nbgrader, key, &value).unwrap();
        assert_eq!(
            at("solution", json!(false)),
            NOTEBOOK.replace("\"solution\": true", "\"solution\": false")
        );
        assert_eq!(
            at("grade_id", json!("a")),
            NOTEBOOK.replace("false,\n", "false,\n     \"grade_id\": \"a\",\n")
        );
        assert_eq!(
            at("task", json!(false)),
            NOTEBOOK.replace("\"solution\": true\n", "\"solution\": true,\n     \"task\": false\n")
        );
        assert_eq!(
            with(NOTEBOOK, &cell(0), "nbgrader", &json!({})).unwrap(),
            NOTEBOOK.replace("\"metadata\": {},", "\"metadata\": {\n    \"nbgrader\": {}\n   },")
        );
    }

    #[test]
    fn text_on_one_line_stays_on_one() {
        assert_eq!(
            with("{\"a\":1, \"c\": [2]}", &[], "b", &json!(true)).unwrap(),
            "{\"a\":1, \"b\": true, \"c\": [2]}"
        );
        assert_eq!(with("{}", &[], "b", &json!(1)).unwrap(), "{\"b\": 1}");
        assert_eq!(with("[{}]", &[Step::Item(0)], "b", &json!(1)).unwrap(), "[{\"b\": 1}]");
    }

    #[test]
    fn what_is_not_there_is_not_changed() {
        for text in ["", "[]", "{\"a\": }", "{\"a\": 1", "1"] {
            assert_eq!(with(text, &[], "b", &json!(1)), None, "{text}");
        }
        assert_eq!(with("[1]", &[Step::Item(1)], "b", &json!(1)), None);
    }
}
