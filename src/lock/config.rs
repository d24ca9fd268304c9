//! [`Config`]: `.tinytorch/config.json`, where the course comes from and what the student prefers.

use serde_json::{Map, Value};

use crate::release::key::{NotAKey, PublicKey};

use super::{StateError, baselines::object};

const FILE: &str = ".tinytorch/config.json";

/// Where the course comes from, and the student's preferences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Path of `course.yml` as given to `tito init --config`, relative to the workspace where it is near it; none: the bundled base, whole.
    pub course: Option<String>,
    /// The tier that was asked for on the command line, if one was.
    pub tier: Option<String>,
    /// The public key that the index of a published course is signed with, as the address named it or as it was first seen.
    pub key: Option<PublicKey>,
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
        let (course, tier, key) = (text("course")?, text("tier")?, text("key")?);
        // A key that cannot be read must not count as none.
        let key = key.map(|key| key.parse()).transpose().map_err(|why: NotAKey| StateError::Value {
            file: FILE,
            at: "key".to_owned(),
            why: why.to_string(),
        })?;
        Ok(Self { course, tier, key, other: map })
    }

    /// The bytes of `config.json`.
    pub fn write(&self) -> Vec<u8> {
        let mut map = Map::new();
        let key = self.key.as_ref().map(PublicKey::as_str);
        for (name, text) in [("course", self.course.as_deref()), ("tier", self.tier.as_deref()), ("key", key)]
        {
            if let Some(text) = text {
                map.insert(name.to_owned(), text.into());
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
        for (text, named) in [("{\"tier\": 3}", "`tier`"), ("{\"key\": \"RWRo\"}", "`key`")] {
            let error = Config::read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
