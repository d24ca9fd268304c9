//! Files that the course has under another name, which no one declared: equal or very alike where the old one is gone, as git detects
//! renames. A folder most of whose files went to another one takes the rest along.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::likeness::{ALIKE, Content, best_matches, same_tail};
use super::pairs::Pair;
use crate::digest::Digest;
use crate::id::{FileId, Role};
use crate::path::WorkspacePath;

/// More comparisons than this are not made.
const MOST: usize = 20_000;

/// A file that the course no longer has, or has since.
#[derive(Clone, Copy)]
struct Side<'a> {
    id: &'a FileId,
    path: &'a WorkspacePath,
    digest: Digest,
}

/// The files of one unit and role that only one of the two versions of the course has.
#[derive(Default)]
struct Group<'a> {
    gone: Vec<Side<'a>>,
    new: Vec<(Side<'a>, &'a [u8])>,
}

/// Files that are gone from the course → what they are called now. `object` gives the bytes that tito wrote, by digest.
pub(super) fn renamed(
    pairs: &[Pair<'_>],
    object: &dyn Fn(Digest) -> Option<Arc<[u8]>>,
) -> BTreeMap<FileId, FileId> {
    let mut groups: BTreeMap<(String, Role), Group<'_>> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| pair.role() != Role::Derived) {
        let key = (group(&pair.id), pair.role());
        match (pair.base, pair.course) {
            (Some((path, base)), None) => {
                groups.entry(key).or_default().gone.push(Side { id: &pair.id, path, digest: base.sha256 });
            }
            (None, Some((path, file))) => {
                let side = Side { id: &pair.id, path, digest: file.digest };
                groups.entry(key).or_default().new.push((side, &file.content));
            }
            _ => {}
        }
    }
    let mut found = BTreeMap::new();
    for Group { gone, new } in groups.values().filter(|group| !group.gone.is_empty() && !group.new.is_empty())
    {
        found.extend(
            matches(gone, new, object).into_iter().map(|(old, new)| (old.id.clone(), new.id.clone())),
        );
    }
    found
}

/// A file is looked for among those of its unit, or of no unit.
fn group(id: &FileId) -> String {
    id.parts().map_or_else(|| "shared".to_owned(), |parts| format!("{}:{}", parts.kind, parts.unit))
}

fn matches<'a>(
    gone: &[Side<'a>],
    new: &[(Side<'a>, &[u8])],
    object: &dyn Fn(Digest) -> Option<Arc<[u8]>>,
) -> Vec<(Side<'a>, Side<'a>)> {
    let mut scores = equal(gone, new);
    let certain: BTreeSet<usize> = best_matches(scores.clone()).iter().map(|(old, _)| *old).collect();
    let open = gone.iter().enumerate().filter(|(at, _)| !certain.contains(at));
    scores.extend(alike(open, new, object));
    let mut matched = best_matches(scores);
    matched.extend(with_their_folder(gone, new, &matched));
    matched.into_iter().map(|(old, now)| (gone[old], new[now].0)).collect()
}

/// Files with the same bytes; among several the one whose path is most alike. Empty files are not known by their bytes.
fn equal(gone: &[Side<'_>], new: &[(Side<'_>, &[u8])]) -> Vec<(usize, usize, usize)> {
    let mut by_digest: BTreeMap<Digest, Vec<usize>> = BTreeMap::new();
    for (at, (side, _)) in new.iter().enumerate().filter(|(_, (_, content))| !content.is_empty()) {
        by_digest.entry(side.digest).or_default().push(at);
    }
    let mut scores = Vec::new();
    for (at, old) in gone.iter().enumerate() {
        for now in by_digest.get(&old.digest).into_iter().flatten().take(MOST / gone.len().max(1) + 1) {
            scores.push((at, *now, 2000 + same_tail(old.path.as_str(), new[*now].0.path.as_str())));
        }
    }
    scores
}

fn alike<'a>(
    gone: impl Iterator<Item = (usize, &'a Side<'a>)>,
    new: &[(Side<'_>, &[u8])],
    object: &dyn Fn(Digest) -> Option<Arc<[u8]>>,
) -> Vec<(usize, usize, usize)> {
    let gone: Vec<_> = gone.collect();
    if gone.is_empty() || gone.len().saturating_mul(new.len()) > MOST {
        return Vec::new();
    }
    let contents: Vec<Option<Content>> =
        new.iter().map(|(side, content)| Content::of(side.path.name(), content)).collect();
    let mut scores = Vec::new();
    for (at, old) in gone {
        let Some(was) = object(old.digest).and_then(|bytes| Content::of(old.path.name(), &bytes)) else {
            continue;
        };
        for (now, content) in contents.iter().enumerate() {
            let path = new[now].0.path;
            let Some(content) = content.as_ref().filter(|_| path.extension() == old.path.extension()) else {
                continue;
            };
            let likeness = was.lines_in_common(content);
            if likeness >= ALIKE {
                scores.push((at, now, likeness + same_tail(old.path.as_str(), path.as_str())));
            }
        }
    }
    scores
}

/// Files of a folder most of whose others went to one other folder, where they have the same name.
fn with_their_folder(
    gone: &[Side<'_>],
    new: &[(Side<'_>, &[u8])],
    matched: &[(usize, usize)],
) -> Vec<(usize, usize)> {
    let (taken_old, taken_new): (BTreeSet<usize>, BTreeSet<usize>) = matched.iter().copied().unzip();
    let mut went: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (old, now) in matched {
        if let Some((from, to)) = folders(gone[*old].path.as_str(), new[*now].0.path.as_str()) {
            *went.entry(from).or_default().entry(to).or_default() += 1;
        }
    }
    let by_path: BTreeMap<&str, usize> =
        new.iter().enumerate().map(|(at, (side, _))| (side.path.as_str(), at)).collect();
    let mut found = Vec::new();
    for (at, old) in gone.iter().enumerate().filter(|(at, _)| !taken_old.contains(at)) {
        let path = old.path.as_str();
        let mut along = went.iter().filter_map(|(from, to)| {
            let (to, _) = to.iter().max_by_key(|(_, count)| **count)?;
            let rest = path.strip_prefix(from)?.strip_prefix('/')?;
            by_path.get(format!("{to}/{rest}").as_str()).copied()
        });
        found.extend(along.rfind(|now| !taken_new.contains(now)).map(|now| (at, now)));
    }
    best_matches(found.into_iter().map(|(old, now)| (old, now, 0)).collect())
}

/// The outermost folders by which two paths differ: `a/util` and `a/tools` for `a/util/x/y.py` and `a/tools/x/y.py`.
fn folders<'a>(old: &'a str, new: &'a str) -> Option<(&'a str, &'a str)> {
    let tail: usize =
        old.rsplit('/').zip(new.rsplit('/')).take_while(|(a, b)| a == b).map(|(a, _)| a.len() + 1).sum();
    let from = old.get(..old.len().checked_sub(tail)?)?;
    let to = new.get(..new.len().checked_sub(tail)?)?;
    (tail > 0 && !from.is_empty() && !to.is_empty()).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_by_which_paths_differ() {
        assert_eq!(folders("a/util/x/y.py", "a/tools/x/y.py"), Some(("a/util", "a/tools")));
        assert_eq!(folders("util/y.py", "tools/y.py"), Some(("util", "tools")));
        assert_eq!(folders("a/y.py", "y.py"), None);
        assert_eq!(folders("a/y.py", "a/z.py"), None);
    }
}
