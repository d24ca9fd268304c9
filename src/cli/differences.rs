//! What differs between two versions of a file, found and shown: notebooks by cell, texts by line. What `tito diff` prints, and what a verb that
//! replaces something shows before it asks.

use serde::Serialize;

use crate::digest::Digest;
use crate::path::WorkspacePath;
use crate::plan::merge::changes::{CellChanges, CellWord, Changes, Hunk, Line, Piece, Side, changes};
use crate::plan::merge::notebook::matching::Editor;
use crate::plan::{Decision, Notice, Obstacle, Plan, Pristine, Settled, Situation, Step};
use crate::world::disk::Disk;
use crate::world::{Root, World};

use super::open;
use super::out::{Look, Out, clean, paint, shell};
use super::workspace::{FILE_LIMIT, Home, Planned};

/// One file that differs.
#[derive(Serialize)]
pub(super) struct FileDiff {
    pub(super) path: WorkspacePath,
    pub(super) what: What,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) changes: Option<Changes>,
    /// What is in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) obstacle: Option<Obstacle>,
}

impl FileDiff {
    /// A file of which that is all there is to say.
    pub(super) fn only(path: WorkspacePath, what: What) -> Self {
        Self { path, what, changes: None, obstacle: None }
    }

    /// A file that changed from `before` to `after`, which `editor` made of it.
    pub(super) fn changed(path: WorkspacePath, before: &[u8], after: &[u8], editor: Editor) -> Self {
        Self { changes: Some(changes(before, after, editor)), ..Self::only(path, What::Changed) }
    }

    fn in_the_way(path: WorkspacePath, obstacle: Obstacle) -> Self {
        Self { obstacle: Some(obstacle), ..Self::only(path, What::InTheWay) }
    }
}

/// What is to be said of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum What {
    /// It is on both sides.
    Changed,
    /// The course has it, and the workspace never had.
    New,
    /// The student deleted it.
    Deleted,
    /// The course no longer has it.
    Dropped,
    /// It cannot be compared: the version that the student began with is lost.
    NoBase,
    /// It cannot be compared: something that is not a file of the workspace is there.
    InTheWay,
}

/// Is the file of `step` at `path`, or below it?
pub(super) fn covers(path: &WorkspacePath, step: &Step) -> bool {
    let places = [Some(&step.path), step.from.as_ref(), step.recorded.as_ref()];
    places.into_iter().flatten().any(|at| holds(path, at))
}

/// Is `at` the path, or below it?
pub(super) fn holds(path: &WorkspacePath, at: &WorkspacePath) -> bool {
    at == path || at.as_str().strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

/// Where the bytes of a file's sides are.
pub(super) struct Looks<'a> {
    pub(super) world: &'a Disk,
    pub(super) home: &'a Home,
    pub(super) planned: &'a Planned,
    /// The plan of taking all that is on offer, where that is asked for.
    pub(super) taken: Option<&'a Plan>,
    pristine: Pristine<'a>,
}

impl<'a> Looks<'a> {
    /// Those of a plan.
    pub(super) fn new(
        world: &'a Disk,
        home: &'a Home,
        planned: &'a Planned,
        taken: Option<&'a Plan>,
    ) -> Self {
        Self { world, home, planned, taken, pristine: Pristine::new(world, &home.root) }
    }

    /// All that differ of the files `asked` for, or of all; then those that something is in the way of.
    pub(super) fn files(&self, asked: &[WorkspacePath], incoming: bool) -> Vec<FileDiff> {
        let plan = &self.planned.plan;
        let wanted =
            |is_there: &dyn Fn(&WorkspacePath) -> bool| asked.is_empty() || asked.iter().any(is_there);
        let steps = plan.steps.iter().filter(|step| wanted(&|asked| covers(asked, step)));
        let differ = steps.filter_map(|step| if incoming { self.incoming(step) } else { self.own(step) });
        let in_the_way = plan.notices.iter().filter_map(|notice| match notice {
            Notice::InTheWay { path, obstacle } if wanted(&|asked| holds(asked, path)) => {
                Some(FileDiff::in_the_way(path.clone(), obstacle.clone()))
            }
            _ => None,
        });
        differ.chain(in_the_way).collect()
    }

    /// What the student made of a file.
    fn own(&self, step: &Step) -> Option<FileDiff> {
        use Situation as S;
        let at = step.from.as_ref().unwrap_or(&step.path);
        let what = match step.situation {
            S::StudentChanged | S::BothDiffer | S::BothSame | S::DroppedEdited => What::Changed,
            S::Deleted | S::DeletedChanged => What::Deleted,
            _ => return None,
        };
        if what == What::Deleted {
            return Some(FileDiff::only(step.path.clone(), what));
        }
        self.between(at, self.base(step), self.student(step), Editor::Student)
    }

    /// What the course made of a file.
    fn incoming(&self, step: &Step) -> Option<FileDiff> {
        use Situation as S;
        let course = self.course(step);
        let pending = step.settled != Some(Settled::Declined)
            && (step.situation.course_changed() || open::is_offered(step));
        if let Some(offered) = self.offered(step).filter(|_| pending && step.situation.edited()) {
            return Some(offered)
                .filter(|diff| diff.changes.as_ref().is_some_and(|changes| !changes.is_empty()));
        }
        match step.situation {
            _ if step.settled == Some(Settled::Declined) => None,
            S::Dropped | S::DroppedEdited => Some(FileDiff::only(step.path.clone(), What::Dropped)),
            S::New => {
                let changed = FileDiff::changed(step.path.clone(), b"", &course?, Editor::Course);
                Some(FileDiff { what: What::New, ..changed })
            }
            // The merge left something of it out: what was is the base already.
            S::StudentChanged if step.settled == Some(Settled::Offered) => {
                self.between(&step.path, self.student(step), course, Editor::Course)
            }
            S::AddedDiffer => self.between(&step.path, self.student(step), course, Editor::Course),
            S::CourseChanged | S::BothDiffer | S::DeletedChanged | S::BothSame => {
                self.between(&step.path, self.base(step), course, Editor::Course)
            }
            _ => None,
        }
    }

    /// What of the student's goes when the plan is carried out: files that get the course's text in place of theirs.
    pub(super) fn replaced(&self) -> Vec<FileDiff> {
        let steps = self
            .planned
            .plan
            .steps
            .iter()
            .filter(|step| step.settled.is_none() && step.expect.is_some() && step.situation.edited());
        let after = |step: &Step| match step.decision {
            Decision::SetAside => self.course(step),
            Decision::Merge if step.replaces => self.result(step),
            _ => None,
        };
        let changed = steps.filter_map(|step| {
            let (student, after) = (self.student(step)?, after(step)?);
            Some(FileDiff::changed(step.path.clone(), &student, &after, Editor::Course))
        });
        changed.collect()
    }

    /// What taking all that is on offer would make of the student's file, cell by cell.
    fn offered(&self, step: &Step) -> Option<FileDiff> {
        let taken = self.taken?.steps.iter().find(|taken| taken.id == step.id)?;
        let merged =
            self.taken?.contents.get(&taken.result.filter(|_| taken.decision == Decision::Merge)?)?;
        Some(FileDiff::changed(step.path.clone(), &self.student(step)?, merged, Editor::Course))
    }

    /// What the plan makes of a file.
    fn result(&self, step: &Step) -> Option<Vec<u8>> {
        let digest = step.result?;
        let merged = self.planned.plan.contents.get(&digest).map(|bytes| bytes.to_vec());
        merged.or_else(|| self.course(step).filter(|bytes| Digest::of(bytes) == digest))
    }

    fn between(
        &self,
        path: &WorkspacePath,
        before: Option<Vec<u8>>,
        after: Option<Vec<u8>>,
        editor: Editor,
    ) -> Option<FileDiff> {
        let path = path.clone();
        Some(match (before, after) {
            (Some(before), Some(after)) => FileDiff::changed(path, &before, &after, editor),
            (None, _) => FileDiff::only(path, What::NoBase),
            (Some(_), None) => FileDiff::only(path, What::Deleted),
        })
    }

    /// The version that tito last wrote.
    fn base(&self, step: &Step) -> Option<Vec<u8>> {
        let entry = self.home.baselines.entry(step.recorded.as_ref()?)?;
        self.pristine.read(entry.sha256, FILE_LIMIT).map(|bytes| bytes.to_vec())
    }

    /// As it is on disk.
    pub(super) fn student(&self, step: &Step) -> Option<Vec<u8>> {
        self.read(step.from.as_ref().unwrap_or(&step.path).as_str())
    }

    /// As the course has it.
    pub(super) fn course(&self, step: &Step) -> Option<Vec<u8>> {
        self.planned.target.files.values().find(|file| file.id == step.id).map(|file| file.content.to_vec())
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        read(self.world, self.home, path)
    }
}

fn read(world: &Disk, home: &Home, path: &str) -> Option<Vec<u8>> {
    world.read_below(&Root::Folder(home.root.clone()), path, FILE_LIMIT).ok()
}

/// One file, as text.
pub(super) fn show(file: &FileDiff, out: &Out) {
    let path = paint(Look::Strong, &clean(file.path.as_str()));
    match file.what {
        What::Deleted => {
            out.line(format!(
                "{path}   you deleted it · restore it: tito restore {}",
                shell(file.path.as_str())
            ));
        }
        What::Dropped => out.line(format!("{path}   no longer part of the course")),
        What::NoBase => {
            out.line(format!("{path}   the version that you started with is missing · see `tito doctor`"));
        }
        What::InTheWay => {
            let why = file.obstacle.as_ref().map(ToString::to_string).unwrap_or_default();
            out.line(format!("{path}   is left alone: {}", clean(&why)));
        }
        What::New => out.line(format!("{path}   new")),
        What::Changed => out.line(format!("{path}   {}", summary(file.changes.as_ref()))),
    }
    match (&file.changes, file.what) {
        (Some(Changes::Notebook { cells }), What::Changed) => {
            for cell in cells {
                show_cell(cell, out);
            }
        }
        (Some(Changes::Text { hunks }), What::Changed) => {
            for hunk in hunks {
                out.line(paint(Look::Quiet, &format!("  line {}", hunk.after)));
                show_lines(hunk, out);
            }
        }
        _ => {}
    }
}

/// `2 cells changed, 1 added`, or `1 line gone, 3 new`.
fn summary(changes: Option<&Changes>) -> String {
    let (gone, fresh) = changes.map(Changes::count).unwrap_or_default();
    match changes {
        Some(Changes::Notebook { cells }) => {
            let count = |what: CellWord| cells.iter().filter(|cell| cell.what == what).count();
            let words = [
                (count(CellWord::Changed), "changed"),
                (count(CellWord::Added), "added"),
                (count(CellWord::Removed), "removed"),
                (count(CellWord::Moved), "moved"),
            ];
            let said = words.iter().filter(|(count, _)| *count > 0).enumerate().map(|(at, (count, word))| {
                let noun = match (at, count) {
                    (0, 1) => " cell",
                    (0, _) => " cells",
                    _ => "",
                };
                format!("{count}{noun} {word}")
            });
            let said: Vec<String> = said.collect();
            if said.is_empty() { "no cell differs".to_owned() } else { said.join(", ") }
        }
        Some(Changes::Text { hunks }) if hunks.is_empty() => "only line ends differ".to_owned(),
        Some(Changes::Text { .. }) => {
            let noun = |count: usize| if count == 1 { "line" } else { "lines" };
            match (gone, fresh) {
                (0, fresh) => format!("{fresh} {} added", noun(fresh)),
                (gone, 0) => format!("{gone} {} removed", noun(gone)),
                (gone, fresh) => format!("{gone} {} removed, {fresh} added", noun(gone)),
            }
        }
        Some(Changes::Unreadable { side, why }) => {
            let version = if *side == Side::Before { "the version before" } else { "it" };
            format!("{version} cannot be read as a notebook: {}", clean(why))
        }
        Some(Changes::Bytes { before, after }) => format!("{before} bytes before, {after} after"),
        None => String::new(),
    }
}

fn show_cell(cell: &CellChanges, out: &Out) {
    let what = match (cell.what, cell.moved) {
        (CellWord::Changed, false) => "changed",
        (CellWord::Changed, true) => "changed and moved",
        (CellWord::Added, _) => "added",
        (CellWord::Removed, _) => "removed",
        (CellWord::Moved, _) => "moved",
    };
    let was = cell.was.map(|was| format!(", was {was}, is {}", cell.kind)).unwrap_or_default();
    let head = format!("  cell {}  {}   {what}{was}", cell.place, clean(&cell.name));
    out.line(paint(Look::Quiet, &head));
    for (number, hunk) in cell.hunks.iter().enumerate() {
        if number > 0 {
            out.line(paint(Look::Quiet, "      …"));
        }
        show_lines(hunk, out);
    }
}

fn show_lines(hunk: &Hunk, out: &Out) {
    for line in &hunk.lines {
        out.line(line_text(line));
    }
}

fn line_text(line: &Line) -> String {
    let (sign, look, strong) = match line.side {
        Side::Both => (' ', None, Look::Strong),
        Side::Before => ('-', Some(Look::Gone), Look::GoneWord),
        Side::After => ('+', Some(Look::Good), Look::FreshWord),
    };
    let piece = |piece: &Piece| {
        let text = clean(&piece.text);
        match look {
            Some(look) => paint(if piece.differs { strong } else { look }, &text),
            None => text,
        }
    };
    let sign = look.map_or_else(|| sign.to_string(), |look| paint(look, &sign.to_string()));
    let text: String = line.pieces.iter().map(piece).collect();
    let end = if line.unended { paint(Look::Quiet, "   (no line end)") } else { String::new() };
    format!("    {sign} {text}{end}").trim_end().to_owned()
}
