//! A course and a workspace in memory, and an interpreter that carries changes out on them: what `apply` does, without the disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tito::compile::{Advisory, File, Matcher, Mode, PerState, Policy, Renames, Rule, Target, Unit, built_in};
use tito::digest::Digest;
use tito::id::{Action, FileId, Role, UnitId, UnitKind};
use tito::lock::{Baselines, Export, Lock};
use tito::notebook::export::export;
use tito::notebook::percent;
use tito::path::WorkspacePath;
use tito::plan::{
    Change, Effects, Observed, Place, Plan, Request, StatCache, effects, object_path, observe, plan,
};
use tito::schedule::{Dates, Window};
use tito::world::memory::{Memory, Thing};

/// Where the workspace is in the memory.
pub(crate) const HOME: &str = "/w";

/// A `progress.json` in which `tensor` was handed in.
pub(crate) const SUBMITTED: &str = r#"{"started": ["tensor"], "completed": {"tensor": "2027-01-12T10:00:00Z"}, "submitted": {"tensor": {"at": "2027-01-12T11:00:00Z", "number": 1, "receipt": "0000000000000000000000000000000000000000000000000000000000000000", "files": {}}}}"#;

pub(crate) fn path(text: &str) -> WorkspacePath {
    WorkspacePath::new(text).unwrap()
}

pub(crate) fn id(text: &str) -> UnitId {
    text.parse().unwrap()
}

/// A course, as far as an update sees it.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    /// Version of the base.
    pub(crate) version: semver::Version,
    /// The package.
    pub(crate) package: String,
    /// Units, in order.
    pub(crate) units: Vec<Taught>,
    /// Files of no unit, by path.
    pub(crate) shared: BTreeMap<String, (Role, String)>,
    /// The course's own rules, first match first.
    pub(crate) rules: Vec<Rule>,
    pub(crate) advisories: Vec<Advisory>,
    pub(crate) renames: Renames,
    /// `modules/05` instead of `modules/05_autograd`: folders that two units can swap.
    pub(crate) bare_folders: bool,
}

/// A unit and its files: role, path below the unit's folder, text.
#[derive(Clone, Debug)]
pub(crate) struct Taught {
    pub(crate) id: UnitId,
    pub(crate) number: u32,
    pub(crate) files: BTreeMap<String, (Role, String)>,
    pub(crate) dates: Dates,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            version: semver::Version::new(1, 0, 0),
            package: "pkg".to_owned(),
            units: Vec::new(),
            shared: BTreeMap::new(),
            rules: Vec::new(),
            advisories: Vec::new(),
            renames: Renames::default(),
            bare_folders: false,
        }
    }
}

impl Course {
    /// A course of these units, numbered in this order, each with a notebook-like work file, a test and a README.
    pub(crate) fn of(units: &[&str]) -> Self {
        let mut course = Self::default();
        for (at, unit) in units.iter().enumerate() {
            course.units.push(taught(unit, u32::try_from(at).unwrap() + 1));
        }
        course.shared.insert("README.md".to_owned(), (Role::Doc, "read me\n".to_owned()));
        course.shared.insert("tests/conftest.py".to_owned(), (Role::Support, "shared\n".to_owned()));
        course
    }

    pub(crate) fn unit(&mut self, unit: &str) -> &mut Taught {
        self.units.iter_mut().find(|taught| taught.id.as_str() == unit).unwrap()
    }

    /// The text of a file of a unit.
    pub(crate) fn text(&mut self, unit: &str, file: &str) -> &mut String {
        &mut self.unit(unit).files.get_mut(file).unwrap().1
    }

    fn folder(&self, unit: &Taught, kind: &str) -> String {
        if self.bare_folders {
            format!("{kind}/{:02}", unit.number)
        } else {
            format!("{kind}/{:02}_{}", unit.number, unit.id)
        }
    }

    /// The course compiled.
    pub(crate) fn target(&self) -> Target {
        let default = rule("default", &[], PerState::all(Action::Offer), None);
        let policy = Policy::new(self.rules.iter().cloned().chain(built_in()).chain([default]).collect());
        let mut files = BTreeMap::new();
        let mut put = |at: &str, id: FileId, unit: Option<&UnitId>, role: Role, text: &str| {
            let at = path(at);
            let rule = policy.first_lasting(&at, unit, role).unwrap().0;
            let content: Arc<[u8]> = text.as_bytes().into();
            let digest = Digest::of(&content);
            let file = File {
                id,
                unit: unit.cloned(),
                role,
                digest,
                source: None,
                content,
                executable: false,
                rule,
                origin: String::new(),
                flagged: BTreeMap::new(),
            };
            assert!(files.insert(at, file).is_none());
        };
        for unit in &self.units {
            for (name, (role, text)) in &unit.files {
                let (kind, folder) =
                    if *role == Role::Test { ("tests", "tests") } else { ("module", "modules") };
                let at = format!("{}/{name}", self.folder(unit, folder));
                put(&at, FileId::of_unit(kind, &unit.id, name), Some(&unit.id), *role, text);
            }
        }
        for (at, (role, text)) in &self.shared {
            put(at, FileId::shared(at), None, *role, text);
        }
        let of_rules: String = self.rules.iter().map(|rule| format!("{rule:?}")).collect();
        let units = self.units.iter().map(|unit| Unit {
            id: unit.id.clone(),
            kind: UnitKind::Module,
            number: format!("{:02}", unit.number),
            title: unit.id.to_string(),
            dir: Some(path(&self.folder(unit, "modules"))),
            tests: Some(path(&self.folder(unit, "tests"))),
            mode: Mode::Do,
            optional: false,
            hours: None,
            requires: Vec::new(),
            dates: unit.dates,
        });
        Target {
            course: "test/course".to_owned(),
            title: "A test".to_owned(),
            tier: tito::notebook::tiers::Tier::Student,
            stubs: Default::default(),
            base_version: self.version.clone(),
            package: self.package.clone(),
            units: units.collect(),
            files,
            policy,
            advisories: self.advisories.clone(),
            renames: self.renames.clone(),
            offered: self.units.iter().map(|unit| unit.id.clone()).collect(),
            retired: BTreeMap::new(),
            run: None,
            timezone: None,
            course_digest: Digest::of(of_rules.as_bytes()),
            layers: Vec::new(),
            sources: Vec::new(),
            base: "test".to_owned(),
            base_digest: Digest::of(self.version.to_string().as_bytes()),
            datasets: Vec::new(),
        }
    }
}

/// A unit with the usual files.
pub(crate) fn taught(unit: &str, number: u32) -> Taught {
    let text = |what: &str| format!("{unit} {what}\none\ntwo\nthree\nfour\nfive\n");
    let files = BTreeMap::from([
        (format!("{unit}.py"), (Role::Work, text("work"))),
        (format!("test_{unit}.py"), (Role::Test, text("test"))),
        ("README.md".to_owned(), (Role::Doc, text("doc"))),
    ]);
    Taught { id: id(unit), number, files, dates: Dates::default() }
}

/// A rule for `roles` (none: all).
pub(crate) fn rule(name: &str, roles: &[Role], action: PerState, edited: Option<Action>) -> Rule {
    Rule {
        name: name.to_owned(),
        from: "course.yml:1".to_owned(),
        matches: Matcher { roles: (!roles.is_empty()).then(|| roles.to_vec()), ..Matcher::default() },
        action,
        edited,
        critical: None,
        window: Window::default(),
        is_final: false,
        why: None,
    }
}

/// A student's workspace.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) world: Memory,
    pub(crate) baselines: Baselines,
    pub(crate) lock: Option<Lock>,
    pub(crate) cache: StatCache,
    /// The moment of commands; none: that of the world.
    pub(crate) now: Option<jiff::Timestamp>,
    seconds: i64,
}

/// What an update came to.
pub(crate) struct Run {
    pub(crate) plan: Plan,
    pub(crate) effects: Effects,
}

impl Desk {
    /// A new workspace of `course`.
    pub(crate) fn new(course: &Course) -> Self {
        let mut desk = Self::default();
        desk.update(course);
        desk
    }

    pub(crate) fn observe(&self, target: &Target) -> Observed {
        let (lock, home) = (self.lock.as_ref(), Path::new(HOME));
        let mut seen = observe(&self.world, home, target, lock, &self.baselines, &self.cache).unwrap();
        seen.now = self.now.unwrap_or(seen.now);
        seen
    }

    /// The course as this student gets it now.
    pub(crate) fn target(&self, course: &Course) -> Target {
        match self.now {
            Some(now) => course.target().at(now),
            None => course.target(),
        }
    }

    pub(crate) fn plan(&self, course: &Course, request: &Request) -> Plan {
        let target = self.target(course);
        plan(&target, self.lock.as_ref(), &self.baselines, &self.observe(&target), request)
    }

    pub(crate) fn update(&mut self, course: &Course) -> Run {
        self.run(course, &Request::Update)
    }

    pub(crate) fn run(&mut self, course: &Course, request: &Request) -> Run {
        let target = self.target(course);
        let observed = self.observe(&target);
        let plan = plan(&target, self.lock.as_ref(), &self.baselines, &observed, request);
        self.seconds += 1;
        let now = jiff::Timestamp::from_second(1_800_000_000 + self.seconds).unwrap();
        let effects = effects(&plan, &target, &self.baselines, &observed, now);
        self.apply(&effects);
        self.cache = observed.cache;
        Run { plan, effects }
    }

    /// Carries effects out as `apply` does; that anything expected is not there is a fault of the plan.
    pub(crate) fn apply(&mut self, effects: &Effects) {
        for (digest, bytes) in &effects.objects {
            self.world.write(&format!("{HOME}/{}", object_path(*digest)), bytes.clone());
        }
        let moves: Vec<&Change> =
            effects.changes.iter().filter(|change| matches!(change, Change::Move { .. })).collect();
        let mut carried = false;
        for change in &effects.changes {
            match change {
                Change::Move { .. } if carried => {}
                Change::Move { .. } => {
                    self.carry(&moves);
                    carried = true;
                }
                Change::Remove { at, expect } => {
                    let bytes = self.take(&place(at), *expect);
                    self.world.write(&format!("{HOME}/{}", object_path(*expect)), bytes);
                }
                Change::Put { at, content, expect, keep, .. } => {
                    self.put(at, content, *expect, keep.as_deref())
                }
            }
        }
        self.baselines = effects.baselines.clone();
        if let Some(lock) = &effects.lock {
            self.lock = Some(Lock::read(lock).unwrap());
            self.world.write(&format!("{HOME}/course.lock"), lock.clone());
        }
        if let Some(progress) = &effects.progress {
            // Apply keeps the former bytes of tito's own files in the objects, for undo.
            let old = self.read("progress.json").unwrap_or_default().into_bytes();
            self.world.write(&format!("{HOME}/{}", object_path(Digest::of(&old))), old);
            self.write("progress.json", progress);
        }
    }

    /// All moves at once.
    fn carry(&mut self, moves: &[&Change]) {
        let mut carried = Vec::new();
        for change in moves {
            if let Change::Move { from, to, expect } = change {
                carried.push((to, self.take(from.as_str(), *expect)));
            }
        }
        for (to, bytes) in carried {
            assert!(!self.stands(to.as_str()), "a move ends where something stands: {to}");
            self.world.write(&format!("{HOME}/{to}"), bytes);
        }
    }

    fn put(&mut self, at: &Place, content: &Arc<[u8]>, expect: Option<Digest>, keep: Option<&str>) {
        let at = place(at);
        match expect {
            None => assert!(!self.stands(&at), "written over something unexpected: {at}"),
            Some(expect) => {
                let bytes = self.take(&at, expect);
                match keep {
                    Some(folder) => {
                        let mut place = format!("{HOME}/.tinytorch/backups/{folder}/{at}");
                        while self.world.bytes(&place).is_some_and(|there| *there != bytes) {
                            place.push('+');
                        }
                        self.world.write(&place, bytes);
                    }
                    None => self.world.write(&format!("{HOME}/{}", object_path(expect)), bytes),
                }
            }
        }
        self.world.write(&format!("{HOME}/{at}"), content.clone());
    }

    fn take(&mut self, at: &str, expect: Digest) -> Arc<[u8]> {
        let full = format!("{HOME}/{at}");
        let bytes = self.world.bytes(&full).unwrap_or_else(|| panic!("nothing at {at}")).clone();
        assert_eq!(Digest::of(&bytes), expect, "something else at {at}");
        self.world.remove(&full);
        bytes
    }

    /// Does anything stand at `at`, or on the way to it?
    fn stands(&self, at: &str) -> bool {
        let full = format!("{HOME}/{at}");
        self.world.things().any(|(there, _)| {
            let inside = |outer: &str, inner: &str| {
                inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
            };
            there == full || inside(there, &full) || inside(&full, there)
        })
    }

    /// `tito module export` of the notebook at `at`, in what it remembers; `id`: what it is.
    pub(crate) fn export(&mut self, package: &str, at: &str, id: &FileId) {
        let notebook = percent::read(&self.read(at).unwrap(), at).notebook;
        let module = export(&notebook, package, at).0.unwrap();
        let to = format!("{package}/{}", module.path());
        self.write(&to, &module.text);
        let sha256 = Digest::of(module.text.as_bytes());
        self.baselines.exports.made.insert(path(&to), Export { sha256, of: Some(id.clone()) });
    }

    /// What the student does.
    pub(crate) fn write(&mut self, at: &str, text: impl AsRef<[u8]>) {
        self.world.write(&format!("{HOME}/{at}"), text.as_ref().to_vec());
    }

    pub(crate) fn link(&mut self, at: &str) {
        self.world.put(&format!("{HOME}/{at}"), Thing::Link);
    }

    pub(crate) fn delete(&mut self, at: &str) {
        self.world.remove(&format!("{HOME}/{at}"));
    }

    /// The text of the file at `at`.
    pub(crate) fn read(&self, at: &str) -> Option<String> {
        let bytes = self.world.bytes(&format!("{HOME}/{at}"))?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    /// Every file outside tito's own folder, by path.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let own = |at: &str| at.starts_with(".tinytorch/") || at == "course.lock";
        let files = self.world.things().filter_map(|(at, thing)| match (at.strip_prefix("/w/"), thing) {
            (Some(at), Thing::File(bytes)) if !own(at) => {
                Some((at.to_owned(), String::from_utf8_lossy(bytes).into_owned()))
            }
            _ => None,
        });
        files.collect()
    }

    /// Is a file with these bytes anywhere in the workspace?
    pub(crate) fn holds(&self, bytes: &[u8]) -> bool {
        self.world.things().any(|(_, thing)| matches!(thing, Thing::File(there) if there[..] == *bytes))
    }
}

/// Where a place is below the workspace.
pub(crate) fn place(at: &Place) -> String {
    match at {
        Place::Workspace(path) => path.to_string(),
        Place::Incoming(path) => format!(".tinytorch/incoming/{path}"),
    }
}
