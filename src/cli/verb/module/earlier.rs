//! Earlier exports of a notebook, under another name. tito removes what it wrote itself where the course gave the module its new name.

use crate::apply::Workspace;
use crate::digest::Digest;
use crate::lock::Exports;
use crate::notebook::export::exported_from;
use crate::path::WorkspacePath;
use crate::plan::{Change, Place};

use super::made::{LIMIT, Made};
use super::opened::Opened;
use crate::cli::out::{Look, Out, clean, paint};

/// An earlier export.
pub(super) struct Earlier {
    pub(super) path: WorkspacePath,
    what: What,
}

/// What becomes of it.
enum What {
    /// Nothing is there any more.
    Gone,
    /// It is as tito wrote it, and goes.
    Removed(Digest),
    /// It was edited, and stays.
    Edited,
    /// The student renamed the module: whether others import it by its old name is for the student to know.
    Kept,
}

/// The earlier exports of the notebook of `made`, as far as tito remembers them.
pub(super) fn of(made: &Made, lock: &Workspace, opened: &Opened, exports: &Exports) -> Vec<Earlier> {
    let others = exports.made.iter().filter(|(path, _)| **path != made.path);
    let earlier = others.filter_map(|(path, export)| {
        let bytes = lock.disk().read(path.as_str(), LIMIT).ok().flatten();
        let is_same = match &export.of {
            Some(of) => opened.is_same(&made.id, of),
            None => {
                let text = String::from_utf8_lossy(bytes.as_deref().unwrap_or_default());
                exported_from(&text) == Some(made.notebook.as_str())
            }
        };
        let what = match bytes.as_deref().map(Digest::of) {
            None => What::Gone,
            Some(_) if made.is_own => What::Kept,
            Some(digest) if digest == export.sha256 => What::Removed(digest),
            Some(_) => What::Edited,
        };
        is_same.then(|| Earlier { path: path.clone(), what })
    });
    earlier.collect()
}

impl Earlier {
    /// What is to be done with it.
    pub(super) fn removal(&self) -> Option<Change> {
        match self.what {
            What::Removed(expect) => Some(Change::Remove { at: Place::Workspace(self.path.clone()), expect }),
            What::Gone | What::Edited | What::Kept => None,
        }
    }

    /// Says what became of it.
    pub(super) fn say(&self, out: &Out) {
        let path = clean(self.path.as_str());
        let text = match self.what {
            What::Gone => return,
            What::Removed(_) => {
                format!("{path} was removed: the course calls the module by its new name now")
            }
            What::Edited => format!(
                "{path} was exported from this notebook and edited since; it stays: delete it when you need nothing of it"
            ),
            What::Kept => format!(
                "{path} was exported from this notebook before; it stays: delete it when nothing imports it any more"
            ),
        };
        out.say(format!("{} {text}", paint(Look::Notice, "!")));
    }
}
