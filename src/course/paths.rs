//! Paths that the files of a course name.

use std::path::{Component, Path, PathBuf};

/// Where a path leads that a file in `folder` names: a folder that both have in common, and the rest of the path, `/`-separated.
///
/// The rest is what the file decides, so no part of it may be a link: what comes with a course must not lead out of it.
pub(super) fn below(folder: &Path, written: &str) -> (PathBuf, String) {
    let target = normalise(&folder.join(written.replace('\\', "/")));
    let target: Vec<_> = target.components().collect();
    let common = folder.components().zip(&target).take_while(|(a, b)| a == *b).count();
    let up = target[common..].iter().take_while(|part| **part == Component::ParentDir).count();
    let (anchor, inner) = target.split_at(common + up);
    let inner: Vec<_> = inner.iter().map(|part| part.as_os_str().to_string_lossy()).collect();
    (anchor.iter().collect(), inner.join("/"))
}

/// Absolute on any system.
pub(super) fn is_absolute(path: &str) -> bool {
    let bytes = path.as_bytes();
    path.starts_with(['/', '\\', '~'])
        || (bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':')
}

pub(super) fn folder_of(path: &Path) -> PathBuf {
    normalise(path.parent().unwrap_or(Path::new("")))
}

/// The path without `.` and with `..` taken back by name. Links are not looked at: a course is a set of names.
pub fn normalise(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// `path` as seen from the folder `home`, `/`-separated: the name under which messages and the lock know it.
pub fn relative(home: &Path, path: &Path) -> String {
    let text = |part: Component<'_>| part.as_os_str().to_string_lossy().into_owned();
    let home: Vec<_> = home.components().collect();
    let path: Vec<_> = path.components().collect();
    let common = home.iter().zip(&path).take_while(|(a, b)| a == b).count();
    let up = home[common..].iter().map(|_| "..".to_owned());
    up.chain(path[common..].iter().map(|part| text(*part))).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_innermost_layer() {
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/u.yml")), "../u.yml");
        assert_eq!(relative(Path::new(""), Path::new("x/c.yml")), "x/c.yml");
        assert_eq!(normalise(Path::new("a/./b/../c")), Path::new("a/c"));
        assert_eq!(normalise(Path::new("../x")), Path::new("../x"));
    }

    #[test]
    fn what_a_file_names_begins_where_both_paths_part() {
        for (folder, written, anchor, inner) in [
            ("/a/b", "../u.yml", "/a", "u.yml"),
            ("/a/b", "./base", "/a/b", "base"),
            ("/a/b", "../../x/y", "/", "x/y"),
            ("/a", ".", "/a", ""),
            ("", "l/base", "", "l/base"),
            ("", "../u/../v", "..", "v"),
            ("../a", "../../x", "../..", "x"),
            ("a", "..\\..\\b", "..", "b"),
        ] {
            let expected = (PathBuf::from(anchor), inner.to_owned());
            assert_eq!(below(Path::new(folder), written), expected, "{folder} {written}");
        }
    }

    #[test]
    fn absolute_on_any_system() {
        assert!(["/x", "C:\\x", "c:/x", "\\\\h\\s", "~/x"].iter().all(|path| is_absolute(path)));
        assert!(["x", "./x", "../x"].iter().all(|path| !is_absolute(path)));
    }
}
