//! [`FileRoles`]: what the catalog says single files of the base are for, by pattern; and which files it leaves out.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::course;
use crate::diagnostic::{Code, Diagnostic};
use crate::id::Role;
use crate::source::Spanned;
use crate::world::Entry;
use crate::yaml::{Kind, Node};

/// The word for files of the instructor's tier.
const INSTRUCTOR: &str = "instructor";

/// The roles that a catalog may give to files.
pub(super) const GIVEN: [Role; 6] =
    [Role::Work, Role::Test, Role::Doc, Role::Milestone, Role::Support, Role::Data];

/// What single files of the base are for, as the catalog says.
#[derive(Clone, Debug, Default)]
pub struct FileRoles {
    instructor: GlobSet,
    /// The same, in upper and lower case.
    like_instructor: GlobSet,
    /// In the order in which they are written: the first one that matches counts.
    others: Vec<(Role, GlobSet)>,
}

impl FileRoles {
    /// Does the file at `path` of the base come in the instructor's tier only?
    pub fn is_instructors(&self, path: &str) -> bool {
        self.instructor.is_match(path) || self.instructor.is_match(without_template(path))
    }

    /// Would it be such a file if upper and lower case did not matter?
    pub fn is_like_instructors(&self, path: &str) -> bool {
        self.like_instructor.is_match(path) || self.like_instructor.is_match(without_template(path))
    }

    /// The role that the catalog gives to the file at `path` of the base, if it does.
    pub fn of(&self, path: &str) -> Option<Role> {
        self.others.iter().find(|(_, globs)| globs.is_match(path)).map(|(role, _)| *role)
    }
}

/// A template is for the same readers as what is made of it.
fn without_template(path: &str) -> &str {
    path.strip_suffix(".j2").unwrap_or(path)
}

/// Takes the files that `exclude` matches out of `entries`, and returns their paths beside what is left.
pub(super) fn exclude(
    node: Option<&Node>,
    entries: Vec<Entry>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Entry>, Vec<String>) {
    let excluded = set(&globs(node, &entries, diagnostics));
    let (out, entries): (Vec<Entry>, _) =
        entries.into_iter().partition(|entry| excluded.is_match(&entry.path));
    (entries, out.into_iter().map(|entry| entry.path).collect())
}

/// Reads `roles`. `entries` are the files that are not excluded.
pub(super) fn roles(node: Option<&Node>, entries: &[Entry], diagnostics: &mut Vec<Diagnostic>) -> FileRoles {
    let mut roles = FileRoles::default();
    let Some(Kind::Map(written)) = node.map(|node| &node.kind) else { return roles };
    for (word, node) in written {
        let written = globs(Some(node), entries, diagnostics);
        let globs = set(&written);
        match word.text() {
            Some(INSTRUCTOR) => {
                roles.instructor = globs;
                roles.like_instructor = in_any_case(&written);
            }
            // Another word is reported as a key that is not known.
            word => {
                let role = GIVEN.into_iter().find(|role| Some(role.as_str()) == word);
                roles.others.extend(role.map(|role| (role, globs)));
            }
        }
    }
    roles
}

/// The globs of a list. An invalid glob is reported and left out; one that matches no file is reported.
fn globs(node: Option<&Node>, entries: &[Entry], diagnostics: &mut Vec<Diagnostic>) -> Vec<Spanned<Glob>> {
    let mut globs = Vec::new();
    for item in node.map(Node::items).unwrap_or_default() {
        match course::glob(item.text().unwrap_or_default()) {
            Ok(glob) => globs.push(Spanned::new(glob, item.span.clone())),
            Err(problem) => {
                let diagnostic = Diagnostic::new(Code::BadGlob, problem.message);
                diagnostics.push(diagnostic.at(&item.span, "").help(problem.help));
            }
        }
    }
    let mut is_used = vec![false; globs.len()];
    let all = set(&globs);
    for entry in entries {
        for at in all.matches(&entry.path) {
            is_used[at] = true;
        }
    }
    let unused = globs.iter().zip(is_used).filter(|(_, is_used)| !is_used);
    diagnostics.extend(unused.map(|(glob, _)| matches_nothing(glob)));
    globs
}

fn matches_nothing(glob: &Spanned<Glob>) -> Diagnostic {
    let message = format!("`{}` matches no file of the base", glob.value.glob());
    let help = "a glob is about paths below the base, such as `src/01_tensor/notes.md`; `**/notes.md` is about each file of that name. Correct it, or remove it";
    Diagnostic::new(Code::CatalogGlob, message).at(&glob.span, "").help(help)
}

fn set(globs: &[Spanned<Glob>]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(glob.value.clone());
    }
    set.build().unwrap_or_default()
}

fn in_any_case(globs: &[Spanned<Glob>]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let mut glob = GlobBuilder::new(glob.value.glob());
        let glob = glob.literal_separator(true).backslash_escape(false).case_insensitive(true).build();
        if let Ok(glob) = glob {
            set.add(glob);
        }
    }
    set.build().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_role_that_matches_counts() {
        let glob = |text: &str| set(&[Spanned::new(course::glob(text).unwrap(), span())]);
        let roles = FileRoles {
            instructor: glob("**/keys/**"),
            like_instructor: in_any_case(&[Spanned::new(course::glob("**/keys/**").unwrap(), span())]),
            others: vec![(Role::Data, glob("**/*.csv")), (Role::Doc, glob("src/**"))],
        };
        assert_eq!(roles.of("src/a/x.csv"), Some(Role::Data));
        assert_eq!(roles.of("src/a/x.txt"), Some(Role::Doc));
        assert_eq!(roles.of("tests/a.py"), None);
        assert!(roles.is_instructors("src/keys/a.md") && !roles.is_instructors("src/a.md"));
        assert!(!roles.is_instructors("src/Keys/a.md") && roles.is_like_instructors("src/Keys/a.md"));
        assert!(!roles.is_like_instructors("src/a.md"));
    }

    fn span() -> crate::source::Span {
        crate::source::Source::new("catalog.yml", "").span(0, 0)
    }
}
