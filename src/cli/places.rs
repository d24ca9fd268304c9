//! Where a file was: a backup is called by the place that its file had when it was set aside.

use std::collections::{BTreeMap, BTreeSet};

use crate::lock::{Baseline, Baselines};
use crate::path::WorkspacePath;
use crate::plan::unit_folder;

/// Where the files of a workspace are and were, as `version.json` says. Paths are compared by their [keys](Places::key).
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The units whose folder is called so, without the number that its name begins with.
    folders: BTreeMap<String, BTreeSet<String>>,
    /// Files whose names have the number of their unit: their keys, which are without it.
    numbered: BTreeSet<String>,
    /// Former places, with the places that their files have now.
    former: BTreeMap<String, BTreeSet<String>>,
}

impl Places {
    /// Those of the files that `baselines` knows.
    pub(super) fn of(baselines: &Baselines) -> Self {
        let entries = || baselines.files.iter().chain(&baselines.left);
        let mut this = Self::default();
        for (path, base) in entries() {
            if let (Some(folder), Some(unit)) = (unit_folder(&base.id, path), base.id.unit()) {
                this.folders.entry(plain(&folder)).or_default().insert(unit.to_owned());
            }
        }
        this.numbered = entries().filter_map(|(path, base)| numbered(path, base)).collect();
        let now: BTreeSet<String> = entries().map(|(path, _)| this.key(path)).collect();
        let mut former: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (path, base) in entries() {
            let at = this.key(path);
            let places = base.formerly.iter().map(|place| this.key(place));
            // What another file has now is not the place of this one.
            for place in places.filter(|place| !now.contains(place)) {
                former.entry(place).or_default().insert(at.clone());
            }
        }
        this.former = former;
        this
    }

    /// Is a backup of what was at `was` one of the file at `path`?
    pub(super) fn is_at(&self, was: &WorkspacePath, path: &WorkspacePath) -> bool {
        let (was, path) = (self.key(was), self.key(path));
        was == path || self.former.get(&was).is_some_and(|now| now.contains(&path))
    }

    /// The same, or of a file below `path`?
    pub(super) fn is_of(&self, was: &WorkspacePath, path: &WorkspacePath) -> bool {
        let (was, path) = (self.key(was), self.key(path));
        let is_of =
            |at: &String| at.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        is_of(&was) || self.former.get(&was).is_some_and(|now| now.iter().any(is_of))
    }

    /// The path without the number of its unit: the folder of a unit may have had another one, and so may the name of a file that has it, too. Every
    /// other number tells files apart: `01_homework.ipynb` is not `02_homework.ipynb`.
    fn key(&self, path: &WorkspacePath) -> String {
        let mut folder = Some(path.clone());
        while let Some(at) = folder {
            let plain = plain(&at);
            if self.folders.get(&plain).is_some_and(|units| units.len() == 1) {
                let Some(rest) = path.below(&at) else { return plain };
                let bare = bare(rest, at.name()).map(|rest| format!("{plain}/{rest}"));
                return bare
                    .filter(|bare| self.numbered.contains(bare))
                    .unwrap_or_else(|| format!("{plain}/{rest}"));
            }
            folder = at.parent();
        }
        path.to_string()
    }
}

/// The key of a file whose name has the number of its unit's folder: its identity is without that.
fn numbered(path: &WorkspacePath, base: &Baseline) -> Option<String> {
    let folder = unit_folder(&base.id, path)?;
    let bare = bare(path.below(&folder)?, folder.name())?;
    (bare == base.id.parts()?.rest).then(|| format!("{}/{bare}", plain(&folder)))
}

/// `modules/layers` for `modules/02_layers`.
fn plain(folder: &WorkspacePath) -> String {
    let name = folder.name();
    let plain = number(name).and_then(|number| name.get(number.len() + 1..)).unwrap_or(name);
    folder.parent().map_or_else(|| plain.to_owned(), |parent| format!("{parent}/{plain}"))
}

/// `sub/test_layers.py` for `sub/test_02_layers.py` in the folder `02_layers`.
fn bare(rest: &str, folder: &str) -> Option<String> {
    let number = number(folder)?;
    let start = rest.rfind('/').map_or(0, |slash| slash + 1);
    let at = start + rest.get(start..)?.find(number)?;
    let after = rest.get(at + number.len()..)?.strip_prefix(['_', '-'])?;
    Some(format!("{}{after}", rest.get(..at)?))
}

/// The digits that a name begins with, where a word follows.
fn number(name: &str) -> Option<&str> {
    let rest = name.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = name.strip_suffix(rest).filter(|number| !number.is_empty())?;
    rest.strip_prefix(['_', '-']).filter(|word| !word.is_empty()).map(|_| number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn path(text: &str) -> WorkspacePath {
        WorkspacePath::new(text).unwrap()
    }

    /// What is known of files: where they are, what they are, and where they were.
    fn places(files: &[(&str, &str, &[&str])]) -> Places {
        let entry = |(path, id, formerly): &(&str, &str, &[&str])| {
            let entry =
                serde_json::json!({"id": id, "sha256": Digest::of(b"").to_string(), "formerly": formerly});
            ((*path).to_owned(), entry)
        };
        let files: serde_json::Map<String, serde_json::Value> = files.iter().map(entry).collect();
        let text = serde_json::json!({"files": files}).to_string();
        Places::of(&Baselines::read(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_unit_may_have_had_another_number() {
        let places = places(&[
            ("modules/03_layers/03_layers.ipynb", "module:layers/layers.ipynb", &[]),
            ("modules/04_losses/losses.ipynb", "module:losses/losses.ipynb", &[]),
            ("tests/03_layers/test_03_layers.py", "tests:layers/test_layers.py", &[]),
        ]);
        let was = path("modules/02_layers/02_layers.ipynb");
        for (asked, is) in [
            ("modules/03_layers/03_layers.ipynb", true),
            ("modules/02_layers/02_layers.ipynb", true),
            ("modules/03_layers", true),
            ("modules/02_layers", true),
            ("modules", true),
            ("modules/03_layers/03_layer", false),
            ("modules/03_layers/01_layers.ipynb", false),
            ("modules/04_losses/02_layers.ipynb", false),
        ] {
            assert_eq!(places.is_of(&was, &path(asked)), is, "{asked}");
        }
        assert!(places.is_at(&was, &path("modules/03_layers/03_layers.ipynb")));
        assert!(!places.is_at(&was, &path("modules/03_layers")));
        let losses = path("modules/04_losses/losses.ipynb");
        assert!(places.is_at(&path("modules/01_losses/losses.ipynb"), &losses));
        let test = path("tests/03_layers/test_03_layers.py");
        assert!(places.is_at(&path("tests/02_layers/test_02_layers.py"), &test));
        // The student's own, beside.
        assert!(places.is_at(&path("modules/02_layers/2_notes.md"), &path("modules/03_layers/2_notes.md")));
    }

    #[test]
    fn the_number_of_a_file_tells_it_from_others() {
        let places = places(&[
            ("assignments/hw/01_homework.ipynb", "assignment:hw/01_homework.ipynb", &[]),
            ("assignments/hw/02_homework.ipynb", "assignment:hw/02_homework.ipynb", &[]),
            ("modules/02_x/01_intro.ipynb", "module:x/01_intro.ipynb", &[]),
            ("modules/02_x/02_intro.ipynb", "module:x/02_intro.ipynb", &[]),
        ]);
        assert!(
            !places
                .is_at(&path("assignments/hw/01_homework.ipynb"), &path("assignments/hw/02_homework.ipynb"))
        );
        assert!(!places.is_at(&path("modules/02_x/01_intro.ipynb"), &path("modules/02_x/02_intro.ipynb")));
        assert!(!places.is_at(&path("modules/01_x/01_intro.ipynb"), &path("modules/02_x/02_intro.ipynb")));
        assert!(places.is_at(&path("modules/01_x/02_intro.ipynb"), &path("modules/02_x/02_intro.ipynb")));
        // Of what nothing is known, every number counts.
        let none = Places::default();
        assert!(!none.is_at(&path("modules/01_x/x.ipynb"), &path("modules/02_x/x.ipynb")));
        assert!(none.is_of(&path("modules/01_x/x.ipynb"), &path("modules/01_x")));
    }

    #[test]
    fn units_that_only_their_numbers_tell_apart_are_two() {
        let places = places(&[
            ("01_week/lab.ipynb", "module:sums/lab.ipynb", &[]),
            ("02_week/lab.ipynb", "module:means/lab.ipynb", &[]),
        ]);
        assert!(!places.is_at(&path("01_week/lab.ipynb"), &path("02_week/lab.ipynb")));
    }

    #[test]
    fn a_file_had_the_places_that_it_was_renamed_from() {
        let places = places(&[
            (
                "modules/02_one/first.ipynb",
                "module:one/first.ipynb",
                &["modules/01_one/one.ipynb", "modules/01_uno/uno.ipynb"],
            ),
            ("modules/03_two/two.ipynb", "module:two/two.ipynb", &["modules/02_two/old.ipynb"]),
            ("modules/03_two/old.ipynb", "module:two/old.ipynb", &[]),
        ]);
        let first = path("modules/02_one/first.ipynb");
        for was in ["modules/01_one/one.ipynb", "modules/02_one/one.ipynb", "modules/01_uno/uno.ipynb"] {
            assert!(places.is_at(&path(was), &first), "{was}");
            assert!(places.is_of(&path(was), &path("modules/02_one")), "{was}");
            assert!(!places.is_at(&path(was), &path("modules/03_two/two.ipynb")), "{was}");
        }
        // Another file is called so now.
        assert!(!places.is_at(&path("modules/02_two/old.ipynb"), &path("modules/03_two/two.ipynb")));
    }
}
