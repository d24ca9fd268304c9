//! Random histories of a course and of a student, and what must be true after every update, whatever happened.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;

use crate::desk::{Course, Desk, Run, id, path, rule, taught};
use tito::compile::{Advisory, AdvisorySeverity, PerState};
use tito::id::{Action, Role, UnitId};
use tito::plan::{Decision, Request, decline};

/// Something that happens.
#[derive(Clone, Debug)]
enum Event {
    // — to the course —
    ChangeFile(Index, usize),
    ChangeShared(Role),
    Swap(Index, Index),
    DropUnit(Index),
    AddUnit(Index),
    Rename(Index),
    BareFolders,
    Rule(Option<Role>, [Action; 3], Option<Action>, Option<Action>),
    Advisory(Index, AdvisorySeverity),
    // — to the workspace —
    Edit(Index, usize),
    Rewrite(Index),
    Delete(Index),
    Put(Index, Index),
    Rearrange(Index, Index),
    WindowsLineEnds(Index),
    DropOffer,
    EditOffer(Index),
    Progress(Index, bool),
    OldProgress(u32),
    Link(Index),
    // — commands —
    Update,
    Skip(Index),
    Unit(Index),
    Take(Index, bool),
    Reset(Index),
    Restore(Index),
}

fn action() -> impl Strategy<Value = Action> {
    prop::sample::select(&Action::ALL[..])
}

fn event() -> impl Strategy<Value = Event> {
    use Event as E;
    let any = any::<Index>;
    let role = || {
        prop::option::of(prop::sample::select(
            &[Role::Work, Role::Test, Role::Doc, Role::Support, Role::Data][..],
        ))
    };
    let severity = prop::sample::select(&[AdvisorySeverity::Critical, AdvisorySeverity::Normal][..]);
    prop_oneof![
        8 => (any(), 0..7usize).prop_map(|(unit, line)| E::ChangeFile(unit, line)),
        1 => prop::sample::select(&[Role::Doc, Role::Data, Role::Derived][..]).prop_map(E::ChangeShared),
        4 => (any(), any()).prop_map(|(a, b)| E::Swap(a, b)),
        2 => any().prop_map(E::DropUnit),
        2 => any().prop_map(E::AddUnit),
        2 => any().prop_map(E::Rename),
        1 => Just(E::BareFolders),
        3 => (role(), [action(), action(), action()], prop::option::of(action()), prop::option::of(action()))
            .prop_map(|(role, action, edited, critical)| E::Rule(role, action, edited, critical)),
        1 => (any(), severity).prop_map(|(unit, severity)| E::Advisory(unit, severity)),
        10 => (any(), 0..7usize).prop_map(|(file, line)| E::Edit(file, line)),
        2 => any().prop_map(E::Rewrite),
        4 => any().prop_map(E::Delete),
        4 => (any(), any()).prop_map(|(folder, name)| E::Put(folder, name)),
        1 => (any(), any()).prop_map(|(a, b)| E::Rearrange(a, b)),
        2 => any().prop_map(E::WindowsLineEnds),
        1 => Just(E::DropOffer),
        1 => any().prop_map(E::EditOffer),
        2 => (any(), proptest::bool::ANY).prop_map(|(unit, done)| E::Progress(unit, done)),
        1 => (1..7u32).prop_map(E::OldProgress),
        1 => any().prop_map(E::Link),
        12 => Just(E::Update),
        1 => any().prop_map(E::Skip),
        2 => any().prop_map(E::Unit),
        2 => (any(), proptest::bool::ANY).prop_map(|(file, merge)| E::Take(file, merge)),
        1 => any().prop_map(E::Reset),
        1 => any().prop_map(E::Restore),
    ]
}

/// A course and a workspace in the middle of a history.
struct Story {
    course: Course,
    desk: Desk,
    /// Makes every text that is written another one.
    count: usize,
}

const POOL: [&str; 5] = ["tensor", "layers", "autograd", "training", "attention"];

impl Story {
    fn new() -> Self {
        let course = Course::of(&POOL[..3]);
        Self { desk: Desk::new(&course), course, count: 0 }
    }

    fn fresh(&mut self, who: &str) -> String {
        self.count += 1;
        format!("{who} {}\n", self.count)
    }

    fn files(&self) -> Vec<String> {
        self.desk.files().into_keys().filter(|at| at != "progress.json").collect()
    }

    fn pick(&self, index: &Index) -> Option<String> {
        let files = self.files();
        (!files.is_empty()).then(|| index.get(&files).clone())
    }

    fn release(&mut self) {
        self.course.version.patch += 1;
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::ChangeFile(..)
            | Event::ChangeShared(_)
            | Event::Swap(..)
            | Event::DropUnit(_)
            | Event::AddUnit(_)
            | Event::Rename(_)
            | Event::BareFolders
            | Event::Rule(..)
            | Event::Advisory(..) => self.teach(event),
            Event::Update
            | Event::Skip(_)
            | Event::Unit(_)
            | Event::Take(..)
            | Event::Reset(_)
            | Event::Restore(_) => {
                self.command(event);
            }
            _ => self.work(event),
        }
    }

    fn teach(&mut self, event: &Event) {
        self.release();
        let count = self.course.units.len();
        match event {
            Event::ChangeFile(unit, line) if count > 0 => {
                let text = self.fresh("course");
                let unit = &mut self.course.units[unit.index(count)];
                let names: Vec<String> = unit.files.keys().cloned().collect();
                let name = &names[line % names.len()];
                let file = &mut unit.files.get_mut(name).unwrap().1;
                *file = with_line(file, *line, &text);
            }
            Event::ChangeShared(role) => {
                let text = self.fresh("shared");
                self.course.shared.insert(format!("{role}.txt"), (*role, text));
            }
            Event::Swap(a, b) if count > 1 => {
                let (a, b) = (a.index(count), b.index(count));
                let (at_a, at_b) = (self.course.units[a].number, self.course.units[b].number);
                self.course.units[a].number = at_b;
                self.course.units[b].number = at_a;
            }
            Event::DropUnit(unit) if count > 1 => _ = self.course.units.remove(unit.index(count)),
            Event::AddUnit(unit) => {
                let name = *unit.get(&POOL);
                let renamed = self.course.renames.units.contains_key(name);
                if !renamed && !self.course.units.iter().any(|unit| unit.id.as_str() == name) {
                    let number = self.course.units.iter().map(|unit| unit.number).max().unwrap_or(0) + 1;
                    self.course.units.push(taught(name, number));
                }
            }
            Event::Rename(unit) if count > 0 => self.rename(unit.index(count)),
            Event::BareFolders => self.course.bare_folders = !self.course.bare_folders,
            Event::Rule(role, [a, b, c], edited, critical) => {
                let per_state = PerState {
                    not_started: *a,
                    in_progress: *b,
                    completed: *c,
                    submitted: None,
                    closed: None,
                };
                let roles: Vec<Role> = role.iter().copied().collect();
                let mut rule = rule("rule", &roles, per_state, *edited);
                rule.critical = critical.map(PerState::all);
                self.course.rules.insert(0, rule);
            }
            Event::Advisory(unit, severity) if count > 0 => {
                let units = vec![self.course.units[unit.index(count)].id.clone()];
                self.course.advisories.push(Advisory {
                    id: format!("A-{}", self.course.version),
                    severity: *severity,
                    fixed_in: self.course.version.clone(),
                    units,
                    paths: Vec::new(),
                    title: "a fault".to_owned(),
                    ask: None,
                });
            }
            _ => {}
        }
    }

    fn rename(&mut self, at: usize) {
        let old = self.course.units[at].id.clone();
        let new: UnitId = format!("{old}-x").parse().unwrap();
        if new.as_str().len() > 40 {
            return;
        }
        let unit = &mut self.course.units[at];
        let files = std::mem::take(&mut unit.files);
        let named = |name: String| name.replace(old.as_str(), new.as_str());
        unit.files = files.into_iter().map(|(name, file)| (named(name), file)).collect();
        unit.id = new.clone();
        self.course.renames.units.insert(old, new);
    }

    fn work(&mut self, event: &Event) {
        match event {
            Event::Edit(file, line) => {
                let text = self.fresh("student");
                self.change(file, |old| with_line(&old, *line, &text));
            }
            Event::Rewrite(file) => {
                let text = self.fresh("student");
                self.change(file, |_| text);
            }
            Event::WindowsLineEnds(file) => {
                self.change(file, |old| old.replace("\r\n", "\n").replace('\n', "\r\n"))
            }
            Event::Delete(file) => _ = self.pick(file).map(|at| self.desk.delete(&at)),
            Event::Put(beside, name) => {
                let text = self.fresh("own");
                let folder = self.pick(beside).and_then(|at| Some(at.rsplit_once('/')?.0.to_owned()));
                // Names that collide with what courses use, and others.
                let name = name.get(&[
                    "notes.txt",
                    "tensor.py",
                    "layers.py",
                    "README.md",
                    "deep/er/notes.txt",
                    "notes.moved.txt",
                ]);
                let at = format!("{}/{name}", folder.unwrap_or_else(|| "modules".to_owned()));
                if self.desk.read(&at).is_none() {
                    self.desk.write(&at, text);
                }
            }
            Event::Rearrange(a, b) => {
                if let (Some(a), Some(b)) = (self.pick(a), self.pick(b)) {
                    let (at_a, at_b) = (self.desk.read(&a).unwrap(), self.desk.read(&b).unwrap());
                    self.desk.write(&a, at_b);
                    self.desk.write(&b, at_a);
                }
            }
            Event::DropOffer => {
                let offers: Vec<String> = self.offers();
                offers.iter().for_each(|at| self.desk.delete(at));
            }
            Event::EditOffer(offer) => {
                let (text, offers) = (self.fresh("student on an offer"), self.offers());
                if !offers.is_empty() {
                    let at: &String = offer.get(&offers);
                    self.desk.write(at, text);
                }
            }
            Event::Progress(unit, done) => {
                let unit = unit.get(&POOL);
                let text = if *done {
                    format!("{{\"completed\": {{\"{unit}\": \"2027-01-01T00:00:00Z\"}}}}")
                } else {
                    format!("{{\"started\": [\"{unit}\"]}}")
                };
                self.desk.write("progress.json", text);
            }
            Event::OldProgress(number) => {
                self.desk.write(
                    "progress.json",
                    format!("{{\"completed_modules\": [\"0{number}\", \"03_tensor\"]}}"),
                );
            }
            Event::Link(file) => {
                // A link in place of what the student deleted; what it was is no one's worry any more.
                let at = self.pick(file).filter(|at| at.contains('/'));
                _ = at.map(|at| self.desk.link(&at));
            }
            _ => unreachable!("{event:?}"),
        }
    }

    fn offers(&self) -> Vec<String> {
        let all = self.desk.world.things().filter_map(|(at, _)| at.strip_prefix("/w/"));
        all.filter(|at| at.starts_with(".tinytorch/incoming/")).map(str::to_owned).collect()
    }

    fn change(&mut self, file: &Index, how: impl FnOnce(String) -> String) {
        if let Some(at) = self.pick(file) {
            let text = how(self.desk.read(&at).unwrap());
            self.desk.write(&at, text);
        }
    }

    fn command(&mut self, event: &Event) {
        let one = |at: Option<String>| at.map(|at| BTreeSet::from([path(&at)])).unwrap_or_default();
        let target = self.course.target();
        let paths: Vec<_> = target.files.keys().cloned().collect();
        match event {
            Event::Update => self.update(),
            Event::Skip(file) => {
                self.desk.baselines = decline(&target, &self.desk.baselines, file.get(&paths)).unwrap();
            }
            Event::Unit(unit) => {
                let unit = unit.get(&self.course.units).id.clone();
                self.run(&Request::Unit(unit));
            }
            Event::Take(file, merge) => {
                self.run(&Request::Take { paths: one(self.pick(file)), merge: *merge, cell: None });
            }
            Event::Reset(file) => _ = self.run(&Request::Reset(one(self.pick(file)))),
            Event::Restore(file) => {
                _ = self.run(&Request::Restore(BTreeSet::from([file.get(&paths).clone()])))
            }
            _ => unreachable!("{event:?}"),
        }
    }

    /// Any run: nothing that a student could have written may be gone.
    fn run(&mut self, request: &Request) -> Run {
        let before = self.desk.files();
        // What was left to the student is followed again when the course has it again.
        let baselines = &self.desk.baselines;
        let followed: BTreeSet<String> =
            baselines.files.keys().chain(baselines.left.keys()).map(ToString::to_string).collect();
        let wanted: BTreeSet<String> = self.course.target().files.keys().map(ToString::to_string).collect();
        let set_aside: BTreeMap<String, Vec<u8>> = self.backups();
        let run = self.desk.run(&self.course, request);
        for (at, text) in &before {
            assert!(
                self.desk.holds(text.as_bytes()),
                "the bytes of {at} are nowhere: {text:?}\n{:#?}",
                run.effects.changes
            );
        }
        // Files of the student's own are not only somewhere: they are among the student's files.
        let after: BTreeSet<String> = self.desk.files().into_values().collect();
        for (at, text) in before.iter().filter(|(at, _)| *at != "progress.json") {
            assert!(
                followed.contains(at) || wanted.contains(at) || after.contains(text),
                "{at} was the student's own, and is put away: {:#?}",
                run.effects.changes
            );
        }
        for (at, bytes) in set_aside {
            assert_eq!(
                self.desk.world.bytes(&at).map(|bytes| bytes.to_vec()),
                Some(bytes),
                "{at} was set aside once"
            );
        }
        for (at, base) in &self.desk.baselines.files {
            let object = format!("/w/{}", tito::plan::object_path(base.sha256));
            assert!(self.desk.world.bytes(&object).is_some(), "no object for {at}");
        }
        run
    }

    fn backups(&self) -> BTreeMap<String, Vec<u8>> {
        let all = self.desk.world.things().filter(|(at, _)| at.contains("/.tinytorch/backups/"));
        all.filter_map(|(at, _)| Some((at.to_owned(), self.desk.world.bytes(at)?.to_vec()))).collect()
    }

    fn update(&mut self) {
        let run = self.run(&Request::Update);
        for step in &run.plan.steps {
            if step.role == Role::Work && step.situation.edited() {
                let kept = !matches!(
                    step.decision,
                    Decision::Write | Decision::SetAside | Decision::Remove | Decision::Restore
                );
                assert!(kept, "edited work: {step:#?}");
            }
            if step.decision == Decision::Restore {
                assert!(step.action == Action::Replace, "came back unasked: {step:#?}");
            }
        }
        let again = self.desk.plan(&self.course, &Request::Update);
        assert!(
            again.is_empty(),
            "a second update does something: {:#?}\nfirst: {:#?}",
            again.brief(),
            run.plan.brief()
        );
        let json = serde_json::to_string(&run.plan).unwrap();
        let mut read: tito::plan::Plan = serde_json::from_str(&json).unwrap();
        read.contents = run.plan.contents.clone();
        assert_eq!(read, run.plan, "a plan is data");
    }
}

/// `text` with line `number` replaced, or appended where it is shorter; as often as not the line goes in between.
fn with_line(text: &str, number: usize, line: &str) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    match number {
        0 => lines.insert(0, line),
        at if at < lines.len() => lines[at] = line,
        _ => lines.push(line),
    }
    lines.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_a_second_update_does_nothing(events in prop::collection::vec(event(), 1..40)) {
        let mut story = Story::new();
        for event in &events {
            story.happen(event);
        }
        story.update();
    }
}

#[test]
fn a_renamed_unit_brings_its_files_along() {
    let mut story = Story::new();
    story.desk.write("modules/01_tensor/tensor.py", "mine\n");
    story.desk.write("modules/01_tensor/notes/a.txt", "own\n");
    story.rename(0);
    story.update();
    assert_eq!(story.desk.read("modules/01_tensor-x/tensor-x.py").as_deref(), Some("mine\n"));
    assert_eq!(story.desk.read("modules/01_tensor-x/notes/a.txt").as_deref(), Some("own\n"));
    assert_eq!(story.course.units[0].id, id("tensor-x"));
    assert!(story.files().iter().all(|at| !at.contains("01_tensor/")));
}
