//! [`Bases`]: what the courses of one run have in common. Each base is read once, and a file of it that is the same in several courses is
//! made once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::catalog::{self, Catalog};
use crate::course::{BaseFrom, Course};
use crate::diagnostic::{Code, Diagnostic};
use crate::digest::Digest;
use crate::world::held::{Files, Held, each};
use crate::world::{EntryKind, Root, World};

use super::content::Shared;
use super::place;

/// Where the base of a course is, and what messages call it.
///
/// None: it is in a source that is not there, which was reported.
pub fn base_root(course: &Course) -> Option<(Root, String)> {
    match &course.base.value {
        BaseFrom::Bundled => Some((Root::Bundled, "bundled".to_owned())),
        BaseFrom::Folder(written, folder) => Some((folder.clone(), written.clone())),
        BaseFrom::Source(..) => None,
    }
}

/// The bases that were read so far. What is read of them does not change during a run.
#[derive(Debug, Default)]
pub struct Bases {
    read: Mutex<BTreeMap<(Root, String), Slot>>,
}

/// A base, once it was read; none where it has no catalog.
type Slot = Arc<OnceLock<Option<Arc<Base>>>>;

impl Bases {
    /// The base of `course`, with what is wrong with its catalog.
    pub(super) fn of(
        &self,
        world: &dyn World,
        course: &Course,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Arc<Base>> {
        let (root, name) = base_root(course)?;
        let slot = {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            read.entry((root.clone(), name.clone())).or_default().clone()
        };
        let mut first = Vec::new();
        let base = slot.get_or_init(|| {
            let read = catalog::read(world, &root, &name, course.base.span.as_ref());
            first = read.diagnostics;
            Some(Arc::new(Base::read(world, read.value?, first.clone())))
        });
        match base {
            Some(base) => diagnostics.extend(base.diagnostics.iter().cloned()),
            // What is said of a base that is not there names the place that asked for it.
            None if first.is_empty() => {
                diagnostics.extend(catalog::read(world, &root, &name, course.base.span.as_ref()).diagnostics);
            }
            None => diagnostics.append(&mut first),
        }
        base.clone()
    }
}

/// A base that was read, with what was found out about it.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) catalog: Catalog,
    diagnostics: Vec<Diagnostic>,
    files: Files,
    digest: OnceLock<(Digest, Vec<Diagnostic>)>,
    pub(super) shared: Shared,
}

impl Base {
    fn read(world: &dyn World, catalog: Catalog, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            files: Files::read(world, &catalog.root, &catalog.entries),
            catalog,
            diagnostics,
            digest: OnceLock::new(),
            shared: Shared::default(),
        }
    }

    /// `world`, with this base as it was read.
    pub(super) fn held<'a>(&'a self, world: &'a dyn World) -> Held<'a> {
        Held::new(world, &self.files)
    }

    /// Of every path, mode and content of the base, except what editors and Python leave behind.
    pub(super) fn digest(&self, world: &dyn World, diagnostics: &mut Vec<Diagnostic>) -> Digest {
        let (digest, found) = self.digest.get_or_init(|| digest(world, &self.catalog));
        diagnostics.extend(found.iter().cloned());
        *digest
    }
}

fn digest(world: &dyn World, catalog: &Catalog) -> (Digest, Vec<Diagnostic>) {
    let entries: Vec<_> = catalog.entries.iter().filter(|entry| !place::is_litter(&entry.path)).collect();
    let digests: Vec<Result<Digest, Box<Diagnostic>>> = each(&entries, |entry| {
        let mode: &[u8] =
            if matches!(entry.kind, EntryKind::File { executable: true }) { b"x" } else { b"-" };
        let content = match entry.kind {
            EntryKind::File { .. } => world.share_in(&catalog.root, &entry.path).map_err(|error| {
                let why = crate::world::reason(&error);
                let message = format!("`{}` of the base cannot be read: {why}", entry.path);
                Box::new(Diagnostic::new(Code::Unreadable, message))
            })?,
            _ => Arc::default(),
        };
        Ok(Digest::of_parts([entry.path.as_bytes(), mode, &content]))
    });
    let mut texts = Vec::with_capacity(digests.len());
    let mut diagnostics = Vec::new();
    for digest in digests {
        match digest {
            Ok(digest) => texts.push(digest.to_string()),
            Err(problem) => diagnostics.push(*problem),
        }
    }
    (Digest::of_parts(texts.iter().map(String::as_bytes)), diagnostics)
}
