//! [`Moved`]: modules of the package that have another name now.

use std::collections::{BTreeMap, BTreeSet};

/// Names that modules had, and have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// The package.
    pub package: String,
    /// Other names that it had.
    pub packages: BTreeSet<String>,
    /// Modules within it: `data.loader` → `core.loader`.
    pub modules: BTreeMap<String, String>,
}

impl Moved {
    /// The full name that `module` has today; none where it is the same, or no module of the package.
    pub fn today(&self, module: &str) -> Option<String> {
        let (package, rest) = module.split_once('.').unwrap_or((module, ""));
        let is_former = self.packages.contains(package);
        if package != self.package && !is_former {
            return None;
        }
        match self.modules.get(rest) {
            Some(new) => Some(format!("{}.{new}", self.package)),
            None if is_former && rest.is_empty() => Some(self.package.clone()),
            None if is_former => Some(format!("{}.{rest}", self.package)),
            None => None,
        }
    }
}
