//! [`Entry`]: a value of `version.json` that is carried and never read.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::json;

/// What a document says beside its files.
pub(super) type Head = IndexMap<String, Entry>;

/// A value that is carried as it is written, on one line. It is a fraction of what the value itself would take, and there may be 100,000.
#[derive(Clone, Debug)]
pub(super) struct Entry(Box<RawValue>);

impl Entry {
    /// As it is written.
    pub(super) fn text(&self) -> &str {
        self.0.get()
    }

    /// The entries of an object; none for any other value.
    pub(super) fn entries(&self) -> Option<Head> {
        self.text().starts_with('{').then(|| serde_json::from_str(self.text()).ok()).flatten()
    }

    /// `value`, written.
    pub(super) fn of<T: Serialize>(value: &T) -> Self {
        // What is asked for is made of texts, so nothing can fail.
        Self(serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        if json::is_too_deep(raw.get().as_bytes()) {
            return Err(serde::de::Error::custom("it is nested too deeply"));
        }
        // Whoever wrote it on several lines, it is carried on one.
        if raw.get().contains(['\n', '\r']) {
            let value: serde_json::Value =
                serde_json::from_str(raw.get()).map_err(serde::de::Error::custom)?;
            return Ok(Self::of(&value));
        }
        Ok(Self(raw))
    }
}
