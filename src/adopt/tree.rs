//! The files of a repository, as far as they may be part of a course.

use crate::notebook::{Notebook, Origin, nbformat, percent};
use crate::world::{Entry, EntryKind, Root, World};

/// A file that is larger is not read.
const MOST: u64 = 8 << 20;

/// Folders that tools write, at any depth.
const TOOLS: [&str; 8] =
    ["__pycache__", "node_modules", "venv", "env", "site-packages", "build", "dist", "_build"];

/// A repository.
pub(super) struct Tree<'a> {
    world: &'a dyn World,
    root: &'a Root,
    entries: Vec<Entry>,
}

/// A notebook of the repository.
pub(super) struct Read {
    /// Its path.
    pub(super) path: String,
    /// Its cells.
    pub(super) notebook: Notebook,
    /// Where its cells are in a script.
    pub(super) origins: Vec<Origin>,
}

impl<'a> Tree<'a> {
    pub(super) fn of(world: &'a dyn World, root: &'a Root) -> std::io::Result<Self> {
        let mut entries = world.list(root)?;
        entries.retain(|entry| {
            let is_file = entry.unicode && matches!(entry.kind, EntryKind::File { .. });
            is_file && entry.path.split('/').all(|part| !part.starts_with('.') && !TOOLS.contains(&part))
        });
        Ok(Self { world, root, entries })
    }

    /// Every path, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.path.as_str())
    }

    /// The paths below the folder `folder`.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{folder}/");
        let start = self.entries.partition_point(|entry| entry.path.as_str() < prefix.as_str());
        let rest = self.entries.get(start..).unwrap_or_default().iter().map(|entry| entry.path.as_str());
        rest.take_while(move |path| path.starts_with(&prefix))
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).is_ok()
    }

    /// The text of a file; none where it is none, or too large.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let at = self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).ok()?;
        self.entries.get(at).filter(|entry| entry.size <= MOST)?;
        String::from_utf8(self.world.read_in(self.root, path).ok()?).ok()
    }

    /// The notebook or percent script at `path`, if it is one.
    pub(super) fn notebook(&self, path: &str) -> Option<Read> {
        let path = path.to_owned();
        if path.ends_with(".ipynb") {
            let notebook = nbformat::read(self.text(&path)?.as_bytes()).ok()?;
            return Some(Read { path, notebook, origins: Vec::new() });
        }
        let text = self.text(&path).filter(|_| path.ends_with(".py"))?;
        text.lines().any(|line| line.starts_with("# %%") || line.starts_with("#%%")).then(|| {
            let script = percent::read(&text, "");
            Read { path, notebook: script.notebook, origins: script.origins }
        })
    }

    /// The first heading of the README.
    pub(super) fn title(&self) -> Option<String> {
        let text = self.text("README.md")?;
        let heading = text.lines().find_map(|line| line.strip_prefix("# "))?;
        let title = heading.trim_matches(|c: char| !c.is_alphanumeric() && c != ')').to_owned();
        (!title.is_empty() && !title.contains(['<', '[', '!'])).then_some(title)
    }
}

/// The folder of `path`.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of `path`.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The last part without its ending.
pub(super) fn stem(path: &str) -> &str {
    name(path).rsplit_once('.').map_or(name(path), |(stem, _)| stem)
}
