//! A workspace with its course compiled, and where the files of a unit lie in it.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use jiff::Timestamp;

use crate::compile::{File, Target, Unit};
use crate::id::{FileId, Mode, Role, State, UnitId, UnitKind};
use crate::path::WorkspacePath;
use crate::plan::Request;
use crate::world::disk::Disk;
use crate::world::{World, reason};

use crate::cli::dates::Clock;
use crate::cli::exit::Exit;
use crate::cli::out::{Out, shell};
use crate::cli::workspace::{self, Home, Planned};
use crate::cli::{current_course, find as whereabouts, unit};

/// What every verb on a unit starts with.
pub(crate) struct Opened {
    pub(crate) home: Home,
    pub(crate) target: Target,
    /// Where the files of the course stand here, by their ids: an update that has not been made, or that policy held back, leaves one
    /// elsewhere, and a student may have moved it.
    places: BTreeMap<FileId, WorkspacePath>,
    /// Where tito last wrote them.
    pub(super) recorded: BTreeMap<FileId, WorkspacePath>,
    /// An update would change the lock: what the course says now was not given yet.
    pub(super) is_pending: bool,
    /// When this was.
    now: Timestamp,
}

/// Reads the workspace that this folder is in, and its course: as it is, or else as it was given.
pub(crate) fn open(world: &dyn World, out: &Out) -> Result<Opened, Exit> {
    let home = workspace::here(world, out)?;
    let (target, _) = current_course::or_kept(world, &home, out)?;
    Opened::new(world, home, target, out)
}

/// Has the course `target` files of `unit` by `now`?
///
/// # Errors
/// After saying when it has.
pub(super) fn is_here(unit: &Unit, target: &Target, now: Timestamp, out: &Out) -> Result<(), Exit> {
    if !target.is_announced(&unit.id) {
        return Ok(());
    }
    let clock = Clock::new(now, target.timezone.as_deref());
    match unit.dates.opens.filter(|opens| *opens > now) {
        Some(opens) => out.fail(
            &format!("`{}` is not open yet: it opens {}", unit.id, clock.moment(opens)),
            "its files come with the next `tito update` after that; what you have of it stays as it is",
        ),
        None => out.fail(
            &format!("`{}` is open, and its files are not here yet", unit.id),
            "get them with `tito update`; where it brings nothing, your instructor has not published them yet",
        ),
    };
    Err(Exit::Blocked)
}

impl Opened {
    /// The same, of a course that is known.
    pub(crate) fn new(world: &dyn World, home: Home, target: Target, out: &Out) -> Result<Self, Exit> {
        let Planned { target, plan, observed } =
            workspace::look(world, &home, target, &Request::Update, out)?;
        let is_pending = plan.lock.from != Some(plan.lock.to);
        let known = plan.steps.iter().filter_map(|step| Some((step.id.clone(), step.recorded.clone()?)));
        let recorded = known.collect();
        let stands = plan.steps.into_iter().filter(|step| step.expect.is_some());
        let places = stands.map(|step| (step.id, step.from.unwrap_or(step.path))).collect();
        Ok(Self { home, target, places, recorded, is_pending, now: observed.now })
    }

    /// The unit that `word` names: a module or an assignment that the student works on.
    pub(crate) fn unit(&self, word: &str, out: &Out) -> Result<&Unit, Exit> {
        let unit = unit::find(word, &self.target, out)?;
        if unit.kind == UnitKind::Milestone {
            let help = format!("run it: `tito milestone run {}`", unit.id);
            return Err(out.fail(&format!("`{}` is a milestone", unit.id), &help));
        }
        if unit.mode == Mode::Provided {
            let message =
                format!("`{}` is provided: its solved code is in `{}` already", unit.id, self.target.package);
            return Err(
                out.fail(&message, "you need not do anything for it; `tito module list` lists the units")
            );
        }
        self.is_here(unit, out)?;
        Ok(unit)
    }

    /// Has the course files of `unit` by now?
    ///
    /// # Errors
    /// After saying when it has.
    pub(crate) fn is_here(&self, unit: &Unit, out: &Out) -> Result<(), Exit> {
        is_here(unit, &self.target, self.now, out)
    }

    /// The student's notebooks of a unit, as they are on this disk, in order.
    pub(crate) fn notebooks(&self, unit: &UnitId) -> Vec<WorkspacePath> {
        self.notebooks_by_id(unit).into_iter().map(|(_, path)| path).collect()
    }

    /// The same, with what they are.
    pub(crate) fn notebooks_by_id(&self, unit: &UnitId) -> Vec<(FileId, WorkspacePath)> {
        let work = |(path, file): &(&WorkspacePath, &File)| {
            file.unit.as_ref() == Some(unit)
                && file.role == Role::Work
                && (path.extension() == "ipynb" || is_script(path, &file.content))
        };
        let files = self.target.files.iter().filter(work);
        files.map(|(path, file)| (file.id.clone(), self.on_disk(&file.id, path))).collect()
    }

    /// The folders that hold a unit's tests, on this disk.
    pub(crate) fn tests(&self, unit: &UnitId) -> Vec<WorkspacePath> {
        let is_test = |path: &WorkspacePath, file: &File| {
            let name = path.name();
            file.unit.as_ref() == Some(unit)
                && file.role == Role::Test
                && (name.starts_with("test_") || name.ends_with("_test.py"))
                && path.extension() == "py"
        };
        let files = self.target.files.iter().filter(|(path, file)| is_test(path, file));
        let mut folders: Vec<WorkspacePath> =
            files.filter_map(|(path, file)| self.on_disk(&file.id, path).parent()).collect();
        folders.sort();
        folders.dedup();
        let all = folders.clone();
        folders.retain(|folder| {
            !all.iter().any(|other| folder.below(other).is_some_and(|rest| !rest.is_empty()))
        });
        folders
    }

    /// Where a file of the course is here, or belongs where it does not exist.
    pub(crate) fn on_disk(&self, id: &FileId, path: &WorkspacePath) -> WorkspacePath {
        self.places.get(id).unwrap_or(path).clone()
    }

    /// Looks at the whole workspace: states of units, progress.
    pub(crate) fn look(self, world: &Disk, out: &Out) -> Result<(Home, Planned), Exit> {
        let planned = workspace::look(world, &self.home, self.target, &Request::Update, out)?;
        Ok((self.home, planned))
    }
}

/// Says that a file of the student's cannot be read, and what helps.
pub(crate) fn unread(path: &WorkspacePath, error: &std::io::Error, out: &Out) -> Exit {
    let help = match error.kind() {
        ErrorKind::NotFound => format!("restore it: `tito restore {}`", shell(path.as_str())),
        ErrorKind::InvalidInput => {
            "put the file itself there, or move away what is there; then run it again".to_owned()
        }
        ErrorKind::FileTooLarge => "clear the outputs of its cells, and save it".to_owned(),
        _ => "nothing was written; allow reading it, then run it again".to_owned(),
    };
    out.fail(&format!("`{path}` cannot be read: {}", reason(error)), &help)
}

fn is_script(path: &WorkspacePath, content: &[u8]) -> bool {
    path.extension() == "py" && content.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"# %%"))
}

/// Is there a file or folder at `path` of the workspace?
pub(crate) fn is_there(world: &dyn World, home: &Home, path: &WorkspacePath) -> bool {
    whereabouts::is_there(world, &home.root.join(path.as_str()))
}

/// How far the student is with `unit`.
pub(crate) fn state(planned: &Planned, unit: &UnitId) -> State {
    planned.plan.units.iter().find(|line| &line.id == unit).map_or(State::NotStarted, |line| line.state)
}

/// What `unit` needs, and the student has not completed, and the course does not provide.
pub(crate) fn missing<'a>(unit: &'a Unit, planned: &'a Planned) -> Vec<&'a Unit> {
    let units = &planned.target.units;
    let needed = unit.requires.iter().filter_map(|id| units.iter().find(|unit| &unit.id == id));
    needed.filter(|unit| unit.mode != Mode::Provided && !state(planned, &unit.id).is_done()).collect()
}
