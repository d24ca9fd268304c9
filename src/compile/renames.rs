//! Which file of today a file of an earlier release is. By identity first; where that is gone, by the renames that base and course
//! declare, by the name without the unit's number, by what was [recognised](Renames::recognised), and at last because a unit
//! had one notebook and has one notebook.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{FileId, Role, UnitId};

use super::numbered::bare;

/// Former names of units and files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames {
    /// Units: old → new.
    pub units: BTreeMap<UnitId, UnitId>,
    /// Files, as the base or an assignment's folder names them.
    pub files: Vec<FileRename>,
    /// Files that no one declared and whose content says what they are: old → new.
    pub recognised: BTreeMap<FileId, FileId>,
}

/// A file that had another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRename {
    /// The unit whose file it is, by today's id; none: a file of no unit, or a folder of such files.
    pub unit: Option<UnitId>,
    /// Its former path, below the unit's folder or the workspace.
    pub from: String,
    /// Its path today.
    pub to: String,
}

/// What a file of an earlier release is today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Its id today.
    pub id: FileId,
    /// Did no one say so? Then it is the file by its content, or because the unit has one notebook.
    pub is_guess: bool,
}

impl Renames {
    /// The id that the unit `id` has today, through any number of renames.
    pub fn unit(&self, id: &UnitId) -> UnitId {
        let mut found = id;
        // As many steps as there are renames: a circle among them must not hold us.
        for _ in &self.units {
            match self.units.get(found) {
                Some(next) => found = next,
                None => break,
            }
        }
        found.clone()
    }

    /// What each file of `old` is today, of the files `today`; a file that is gone is not in the answer. No two are the same.
    pub fn successors<'a>(
        &self,
        old: impl IntoIterator<Item = (&'a FileId, Role)>,
        today: impl IntoIterator<Item = (&'a FileId, Role)>,
    ) -> BTreeMap<FileId, Successor> {
        let old: BTreeMap<&FileId, Role> = old.into_iter().collect();
        let today: BTreeMap<&FileId, Role> = today.into_iter().collect();
        let mut open =
            Open { renames: self, old: &old, today: &today, found: BTreeMap::new(), taken: BTreeSet::new() };
        open.take(false, |id| Some(id.clone()));
        open.take(false, |id| self.declared(id, &today));
        open.alike(|id| Some(Likeness::Name(without_number(id)?)));
        open.take(true, |id| self.recognised.get(id).cloned());
        open.only_notebooks();
        open.found
    }

    /// What `id` is called today by the renames of its unit and of files, and without the number of its unit.
    fn declared(&self, id: &FileId, today: &BTreeMap<&FileId, Role>) -> Option<FileId> {
        let Some(parts) = id.parts() else { return self.shared(id, today) };
        let unit: UnitId = parts.unit.parse().ok()?;
        let new = self.unit(&unit);
        let mut rest = parts.rest.to_owned();
        for _ in 0..=self.files.len() {
            let names = [rest.clone(), after_unit(&rest, &unit, &new), bare(&rest, unit.as_str())];
            let plain = names.into_iter().map(|name| FileId::of_unit(parts.kind, &new, &name));
            if let Some(found) = plain.into_iter().find(|id| today.contains_key(id)) {
                return Some(found);
            }
            let of_unit = self.files.iter().filter(|rename| rename.unit.as_ref() == Some(&new));
            rest = of_unit.filter_map(|rename| rename.of(&rest, new.as_str())).next()?;
        }
        None
    }

    /// The same for a file of no unit; a folder that was renamed renames what is below it.
    fn shared(&self, id: &FileId, today: &BTreeMap<&FileId, Role>) -> Option<FileId> {
        let mut path = id.as_str().strip_prefix("shared/")?.to_owned();
        for _ in &self.files {
            let of_none = self.files.iter().filter(|rename| rename.unit.is_none());
            path = of_none.filter_map(|rename| rename.of(&path, "")).next()?;
            let found = FileId::shared(&path);
            if today.contains_key(&found) {
                return Some(found);
            }
        }
        None
    }
}

impl FileRename {
    /// What this rename makes of `rest`, without the number of `unit`; none where it is about another file. The base's `x.py.j2` and
    /// `x.py` are `x.py` and `x.ipynb` for students.
    fn of(&self, rest: &str, unit: &str) -> Option<String> {
        let plain = |name: &str| if unit.is_empty() { name.to_owned() } else { bare(name, unit) };
        let (from, to, rest) = (plain(rendered(&self.from)), plain(rendered(&self.to)), plain(rest));
        if rest == from {
            return Some(to);
        }
        if let Some(below) = rest.strip_prefix(&from).filter(|below| below.starts_with('/')) {
            return Some(format!("{to}{below}"));
        }
        let notebook = rest.strip_suffix(".ipynb").filter(|rest| script_stem(&from) == Some(rest));
        notebook.and_then(|_| Some(format!("{}.ipynb", script_stem(&to)?)))
    }
}

fn script_stem(name: &str) -> Option<&str> {
    name.strip_suffix(".py").or(name.strip_suffix(".ipynb"))
}

fn rendered(name: &str) -> &str {
    name.strip_suffix(".j2").unwrap_or(name)
}

/// A name that bore its unit's (`spatial.ipynb`, `test_spatial.py`), with the unit's new id in it.
fn after_unit(rest: &str, old: &UnitId, new: &UnitId) -> String {
    let underscored = |unit: &UnitId| unit.as_str().replace('-', "_");
    let written = rest.replace(old.as_str(), new.as_str());
    if written == rest { rest.replace(&underscored(old), &underscored(new)) } else { written }
}

/// Files that are still to be found, and those that are.
struct Open<'a> {
    renames: &'a Renames,
    old: &'a BTreeMap<&'a FileId, Role>,
    today: &'a BTreeMap<&'a FileId, Role>,
    found: BTreeMap<FileId, Successor>,
    taken: BTreeSet<FileId>,
}

/// What two files have in common that are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// The name without a number that may be the unit's.
    Name(String),
    /// The only file of this kind, unit, role and extension.
    Only(String, UnitId, Role, String),
}

impl Open<'_> {
    /// Matches every file that is open with the one that `name` gives.
    fn take(&mut self, is_guess: bool, name: impl Fn(&FileId) -> Option<FileId>) {
        for id in self.old.keys().filter(|id| !self.found.contains_key(**id)).copied().collect::<Vec<_>>() {
            let Some(new) = name(id).filter(|new| self.today.contains_key(new)) else { continue };
            self.found(id, new, is_guess);
        }
    }

    fn found(&mut self, old: &FileId, id: FileId, is_guess: bool) {
        if !self.found.contains_key(old) && self.taken.insert(id.clone()) {
            self.found.insert(old.clone(), Successor { id, is_guess });
        }
    }

    /// Matches files that are alike, where there is one on each side.
    fn alike(&mut self, likeness: impl Fn(&FileId) -> Option<Likeness>) {
        let (mut before, mut after): (BTreeMap<_, Vec<_>>, BTreeMap<_, Vec<_>>) = Default::default();
        for id in self.old.keys().filter(|id| !self.found.contains_key(**id)) {
            if let Some(key) = likeness(&self.in_todays_unit(id)) {
                before.entry(key).or_default().push((*id).clone());
            }
        }
        for id in self.today.keys().filter(|id| !self.taken.contains(**id)) {
            if let Some(key) = likeness(id) {
                after.entry(key).or_default().push((*id).clone());
            }
        }
        self.pair(false, &before, &after);
    }

    /// Where a unit had one notebook and has one, of the same form, that is the same, whatever it is called.
    fn only_notebooks(&mut self) {
        let only = |files: &BTreeMap<&FileId, Role>, open: &Self| {
            let mut all: BTreeMap<Likeness, Vec<FileId>> = BTreeMap::new();
            for (id, role) in files.iter().filter(|(_, role)| matches!(role, Role::Work | Role::Milestone)) {
                let unit = open.in_todays_unit(id);
                let Some(parts) = unit.parts() else { continue };
                let (Ok(unit), Some((_, extension))) = (parts.unit.parse(), parts.rest.rsplit_once('.'))
                else {
                    continue;
                };
                let key = Likeness::Only(parts.kind.to_owned(), unit, *role, extension.to_owned());
                all.entry(key).or_default().push((*id).clone());
            }
            all
        };
        let (before, after) = (only(self.old, self), only(self.today, self));
        self.pair(true, &before, &after);
    }

    fn pair(
        &mut self,
        is_guess: bool,
        before: &BTreeMap<Likeness, Vec<FileId>>,
        after: &BTreeMap<Likeness, Vec<FileId>>,
    ) {
        for (key, old) in before {
            if let ([old], Some([new])) = (old.as_slice(), after.get(key).map(Vec::as_slice)) {
                self.found(old, new.clone(), is_guess);
            }
        }
    }

    fn in_todays_unit(&self, id: &FileId) -> FileId {
        let new = id.parts().and_then(|parts| {
            let unit = parts.unit.parse().ok()?;
            Some(FileId::of_unit(parts.kind, &self.renames.unit(&unit), parts.rest))
        });
        new.unwrap_or_else(|| id.clone())
    }
}

/// `module:layers/layers.ipynb` for `module:layers/02_layers.ipynb`; the id itself where there is no number.
fn without_number(id: &FileId) -> Option<String> {
    let parts = id.parts()?;
    Some(format!("{}:{}/{}", parts.kind, parts.unit, bare(parts.rest, parts.unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(list: &str) -> Vec<(FileId, Role)> {
        list.split_whitespace()
            .map(|text| {
                let role = if text.ends_with(".ipynb") { Role::Work } else { Role::Support };
                (FileId::from_text(text), role)
            })
            .collect()
    }

    fn of(renames: &Renames, old: &str, today: &str) -> Vec<String> {
        let (old, today) = (ids(old), ids(today));
        let found = renames
            .successors(old.iter().map(|(id, role)| (id, *role)), today.iter().map(|(id, role)| (id, *role)));
        found.iter().map(|(old, new)| format!("{old} {}", new.id)).collect()
    }

    fn file(unit: Option<&str>, from: &str, to: &str) -> FileRename {
        let unit = unit.map(|unit| unit.parse().unwrap());
        FileRename { unit, from: from.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn a_number_in_a_name_is_no_part_of_the_identity() {
        let none = Renames::default();
        assert_eq!(
            of(&none, "module:layers/02_layers.ipynb module:layers/notes.md", "module:layers/layers.ipynb"),
            ["module:layers/02_layers.ipynb module:layers/layers.ipynb"]
        );
        // Parts of one unit keep their numbers: they tell them apart.
        let parts = "module:a/01_x.ipynb module:a/02_x.ipynb";
        assert_eq!(of(&none, parts, "module:a/01_y.ipynb module:a/03_x.ipynb"), Vec::<String>::new());
        assert_eq!(
            of(&none, "module:a/3d.ipynb module:a/b.ipynb", "module:a/d.ipynb module:a/b.ipynb").len(),
            1
        );
    }

    #[test]
    fn the_only_notebook_of_a_unit_is_the_same_whatever_it_is_called() {
        let none = Renames::default();
        let one = |old, today| of(&none, old, today).len();
        assert_eq!(one("module:a/dev.ipynb", "module:a/work.ipynb module:a/x.md"), 1);
        assert_eq!(one("module:a/dev.ipynb", "module:a/work.ipynb module:a/more.ipynb"), 0);
        assert_eq!(one("module:a/dev.ipynb module:a/b.ipynb", "module:a/b.ipynb"), 1, "the one that stayed");
        assert_eq!(one("module:a/dev.ipynb", "module:b/dev.ipynb"), 0);
        assert_eq!(one("module:a/dev.ipynb", "assignment:a/dev.ipynb"), 0);
    }

    #[test]
    fn declared_names_are_followed_through_units_and_chains() {
        let renames = Renames {
            units: BTreeMap::from([("old".parse().unwrap(), "new".parse().unwrap())]),
            files: vec![
                file(Some("new"), "dev.py", "work.py"),
                file(Some("new"), "work.py", "lab.py.j2"),
                file(None, "util", "tools"),
                file(None, "a.md", "b.md"),
            ],
            ..Renames::default()
        };
        let old =
            "module:old/dev.ipynb module:old/old.ipynb tests:old/test_old.py shared/util/x.py shared/a.md";
        let today =
            "module:new/lab.ipynb module:new/new.ipynb tests:new/test_new.py shared/tools/x.py shared/b.md";
        assert_eq!(of(&renames, old, today).len(), 5, "{:?}", of(&renames, old, today));
        assert_eq!(of(&renames, "shared/utility.py", "shared/toolsity.py"), Vec::<String>::new());
        let circle = Renames {
            files: vec![file(Some("a"), "x.md", "y.md"), file(Some("a"), "y.md", "x.md")],
            ..Renames::default()
        };
        assert_eq!(of(&circle, "module:a/x.md", "module:a/z.md"), Vec::<String>::new());
    }

    #[test]
    fn no_two_files_become_one() {
        let renames = Renames { files: vec![file(Some("a"), "b.md", "c.md")], ..Renames::default() };
        assert_eq!(
            of(&renames, "module:a/b.md module:a/c.md", "module:a/c.md"),
            ["module:a/c.md module:a/c.md"]
        );
    }
}
