//! [`Body`]: what a file holds, with what the checks find in it; and [`Shelf`], where bodies are kept for the courses that have the same file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::diagnostic::Diagnostic;
use crate::digest::Digest;
use crate::notebook::grading::FlaggedCell;
use crate::notebook::tiers::Stripped;
use crate::source::{Span, Spanned};

use super::package_import::PackageImport;
use super::{NotebookKind, seen};

/// What a file holds. Nothing in it depends on where the file is, or on the course.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) content: Arc<[u8]>,
    /// Digest of `content`.
    pub(crate) digest: Digest,
    /// Digest of the script or notebook that it was made of.
    pub(super) source: Option<Digest>,
    /// The ending of its name, where that is another than in the base.
    pub(super) ending: Option<&'static str>,
    /// The lines that the tier took out.
    pub(super) stripped: Vec<Stripped>,
    /// The notebook as the base has it and as students get it.
    pub(super) tiers: Option<seen::Tiers>,
    /// What its cells import of the package, for notebooks.
    pub(super) imports: Vec<PackageImport>,
    /// Where it exports to, for notebooks.
    pub(super) exports: Option<Spanned<String>>,
    /// How many challenges the base's notebook holds.
    pub(crate) challenges: usize,
    /// Its flagged cells by grade_id, for notebooks.
    pub(crate) flagged: BTreeMap<String, Spanned<FlaggedCell>>,
    /// What students could find in it, once that was looked for.
    pub(super) looks: OnceLock<seen::Looks>,
    /// What its code imports, where it is not a notebook.
    pub(super) code: OnceLock<FileCode>,
}

/// What the code of a file imports of the package, and what keeps Python from reading it, with its place.
pub(super) type FileCode = (Vec<PackageImport>, Option<(String, Span)>);

impl Body {
    /// A file that is not a notebook.
    pub(super) fn plain(content: Arc<[u8]>) -> Self {
        Self {
            digest: Digest::of(&content),
            content,
            source: None,
            ending: None,
            stripped: Vec::new(),
            tiers: None,
            imports: Vec::new(),
            exports: None,
            challenges: 0,
            flagged: BTreeMap::new(),
            looks: OnceLock::new(),
            code: OnceLock::new(),
        }
    }
}

/// What a body is made of, beside the bytes and the settings of the shelf.
pub(super) struct Key<'a> {
    /// In the base.
    pub(super) path: &'a str,
    pub(super) unit: &'a str,
    pub(super) kind: Option<NotebookKind>,
    pub(super) is_template: bool,
}

/// So many bodies of one file are kept: those of a template differ from course to course.
const MOST_KEPT: usize = 4;

/// The bodies that were made of the files of one base, with one set of settings, by path.
#[derive(Debug, Default)]
pub(crate) struct Shelf(Mutex<BTreeMap<String, Vec<Kept>>>);

/// A body, what it was made of, and what was found on the way.
#[derive(Debug)]
struct Kept {
    unit: String,
    kind: Option<NotebookKind>,
    is_template: bool,
    input: Arc<[u8]>,
    made: Option<Arc<Body>>,
    diagnostics: Vec<Diagnostic>,
}

impl Kept {
    fn is_for(&self, key: &Key<'_>, bytes: &Arc<[u8]>) -> bool {
        self.unit == key.unit
            && self.kind == key.kind
            && self.is_template == key.is_template
            && (Arc::ptr_eq(&self.input, bytes) || self.input == *bytes)
    }
}

impl Shelf {
    /// What `make` makes of `bytes`, or made of the same before, and what it found. Without a shelf nothing is kept.
    pub(super) fn body(
        shelf: Option<&Self>,
        key: &Key<'_>,
        bytes: Arc<[u8]>,
        make: impl FnOnce(Arc<[u8]>) -> (Option<Body>, Vec<Diagnostic>),
    ) -> (Option<Arc<Body>>, Vec<Diagnostic>) {
        let Some(Self(kept)) = shelf else {
            let (made, found) = make(bytes);
            return (made.map(Arc::new), found);
        };
        let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) =
            lock().get(key.path).and_then(|all| all.iter().find(|kept| kept.is_for(key, &bytes)))
        {
            return (kept.made.clone(), kept.diagnostics.clone());
        }
        let input = bytes.clone();
        let (made, diagnostics) = make(bytes);
        let made = made.map(Arc::new);
        let mut all = lock();
        let all = all.entry(key.path.to_owned()).or_default();
        if all.len() < MOST_KEPT {
            all.push(Kept {
                unit: key.unit.to_owned(),
                kind: key.kind,
                is_template: key.is_template,
                input,
                made: made.clone(),
                diagnostics: diagnostics.clone(),
            });
        }
        (made, diagnostics)
    }
}
