//! [`Fact`]: what is known of one file before it is known where it goes. Its sides, its situation, and what policy allows.

use std::collections::{BTreeMap, BTreeSet};

use super::merge::take::Take;
use super::merging;
use super::pairs::Pair;
use super::{
    Because, Decision, Facts, Observed, Obstacle, OfferedCell, Request, Sides, Situation, advise, decide,
    situation,
};
use crate::compile::{Advisory, Rule, Target};
use crate::digest::Digest;
use crate::id::{Action, State, UnitId};
use crate::lock::Baselines;
use crate::path::WorkspacePath;

/// What plans of one run have in common.
pub(super) struct Given<'a> {
    pub(super) target: &'a Target,
    pub(super) baselines: &'a Baselines,
    pub(super) observed: &'a Observed,
    pub(super) request: &'a Request,
    pub(super) states: BTreeMap<UnitId, State>,
    /// Units that the schedule closed.
    pub(super) closed: BTreeSet<UnitId>,
    /// Units that are not open yet: what the student has of them stays as it is.
    pub(super) announced: BTreeSet<UnitId>,
    /// Paths at which a file is that tito put there.
    pub(super) claimed: BTreeSet<&'a WorkspacePath>,
}

impl Given<'_> {
    /// How far the student is with `unit`.
    pub(super) fn state(&self, unit: Option<&UnitId>) -> State {
        unit.and_then(|unit| self.states.get(unit)).copied().unwrap_or_default()
    }
}

/// One file, before it is known where it goes.
pub(super) struct Fact<'a> {
    pub(super) pair: &'a Pair<'a>,
    /// Where the student's side is, if there is one.
    pub(super) at: Option<&'a WorkspacePath>,
    /// Did the student move it there? Then it stays there.
    pub(super) is_followed: bool,
    /// What keeps tito from it.
    pub(super) obstacle: Option<Obstacle>,
    /// Digests of the sides' bytes.
    pub(super) raw: Sides<Digest>,
    /// The student's file holds text of a former version.
    pub(super) outdated: bool,
    /// Cells whose offer the student declined or threw away.
    pub(super) declined: BTreeSet<String>,
    /// The cells that are on offer, where only the student changed the file, and that is known.
    pub(super) offers: Option<Vec<OfferedCell>>,
    pub(super) situation: Situation,
    pub(super) state: State,
    pub(super) closed: bool,
    pub(super) action: Action,
    pub(super) because: Because,
    pub(super) decision: Decision,
    /// Whether the file may be run, where that changes.
    pub(super) executable: Option<bool>,
    pub(super) rule: Option<&'a Rule>,
    pub(super) advisories: Vec<&'a Advisory>,
}

/// What is known of `pair`; `None` where nothing is to be said of it: no side has it, or the request is about other files.
pub(super) fn fact<'a>(pair: &'a Pair<'a>, given: &Given<'a>) -> Option<Fact<'a>> {
    let places = [pair.base.map(|(path, _)| path), pair.course.map(|(path, _)| path)];
    if !given.request.covers(pair.unit().as_ref(), places) {
        return None;
    }
    let at = standing(pair, given);
    let obstacle = given.observed.obstacle(at.unwrap_or(pair.goal)).cloned();
    let at = at.filter(|_| obstacle.is_none());
    if pair.course.is_none() && pair.unit().is_some_and(|unit| given.announced.contains(&unit)) {
        return waits(pair, at, obstacle, given);
    }
    judge(pair, at, obstacle, given)
}

/// What is known of a file of a unit that is not open yet, and that the student has all the same: a date moved back, or a clock is wrong.
/// That takes nothing away. The course is taken to have what the student was given.
fn waits<'a>(
    pair: &'a Pair<'a>,
    at: Option<&'a WorkspacePath>,
    obstacle: Option<Obstacle>,
    given: &Given<'a>,
) -> Option<Fact<'a>> {
    let student = at.and_then(|path| given.observed.raw(path));
    let sides = pair.sides(student, given.observed);
    Some(Fact {
        pair,
        at,
        is_followed: at.is_some_and(|at| is_followed(at, pair, given)),
        obstacle,
        raw: Sides { base: pair.base.map(|(_, base)| base.sha256), student, course: None },
        outdated: false,
        declined: BTreeSet::new(),
        offers: None,
        situation: situation(&Sides { course: sides.base, ..sides })?,
        state: given.state(pair.unit().as_ref()),
        closed: false,
        action: Action::Freeze,
        because: Because::Announced,
        decision: Decision::Nothing,
        executable: None,
        rule: rule(pair, given),
        advisories: Vec::new(),
    })
}

/// What is known of `pair` when the student's side is at `at`.
pub(super) fn judge<'a>(
    pair: &'a Pair<'a>,
    at: Option<&'a WorkspacePath>,
    obstacle: Option<Obstacle>,
    given: &Given<'a>,
) -> Option<Fact<'a>> {
    let student = at.and_then(|path| given.observed.raw(path));
    let version = student.and_then(|student| pair.version_of(student, given.observed));
    let base = version.as_ref().map(|version| version.sha256).or(pair.base.map(|(_, base)| base.sha256));
    let raw = Sides { base, student, course: pair.course.map(|(_, file)| file.digest) };
    let mut situation = situation(&pair.sides(student, given.observed))?;
    let is_former = raw.base != pair.base.map(|(_, base)| base.sha256);
    let declined = declined_cells(pair, given);
    let again = match situation {
        Situation::StudentChanged => merge_again(pair, student, &declined, given),
        _ => None,
    };
    let known = pair.base.map(|(_, base)| &base.offered_cells);
    let is_new = |offer: &OfferedCell| known.is_some_and(|known| !known.contains(&offer.key()));
    let outdated =
        is_former || again.as_ref().is_some_and(|again| again.delivers || again.offers.iter().any(is_new));
    if outdated && situation == Situation::StudentChanged {
        situation = Situation::BothDiffer;
    }
    let situation = given.request.view(situation)?;
    let since = version.as_ref().and_then(|version| version.version.as_ref());
    let since = since.or(pair.base.and_then(|(_, base)| base.version.as_ref()));
    let since = since.or(given.baselines.template_version.as_ref());
    let changed = situation.course_changed();
    let advisories = if changed { advise::covering(pair, since, given.target) } else { Vec::new() };
    let role = pair.role();
    let unit = pair.unit();
    let state = given.state(unit.as_ref());
    let closed = unit.as_ref().is_some_and(|unit| given.closed.contains(unit));
    let floor = given.request.floor(role);
    let facts = Facts {
        role,
        state,
        closed,
        edited: situation.edited(),
        critical: advise::critical(&advisories),
        floor,
    };
    let rule = rule(pair, given);
    let (action, because) = match rule {
        Some(rule) => given.request.allowed(rule, facts),
        // A policy made by compiling always has a rule; without one, the student is asked.
        None => (Action::Offer, Because::Rule),
    };
    let decision = decide(situation, action, floor);
    let executable = mode(pair, at, given);
    let decision = with_mode(decision, action, executable.filter(|_| obstacle.is_none()));
    let is_followed = at.is_some_and(|at| is_followed(at, pair, given));
    Some(Fact {
        pair,
        at,
        is_followed,
        obstacle,
        raw,
        outdated,
        declined,
        offers: again.map(|again| again.offers),
        situation,
        state,
        closed,
        action,
        because,
        decision,
        executable,
        rule,
        advisories,
    })
}

/// Whether the file may be run, where the course changed that since tito last wrote it and the student's is not so already.
pub(super) fn mode(pair: &Pair<'_>, at: Option<&WorkspacePath>, given: &Given<'_>) -> Option<bool> {
    let course = pair.course?.1.executable;
    let base = pair.base.map(|(_, base)| base.executable);
    given.observed.is_executable(at?).filter(|student| *student != course && base != Some(course))?;
    Some(course)
}

/// The bytes stay, so an edit is not a reason to leave the mode: only a rule that freezes or keeps the file is.
fn with_mode(decision: Decision, action: Action, executable: Option<bool>) -> Decision {
    let stays = matches!(decision, Decision::Nothing | Decision::Adopt);
    let follows = !matches!(action, Action::Freeze | Action::Keep);
    if stays && follows && executable.is_some() { Decision::Mode } else { decision }
}

/// What a merge would do with a file that the student edited, and the course did not.
fn merge_again(
    pair: &Pair<'_>,
    student: Option<Digest>,
    declined: &BTreeSet<String>,
    given: &Given<'_>,
) -> Option<merging::Again> {
    let ((_, base), (path, file)) = (pair.base?, pair.course?);
    let (former, offered) = (&base.former, &base.offered_cells);
    let versions = merging::Given { base: base.sha256, former, offered, declined, take: Take::Nothing };
    merging::merge_again(given.observed, path.name(), versions, student?, &file.content)
}

/// Cells whose offer the student declined, and those whose offer is not where tito put it any more.
fn declined_cells(pair: &Pair<'_>, given: &Given<'_>) -> BTreeSet<String> {
    let Some((path, base)) = pair.base else { return BTreeSet::new() };
    // A declined version can still be taken; where one cell is, or a merge leaves the student's lines, the others stay declined.
    if matches!(given.request, Request::Take { merge: false, cell: None, .. }) {
        return BTreeSet::new();
    }
    let mut declined = base.declined_cells.clone();
    let incoming = &given.observed.incoming;
    if !incoming.contains_key(path) && !incoming.contains_key(pair.goal) {
        declined.extend(base.offered_cells.iter().cloned());
    }
    declined
}

/// The first rule that matches: of a file that the course no longer has, at the path where it was.
fn rule<'a>(pair: &Pair<'_>, given: &Given<'a>) -> Option<&'a Rule> {
    let lasting = pair.course.map(|(_, file)| file.rule);
    let (policy, now) = (&given.target.policy, given.observed.now);
    policy.in_force(pair.goal, pair.unit().as_ref(), pair.role(), lasting, now).map(|(_, rule)| rule)
}

/// Where the student's side of a file is: where tito wrote it; or else where it belongs now, when no other file's side is there
/// (the student moved it, or an update that was interrupted did); or else where the student moved it.
fn standing<'a>(pair: &Pair<'a>, given: &Given<'a>) -> Option<&'a WorkspacePath> {
    let was = pair.base.map(|(path, _)| path).filter(|path| given.observed.files.contains_key(*path));
    let here = was.or_else(|| {
        let path = pair.course?.0;
        (given.observed.files.contains_key(path) && !given.claimed.contains(path)).then_some(path)
    });
    here.or_else(|| given.observed.elsewhere.get(&pair.id))
}

/// Did the student move the file to `at`, now or before, and away from where the course has it?
fn is_followed(at: &WorkspacePath, pair: &Pair<'_>, given: &Given<'_>) -> bool {
    let is_home = pair.course.is_some_and(|(path, _)| path == at);
    let found = given.observed.elsewhere.get(&pair.id) == Some(at);
    !is_home && (found || given.baselines.moved.contains(at))
}

impl Fact<'_> {
    /// Does the file go where the course wants it now?
    pub(super) fn moves(&self) -> bool {
        self.obstacle.is_none()
            && !self.is_followed
            && self.action != Action::Freeze
            && matches!((self.pair.base, self.pair.course), (Some((was, _)), Some((now, _))) if was != now)
    }
}
