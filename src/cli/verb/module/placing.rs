//! Where the student's notebooks are exported to: the module's name is the course's, as this workspace was given it, unless the student chose another.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::id::{FileId, Mode, Role};
use crate::lock::Baseline;
use crate::notebook::export::Moved;
use crate::path::WorkspacePath;
use crate::plan::Pristine;
use crate::plan::exports::{Names, names};
use crate::world::World;

use super::opened::Opened;
use crate::cli::workspace::FILE_LIMIT;

/// The names of all modules.
pub(super) struct Placing {
    /// The package.
    pub(super) package: String,
    /// The names of each notebook's module.
    names: BTreeMap<FileId, Names>,
    /// Names that modules had.
    pub(super) moved: Moved,
}

impl Placing {
    /// Reads what the notebooks of the course name; those of `exported` are about to be exported.
    pub(super) fn of(world: &dyn World, opened: &Opened, exported: &BTreeSet<FileId>) -> Self {
        let of_lock = opened.home.lock.as_ref().and_then(|lock| lock.base.package.clone());
        let package = of_lock.filter(|_| opened.is_pending).unwrap_or_else(|| opened.target.package.clone());
        let pristine = Pristine::new(world, &opened.home.root);
        let object = |digest: Digest| pristine.read(digest, FILE_LIMIT);
        let mut all = BTreeMap::new();
        let mut today = BTreeMap::new();
        for file in opened.target.files.values() {
            let taught = opened
                .target
                .units
                .iter()
                .any(|unit| Some(&unit.id) == file.unit.as_ref() && unit.mode == Mode::Do);
            let Some((path, base)) = opened.base(&file.id).filter(|_| taught && file.role == Role::Work)
            else {
                continue;
            };
            let mut names = names(path, base, &file.content, &object);
            let stands = opened.exports_of(&file.id).find_map(|path| module_at(&package, path));
            if opened.is_pending {
                // The course's name counts when its update was made; until then, the one under which it was exported.
                names.now = stands.clone().or(names.base.clone());
            }
            let now =
                if exported.contains(&file.id) { names.now.clone() } else { stands.or(names.now.clone()) };
            today.extend(now.map(|now| (file.id.clone(), now)));
            all.insert(file.id.clone(), names);
        }
        let used: BTreeSet<&String> = today.values().collect();
        let modules = all.iter().flat_map(|(id, names)| {
            let now = today.get(id);
            names.given.iter().filter_map(move |old| Some((old.clone(), now?.clone())))
        });
        let modules = modules.filter(|(old, _)| !used.contains(old)).collect();
        let mut packages = opened.home.baselines.exports.packages.clone();
        packages.remove(&package);
        Self { moved: Moved { package: package.clone(), packages, modules }, package, names: all }
    }

    /// The name to export the notebook by that calls its module `student`.
    pub(super) fn name(&self, id: &FileId, student: &str) -> String {
        self.names.get(id).map_or_else(|| student.to_owned(), |names| names.decide(student))
    }

    /// Is `student` a name that the student chose?
    pub(super) fn is_own(&self, id: &FileId, student: &str) -> bool {
        self.names.get(id).is_none_or(|names| names.is_own(student))
    }
}

/// The name of the module at `path`, if that is in the package.
fn module_at(package: &str, path: &WorkspacePath) -> Option<String> {
    let inner = path.as_str().strip_prefix(package)?.strip_prefix('/')?;
    Some(inner.strip_suffix(".py")?.replace('/', "."))
}

impl Opened {
    /// What tito last wrote of the file `id`, and where.
    fn base(&self, id: &FileId) -> Option<(&WorkspacePath, &Baseline)> {
        self.home.baselines.files.get_key_value(self.recorded.get(id)?)
    }

    /// Is an export that is of the notebook `other` of the notebook `id`? The course may have renamed it since.
    pub(super) fn is_same(&self, id: &FileId, other: &FileId) -> bool {
        id == other || self.base(id).is_some_and(|(_, base)| base.id == *other)
    }

    /// Where tito exported the notebook `id` to, as far as it remembers.
    fn exports_of(&self, id: &FileId) -> impl Iterator<Item = &WorkspacePath> {
        let made = self.home.baselines.exports.made.iter();
        made.filter(|(_, export)| export.of.as_ref().is_some_and(|of| self.is_same(id, of)))
            .map(|(path, _)| path)
    }
}
