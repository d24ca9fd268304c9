//! Files that the student moved: gone from where tito wrote them, and found at another place with the same content, or, for a notebook,
//! with its cells. Looked for only where something is gone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::canonical::canonical;
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

/// A file that may be one of the missing ones.
struct Candidate<'a> {
    path: &'a WorkspacePath,
    digest: Digest,
    /// Digest of what counts of it: of a notebook that was only run, the same as before.
    canonical: Digest,
    content: Option<Content>,
}

/// A missing file as tito wrote it.
struct Was {
    canonical: Digest,
    content: Option<Content>,
}

/// That the missing file (by its number) may be the candidate (by its number), and how much speaks for it.
type Score = (usize, usize, usize);

/// Where each missing file is, of the places `candidates`. `object` gives the bytes that tito wrote, `read` those of a candidate.
pub(super) fn found(
    missing: &[Missing<'_>],
    candidates: &BTreeSet<WorkspacePath>,
    object: &dyn Fn(Digest) -> Option<Arc<[u8]>>,
    read: &dyn Fn(&WorkspacePath) -> Option<Vec<u8>>,
) -> BTreeMap<FileId, WorkspacePath> {
    let candidates = likely(missing, candidates, read);
    let was = |missing: &Missing<'_>| {
        let (name, bytes) = (missing.path.name(), object(missing.base)?);
        Some(Was { canonical: canonical(name, &bytes), content: Content::of(name, &bytes) })
    };
    let were: Vec<Option<Was>> = missing.iter().map(was).collect();
    let mut scores: Vec<Score> = Vec::new();
    for (at, (missing, was)) in missing.iter().zip(&were).enumerate() {
        for (now, candidate) in candidates.iter().enumerate() {
            let tail = same_tail(missing.path.as_str(), candidate.path.as_str());
            let likeness = likeness(missing, was.as_ref(), candidate);
            scores.extend(likeness.map(|likeness| (at, now, likeness * 100 + tail)));
        }
    }
    let mut matches = best_matches(scores.clone());
    prefer_work(&mut matches, &scores, &|at, now| match (missing[at].role, &were[at]) {
        (Role::Work, Some(was)) => work(was, &candidates[now]),
        _ => (false, 0),
    });
    let place = |(at, now): (usize, usize)| (missing[at].id.clone(), candidates[now].path.clone());
    matches.into_iter().map(place).collect()
}

/// Those of `candidates` that may be one of the missing files by their names, and are not empty.
fn likely<'a>(
    missing: &[Missing<'_>],
    candidates: &'a BTreeSet<WorkspacePath>,
    read: &dyn Fn(&WorkspacePath) -> Option<Vec<u8>>,
) -> Vec<Candidate<'a>> {
    let wanted: BTreeSet<&str> = missing.iter().map(|missing| missing.path.extension()).collect();
    let names: BTreeSet<&str> = missing.iter().map(|missing| missing.path.name()).collect();
    let mut likely: Vec<&WorkspacePath> =
        candidates.iter().filter(|path| wanted.contains(path.extension())).collect();
    // Those that kept their names first, should there be too many.
    likely.sort_by_key(|path| (!names.contains(path.name()), *path));
    likely.truncate(MOST);
    let candidate = |path: &'a WorkspacePath| {
        let (name, bytes) = (path.name(), read(path).filter(|bytes| !bytes.is_empty())?);
        let (digest, content) = (Digest::of(&bytes), Content::of(name, &bytes));
        Some(Candidate { path, digest, canonical: canonical(name, &bytes), content })
    };
    likely.into_iter().filter_map(candidate).collect()
}

/// Of several files that are the same one, that with the student's work: a blank copy is more like what tito wrote, and is not what the student
/// goes on with. Only files that no other missing file is more like, or is matched with, take the place of a match.
fn prefer_work(
    matches: &mut [(usize, usize)],
    scores: &[Score],
    work: &dyn Fn(usize, usize) -> (bool, usize),
) {
    let mut closest: BTreeMap<usize, Score> = BTreeMap::new();
    for score in scores {
        let known = closest.entry(score.1).or_insert(*score);
        if score.2 > known.2 {
            *known = *score;
        }
    }
    let taken: BTreeSet<usize> = matches.iter().map(|(_, now)| *now).collect();
    for (at, matched) in matches {
        let is_free =
            |now: usize| !taken.contains(&now) && closest.get(&now).is_some_and(|best| best.0 == *at);
        let same = scores.iter().filter(|(of, now, _)| *of == *at && (*now == *matched || is_free(*now)));
        let best = same.max_by_key(|(of, now, score)| (work(*of, *now), *score, Reverse(*now)));
        *matched = best.map_or(*matched, |(_, now, _)| *now);
    }
}

/// How much of the student's is in a candidate: is it edited, and how much text has it that tito did not write?
fn work(was: &Was, is: &Candidate<'_>) -> (bool, usize) {
    if was.canonical == is.canonical {
        return (false, 0);
    }
    let (Some(before), Some(now)) = (&was.content, &is.content) else { return (true, 0) };
    (true, now.beyond(before))
}

/// How much speaks for the candidate being the file that is missing, where that is enough: it has its very bytes; or the cells of the notebook and
/// some of its text; or it is work, has most of the text, and kept its name or its folder. Files of several units may well be alike.
fn likeness(missing: &Missing<'_>, was: Option<&Was>, candidate: &Candidate<'_>) -> Option<usize> {
    let path = candidate.path;
    if path.extension() != missing.path.extension() {
        return None;
    }
    if candidate.digest == missing.base {
        return Some(2000);
    }
    let (was, is) = (was?.content.as_ref()?, candidate.content.as_ref()?);
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

    #[test]
    fn of_several_copies_the_one_with_the_most_work_is_the_file() {
        let ids = ["one", "two", "three"];
        let base = notebook(&ids, "a text that stays\nand a stub");
        let (some, more) = (
            notebook(&ids, "a text that stays\nand my answer"),
            notebook(&ids, "a text that stays\nand my longer answer"),
        );
        let find = |files: &[(&str, &str)]| whereabouts(Role::Work, "ipynb", &base, files);
        let (blank, mine) = (("modules/02_b/b-blank.ipynb", base.as_str()), "modules/02_b/b-mine.ipynb");
        assert_eq!(find(&[blank, (mine, &some)]).as_deref(), Some(mine));
        assert_eq!(find(&[("old/b.ipynb", &base), (mine, &some)]).as_deref(), Some(mine), "a kept name");
        assert_eq!(find(&[("a.ipynb", &some), (mine, &more), blank]).as_deref(), Some(mine));
        assert_eq!(find(&[("x/b.ipynb", &some), ("y/a.ipynb", &some)]).as_deref(), Some("x/b.ipynb"));
        assert_eq!(find(&[("y.ipynb", &some), ("x.ipynb", &some)]).as_deref(), Some("x.ipynb"), "by path");
        // One that was only run has no work in it.
        let run = base.replace("\"execution_count\":null", "\"execution_count\":7");
        assert_ne!(run, base);
        assert_eq!(find(&[("x.ipynb", &run), (blank.0, blank.1)]).as_deref(), Some(blank.0));
        // A script is like a notebook in this; a document is not work.
        let (stub, edited) = ("first line\nsecond line\nthird line\n", "first line\nsecond line\nmine\n");
        let script = [("modules/02_b/blank.py", stub), ("modules/02_b/mine.py", edited)];
        assert_eq!(whereabouts(Role::Work, "py", stub, &script).as_deref(), Some(script[1].0));
        assert_eq!(whereabouts(Role::Doc, "py", stub, &script).as_deref(), Some(script[0].0));
    }

    #[test]
    fn a_copy_that_is_more_like_another_missing_file_is_not_taken_from_it() {
        let (a, b) = (FileId::from_text("module:a/a"), FileId::from_text("module:b/b"));
        let (at_a, at_b) = (at("modules/01_a/a.ipynb"), at("modules/02_b/b.ipynb"));
        let base = |unit: &str| notebook(&["one", "two", unit], &format!("a text that stays\nof {unit}"));
        let [base_a, base_b] = ["a", "b"].map(base);
        let missing = [(&a, &at_a, &base_a), (&b, &at_b, &base_b)].map(|(id, path, base)| Missing {
            id,
            path,
            role: Role::Work,
            base: Digest::of(base.as_bytes()),
        });
        let mine =
            |unit: &str| notebook(&["one", "two", unit], &format!("a text that stays\nof {unit}\nmine"));
        let files = [
            ("x/1.ipynb", base("a")),
            ("x/2.ipynb", mine("a")),
            ("x/3.ipynb", base("b")),
            ("x/4.ipynb", mine("b")),
        ];
        let candidates = files.iter().map(|(path, _)| at(path)).collect();
        let object = |digest: Digest| -> Option<Arc<[u8]>> {
            let bases = [&base_a, &base_b];
            bases
                .into_iter()
                .find(|base| Digest::of(base.as_bytes()) == digest)
                .map(|base| base.as_bytes().into())
        };
        let read = |path: &WorkspacePath| {
            files.iter().find(|(at, _)| *at == path.as_str()).map(|(_, text)| text.as_bytes().to_vec())
        };
        let found = found(&missing, &candidates, &object, &read);
        assert_eq!(found.get(&a).map(WorkspacePath::as_str), Some("x/2.ipynb"));
        assert_eq!(found.get(&b).map(WorkspacePath::as_str), Some("x/4.ipynb"));
    }
}
