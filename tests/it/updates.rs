//! Updates in memory, one rule of the specification each.

use crate::desk::{Course, Desk};
use tito::id::State;
use tito::plan::{Decision, Situation, Wish};

#[test]
fn init_is_an_update_of_nothing_and_a_second_update_does_nothing() {
    let course = Course::of(&["tensor", "autograd"]);
    let mut desk = Desk::default();
    let run = desk.update(&course);
    assert!(run.plan.steps.iter().all(|step| step.decision == Decision::Create));
    assert_eq!(desk.files().len(), course.target().files.len());
    let again = desk.update(&course);
    assert!(again.plan.is_empty(), "{:?}", again.plan.brief());
    assert!(again.effects.changes.is_empty());
    assert!(again.plan.steps.iter().all(|step| step.situation == Situation::Unchanged));
    assert!(again.plan.units.iter().all(|unit| unit.state == State::NotStarted));
}

#[test]
fn a_second_look_reads_no_file() {
    let course = Course::of(&["tensor", "autograd"]);
    let mut desk = Desk::new(&course);
    desk.update(&course);
    let target = course.target();
    let before = desk.world.reads();
    let observed = desk.observe(&target);
    let state_files = 1; // course.lock
    assert_eq!(desk.world.reads() - before, state_files);
    assert_eq!(observed.cache, desk.cache);
    desk.write("README.md", "mine");
    let before = desk.world.reads();
    assert!(!desk.plan(&course, &Wish::Update).is_empty() || desk.world.reads() - before == state_files + 1);
}
