//! Files that the course had dropped, that became the student's own then, and that the course has again: a unit that was taken out by
//! mistake, or for a term. They are the same files, wherever the unit is now.

use std::collections::BTreeSet;

use crate::compile::Target;
use crate::id::{FileId, Role};
use crate::lock::Baselines;
use crate::path::WorkspacePath;

/// Where the left files are that the course has again, and that no followed file is: by their names or by declared renames, never by a
/// guess. What is on disk is not looked at.
pub(super) fn returning<'a>(target: &Target, baselines: &'a Baselines) -> BTreeSet<&'a WorkspacePath> {
    if baselines.left.is_empty() {
        return BTreeSet::new();
    }
    let all = baselines.files.values().chain(baselines.left.values());
    let followed = all.filter(|base| base.role != Role::Export);
    let successors = target.successors(followed.map(|base| (&base.id, base.role)));
    let today = |id: &FileId| successors.get(id).filter(|new| !new.is_guess).map(|new| &new.id);
    let mut taken: BTreeSet<&FileId> = baselines.files.values().filter_map(|base| today(&base.id)).collect();
    let free = baselines.left.iter().filter(|(path, _)| !baselines.files.contains_key(*path));
    free.filter(|(_, base)| today(&base.id).is_some_and(|id| taken.insert(id)))
        .map(|(path, _)| path)
        .collect()
}
