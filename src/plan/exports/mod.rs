//! Exports follow: where the course gives a module of the package another name, what the student exported is exported again, to where it is
//! imported from now, and tito's own old export goes.
//!
//! In: what tito remembers of exports, what is there, the notebooks as the plan leaves them. Out: one [`Reexport`] for each module that
//! the course renamed, and for each that imports one. Nothing is decided for a workspace in which every export is where it belongs.

mod decide;
mod imports;
mod look;
mod names;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::id::{FileId, UnitId};
use crate::path::WorkspacePath;

pub(super) use decide::{Situated, decide};
pub(super) use look::{Reader, look};
pub use names::{Names, module_path, names};

/// What becomes of a module that the student exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Reexport {
    /// The unit.
    pub unit: UnitId,
    /// The notebook.
    pub of: FileId,
    /// Where the notebook is when the plan is carried out.
    pub notebook: WorkspacePath,
    /// Where the module is.
    pub from: WorkspacePath,
    /// Where it belongs. The same as `from`: it stays, and imports a module that does not.
    pub to: WorkspacePath,
    /// Digest of what will be at `to`; none: it cannot be exported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Digest>,
    /// Digest of what is at `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Digest>,
    /// What is at `to` is not as tito wrote it, and is set aside.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
    /// Digest of tito's own export at `from`, which goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removes: Option<Digest>,
    /// What is at `from` is not as tito wrote it, and stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves: bool,
    /// Why it cannot be exported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What is known of exports when the course may have renamed some; else nothing.
#[derive(Clone, Debug, Default)]
pub struct SeenExports {
    /// The notebook of every remembered export, by the path of the module.
    owners: BTreeMap<WorkspacePath, FileId>,
    /// The modules that notebooks name, and named.
    names: BTreeMap<FileId, Names>,
    /// The student's notebooks: where they are, and their bytes.
    notebooks: BTreeMap<FileId, (WorkspacePath, Arc<[u8]>)>,
    /// What is where modules are and belong; nothing is where no entry is.
    standing: BTreeMap<WorkspacePath, Standing>,
}

/// What is at the path of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    /// An export, by its first line.
    Export {
        /// Digest of its bytes.
        digest: Digest,
        /// Its text.
        text: String,
        /// The notebook that it names.
        notebook: String,
    },
    /// Something else: why nothing can be exported there.
    Other(String),
}
