//! The JSON Schema of a plan, for whoever reads `--format json`. `course-schemas/plan.schema.json` holds what this makes.

use serde_json::Value;

use super::Plan;

/// Of the JSON form of a [`Plan`].
pub fn schema() -> Value {
    crate::json::schema::<Plan>("plan.schema.json", "a plan: what an update would do")
}
