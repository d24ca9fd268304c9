//! [`Config`]: `.tinytorch/config.json`, where the course comes from and what the student prefers.

use serde_json::{Map, Value};

use super::{StateError, baselines::object};

const FILE: &str = ".tinytorch/config.json";

/// Where the course comes from, and the student's preferences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Path of `course.yml` as given to `tito init --config`, relative to the workspace where it is near it; none: the bundled base, whole.
    pub course: Option<String>,
    /// The tier that was asked for on the command line, if one was.
    pub tier: Option<String>,
    /// Preferences, and keys that this version of tito does not know; they are kept.
    pub other: Map<String, Value>,
}

impl Config {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// A [`StateError`] that names the key.
    pub fn read(bytes: &[u8]) -> Result<Self, StateError> {
        let mut map = object(bytes, FILE)?;
        let mut text = |key: &str| match map.shift_remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(StateError::Value { file: FILE, at: key.to_owned(), why: "not text".to_owned() }),
        };
        let (course, tier) = (text("course")?, text("tier")?);
        Ok(Self { course, tier, other: map })
    }

    /// The bytes of `config.json`.
    pub fn write(&self) -> Vec<u8> {
        let mut map = Map::new();
        for (key, text) in [("course", &self.course), ("tier", &self.tier)] {
            if let Some(text) = text {
                map.insert(key.to_owned(), text.as_str().into());
            }
        }
        map.extend(self.other.clone());
        format!("{:#}\n", Value::Object(map)).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_kept() {
        let text =
            b"{\"course\": \"../course.yml\", \"colour\": {\"x\": 1.50}, \"n\": 12345678901234567890123}";
        let config = Config::read(text).unwrap();
        assert_eq!(config.course.as_deref(), Some("../course.yml"));
        let again = Config::read(&config.write()).unwrap();
        assert_eq!(again, config);
        assert!(String::from_utf8(config.write()).unwrap().contains("12345678901234567890123"));
    }

    #[test]
    fn wrong_types_are_named() {
        let error = Config::read(b"{\"tier\": 3}").unwrap_err().to_string();
        assert!(error.contains("`tier`"), "{error}");
    }
}
