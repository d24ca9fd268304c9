//! [`Plan`] → [`Effects`]: what `apply` is to do, and what tito remembers when it is done. Decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::exports::Reexport;
use super::pairs::unit_folder;
use super::{Change, Decision, Observed, OfferedCell, OwnFiles, Place, Plan, Seen, Situation, Step};
use crate::compile::{File, Target};
use crate::digest::Digest;
use crate::id::{Action, FileId, Role};
use crate::lock::{Baseline, Baselines, Export, Exports, Former, Lock, MOST_PLACES};
use crate::path::{WorkspacePath, shortened};

/// Where what is displaced goes.
const BACKUPS: &str = ".tinytorch/backups";

/// What `apply` is to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// Effects on the disk: first what goes, then all moves (they are one simultaneous change: a move may go where another one leaves), then what
    /// is written.
    pub changes: Vec<Change>,
    /// What tito remembers when every change was made. Of a path whose change was not made, the old entry stays true.
    pub baselines: Baselines,
    /// Pristine bytes that are a base side from now on.
    pub objects: BTreeMap<Digest, Arc<[u8]>>,
    /// Digests of what tito wrote here before: displaced, such bytes are no one's work.
    pub pristine: BTreeSet<Digest>,
    /// The bytes of `course.lock`, where they change.
    pub lock: Option<Vec<u8>>,
    /// The bytes of `progress.json`, where they change.
    pub progress: Option<Vec<u8>>,
}

/// What `apply` is to do for `plan`, which was made of the same target, baselines and observation. `now` names the backups.
pub fn effects(
    plan: &Plan,
    target: &Target,
    baselines: &Baselines,
    observed: &Observed,
    now: jiff::Timestamp,
) -> Effects {
    if plan.is_empty() {
        let mut baselines = baselines.clone();
        if plan.request.is_whole() {
            baselines.arrived.clear();
        }
        return Effects { baselines, ..Effects::default() };
    }
    let mut changes: Vec<Change> = plan.steps.iter().filter_map(removal).collect();
    changes.extend(
        plan.stale
            .iter()
            .map(|(path, digest)| Change::Remove { at: Place::Incoming(path.clone()), expect: *digest }),
    );
    changes.extend(plan.steps.iter().filter_map(relocation));
    changes.extend(plan.own_files.iter().map(|own| Change::Move {
        from: own.from.clone(),
        to: own.to.clone(),
        expect: own.expect,
    }));
    let stamp = now.strftime("%Y%m%d_%H%M%S").to_string();
    let course = Course::of(target);
    let writer = Writer { plan, course: &course, baselines, observed, stamp };
    changes.extend(plan.steps.iter().filter_map(|step| writer.put(step)));
    changes.extend(plan.steps.iter().filter(|step| step.also_offered).filter_map(|step| writer.offer(step)));
    changes.extend(plan.exports.iter().filter_map(|export| writer.export(export)));
    // What goes, goes last: until then, a module can be imported by one of its names.
    changes.extend(plan.exports.iter().filter_map(|export| {
        let at = Place::Workspace(export.from.clone());
        export.removes.map(|expect| Change::Remove { at, expect })
    }));
    let mut after = remembered(plan, &course, baselines, observed, now);
    name_backups(&mut after, &changes);
    let fresh = plan.steps.iter().filter(|step| is_new_base(step) || is_offered(step));
    let files = fresh.filter_map(|step| course.of_step(step));
    // The release is kept whole: also what policy held back is there to be taken while the course is away.
    let stored: BTreeSet<Digest> = baselines.files.values().map(|base| base.sha256).collect();
    let held = target.files.values().filter(|file| plan.request.is_whole() && !stored.contains(&file.digest));
    Effects {
        changes,
        baselines: after,
        objects: files.chain(held).map(|file| (file.digest, file.content.clone())).collect(),
        pristine: baselines
            .copies()
            .chain(baselines.exports.made.values().map(|export| export.sha256))
            .collect(),
        lock: (plan.request.is_whole() && plan.lock.from != Some(plan.lock.to))
            .then(|| Lock::of(target).write()),
        progress: plan.progress.then(|| {
            let mut progress = observed.progress.clone();
            progress.started.extend(plan.begun.iter().cloned());
            progress.write()
        }),
    }
}

/// Notes where the file is as it was before a merge that left something to act on.
fn name_backups(baselines: &mut Baselines, changes: &[Change]) {
    for change in changes {
        let Change::Put { at: Place::Workspace(path), keep: Some(folder), .. } = change else { continue };
        let open = baselines.files.get_mut(path).into_iter().flat_map(|entry| &mut entry.open);
        for point in open.filter(|point| point.backup.is_none()) {
            point.backup = Some(format!("{BACKUPS}/{folder}/{path}"));
        }
    }
}

/// What tito remembers when the student declines the course's present version of the file at `path`. `None`: the course has no such file.
pub fn decline(target: &Target, baselines: &Baselines, path: &WorkspacePath) -> Option<Baselines> {
    let file = target.files.get(path)?;
    let mut declined = baselines.clone();
    declined.declined.insert(file.id.clone(), file.digest);
    for entry in declined.files.values_mut().filter(|entry| entry.id == file.id) {
        entry.declined_cells.append(&mut entry.offered_cells);
        entry.open.clear();
    }
    Some(declined)
}

/// The course, with its files by what they are.
struct Course<'a> {
    target: &'a Target,
    files: BTreeMap<&'a FileId, &'a File>,
}

impl<'a> Course<'a> {
    fn of(target: &'a Target) -> Self {
        Self { target, files: target.files.values().map(|file| (&file.id, file)).collect() }
    }

    /// The course's version of the file that a step is about.
    fn of_step(&self, step: &Step) -> Option<&'a File> {
        step.course?;
        self.files.get(&step.id).copied()
    }
}

fn is_new_base(step: &Step) -> bool {
    step.settled.is_none() && !step.in_part && step.decision.brings_up_to_date()
}

fn removal(step: &Step) -> Option<Change> {
    let gone = step.decision == Decision::Remove && step.settled.is_none();
    let at = Place::Workspace(step.path.clone());
    step.expect.filter(|_| gone).map(|expect| Change::Remove { at, expect })
}

fn relocation(step: &Step) -> Option<Change> {
    let (from, expect) = (step.from.clone()?, step.expect?);
    Some(Change::Move { from, to: step.path.clone(), expect })
}

/// What is needed to say what is written.
struct Writer<'a> {
    plan: &'a Plan,
    course: &'a Course<'a>,
    baselines: &'a Baselines,
    observed: &'a Observed,
    stamp: String,
}

impl Writer<'_> {
    fn put(&self, step: &Step) -> Option<Change> {
        if step.settled.is_some() {
            return None;
        }
        match step.decision {
            Decision::Create
            | Decision::Mode
            | Decision::Write
            | Decision::Merge
            | Decision::SetAside
            | Decision::Restore => self.write(step),
            Decision::Offer => self.offer(step),
            Decision::Nothing
            | Decision::Leave { .. }
            | Decision::Adopt
            | Decision::Retire
            | Decision::Remove
            | Decision::Forget => None,
        }
    }

    fn write(&self, step: &Step) -> Option<Change> {
        let file = self.course.of_step(step)?;
        let merged = step.result.filter(|result| *result != file.digest);
        let content = match merged {
            Some(digest) => self.plan.contents.get(&digest)?.clone(),
            None => file.content.clone(),
        };
        let base = step.recorded.as_ref().and_then(|path| self.baselines.entry(path));
        // Where only the mode changes, what is displaced is what is written.
        let same = step.decision == Decision::Mode;
        let given = |raw: Digest| {
            base.is_some_and(|base| {
                base.sha256 == raw || base.former.iter().any(|former| former.sha256 == raw)
            })
        };
        let pristine = same || step.expect.is_none_or(given);
        Some(Change::Put {
            at: Place::Workspace(step.path.clone()),
            content,
            executable: file.executable,
            expect: step.expect,
            keep: (!pristine).then(|| self.backup_folder(step)),
        })
    }

    fn offer(&self, step: &Step) -> Option<Change> {
        let file = self.course.of_step(step)?;
        let lying = self.observed.incoming.get(&step.path).and_then(Seen::raw);
        let ours = lying.is_none_or(|raw| self.baselines.offered.values().any(|offered| *offered == raw));
        Some(Change::Put {
            at: Place::Incoming(step.path.clone()),
            content: file.content.clone(),
            executable: file.executable,
            expect: lying,
            keep: (!ours).then(|| self.backup_folder(step)),
        })
    }

    fn export(&self, export: &Reexport) -> Option<Change> {
        let result = export.result.filter(|result| export.expect != Some(*result))?;
        Some(Change::Put {
            at: Place::Workspace(export.to.clone()),
            content: self.plan.contents.get(&result)?.clone(),
            executable: false,
            expect: export.expect,
            keep: export.edited.then(|| format!("exports_{}", self.stamp)),
        })
    }

    /// `05_autograd_20250115_103000`.
    fn backup_folder(&self, step: &Step) -> String {
        let folder = unit_folder(&step.id, &step.path);
        let name = folder.as_ref().map_or("course", WorkspacePath::name);
        shortened(name, &format!("_{}", self.stamp))
    }
}

/// What tito remembers when all is done.
fn remembered(
    plan: &Plan,
    course: &Course<'_>,
    old: &Baselines,
    observed: &Observed,
    now: jiff::Timestamp,
) -> Baselines {
    let target = course.target;
    let whole = plan.request.is_whole();
    let now = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut new = old.clone();
    new.created = old.created.clone().or_else(|| Some(now.clone()));
    new.last_updated = Some(now);
    if whole {
        new.arrived.clear();
        new.template_version = Some(target.base_version.clone());
        let of_course = plan.steps.iter().filter_map(|step| Some((&step.id, step.course?)));
        let known: BTreeSet<(&FileId, Digest)> = of_course.collect();
        let ids: BTreeSet<&FileId> = known.iter().map(|(id, _)| *id).collect();
        new.offered.retain(|id, _| ids.contains(id));
        new.declined.retain(|id, version| known.contains(&(id, *version)));
    }
    new.exports = exports(plan, target, old);
    for step in &plan.steps {
        if let Some(path) = &step.recorded {
            // A file that was left and is of the course again is followed again.
            if new.files.remove(path).is_none() {
                new.left.remove(path);
            }
        }
    }
    // A file that is not there gives way to one that is, should both be recorded at one path; and one that would move to one that stays.
    let (there, mut absent): (Vec<&Step>, Vec<&Step>) =
        plan.steps.iter().partition(|step| step.expect.is_some() || step.decision.writes());
    absent.sort_by_key(|step| step.recorded.as_ref() != Some(&step.path));
    for step in plan.steps.iter().filter(|step| step.expect.is_some()) {
        place_of_student(step, target, old, &mut new.moved);
    }
    for step in there.into_iter().chain(absent) {
        remember(step, course, old, &mut new, (plan, observed));
    }
    for entry in new.files.values_mut() {
        along(&mut entry.formerly, &plan.own_files);
    }
    let left = plan.steps.iter().filter(|step| step.decision == Decision::Retire);
    let left = left.filter_map(|step| Some((step.path.clone(), old.entry(step.recorded.as_ref()?)?.clone())));
    new.left.extend(left);
    new.left.retain(|path, _| !new.files.contains_key(path));
    new
}

/// What was exported when all is done, by today's names of the notebooks.
fn exports(plan: &Plan, target: &Target, old: &Baselines) -> Exports {
    let mut exports = old.exports.clone();
    let ids: BTreeMap<&FileId, &FileId> = plan
        .steps
        .iter()
        .filter_map(|step| Some((&old.entry(step.recorded.as_ref()?)?.id, &step.id)))
        .collect();
    for export in exports.made.values_mut() {
        if let Some(id) = export.of.as_ref().and_then(|id| ids.get(id)) {
            export.of = Some((*id).clone());
        }
    }
    let done: Vec<&Reexport> = plan.exports.iter().filter(|export| export.result.is_some()).collect();
    for export in &done {
        exports.made.remove(&export.from);
        exports.packages.extend(export.from.parts().next().map(str::to_owned));
    }
    for export in done {
        let Some(sha256) = export.result else { continue };
        exports.made.insert(export.to.clone(), Export { sha256, of: Some(export.of.clone()) });
    }
    exports.packages.remove(&target.package);
    exports
}

/// Remembers that the student moved a file to where it is, or stops following it where the file is back where the course has it.
fn place_of_student(step: &Step, target: &Target, old: &Baselines, moved: &mut BTreeSet<WorkspacePath>) {
    let before = step.recorded.as_ref().filter(|path| old.moved.contains(*path));
    if let Some(path) = before {
        moved.remove(path);
    }
    let is_home = target.files.get(&step.path).is_some_and(|file| file.id == step.id);
    if (before.is_some() || step.followed.is_some()) && !is_home {
        moved.insert(step.path.clone());
    }
}

fn remember(
    step: &Step,
    course: &Course<'_>,
    old: &Baselines,
    new: &mut Baselines,
    (plan, observed): (&Plan, &Observed),
) {
    let base = step.recorded.as_ref().and_then(|path| old.entry(path));
    let came_from = step.recorded.as_ref().and_then(|path| plan.came_from.get(path));
    if let Some(mut entry) = entry(step, course, base, plan.request.is_whole(), observed) {
        entry.formerly = formerly(step, base, came_from);
        let is_free = |path: &&WorkspacePath| !new.files.contains_key(*path);
        let place = [Some(&step.path), step.recorded.as_ref()].into_iter().flatten().find(is_free);
        if let Some(place) = place {
            new.files.insert(place.clone(), entry);
        }
    }
    match step.course.filter(|_| step.keeps_offer(&old.offered)) {
        Some(version) => _ = new.offered.insert(step.id.clone(), version),
        None => _ = new.offered.remove(&step.id),
    }
}

/// Where the file was before, once it is at the step's place. `came_from`: where an update that was interrupted took it from.
fn formerly(step: &Step, base: Option<&Baseline>, came_from: Option<&WorkspacePath>) -> Vec<WorkspacePath> {
    let mut places = base.map(|base| base.formerly.clone()).unwrap_or_default();
    if step.role == Role::Work {
        for place in came_from.into_iter().chain(&step.recorded) {
            places.retain(|known| known != place);
            places.push(place.clone());
        }
        places.retain(|place| *place != step.path);
    }
    places.drain(..places.len().saturating_sub(MOST_PLACES));
    places
}

/// What an editor saved at a former place moves along as the student's own: it is still a copy of the file.
fn along(formerly: &mut Vec<WorkspacePath>, moved: &[OwnFiles]) {
    let reached = moved.iter().filter(|own| formerly.contains(&own.from)).map(|own| own.to.clone());
    let reached: Vec<WorkspacePath> = reached.filter(|to| !formerly.contains(to)).collect();
    formerly.extend(reached);
    formerly.drain(..formerly.len().saturating_sub(MOST_PLACES));
}

/// The versions that the student was given or offered, except for the one that is the base when all is done.
fn former(step: &Step, target: &Target, base: Option<&Baseline>) -> Vec<Former> {
    let Some(base) = base else { return Vec::new() };
    let offered = is_offered(step).then_some(step.course).flatten();
    let offered = offered.map(|sha256| Former { sha256, version: Some(target.base_version.clone()) });
    let now = step.course.filter(|_| is_new_base(step)).unwrap_or(base.sha256);
    base.former_after(offered.as_ref(), now)
}

/// The cells that are on offer when all is done, and those whose offer was declined, or thrown away: it is not where tito put it.
fn cells_on_offer(
    step: &Step,
    base: Option<&Baseline>,
    observed: &Observed,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let lies = |path: &WorkspacePath| observed.incoming.contains_key(path);
    let (mut offered, mut declined) =
        base.map(|base| (base.offered_cells.clone(), base.declined_cells.clone())).unwrap_or_default();
    if is_courses(step) {
        return Default::default();
    }
    if !lies(&step.path) && !step.recorded.as_ref().is_some_and(lies) {
        declined.append(&mut offered);
    }
    if let Some(offers) = &step.offers {
        offered = offers.iter().map(OfferedCell::key).collect();
    }
    (offered, declined)
}

/// Does the file become the course's as a whole?
fn is_courses(step: &Step) -> bool {
    is_new_base(step) && step.decision != Decision::Merge && step.offers.is_none()
}

/// Is the course's version put beside the student's by this step?
fn is_offered(step: &Step) -> bool {
    step.settled.is_none() && (step.decision == Decision::Offer || step.also_offered)
}

/// The entry of a file when all is done; `None` where tito does not follow it any more, or not yet.
fn entry(
    step: &Step,
    course: &Course<'_>,
    base: Option<&Baseline>,
    whole: bool,
    observed: &Observed,
) -> Option<Baseline> {
    let target = course.target;
    // Bytes that were the base before are still of the version that they were of, when only some files are looked at.
    let known = base.filter(|base| !whole && Some(base.sha256) == step.course);
    let up_to_date = known.map_or_else(|| Some(target.base_version.clone()), |base| base.version.clone());
    let other = base.map(|base| base.other.clone()).unwrap_or_default();
    let former = former(step, target, base);
    let (offered_cells, declined_cells) = cells_on_offer(step, base, observed);
    let (id, role) = (step.id.clone(), step.role);
    let file = course.of_step(step);
    let todays = file.and_then(|file| file.source);
    let executable = file.is_some_and(|file| file.executable);
    if is_new_base(step) {
        let modified_by_student =
            step.decision == Decision::Merge || (step.decision == Decision::Mode && step.situation.edited());
        return Some(Baseline {
            id,
            role,
            version: up_to_date,
            sha256: step.course?,
            source: todays,
            executable,
            former,
            formerly: Vec::new(),
            offered_cells,
            declined_cells,
            open: step.open.clone(),
            modified_by_student,
            other,
        });
    }
    if matches!(step.decision, Decision::Retire | Decision::Remove | Decision::Forget) {
        return None;
    }
    let base = base?;
    let same =
        matches!(step.situation, Situation::Unchanged | Situation::StudentChanged | Situation::Deleted);
    let (version, source) = if same { (up_to_date, todays) } else { (base.version.clone(), base.source) };
    Some(Baseline {
        id,
        role,
        version,
        sha256: base.sha256,
        source,
        // A mode that a rule keeps from the student is not what tito wrote.
        executable: if same && step.action > Action::Keep { executable } else { base.executable },
        former,
        formerly: Vec::new(),
        offered_cells,
        declined_cells,
        open: step.open.clone(),
        modified_by_student: step.situation.edited(),
        other,
    })
}
