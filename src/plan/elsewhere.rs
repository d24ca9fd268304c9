//! Files that the student moved: gone from where tito wrote them, and found at another place with the same content, or, for a notebook,
//! with its cells. Looked for only where something is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::likeness::{ALIKE, Content, best_matches, same_tail};
use crate::digest::Digest;
use crate::id::{FileId, Role};
use crate::path::WorkspacePath;

/// A file that is not where it was.
pub(super) struct Missing<'a> {
    pub(super) id: &'a FileId,
    pub(super) path: &'a WorkspacePath,
    pub(super) role: Role,
    /// As tito wrote it.
    pub(super) base: Digest,
}

/// No more of the student's own files are read.
const MOST: usize = 1_000;

/// Where each missing file is, of the places `candidates`. `object` gives the bytes that tito wrote, `read` those of a candidate.
pub(super) fn found(
    missing: &[Missing<'_>],
    candidates: &BTreeSet<WorkspacePath>,
    object: &dyn Fn(Digest) -> Option<Arc<[u8]>>,
    read: &dyn Fn(&WorkspacePath) -> Option<Vec<u8>>,
) -> BTreeMap<FileId, WorkspacePath> {
    let wanted: BTreeSet<&str> = missing.iter().map(|missing| missing.path.extension()).collect();
    let names: BTreeSet<&str> = missing.iter().map(|missing| missing.path.name()).collect();
    let mut likely: Vec<&WorkspacePath> =
        candidates.iter().filter(|path| wanted.contains(path.extension())).collect();
    // Those that kept their names first, should there be too many.
    likely.sort_by_key(|path| (!names.contains(path.name()), *path));
    likely.truncate(MOST);
    let contents: Vec<(&WorkspacePath, Digest, Option<Content>)> = likely
        .into_iter()
        .filter_map(|path| {
            let bytes = read(path).filter(|bytes| !bytes.is_empty())?;
            Some((path, Digest::of(&bytes), Content::of(path.name(), &bytes)))
        })
        .collect();
    let mut scores = Vec::new();
    for (at, missing) in missing.iter().enumerate() {
        let was = object(missing.base).and_then(|bytes| Content::of(missing.path.name(), &bytes));
        for (now, (path, digest, content)) in contents.iter().enumerate() {
            if path.extension() != missing.path.extension() {
                continue;
            }
            let likeness = match (&was, content) {
                _ if *digest == missing.base => Some(2000),
                (Some(was), Some(content)) => likeness(missing, was, path, content),
                _ => None,
            };
            let tail = same_tail(missing.path.as_str(), path.as_str());
            scores.extend(likeness.map(|likeness| (at, now, likeness * 100 + tail)));
        }
    }
    let matches = best_matches(scores).into_iter();
    matches.map(|(at, now)| (missing[at].id.clone(), contents[now].0.clone())).collect()
}

/// How much speaks for the file at `path` being the one that is missing, where that is enough: it has the cells of the notebook and some of
/// its text; or it is work, has most of the text, and kept its name or its folder. Files of several units may well be alike.
fn likeness(missing: &Missing<'_>, was: &Content, path: &WorkspacePath, is: &Content) -> Option<usize> {
    let lines = was.lines_in_common(is);
    if was.is_same_notebook(is) {
        return Some(was.cells_in_common(is) + lines / 2);
    }
    let near = path.name() == missing.path.name() || path.parent() == missing.path.parent();
    (missing.role == Role::Work && near && lines >= ALIKE).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> WorkspacePath {
        WorkspacePath::new(text).unwrap()
    }

    /// Where `modules/02_b/b.EXT`, whose text is `base`, is found among files with these texts.
    fn whereabouts(role: Role, extension: &str, base: &str, files: &[(&str, &str)]) -> Option<String> {
        let id = FileId::from_text("module:b/b");
        let path = at(&format!("modules/02_b/b.{extension}"));
        let missing = [Missing { id: &id, path: &path, role, base: Digest::of(base.as_bytes()) }];
        let candidates = files.iter().map(|(path, _)| at(path)).collect();
        let text =
            |path: &WorkspacePath| files.iter().find(|(at, _)| *at == path.as_str()).map(|(_, text)| text);
        let found = found(&missing, &candidates, &|_| Some(base.as_bytes().into()), &|path| {
            text(path).map(|text| text.as_bytes().to_vec())
        });
        found.get(&id).map(ToString::to_string)
    }

    fn notebook(ids: &[&str], source: &str) -> String {
        let cells: Vec<_> = ids
            .iter()
            .map(|id| {
                serde_json::json!({"cell_type": "code", "execution_count": null, "id": format!("c{id}"), "outputs": [],
                    "metadata": {"nbgrader": {"grade_id": id}}, "source": source})
            })
            .collect();
        serde_json::json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).to_string()
    }

    #[test]
    fn the_same_bytes_are_the_same_file_anywhere() {
        let found = |files: &[(&str, &str)]| whereabouts(Role::Doc, "md", "the text", files);
        assert_eq!(found(&[("x/y.md", "the text"), ("x/z.md", "another")]), Some("x/y.md".to_owned()));
        assert_eq!(found(&[("x/y.md", "the text"), ("old/b.md", "the text")]), Some("old/b.md".to_owned()));
        assert_eq!(found(&[("x/y.txt", "the text")]), None);
        assert_eq!(whereabouts(Role::Doc, "md", "", &[("x/y.md", "")]), None, "empty files are all alike");
    }

    #[test]
    fn edited_work_is_known_by_its_text_where_it_kept_its_name_or_folder() {
        let base = "first line\nsecond line\nthird line\nfourth line\n";
        let edited = "first line\nsecond line\nthird line\nmy own line\n";
        for (role, path, is) in [
            (Role::Work, "old/b.py", true),
            (Role::Work, "modules/02_b/mine.py", true),
            (Role::Work, "modules/03_c/c.py", false),
            (Role::Doc, "modules/03_c/b.py", false),
        ] {
            assert_eq!(whereabouts(role, "py", base, &[(path, edited)]).is_some(), is, "{role} {path}");
        }
        assert_eq!(
            whereabouts(Role::Work, "py", base, &[("old/b.py", "first line\nnothing else\nof it\n")]),
            None
        );
    }

    #[test]
    fn a_notebook_is_known_by_its_cells() {
        let base = notebook(&["one", "two", "three"], "a text that stays\nand a stub");
        let find = |ids: &[&str], source: &str| {
            whereabouts(Role::Work, "ipynb", &base, &[("anywhere/x.ipynb", &notebook(ids, source))])
        };
        assert!(find(&["one", "two", "mine"], "a text that stays\nand my answer").is_some());
        assert!(find(&["one"], "a text that stays\nand a stub").is_none(), "one cell was copied");
        assert!(find(&["one", "two", "three"], "of another notebook").is_none(), "grade_ids alone");
    }
}
