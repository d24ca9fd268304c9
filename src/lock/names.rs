//! What of the course no longer has the name that students know it by: units and notebooks that are gone without a rename or a
//! retirement. The students' work would stay behind, and a blank notebook would come in its place.

use std::collections::BTreeMap;

use super::recognise::gone_units;
use super::{LockedRelease, LockedUnit, write};
use crate::compile::{File, Renames, Successor, Target, Unit};
use crate::diagnostic::{Code, Diagnostic};
use crate::id::{FileId, Role, UnitId, UnitKind};

/// Everything in `target` that lost the name which `release` gave it. `renames` are those that are declared and
/// [recognised](super::recognised).
pub(super) fn lost(release: &LockedRelease, target: &Target, renames: &Renames) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = gone_units(&release.lock, target)
        .map(|unit| gone(release, unit, target, renames))
        .chain(dropped(release, target))
        .collect();
    found.extend(renamed_files(release, target, renames));
    found
}

/// A unit that neither base nor course has any more: with the line that says what became of it.
fn gone(release: &LockedRelease, unit: &LockedUnit, target: &Target, renames: &Renames) -> Diagnostic {
    let LockedUnit { id, kind, .. } = unit;
    let version = &target.base_version;
    let new = renames.units.get(id);
    let candidate = new.or_else(|| only_new(release, *kind, target)).map(|new| new.as_str());
    let new_or = |blank| candidate.unwrap_or(blank);
    let (owner, rename, retire) = match kind {
        UnitKind::Assignment => (
            "course",
            format!("`renames: [{id}]` to the assignment `{}` in `course.yml`", new_or("NEW-ID")),
            format!("`retired: [{{assignment: {id}, why: \"…\"}}]` to `course.yml`"),
        ),
        UnitKind::Module | UnitKind::Milestone => (
            "base",
            format!(
                "`renames: [{{{kind}: {id}, to: {}, in: {version}}}]` to `catalog.yml`",
                new_or("NEW-ID")
            ),
            format!("`retired: [{{{kind}: {id}, in: {version}, why: \"…\"}}]` to `catalog.yml`"),
        ),
    };
    let help = match (new, candidate) {
        (Some(new), _) => {
            format!("`{new}` has its notebooks: if it is the same {kind}, add {rename}; if not, add {retire}")
        }
        (None, Some(new)) => {
            format!("`{new}` is new: if it is the same {kind}, add {rename}; if not, add {retire}")
        }
        (None, None) => format!("if it has another id now, add {rename}; if it was removed, add {retire}"),
    };
    Diagnostic::new(
        Code::UnitGone,
        format!("students have the {kind} `{id}`, and the {owner} no longer has it"),
    )
    .at(&release.place_of(&write::unit_start(id)), "released")
    .help(help)
}

/// The one unit of this kind that students do not have yet, where there is one.
fn only_new<'a>(release: &LockedRelease, kind: UnitKind, target: &'a Target) -> Option<&'a UnitId> {
    let had = |unit: &Unit| release.lock.units.iter().any(|old| target.renames.unit(&old.id) == unit.id);
    let mut new = target.units.iter().filter(|unit| unit.kind == kind && !had(unit));
    let first = new.next()?;
    new.next().is_none().then_some(&first.id)
}

/// Units that the base still has and the course no longer teaches.
fn dropped<'a>(release: &'a LockedRelease, target: &'a Target) -> impl Iterator<Item = Diagnostic> + 'a {
    let dropped = release.lock.units.iter().filter(|unit| {
        let today = target.renames.unit(&unit.id);
        target.offered.contains(&today) && !target.units.iter().any(|unit| unit.id == today)
    });
    dropped.map(|unit| {
        let message =
            format!("students have the {} `{}`, and this course no longer has it", unit.kind, unit.id);
        Diagnostic::new(Code::UnitDropped, message)
            .at(&release.place_of(&write::unit_start(&unit.id)), "released")
            .help(format!(
                "their files for it are no longer updated; add it again, or accept this with `{}`",
                release.accept
            ))
    })
}

/// Notebooks that have another name, which no one declared.
fn renamed_files(release: &LockedRelease, target: &Target, renames: &Renames) -> Vec<Diagnostic> {
    let today: BTreeMap<&FileId, &File> = target.files.values().map(|file| (&file.id, file)).collect();
    let ids = today.values().map(|file| (&file.id, file.role));
    let successors = renames.successors(release.lock.ids(), ids);
    let work = release.lock.files.values().filter(|file| matches!(file.role, Role::Work | Role::Milestone));
    let guessed =
        work.filter_map(|file| Some((&file.id, successors.get(&file.id).filter(|new| new.is_guess)?)));
    let problem = |(old, new): (&FileId, &Successor)| {
        let file = today.get(&new.id).filter(|file| !is_other_kind(old, &file.id))?;
        Some(renamed(release, old, file, &target.base_version))
    };
    guessed.filter_map(problem).collect()
}

/// Is it of the same unit, which is of another kind now: a module that the course took over as an assignment? No rename says that, and
/// none is needed.
fn is_other_kind(old: &FileId, new: &FileId) -> bool {
    matches!((old.parts(), new.parts()), (Some(old), Some(new)) if old.unit == new.unit && old.kind != new.kind)
}

fn renamed(release: &LockedRelease, old: &FileId, file: &File, version: &semver::Version) -> Diagnostic {
    let extension = if file.origin.trim_end_matches(".j2").ends_with(".py") { "py" } else { "ipynb" };
    let name = |id: &FileId| {
        let rest = id.parts().map_or(id.as_str(), |parts| parts.rest);
        let stem = rest.strip_suffix(".ipynb").or(rest.strip_suffix(".py")).unwrap_or(rest);
        format!("{stem}.{extension}")
    };
    let (from, to) = (name(old), name(&file.id));
    let unit = file.unit.as_ref().map_or("", |unit| unit.as_str());
    let was = old.parts().map_or("", |parts| parts.unit);
    // A rename of the unit would have said it: its id is another unit's now.
    let is_taken = from == to && was != unit;
    let help = if is_taken && old.as_str().starts_with("assignment:") {
        format!(
            "the base has another unit `{was}` now, which no rename can say: stay with the base as it was, and ask its maintainers to choose another id"
        )
    } else if is_taken {
        format!("an id is never used again: call this unit `{was}` again, and give the new one another id")
    } else if old.as_str().starts_with("assignment:") {
        format!("add `renames: [{{file: {from}, to: {to}}}]` to the assignment `{unit}` in `course.yml`")
    } else {
        format!("add `renames: [{{file: {from}, to: {to}, unit: {unit}, in: {version}}}]` to `catalog.yml`")
    };
    let message = format!("the notebook `{}` seems to be `{}` now", named(old), named(&file.id));
    Diagnostic::new(Code::FileRenamed, message)
        .at(&release.place_of_file(old), "released under this name")
        .help(help)
}

/// `tensor/tensor.ipynb`: a notebook as its unit knows it.
pub(super) fn named(id: &FileId) -> &str {
    id.as_str().split_once(':').map_or(id.as_str(), |(_, name)| name)
}
