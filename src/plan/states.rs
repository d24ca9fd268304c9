//! How far the student is with each unit: the further of `progress.json` and the evidence on disk.

use std::collections::BTreeMap;

use super::pairs::{Pair, pairs};
use super::{Observed, situation};
use crate::compile::Target;
use crate::id::{Role, State, UnitId};
use crate::lock::Baselines;

/// The state of every unit that has a file or an entry in the progress. An edited work file is evidence of a beginning; a file that an
/// update brought, changed or dropped is none.
pub fn states(target: &Target, baselines: &Baselines, observed: &Observed) -> BTreeMap<UnitId, State> {
    states_of(&pairs(target, baselines, observed), observed)
}

pub(super) fn states_of(pairs: &[Pair<'_>], observed: &Observed) -> BTreeMap<UnitId, State> {
    let mut states = BTreeMap::new();
    let progress = &observed.progress;
    for id in progress.started.iter().chain(progress.completed.keys()).chain(progress.submitted.keys()) {
        states.insert(id.clone(), progress.state(id));
    }
    for pair in pairs {
        let Some(unit) = pair.unit() else { continue };
        let state = states.entry(unit).or_insert(State::NotStarted);
        if *state == State::NotStarted && pair.role() == Role::Work && is_edited(pair, observed) {
            *state = State::InProgress;
        }
    }
    states
}

fn is_edited(pair: &Pair<'_>, observed: &Observed) -> bool {
    let places = [pair.base.map(|(path, _)| path), pair.course.map(|(path, _)| path)];
    let places = places.into_iter().flatten().chain(observed.elsewhere.get(&pair.id));
    let student = places.into_iter().find_map(|path| observed.raw(path));
    situation(&pair.sides(student, observed)).is_some_and(super::Situation::edited)
}
