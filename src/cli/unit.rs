//! Units as people type them: `05`, `5`, `autograd`, or the folder that they see: `05_autograd`, `modules/05_autograd/`.

use std::collections::BTreeSet;

use crate::compile::{Target, Unit};
use crate::diagnostic::nearest;
use crate::id::{Mode, State, UnitId, UnitKind};

use super::exit::Exit;
use super::out::Out;

/// The unit that `word` names: by id, by a former id, by the number of a module, or by its folder.
pub(super) fn find<'a>(word: &str, target: &'a Target, out: &Out) -> Result<&'a Unit, Exit> {
    let number = word.trim_start_matches('0');
    let by_number = |unit: &&Unit| {
        unit.kind != UnitKind::Milestone
            && !number.is_empty()
            && unit.number.trim_start_matches('0') == number
    };
    let folder = word.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or(word);
    let by_folder = |unit: &&Unit| unit.dir.as_ref().is_some_and(|dir| dir.name() == folder);
    let current = target.renames.units.get(word).map_or(word, UnitId::as_str);
    let found = target
        .units
        .iter()
        .find(|unit| unit.id.as_str() == current)
        .or_else(|| target.units.iter().find(by_number))
        .or_else(|| target.units.iter().find(by_folder));
    found.ok_or_else(|| {
        let help = match nearest(word, target.units.iter().map(|unit| unit.id.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`tito module list` shows the units of this course".to_owned(),
        };
        out.fail(&format!("this course has no unit `{word}`"), &help)
    })
}

/// What a student works on next: the first unit that is taught and not complete; when all are, the first milestone that was not run. `state`
/// says how far a unit is, `is_run` whether a milestone was. With the command that begins it.
pub(super) fn next(
    target: &Target,
    state: impl Fn(&UnitId) -> State,
    is_run: impl Fn(&UnitId) -> bool,
) -> Option<(&Unit, String)> {
    let ahead: BTreeSet<&UnitId> = target.announced().map(|unit| &unit.id).collect();
    let is_here = |unit: &&Unit| !ahead.contains(&unit.id);
    let taught = |unit: &&Unit| unit.kind != UnitKind::Milestone && unit.mode == Mode::Do && is_here(unit);
    let open = target.units.iter().filter(taught).find(|unit| !state(&unit.id).is_done());
    if let Some(unit) = open {
        return Some((unit, format!("tito module start {}", unit.id)));
    }
    let mut milestones = target.units.iter().filter(|unit| unit.kind == UnitKind::Milestone).filter(is_here);
    let milestone = milestones.find(|unit| !is_run(&unit.id))?;
    Some((milestone, format!("tito milestone run {}", milestone.id)))
}

/// Its id.
pub(super) fn named(word: &str, target: &Target, out: &Out) -> Result<UnitId, Exit> {
    find(word, target, out).map(|unit| unit.id.clone())
}
