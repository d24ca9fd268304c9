//! [`plan`]: pairs → facts → places → steps. Pure and total.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::exports::{Situated, decide};
use super::facts::{Fact, Given, fact, judge};
use super::merge::take::Take;
use super::merging::{self, Merged, merge};
use super::moves::{Folders, Mover, Room, own_files, places};
use super::pairs::{Pair, pairs, unit_folder, unit_folders};
use super::points::{joined, standing};
use super::states::states_of;
use super::{
    Because, Decision, FromTo, Notice, Observed, Obstacle, OfferedCell, OwnFiles, PLAN_FORMAT, Plan, Request,
    Settled, Step, UnitChange, UnitLine, advise, canonical,
};
use crate::compile::Target;
use crate::digest::Digest;
use crate::id::{Action, FileId, Role, State, UnitId};
use crate::lock::{Baselines, Lock, OpenPoint};
use crate::path::WorkspacePath;
use crate::schedule::Dates;

/// Decides every path: what becomes of it when the course is `target`, tito last wrote `baselines`, and the workspace is as
/// `observed`. `lock` is the one in force: it says which folders units had. With no lock and no baselines this is what `init` does.
pub fn plan(
    target: &Target,
    lock: Option<&Lock>,
    baselines: &Baselines,
    observed: &Observed,
    request: &Request,
) -> Plan {
    let pairs = pairs(target, baselines, observed);
    let states = states_of(&pairs, observed);
    let stands = |pair: &&Pair<'_>| pair.base.is_some_and(|(path, _)| observed.files.contains_key(path));
    let claimed = pairs.iter().filter(stands).filter_map(|pair| Some(pair.base?.0)).collect();
    // What a student has of a closed unit stays as the rule for it says; who has nothing of it gets it all the same.
    let had: BTreeSet<UnitId> =
        pairs.iter().filter(|pair| pair.base.is_some()).filter_map(Pair::unit).collect();
    let shut =
        target.units.iter().filter(|unit| unit.dates.is_closed(observed.now) && had.contains(&unit.id));
    let announced = target.announced().map(|unit| unit.id.clone()).collect();
    let closed = shut.map(|unit| unit.id.clone()).collect();
    let given = Given { target, baselines, observed, request, states, closed, announced, claimed };
    let mut facts: Vec<Fact<'_>> = pairs.iter().filter_map(|pair| fact(pair, &given)).collect();
    let movers = movers(&facts, lock, &given);
    let room = Room { observed, target, vacated: vacated(&facts) };
    let placed = places(&movers, &room);
    let gone = |path: &&WorkspacePath| placed.contains_key(*path) || room.vacated.contains(*path);
    let staying = given.claimed.iter().copied().filter(|path| !gone(path)).collect();
    let mut notices: BTreeSet<Notice> = BTreeSet::new();
    give_way(&mut facts, &room);
    yield_to_staying(&mut facts, &given, &staying);
    let mut contents = BTreeMap::new();
    let mut steps: Vec<Step> = Vec::new();
    let blocked = facts.iter().filter(|fact| fact.obstacle.is_some()).map(|fact| &fact.pair.id).collect();
    for fact in facts {
        match &fact.obstacle {
            Some(obstacle) => _ = notices.insert(in_the_way(&fact, obstacle)),
            None => steps.push(step(&fact, &placed, &given, &mut contents)),
        }
    }
    steps.sort_by(|a, b| (&a.path, &a.id).cmp(&(&b.path, &b.id)));
    let begun = begun(&steps, &given);
    let exports = decide(&Situated {
        target,
        baselines,
        seen: &observed.exports,
        request,
        steps: &steps,
        contents: &contents,
    });
    contents.extend(exports.contents);
    notices.extend(exports.notices);
    notices.extend(misplaced(&movers, &placed, observed));
    notices.extend(observed.unmovable.iter().map(|path| Notice::StaysBehind { path: path.clone() }));
    notices.extend(
        observed.unnamed.iter().map(|(path, why)| Notice::Unnamed { path: path.clone(), why: why.clone() }),
    );
    notices.extend(observed.crowded.iter().map(|path| Notice::TooMany { path: path.clone() }));
    notices.extend(unreadable(&steps, observed));
    notices.extend(saved_again(&steps, &placed, observed));
    notices.extend(observed.unsettled.iter().cloned().map(Notice::Progress));
    Plan {
        format: PLAN_FORMAT,
        course: target.course.clone(),
        base: FromTo { from: baselines.template_version.clone(), to: target.base_version.clone() },
        lock: FromTo { from: observed.lock, to: Digest::of(&Lock::of(target).write()) },
        at: target.has_dates().then_some(observed.now),
        request: request.clone(),
        units: units(lock, &given),
        own_files: along(&movers, &placed, observed),
        exports: exports.exports,
        stale: stale(&steps, &blocked, &given),
        advisories: advise::announcements(target, &steps),
        notices: notices.into_iter().collect(),
        progress: request.is_whole() && (observed.progress.old_form || !begun.is_empty()),
        begun,
        steps,
        came_from: came_from(lock, &given),
        contents,
    }
}

/// Notebooks that cannot be read, where they are when all is done. One that is replaced is whole then.
fn unreadable(steps: &[Step], observed: &Observed) -> Vec<Notice> {
    let is_replaced =
        |step: &Step| step.decision != Decision::Offer && step.decision.writes() && step.settled.is_none();
    let of = |(id, why): &(FileId, String)| {
        let step = steps.iter().find(|step| step.id == *id).filter(|step| !is_replaced(step))?;
        Some(Notice::Unreadable { path: step.path.clone(), unit: step.unit.clone(), why: why.clone() })
    };
    observed.unreadable.values().filter_map(of).collect()
}

/// Where the lock in force has work that is recorded at another place of the course.
fn came_from(lock: Option<&Lock>, given: &Given<'_>) -> BTreeMap<WorkspacePath, WorkspacePath> {
    let Some(lock) = lock else { return BTreeMap::new() };
    let work = lock.files.iter().filter(|(_, file)| file.role == Role::Work);
    let places: BTreeMap<&FileId, &WorkspacePath> = work.map(|(path, file)| (&file.id, path)).collect();
    let recorded = given.baselines.files.iter().filter(|(path, _)| given.target.files.contains_key(*path));
    let known = recorded.filter_map(|(path, base)| Some((path, *places.get(&base.id)?)));
    known.filter(|(path, place)| path != place).map(|(path, place)| (path.clone(), place.clone())).collect()
}

/// What an editor saved under an old name, beside the files that tito follows: where both are when all is done.
fn saved_again(
    steps: &[Step],
    placed: &BTreeMap<WorkspacePath, WorkspacePath>,
    observed: &Observed,
) -> Vec<Notice> {
    let of = |(at, id): (&WorkspacePath, &FileId)| {
        let step = steps.iter().find(|step| step.id == *id)?;
        let (path, unit) = (step.path.clone(), step.unit.clone());
        let at = placed.get(at).unwrap_or(at).clone();
        Some(Notice::SavedAgain { path, at, unit })
    };
    observed.saved_again.iter().filter_map(of).collect()
}

/// Everything that belongs elsewhere: what tito follows first, then the student's own that goes along.
fn movers(facts: &[Fact<'_>], lock: Option<&Lock>, given: &Given<'_>) -> Vec<Mover> {
    let mut folders = Folders::default();
    let by_lock: BTreeMap<WorkspacePath, WorkspacePath> = if given.request.is_whole() {
        unit_folders(lock, given.target).into_iter().collect()
    } else {
        BTreeMap::new()
    };
    let entered: BTreeSet<&WorkspacePath> = by_lock.values().collect();
    for fact in facts {
        let (Some((was, base)), course) = (fact.pair.base, fact.pair.course) else { continue };
        let Some(old) = unit_folder(&base.id, was) else { continue };
        // What is announced stays where it is, with what the student put beside it.
        if fact.because == Because::Announced {
            folders.note(old, None);
            continue;
        }
        // A file that the course dropped has no say in where its folder goes, unless it is all that is left of it.
        let Some((now, file)) = course.filter(|_| !fact.is_followed) else { continue };
        // Nor has one that an update that was interrupted brought into the folder, which was another unit's until then.
        if was == now && entered.contains(&old) {
            continue;
        }
        folders.note(old, if fact.moves() { unit_folder(&file.id, now) } else { None });
    }
    for (old, new) in &by_lock {
        folders.moves.entry(old.clone()).or_insert(Some(new.clone()));
    }
    let follows = facts.iter().filter(|fact| fact.moves()).filter_map(|fact| {
        let goal = fact.pair.course?.0.clone();
        Some(Mover { at: fact.at?.clone(), goal, own: false }).filter(|mover| mover.at != mover.goal)
    });
    let mut movers: Vec<Mover> = follows.collect();
    let followed = facts.iter().filter(|fact| fact.is_followed && fact.obstacle.is_none());
    movers.extend(followed.filter_map(|fact| {
        let at = fact.at?;
        Some(Mover { at: at.clone(), goal: folders.along(at)?, own: false })
    }));
    let standing = facts.iter().filter_map(|fact| fact.at).chain(given.claimed.iter().copied()).collect();
    let own = own_files(&folders, given.observed, given.target, &standing);
    movers.extend(own.into_iter().filter(|mover| !given.baselines.arrived.contains(&mover.at)));
    movers
}

/// Paths whose file goes because the course dropped it.
fn vacated(facts: &[Fact<'_>]) -> BTreeSet<WorkspacePath> {
    let removed = facts.iter().filter(|fact| fact.decision == Decision::Remove);
    removed.filter_map(|fact| fact.at.cloned()).collect()
}

/// A new file is not kept away by what goes in the same run: a file of the course that becomes a folder, or a folder of which nothing is left.
fn give_way(facts: &mut [Fact<'_>], room: &Room<'_>) {
    for fact in facts.iter_mut().filter(|fact| fact.pair.base.is_none()) {
        let goes = match &fact.obstacle {
            Some(Obstacle::Behind(file)) => room.vacated.contains(file.as_str()),
            Some(Obstacle::Folder) => is_emptied(fact.pair.goal, room),
            _ => false,
        };
        if goes {
            fact.obstacle = None;
        }
    }
}

/// Does every file in the folder go, and was all of it looked at?
fn is_emptied(folder: &WorkspacePath, room: &Room<'_>) -> bool {
    let prefix = format!("{folder}/");
    let mut inside = room
        .observed
        .occupied
        .range(prefix.clone()..)
        .take_while(|path| path.starts_with(&prefix))
        .peekable();
    let holds_vacated = |at: &str| {
        let within = format!("{at}/");
        let from = (Bound::Included(within.as_str()), Bound::Unbounded);
        let next = room.vacated.range::<str, _>(from).next();
        room.vacated.contains(at) || next.is_some_and(|path| path.as_str().starts_with(&within))
    };
    inside.peek().is_some() && inside.all(|path| holds_vacated(path))
}

/// A new file whose place another one of tito's keeps is looked at again: what is there is not its own.
fn yield_to_staying<'a>(facts: &mut [Fact<'a>], given: &Given<'a>, staying: &BTreeSet<&'a WorkspacePath>) {
    let retired: BTreeSet<&WorkspacePath> =
        facts.iter().filter(|fact| fact.decision == Decision::Retire).filter_map(|fact| fact.at).collect();
    for fact in facts.iter_mut().filter(|fact| fact.pair.base.is_none() || fact.at.is_none()) {
        let Some((path, _)) = fact.pair.course else { continue };
        let Some(keeper) = staying.get(path) else { continue };
        if fact.pair.base.is_some() {
            // One that the student deleted cannot come back where another file of the course stays.
            if fact.decision == Decision::Restore {
                fact.decision = Decision::Leave { remember: fact.action != Action::Freeze };
            }
            continue;
        }
        let Some(again) = judge(fact.pair, Some(*keeper), fact.obstacle.clone(), given) else { continue };
        *fact = again;
        if retired.contains(path) {
            // What retires is the student's own from now on, and no file of tito's may take its place.
            if !matches!(fact.decision, Decision::Adopt | Decision::Leave { .. }) {
                fact.decision = Decision::Offer;
            }
        } else {
            fact.decision = Decision::Leave { remember: fact.action != Action::Freeze };
        }
    }
}

fn in_the_way(fact: &Fact<'_>, obstacle: &Obstacle) -> Notice {
    Notice::InTheWay { path: fact.at.unwrap_or(fact.pair.goal).clone(), obstacle: obstacle.clone() }
}

/// What is said of files that do not come to where they belong.
fn misplaced(
    movers: &[Mover],
    placed: &BTreeMap<WorkspacePath, WorkspacePath>,
    observed: &Observed,
) -> Vec<Notice> {
    let mut notices = Vec::new();
    for mover in movers {
        let (goal, own) = (mover.goal.clone(), mover.own);
        match (placed.get(&mover.at), observed.obstacle(&mover.goal)) {
            (Some(to), _) if *to == mover.goal => {}
            (Some(to), _) => notices.push(Notice::Beside { goal, path: to.clone(), own }),
            (None, Some(obstacle)) => {
                notices.push(Notice::InTheWay { path: goal, obstacle: obstacle.clone() })
            }
            (None, None) => notices.push(Notice::Beside { goal, path: mover.at.clone(), own }),
        }
    }
    notices
}

fn along(
    movers: &[Mover],
    placed: &BTreeMap<WorkspacePath, WorkspacePath>,
    observed: &Observed,
) -> Vec<OwnFiles> {
    let own = movers.iter().filter(|mover| mover.own).filter_map(|mover| {
        let (to, expect) = (placed.get(&mover.at)?, observed.raw(&mover.at)?);
        Some(OwnFiles { from: mover.at.clone(), to: to.clone(), expect })
    });
    own.collect()
}

fn step(
    fact: &Fact<'_>,
    placed: &BTreeMap<WorkspacePath, WorkspacePath>,
    given: &Given<'_>,
    contents: &mut BTreeMap<Digest, std::sync::Arc<[u8]>>,
) -> Step {
    let to = fact.at.and_then(|at| placed.get(at));
    let mut step = Step {
        path: place(fact, to),
        from: to.and(fact.at).cloned(),
        followed: newly_followed(fact, given),
        recorded: fact.pair.base.map(|(path, _)| path.clone()),
        id: fact.pair.id.clone(),
        unit: fact.pair.unit(),
        role: fact.pair.role(),
        state: fact.state,
        closed: fact.closed,
        situation: fact.situation,
        action: fact.action,
        decision: fact.decision,
        because: fact.because,
        rule: fact.rule.map_or_else(|| "default".to_owned(), |rule| rule.name.clone()),
        rule_from: fact.rule.map_or_else(|| "built-in".to_owned(), |rule| rule.from.clone()),
        advisories: fact.advisories.iter().map(|advisory| advisory.id.clone()).collect(),
        outdated: fact.outdated,
        offers: fact.offers.clone(),
        open: open(fact, given),
        replaces: false,
        in_part: false,
        settled: None,
        also_offered: false,
        executable: None,
        course: fact.raw.course,
        result: None,
        expect: fact.raw.student,
        note: None,
    };
    let takes = take(fact, given) != Take::Nothing;
    if takes || fact.decision == Decision::Merge || is_run_only(fact, given.request) {
        try_merge(fact, given, contents, &mut step);
    }
    settle(given, &mut step);
    if step.decision == Decision::Mode {
        set_mode(fact, given, contents, &mut step);
    }
    if step.result.is_none() && step.settled.is_none() {
        let writes = step.decision.writes() && step.decision != Decision::Remove;
        step.result = fact.raw.course.filter(|_| writes);
    }
    step
}

/// The student's bytes, with the mode of the course. Where the bytes are not available, nothing is done.
fn set_mode(
    fact: &Fact<'_>,
    given: &Given<'_>,
    contents: &mut BTreeMap<Digest, std::sync::Arc<[u8]>>,
    step: &mut Step,
) {
    let (Some(student), Some((_, file))) = (fact.raw.student, fact.pair.course) else { return };
    if student != file.digest {
        let Some(bytes) = given.observed.contents.get(&student) else {
            step.decision = Decision::Nothing;
            return;
        };
        contents.insert(student, bytes.clone());
    }
    step.result = Some(student);
    step.executable = fact.executable;
}

/// Where the file was until the student moved it, where no run has recorded that yet.
fn newly_followed(fact: &Fact<'_>, given: &Given<'_>) -> Option<WorkspacePath> {
    let found = given.observed.elsewhere.get(&fact.pair.id);
    let was = fact.pair.base.map(|(path, _)| path);
    was.filter(|was| fact.is_followed && fact.at == found && fact.at != Some(*was)).cloned()
}

/// What earlier merges left for the student to act on, as far as it still applies.
fn open(fact: &Fact<'_>, given: &Given<'_>) -> Vec<OpenPoint> {
    let known = fact.pair.base.map(|(_, base)| base.open.as_slice()).unwrap_or_default();
    match fact.raw.student.map(|student| given.observed.contents.get(&student)) {
        Some(Some(bytes)) => standing(known, bytes),
        Some(None) => known.to_vec(),
        None => Vec::new(),
    }
}

/// Where the file is when all is done.
fn place(fact: &Fact<'_>, to: Option<&WorkspacePath>) -> WorkspacePath {
    let was = fact.pair.base.map(|(path, _)| path);
    let wanted = fact.pair.course.map(|(path, _)| path).filter(|_| fact.action != Action::Freeze);
    to.or(fact.at).or(wanted).or(was).unwrap_or(fact.pair.goal).clone()
}

/// Only the course changed the content, but the student's bytes differ: run outputs, other line ends. A merge keeps them, whatever the rule
/// says of the content. A student who asks for the course's file gets exactly that.
fn is_run_only(fact: &Fact<'_>, request: &Request) -> bool {
    let asked =
        matches!(request, Request::Take { merge: false, .. } | Request::Restore(_) | Request::Reset(_));
    fact.decision == Decision::Write && !asked && fact.raw.student != fact.raw.base
}

/// What the student takes over, where it is taken cell by cell.
fn take<'a>(fact: &Fact<'_>, given: &Given<'a>) -> Take<'a> {
    match (given.request, fact.decision) {
        (Request::Take { merge: false, cell: Some(cell), .. }, _) => Take::Cell(cell),
        (Request::Take { merge: false, .. }, Decision::SetAside | Decision::Merge) => Take::All,
        _ => Take::Nothing,
    }
}

fn try_merge(
    fact: &Fact<'_>,
    given: &Given<'_>,
    contents: &mut BTreeMap<Digest, std::sync::Arc<[u8]>>,
    step: &mut Step,
) {
    let (Some(base), Some(student)) = (fact.raw.base, fact.raw.student) else { return };
    let none = BTreeSet::new();
    let (former, offered) =
        fact.pair.base.map_or((&[][..], &none), |(_, base)| (&base.former[..], &base.offered_cells));
    let versions =
        merging::Given { base, former, offered, declined: &fact.declined, take: take(fact, given) };
    let Some((_, course)) = fact.pair.course else { return };
    match merge(given.observed, versions, student, &course.content) {
        // What holds no edit becomes the course's: anything else than its content is not a merge.
        Merged::Done { bytes, .. }
            if step.decision == Decision::Write
                && versions.take == Take::Nothing
                && canonical(step.path.name(), &bytes) != canonical(step.path.name(), &course.content) => {}
        // What is not merged by cell is taken whole.
        Merged::Done { by_cell: false, .. } | Merged::Offer(_) if versions.take == Take::All => {}
        Merged::Done { by_cell: false, .. } if versions.take != Take::Nothing => {
            step.decision = Decision::Nothing;
            step.note = Some("it has no cells, and is taken as a whole".to_owned());
        }
        Merged::Offer(why) if versions.take != Take::Nothing => {
            step.decision = Decision::Nothing;
            step.note = Some(why);
        }
        Merged::Done { bytes, note, mut offers, open, brought, .. } => {
            if versions.take != Take::Nothing {
                step.decision = Decision::Merge;
                let plain = merging::Given { take: Take::Nothing, ..versions };
                if let Take::Cell(_) = versions.take {
                    let rest =
                        merging::rest(given.observed, step.path.name(), plain, &bytes, &course.content);
                    step.in_part = rest.is_open && base != course.digest;
                    offers = rest.offers;
                }
                // What was declined can be taken, too.
                let plain = merging::Given { declined: &none, ..plain };
                let plain = merge(given.observed, plain, student, &course.content);
                let is_taken = |offer: &&OfferedCell| match versions.take {
                    Take::Cell(_) => brought.contains(&offer.id),
                    _ => !offers.contains(offer),
                };
                step.replaces = plain.offers().iter().any(|offer| is_taken(&offer));
            }
            step.open = joined(open, standing(&step.open, &bytes));
            let digest = Digest::of(&bytes);
            step.note = Some(note);
            step.also_offered = !offers.is_empty()
                || is_still_beside(fact, given)
                || (step.in_part && is_whole_beside(step, given));
            step.offers = Some(offers);
            if digest == student {
                // All that the course changed is there already: an update that was interrupted had come this far.
                step.decision = Decision::Adopt;
            } else {
                step.result = Some(digest);
                contents.insert(digest, bytes.into());
            }
        }
        Merged::Offer(_) if step.decision == Decision::Write => {}
        Merged::Offer(why) => {
            step.decision = Decision::Offer;
            step.note = Some(why);
        }
    }
}

/// Is the course's version of the whole file on offer?
fn is_whole_beside(step: &Step, given: &Given<'_>) -> bool {
    let offered = given.baselines.offered.get(&step.id).copied();
    offered.is_some() && offered == step.course && given.observed.incoming.contains_key(&step.path)
}

/// Does what a merge left out before lie beside still? It is offered on, in the course's present version, until the student takes,
/// declines or deletes it: tito cannot know whether it was brought in by hand, and a fix must not go out of sight.
fn is_still_beside(fact: &Fact<'_>, given: &Given<'_>) -> bool {
    let Some((path, base)) = fact.pair.base else { return false };
    // Where the cells are remembered, the merge says itself which of them are still on offer.
    if !base.offered_cells.is_empty() || !base.declined_cells.is_empty() {
        return false;
    }
    let is_of_base = |memory: &BTreeMap<_, Digest>| memory.get(&fact.pair.id) == Some(&base.sha256);
    let declined = is_of_base(&given.baselines.declined);
    is_of_base(&given.baselines.offered) && !declined && given.observed.incoming.contains_key(path)
}

/// Was the student told of this version before?
fn settle(given: &Given<'_>, step: &mut Step) {
    let version = step.course;
    if version.is_none() || !given.request.is_whole() {
        return;
    }
    let told = |memory: &BTreeMap<_, Digest>| memory.get(&step.id).copied() == version;
    let beside = step.is_beside(&given.baselines.offered) && given.observed.incoming.contains_key(&step.path);
    let offers = step.decision == Decision::Offer && told(&given.baselines.offered) && lies(given, step);
    if told(&given.baselines.declined) && (beside || step.situation.course_changed()) {
        step.settled = Some(Settled::Declined);
        (step.note, step.offers, step.also_offered) = (None, None, false);
    } else if offers || beside {
        step.settled = Some(Settled::Offered);
    } else if step.is_beside(&given.baselines.offered) && step.has_offers() {
        // The offer goes along with the file.
        step.also_offered = true;
    }
}

/// Does the offer need no making? One that is at the file's former place is made again at the new one; one that the student threw
/// away is not.
fn lies(given: &Given<'_>, step: &Step) -> bool {
    let incoming = &given.observed.incoming;
    incoming.contains_key(&step.path)
        || !incoming.iter().any(|(path, seen)| *path != step.path && seen.raw() == step.course)
}

/// Units of which only an edited work file says that they were started, and which stops saying so by this plan: it becomes the student's own, or
/// what the course has is the same now. What was started stays started, so it is recorded.
fn begun(steps: &[Step], given: &Given<'_>) -> BTreeSet<UnitId> {
    let canonical = |digest: Option<Digest>| digest.map(|raw| given.observed.canonical(raw));
    let stops = |step: &&Step| {
        let same = step.decision == Decision::Merge && canonical(step.result) == canonical(step.course);
        step.role == Role::Work && step.situation.edited() && (same || step.decision == Decision::Retire)
    };
    let units = steps.iter().filter(stops).filter_map(|step| step.unit.clone());
    units
        .filter(|unit| given.request.is_whole() && given.observed.progress.state(unit) == State::NotStarted)
        .collect()
}

/// Offers that are left and that no step stands for any more. What the student changed in one is left. A narrower request looks only at
/// the offers of its own files. Where something is in a file's place for now, the offer waits with the file.
fn stale(steps: &[Step], blocked: &BTreeSet<&FileId>, given: &Given<'_>) -> BTreeMap<WorkspacePath, Digest> {
    let offered = &given.baselines.offered;
    let waiting = given.baselines.files.iter().filter(|(_, base)| blocked.contains(&base.id));
    let mut live: BTreeSet<&WorkspacePath> = waiting.map(|(path, _)| path).collect();
    live.extend(steps.iter().filter(|step| step.keeps_offer(offered)).map(|step| &step.path));
    let covered: BTreeSet<&WorkspacePath> = steps.iter().map(|step| &step.path).collect();
    let in_question = |path: &WorkspacePath| given.request.is_whole() || covered.contains(path);
    let recorded = given.baselines.files.values().map(|base| base.sha256).chain(offered.values().copied());
    let ours: BTreeSet<Digest> =
        given.target.files.values().map(|file| file.digest).chain(recorded).collect();
    let lying = given.observed.incoming.iter().filter_map(|(path, seen)| Some((path, seen.raw()?)));
    lying
        .filter(|(path, raw)| in_question(path) && !live.contains(path) && ours.contains(raw))
        .map(|(path, raw)| (path.clone(), raw))
        .collect()
}

fn units(lock: Option<&Lock>, given: &Given<'_>) -> Vec<UnitLine> {
    let state = |id: &UnitId| given.state(Some(id));
    let old = lock.map(|lock| lock.units.as_slice()).unwrap_or_default();
    let today = |id: &UnitId| given.target.renames.unit(id);
    let mut lines: Vec<UnitLine> = Vec::new();
    for unit in &given.target.units {
        let was = old.iter().find(|was| today(&was.id) == unit.id && was.kind == unit.kind);
        let change = match was {
            None => UnitChange::Added,
            Some(was) if was.id != unit.id => UnitChange::Renamed(was.id.clone()),
            Some(was) if was.number != unit.number => UnitChange::Renumbered(was.number.clone()),
            Some(_) => UnitChange::Same,
        };
        lines.push(UnitLine {
            state: state(&unit.id),
            id: unit.id.clone(),
            kind: unit.kind,
            number: unit.number.clone(),
            title: unit.title.clone(),
            change,
            dates: unit.dates,
            told: was.map(|was| was.dates).filter(|told| !told.is_empty() && *told != unit.dates),
            announced: given.announced.contains(&unit.id),
            closed: unit.dates.is_closed(given.observed.now),
        });
    }
    for was in old {
        let id = today(&was.id);
        if !given.target.units.iter().any(|unit| unit.id == id && unit.kind == was.kind) {
            let (number, title) = (was.number.clone(), was.id.to_string());
            let change = UnitChange::Removed;
            let (dates, kind) = (Dates::default(), was.kind);
            let state = state(&id);
            lines.push(UnitLine {
                id,
                kind,
                number,
                title,
                state,
                change,
                dates,
                told: None,
                announced: false,
                closed: false,
            });
        }
    }
    lines
}
