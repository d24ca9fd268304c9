//! The commands that the crash tests interrupt, each with the workspace that it is for: `update`, `undo`, `undo 1` and `take`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tito::apply::undo::undo;
use tito::apply::{self, ApplyError, Batch, Command, Disk, Meta, Record};
use tito::plan::{Change, Place};

use super::workspace::*;

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Update,
    UndoLast,
    UndoFirst,
    Take,
}

pub(super) const CASES: [Case; 4] = [Case::Update, Case::UndoLast, Case::UndoFirst, Case::Take];

/// The text of the offer that `take` accepts.
const OFFERED: &str = "taken v2";
const OF_STUDENT: &str = "my answer";

impl Case {
    /// The command as it is typed.
    pub(super) fn command(self) -> Command {
        match self {
            Self::Update => Command::new("update"),
            Self::UndoLast => Command::new("undo"),
            Self::UndoFirst => Command::new("undo").with(["1".to_owned()]),
            Self::Take => Command::new("take").with(["t/taken.py".to_owned()]),
        }
    }

    /// A workspace in which the command has something to do.
    pub(super) fn workspace(self) -> (tempfile::TempDir, std::path::PathBuf) {
        let (folder, root) = fresh(&small_update());
        match self {
            Self::Update => {}
            Self::UndoLast => run_one(&root, small_update().batch),
            Self::UndoFirst => {
                run_one(&root, small_update().batch);
                run_one(&root, later(&root));
            }
            Self::Take => offer(&root),
        }
        (folder, root)
    }

    /// What the student wrote, and may be nowhere else.
    pub(super) fn student(self) -> Vec<&'static str> {
        let mut all = small_update().student;
        if self == Self::Take {
            all.push(OF_STUDENT);
        }
        all
    }

    /// Runs the command, as the command line does: what is finished by taking the lock is not done again.
    pub(super) fn run(self, root: &Path, disk: Disk) -> Result<(), ApplyError> {
        let workspace = apply::Workspace::lock_on(disk, self.command(), apply::Patience::Wait, now())?;
        if workspace.finished().is_some() {
            return Ok(());
        }
        let batch = self.batch(root, workspace.disk())?;
        apply::apply(&workspace, batch).map(drop)
    }

    fn batch(self, root: &Path, disk: &Disk) -> Result<Batch, ApplyError> {
        match self {
            Self::Update => Ok(replan(root, &small_update().batch)),
            Self::UndoLast | Self::UndoFirst => {
                let first = apply::history(disk)?.into_iter().find(|record| record.run == 1).unwrap();
                Ok(undo(disk, &first, now())?.batch)
            }
            Self::Take => Ok(take(root)),
        }
    }
}

/// What a command leaves: all files but those of the journal and the store, and what `history` says.
pub(super) type Outcome = (BTreeMap<String, String>, Vec<Record>);

/// Fails unless a command left what it was to leave, and names what differs.
#[track_caller]
pub(super) fn assert_same((files, runs): &Outcome, (files_wanted, runs_wanted): &Outcome, when: &str) {
    let names: BTreeSet<&String> = files.keys().chain(files_wanted.keys()).collect();
    for name in names {
        assert_eq!(files.get(name), files_wanted.get(name), "{when}: `{name}`");
    }
    assert_eq!(runs.len(), runs_wanted.len(), "{when}");
    for (run, wanted) in runs.iter().zip(runs_wanted) {
        for (change, wanted) in run.changes.iter().zip(&wanted.changes) {
            assert_eq!(change, wanted, "{when}: run {}", run.run);
        }
        assert_eq!(run, wanted, "{when}");
    }
}

/// What a command left.
pub(super) fn outcome(root: &Path) -> Outcome {
    (comparable(root), apply::history(&Disk::open(root).unwrap()).unwrap())
}

fn run_one(root: &Path, batch: Batch) {
    update(quick(root, Calls::At), batch).unwrap();
}

fn version(root: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(root.join(".tinytorch/version.json")).unwrap()).unwrap()
}

/// A run after the update, which `undo 1` leaves alone.
fn later(root: &Path) -> Batch {
    let mut batch = Batch::new(now());
    batch.changes = vec![put("later.py", "later", None)];
    let mut version = version(root);
    version["files"]["later.py"] = json!({"id": "later"});
    batch.meta.insert(Meta::Baselines, Some(version.to_string().into_bytes()));
    batch
}

/// A file of the student's, with an offer beside it.
fn offer(root: &Path) {
    for (name, text) in [("t/taken.py", OF_STUDENT), (".tinytorch/incoming/t/taken.py", OFFERED)] {
        let file = root.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let mut version = version(root);
    version["files"]["t/taken.py"] = json!({"id": "t", "sha256": digest("taken v1").to_string()});
    version["offered"] = json!({"t": digest(OFFERED).to_string()});
    fs::write(root.join(".tinytorch/version.json"), version.to_string()).unwrap();
}

fn take(root: &Path) -> Batch {
    let mut batch = Batch::new(now());
    batch.changes = vec![
        Change::Remove { at: Place::Incoming(path("t/taken.py")), expect: digest(OFFERED) },
        Change::Put {
            at: here("t/taken.py"),
            content: Arc::from(OFFERED.as_bytes()),
            executable: false,
            expect: Some(digest(OF_STUDENT)),
            keep: Some("t_20270115_103000".to_owned()),
        },
    ];
    batch.objects = vec![Arc::from(OFFERED.as_bytes())];
    batch.pristine = [digest(OFFERED)].into();
    let mut version = version(root);
    version["files"]["t/taken.py"]["sha256"] = json!(digest(OFFERED).to_string());
    version.as_object_mut().unwrap().remove("offered");
    batch.meta = BTreeMap::from([(Meta::Baselines, Some(version.to_string().into_bytes()))]);
    batch
}
