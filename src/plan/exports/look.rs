//! What must be known of exports, where the course may have renamed one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::module_in;
use super::{SeenExports, Standing, module_path, names};
use crate::compile::{File, Target};
use crate::digest::Digest;
use crate::id::{FileId, Mode, Role};
use crate::lock::{Baseline, Baselines};
use crate::notebook::export::exported_from;
use crate::path::WorkspacePath;
use crate::plan::pairs::Pair;

/// Reads a file of the workspace; nothing where none is there.
type ReadFile<'a> = dyn Fn(&WorkspacePath) -> Result<Option<Vec<u8>>, String> + 'a;

/// How files are read.
pub(crate) struct Reader<'a> {
    /// The pristine bytes of a digest.
    pub(crate) object: &'a dyn Fn(Digest) -> Option<Arc<[u8]>>,
    /// The bytes of a file of the workspace; why not, where something is there that is not a file.
    pub(crate) file: &'a ReadFile<'a>,
    /// Where the student's side of a pair is.
    pub(crate) standing: &'a dyn Fn(&Pair<'_>) -> Option<WorkspacePath>,
}

/// A notebook that the student works on.
struct Work<'a> {
    pair: &'a Pair<'a>,
    path: &'a WorkspacePath,
    base: &'a Baseline,
    file: &'a File,
}

/// Looks at the exports of the workspace and their notebooks; not at all where each is where the course has it.
pub(crate) fn look(
    pairs: &[Pair<'_>],
    target: &Target,
    baselines: &Baselines,
    reader: &Reader<'_>,
) -> SeenExports {
    let mut seen = SeenExports::default();
    if baselines.exports.made.is_empty() {
        return seen;
    }
    let works: Vec<Work<'_>> = pairs.iter().filter_map(|pair| work(pair, target)).collect();
    seen.owners = owners(&works, baselines, reader);
    // Every command looks here: only notebooks that something was exported from are read.
    let is_home = |(path, id): (&WorkspacePath, &FileId)| {
        let now = works.iter().find(|work| work.pair.id == *id);
        let name = now.and_then(|work| module_in(work.path, &work.file.content));
        name.is_none_or(|name| module_path(&target.package, &name).as_ref() == Some(path))
    };
    if seen.owners.iter().all(is_home) {
        return SeenExports::default();
    }
    for work in &works {
        let id = work.pair.id.clone();
        let names = names(work.path, work.base, &work.file.content, reader.object);
        if let Some((at, bytes)) = (reader.standing)(work.pair)
            .and_then(|at| Some(((reader.file)(&at).ok()??, at)))
            .map(|(bytes, at)| (at, bytes))
        {
            let student = module_in(&at, &bytes);
            for name in student.iter().chain(&names.now) {
                if let Some(path) = module_path(&target.package, name) {
                    seen.look_at(path, reader);
                }
            }
            seen.notebooks.insert(id.clone(), (at, Arc::from(bytes)));
        }
        seen.names.insert(id, names);
    }
    for path in baselines.exports.made.keys() {
        seen.look_at(path.clone(), reader);
    }
    seen
}

fn work<'a>(pair: &'a Pair<'_>, target: &Target) -> Option<Work<'a>> {
    let ((path, base), (_, file)) = (pair.base?, pair.course?);
    let unit = target.units.iter().find(|unit| Some(&unit.id) == file.unit.as_ref())?;
    let is_work = file.role == Role::Work && unit.mode == Mode::Do;
    (is_work && matches!(path.extension(), "ipynb" | "py")).then_some(Work { pair, path, base, file })
}

/// The notebook of each export: as tito remembers it, or as the export itself says.
fn owners(works: &[Work<'_>], baselines: &Baselines, reader: &Reader<'_>) -> BTreeMap<WorkspacePath, FileId> {
    let mut owners = BTreeMap::new();
    for (path, export) in &baselines.exports.made {
        let owner = match &export.of {
            Some(id) => works.iter().find(|work| work.pair.id == *id || work.base.id == *id),
            None => {
                let bytes = (reader.file)(path).ok().flatten().unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let from = exported_from(&text);
                works.iter().find(|work| {
                    let stands = (reader.standing)(work.pair);
                    from.is_some_and(|from| {
                        work.path.as_str() == from || stands.is_some_and(|at| at.as_str() == from)
                    })
                })
            }
        };
        if let Some(work) = owner {
            owners.insert(path.clone(), work.pair.id.clone());
        }
    }
    owners
}

impl SeenExports {
    fn look_at(&mut self, path: WorkspacePath, reader: &Reader<'_>) {
        if self.standing.contains_key(&path) {
            return;
        }
        let standing = match (reader.file)(&path) {
            Ok(None) => return,
            Err(why) => Standing::Other(why),
            Ok(Some(bytes)) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                match exported_from(&text).map(str::to_owned) {
                    Some(notebook) => Standing::Export { digest: Digest::of(&bytes), text, notebook },
                    None => Standing::Other("the file there is not an export".to_owned()),
                }
            }
        };
        self.standing.insert(path, standing);
    }
}
