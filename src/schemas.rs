//! The JSON Schemas of the three formats, for editors. `course-schemas/` holds what this makes.

use serde_json::{Value, json};

use crate::yaml::schema::json_schema;

/// Of `course.yml`.
pub fn course() -> Value {
    explained(json_schema(
        &crate::course::grammar::LAYER,
        true,
        "course.schema.json",
        "course.yml: one layer of a course",
    ))
}

/// Of `catalog.yml`.
pub fn catalog() -> Value {
    explained(json_schema(
        &crate::catalog::grammar::CATALOG,
        false,
        "catalog.schema.json",
        "catalog.yml: what a base offers",
    ))
}

/// `schema` with a sentence for each word of its enumerations, which editors show when the pointer is on the word. `enumDescriptions` is
/// what editors read; validators skip it.
fn explained(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(map) => {
            let words = map.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let meanings: Vec<&str> =
                words.iter().map(|word| word.as_str().and_then(meaning).unwrap_or_default()).collect();
            let is_explained = meanings.iter().any(|meaning| !meaning.is_empty());
            let meanings = json!(meanings);
            if is_explained {
                map.insert("enumDescriptions".to_owned(), meanings);
            }
            map.values_mut().for_each(|value| *value = explained(value.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| *value = explained(value.take())),
        _ => {}
    }
    schema
}

/// What a word of a course or a catalog means.
fn meaning(word: &str) -> Option<&'static str> {
    Some(match word {
        "freeze" => "nothing happens, and no one is told; a new file does not appear either",
        "keep" => "the student's file stays; `tito status` says that a newer version exists",
        "offer" => {
            "the student's file stays; the course's version is put beside it, and the student may take it"
        }
        "merge" => {
            "both changes are brought together: notebooks by cell, texts by line; where they conflict, the student's stays and the course's is offered"
        }
        "replace" => {
            "the course's version is written; a version that the student changed is backed up first, and edited work is merged instead"
        }
        "work" => "the student edits it: notebooks; a work file that was edited is never replaced",
        "test" => "it checks the student's work",
        "doc" => "it is read",
        "milestone" => "it runs on what the student built",
        "support" => "the rest needs it to run",
        "data" => "data sets",
        "do" => "students work through it",
        "provided" => "not taught: its solved code ships in the package, so that later modules work",
        "all" => "everything that the base has, in its order",
        "bundled" => "the base that comes with tito",
        "catalog" => "the numbers that the base gives",
        "sequential" => "01, 02, … in the order of this course",
        "student" => "core regions become stubs",
        "challenge" => "challenges become stubs, too",
        "solution" => "every solution, without markers: for after the deadline",
        "instructor" => "everything stays, including the markers",
        "ipynb" => "notebooks of Jupyter",
        "py" => "scripts in the percent format",
        "critical" => "students must have it: rules with `critical` let it in",
        "normal" => "a correction",
        "cosmetic" => "wording, spelling, layout",
        "nbgrader" => "`### BEGIN SOLUTION` and the cell metadata of nbgrader",
        "otter" => "the markers of otter-grader",
        _ => return None,
    })
}

/// Of `course.lock`.
pub fn lock() -> Value {
    let sha256 = json!({"type": "string", "pattern": "^[0-9a-f]{64}$"});
    let prefixed = json!({"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"});
    let text = json!({"type": "string"});
    let object = |properties: Value, required: &[&str]| json!({"type": "object", "additionalProperties": false, "properties": properties, "required": required});
    let list = |items: Value| json!({"type": "array", "items": items});
    let roles: Vec<&str> = crate::id::Role::ALL.iter().map(|role| role.as_str()).collect();
    let course = object(json!({"id": text, "run": text, "digest": prefixed}), &["id", "digest"]);
    let base = object(
        json!({"catalog": text, "version": text, "package": text, "sha256": sha256}),
        &["catalog", "version", "sha256"],
    );
    let source = object(
        json!({"git": text, "ref": text, "commit": text, "archive": text, "sha256": sha256, "tree": sha256}),
        &["tree"],
    );
    let unit = object(
        json!({
            "id": text, "kind": {"enum": ["module", "milestone", "assignment"]}, "number": text, "title": text, "dir": text, "tests": text,
            "mode": {"enum": ["do", "provided"]}, "optional": {"type": "boolean"}, "requires": list(text.clone()),
        }),
        &["id", "kind", "mode"],
    );
    let file = object(
        json!({"id": text, "role": {"enum": roles}, "sha256": sha256, "executable": {"type": "boolean"}, "rule": text}),
        &["id", "role", "sha256", "rule"],
    );
    let cell = json!({"type": "string", "pattern": "^(code|markdown|raw) (solution|test|answer|task|locked)( [0-9.]+)?$"});
    let cells = json!({"type": "object", "additionalProperties": cell});
    let mut schema = object(
        json!({
            "lock": {"enum": [1, 2, 3, 4], "description": "version of the format"},
            "course": course,
            "layers": list(object(json!({"file": text, "sha256": sha256}), &["file", "sha256"])),
            "sources": list(source),
            "base": base,
            "units": list(unit),
            "rules": list(object(json!({"id": text, "from": text}), &["id", "from"])),
            "files": {"type": "object", "additionalProperties": file},
            "grading": {"type": "object", "additionalProperties": cells, "description": "the flagged cells of each notebook, by grade_id; since version 2"},
            "end": object(json!({"lines": {"type": "integer"}, "sha256": sha256}), &["lines", "sha256"]),
        }),
        &["lock", "course", "layers", "base", "units", "rules", "files", "end"],
    );
    if let Value::Object(map) = &mut schema {
        map.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("$id".to_owned(), json!("lock.schema.json"));
        map.insert("title".to_owned(), json!("course.lock: a course compiled"));
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of enumerations that explain nothing: names of keys.
    fn unexplained(schema: &Value, found: &mut Vec<String>) {
        match schema {
            Value::Object(map) => {
                if let Some(words) = map.get("enum").and_then(Value::as_array) {
                    let words = words.iter().filter_map(Value::as_str);
                    found.extend(words.filter(|word| meaning(word).is_none()).map(ToOwned::to_owned));
                }
                map.values().for_each(|value| unexplained(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| unexplained(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_word_and_every_key_is_explained() {
        let mut found = Vec::new();
        for schema in [course(), catalog()] {
            unexplained(&schema, &mut found);
        }
        found.retain(|word| !crate::course::grammar::FINAL_KEYS.contains(&word.as_str()));
        assert!(found.is_empty(), "{found:?}");
        let text = course().to_string();
        assert!(text.contains("notebooks by cell") && text.contains("may only lower"), "{text}");
    }
}
