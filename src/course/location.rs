//! Where the things are that a layer names: a path relative to it, or a place in a source.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::world::Root;
use crate::world::sources::{Remote, Tree};

use super::paths::{below, is_absolute, normalise, relative};

/// A folder or a file as a layer names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A path relative to the layer.
    Path(String),
    /// A path in a source.
    Source(Remote, String),
}

/// The folder that a layer is in: its paths are relative to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// A folder of this computer.
    Disk(PathBuf),
    /// A folder of a source.
    Source(Arc<Tree>, String),
}

/// The folder of an assignment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder {
    /// Here.
    Root(Root),
    /// Outside of what the layer may reach.
    Outside,
    /// In a source that is not there (yet).
    Source(Remote, String),
}

impl Home {
    /// The tree of the base at `written`. None: it is outside of the layer's source.
    pub(super) fn base(&self, written: &str) -> Option<Root> {
        match self {
            Self::Disk(folder) => {
                let (anchor, inner) = below(folder, written);
                Some(Root::Below(anchor, inner))
            }
            Self::Source(tree, dir) => Some(Root::Source(tree.clone(), within(dir, written)?)),
        }
    }

    /// The folder of an assignment at `written`: below the layer, or, in a source, anywhere in that.
    pub(super) fn assignment(&self, written: &str) -> Folder {
        match self {
            Self::Disk(folder) => {
                let inside = relative(folder, &normalise(&folder.join(written.replace('\\', "/"))));
                if inside.is_empty() || inside.starts_with("..") {
                    Folder::Outside
                } else {
                    Folder::Root(Root::Below(folder.clone(), inside))
                }
            }
            Self::Source(tree, dir) => match within(dir, written) {
                Some(inner) if inner != *dir => Folder::Root(Root::Source(tree.clone(), inner)),
                _ => Folder::Outside,
            },
        }
    }
}

/// The path `written` seen from `dir`, both in one tree. None: it leads out of it.
pub(super) fn within(dir: &str, written: &str) -> Option<String> {
    let path = normalise(&Path::new(dir).join(written.replace('\\', "/")));
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    (is_inside && !is_absolute(written)).then(|| parts.collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_their_source() {
        for (dir, written, inner) in [
            ("mls", "../university.yml", Some("university.yml")),
            ("mls", "./base/", Some("mls/base")),
            ("", ".", Some("")),
            ("mls", "../../x", None),
            ("", "..", None),
            ("a", "/x", None),
            ("a", "..\\..\\x", None),
            ("a", "C:\\x", None),
        ] {
            assert_eq!(within(dir, written).as_deref(), inner, "{dir} {written}");
        }
    }
}
