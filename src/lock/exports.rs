//! [`Exports`]: what tito exported into the student's package, and of which notebook.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::digest::Digest;
use crate::id::FileId;
use crate::path::WorkspacePath;

/// The key of the digests. tito 0.1 knows it alone.
const DIGESTS: &str = "exports";
/// The key of the notebooks.
const NOTEBOOKS: &str = "exports_of";
/// The key of the packages.
const PACKAGES: &str = "former_packages";

/// What tito exported, by the path that it wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exports {
    /// Every module that it wrote and that is still at its place, as far as tito knows.
    pub made: BTreeMap<WorkspacePath, Export>,
    /// Other names that the package had.
    pub packages: BTreeSet<String>,
}

/// A module that tito exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Digest of what tito wrote. A file with another one was edited since.
    pub sha256: Digest,
    /// The notebook that it is of; none where tito 0.1 wrote it.
    pub of: Option<FileId>,
}

impl Exports {
    /// Takes what is known of exports out of `version.json`. What cannot be understood is as if it were not there: then tito takes the file for
    /// an edited one.
    pub(super) fn take(top: &mut Map<String, Value>) -> Self {
        let mut table = |key: &str| match top.shift_remove(key) {
            Some(Value::Object(map)) => map,
            _ => Map::new(),
        };
        let (digests, notebooks) = (table(DIGESTS), table(NOTEBOOKS));
        let made = digests.into_iter().filter_map(|(path, digest)| {
            let of = notebooks.get(&path).and_then(Value::as_str).map(FileId::from_text);
            let sha256 = digest.as_str()?.parse().ok()?;
            Some((WorkspacePath::new(&path).ok()?, Export { sha256, of }))
        });
        let made = made.collect();
        let packages = match top.shift_remove(PACKAGES) {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => BTreeSet::new(),
        };
        Self { made, packages }
    }

    /// The keys of `version.json` that say it; none for what is empty.
    pub(super) fn to_json(&self) -> Vec<(&'static str, Value)> {
        let map = |entries: Vec<(String, Value)>| Value::Object(entries.into_iter().collect());
        let digests =
            self.made.iter().map(|(path, export)| (path.to_string(), export.sha256.to_string().into()));
        let notebooks = self
            .made
            .iter()
            .filter_map(|(path, export)| Some((path.to_string(), export.of.as_ref()?.as_str().into())));
        let packages: Vec<Value> = self.packages.iter().map(|name| name.as_str().into()).collect();
        let all = [
            (DIGESTS, self.made.is_empty(), map(digests.collect())),
            (NOTEBOOKS, self.made.values().all(|export| export.of.is_none()), map(notebooks.collect())),
            (PACKAGES, packages.is_empty(), packages.into()),
        ];
        all.into_iter().filter(|(_, empty, _)| !empty).map(|(key, _, value)| (key, value)).collect()
    }
}
