//! The JSON Schemas of the three formats, for editors. `course-schemas/` holds what this makes.

use serde_json::{Value, json};

use crate::yaml::schema::json_schema;

/// Of `course.yml`.
pub fn course() -> Value {
    json_schema(
        &crate::course::grammar::LAYER,
        true,
        "course.schema.json",
        "course.yml: one layer of a course",
    )
}

/// Of `catalog.yml`.
pub fn catalog() -> Value {
    json_schema(
        &crate::catalog::grammar::CATALOG,
        false,
        "catalog.schema.json",
        "catalog.yml: what a base offers",
    )
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
