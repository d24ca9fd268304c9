//! The JSON Schema of a plan, for whoever reads `--format json`. `course-schemas/plan.schema.json` holds what this makes.

use serde_json::{Value, json};

use super::Plan;

/// Of the JSON form of a [`Plan`].
pub fn schema() -> Value {
    let mut schema = Value::from(schemars::schema_for!(Plan));
    if let Value::Object(map) = &mut schema {
        map.insert("$id".to_owned(), json!("plan.schema.json"));
        map.insert("title".to_owned(), json!("a plan: what an update would do"));
    }
    schema
}
