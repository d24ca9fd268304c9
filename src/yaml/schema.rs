//! [`Shape`] → JSON Schema (draft 2020-12), for editors.

use serde_json::{Map, Value, json};

use super::{Key, Shape, TextKind};

/// The JSON Schema of a file of this shape. With `nullable`, optional values may be null.
pub fn json_schema(shape: &Shape, nullable: bool, id: &str, title: &str) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("$id".to_owned(), json!(id));
    schema.insert("title".to_owned(), json!(title));
    if let Value::Object(body) = of(shape, nullable) {
        schema.extend(body);
    }
    Value::Object(schema)
}

fn of(shape: &Shape, nullable: bool) -> Value {
    match shape {
        Shape::Any => json!({}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Text(kind) => text(*kind),
        Shape::List(item) => json!({"type": "array", "items": of(item, nullable)}),
        Shape::Table(kind, value) => {
            let value = null_too(of(value, nullable), nullable);
            json!({"type": "object", "propertyNames": text_key(*kind), "additionalProperties": value})
        }
        Shape::Either(shapes) => {
            json!({"anyOf": shapes.iter().map(|shape| of(shape, nullable)).collect::<Vec<_>>()})
        }
        Shape::Choice(groups) => {
            let maps = groups.iter().map(|group| map(&group.iter().collect::<Vec<_>>(), false));
            json!({"oneOf": maps.collect::<Vec<_>>()})
        }
        Shape::Map(_) | Shape::Joined(_) => map(&shape.keys().unwrap_or_default(), nullable),
    }
}

fn map(keys: &[&Key], nullable: bool) -> Value {
    let mut properties = Map::new();
    for key in keys {
        let mut schema = null_too(of(&key.shape, nullable), nullable);
        if let Value::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), json!(key.doc));
        }
        properties.insert(key.name.to_owned(), schema);
    }
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if let (Value::Object(schema), false) = (&mut schema, required.is_empty()) {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}

fn null_too(schema: Value, nullable: bool) -> Value {
    if nullable { json!({"anyOf": [schema, {"type": "null"}]}) } else { schema }
}

/// Scalars are taken as written, so what an editor reads as a number or a truth value is fine where a text is meant.
fn text(kind: TextKind) -> Value {
    match kind {
        TextKind::Line => json!({"type": ["string", "number", "boolean"]}),
        TextKind::Id => {
            json!({"anyOf": [{"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"}, {"type": "integer", "minimum": 0}]})
        }
        TextKind::CourseId => {
            json!({"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?(/[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?)*$"})
        }
        TextKind::Version => json!({"type": "string", "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+([-+].*)?$"}),
        TextKind::VersionReq => json!({"type": ["string", "number"]}),
        TextKind::Sha256 => json!({"type": "string", "pattern": "^[0-9a-f]{64}$"}),
        TextKind::Count => json!({"type": "integer", "minimum": 0}),
        TextKind::When => json!({
            "type": "string",
            "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2}([T ]+[0-9]{1,2}:[0-9]{2})?|[Ww]eek +[1-9][0-9]?( +[A-Za-z]+( +[0-9]{1,2}:[0-9]{2})?)?|[1-9][0-9]{0,3} +(minutes?|hours?|days?|weeks?) +later|due)$",
        }),
        TextKind::Day => json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
        TextKind::Word(words) => json!({"enum": words}),
    }
}

fn text_key(kind: TextKind) -> Value {
    match kind {
        TextKind::Id => json!({"pattern": "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"}),
        _ => json!({}),
    }
}
