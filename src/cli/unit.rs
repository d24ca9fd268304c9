//! Units as people type them: `05`, `5`, `autograd`, or the folder that they see: `05_autograd`, `modules/05_autograd/`.

use crate::diagnostic::nearest;
use crate::id::{UnitId, UnitKind};
use crate::target::{Target, Unit};

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

/// Its id.
pub(super) fn named(word: &str, target: &Target, out: &Out) -> Result<UnitId, Exit> {
    find(word, target, out).map(|unit| unit.id.clone())
}
