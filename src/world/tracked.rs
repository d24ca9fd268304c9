//! [`Tracked`]: a world that notes what was read of it, and gives [`Inputs`] at the end.
//!
//! It is a saving, not a truth. Whatever is not certain (a file that changed just now, a name that is not Unicode, a clock that was asked)
//! makes it give no inputs, and then everything is read again.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::disk::marks::{mark, program, text};
use super::inputs::{Inputs, Mark};
use super::{Entry, Found, FoundKind, Root, Seekable, Stamp, World, as_the_other_world};
use crate::digest::Digest;

/// How a path was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    /// A file or folder that the user named, which may be a link.
    Named,
    /// What a file names: never a link.
    Plain,
    /// Everything below it.
    Tree,
}

/// What was read.
#[derive(Default)]
struct Seen {
    paths: BTreeMap<PathBuf, How>,
    /// Of paths of which the system said it at once, or before.
    marks: BTreeMap<String, Mark>,
}

/// A world that notes what is read of it.
pub struct Tracked<'a> {
    world: &'a dyn World,
    started: i64,
    /// The time of this world. None: what asks for it depends on more than on files.
    now: Option<Timestamp>,
    /// None: something was asked that no file answers.
    seen: Mutex<Option<Seen>>,
}

impl std::fmt::Debug for Tracked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tracked")
    }
}

impl<'a> Tracked<'a> {
    /// `world`, of which nothing was read yet.
    pub fn new(world: &'a dyn World) -> Self {
        Self { world, started: world.file_clock(), now: None, seen: Mutex::new(Some(Seen::default())) }
    }

    /// The same at the moment `now`: whoever keeps what it gives says how long that holds.
    pub fn at(world: &'a dyn World, now: Timestamp) -> Self {
        Self { now: Some(now), ..Self::new(world) }
    }

    /// Lets `change` add to what was read, if all of that can be told; where it answers nothing, it no longer can.
    fn add(&self, change: impl FnOnce(&mut Seen) -> Option<()>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.as_mut().is_some_and(|seen| change(seen).is_none()) {
            *seen = None;
        }
    }

    fn note(&self, path: &Path, how: How) {
        self.add(|seen| {
            let known = seen.paths.entry(path.to_owned()).or_insert(how);
            *known = (*known).max(how);
            Some(())
        });
    }

    fn note_in(&self, root: &Root, path: &str, how: How) {
        if let Some((place, is_root)) = place(root, path) {
            self.note(&place, if is_root { how.max(How::Named) } else { how });
        }
    }

    /// What the system answered, if it would answer the same as long as the path stays as it is: not where another program has it open, or
    /// this user may not read it.
    fn answer<T>(&self, answer: io::Result<T>) -> io::Result<T> {
        use io::ErrorKind::{FileTooLarge, InvalidInput, IsADirectory, NotADirectory, NotFound};
        let lasts = |error: &io::Error| {
            matches!(error.kind(), FileTooLarge | InvalidInput | IsADirectory | NotADirectory | NotFound)
        };
        if answer.as_ref().is_err_and(|error| !lasts(error)) {
            self.add(|_| None);
        }
        answer
    }

    /// Notes a folder, of which the system said what is directly in it; what is in folders in it has a say only where these are read.
    fn note_entries(&self, root: &Root, path: &str, entries: &io::Result<Vec<Found>>) {
        self.note_in(root, path, How::Plain);
        let (Some((folder, _)), Ok(entries)) = (place(root, path), entries) else { return };
        self.add(|seen| {
            for found in entries.iter().filter(|found| found.kind != FoundKind::Folder && found.unicode) {
                let size = if matches!(found.kind, FoundKind::File { .. }) { found.size } else { 0 };
                let mark = Mark { follows: false, size, stamp: Some(found.stamp?) };
                seen.marks.insert(text(&folder.join(&found.name))?, mark);
            }
            Some(())
        });
    }

    /// What was read, `name`d after what was made of it, and the program itself. None where it could not be told that it changed.
    pub fn inputs(self, name: &str) -> Option<Inputs> {
        let Seen { paths, mut marks } = self.seen.into_inner().unwrap_or_else(PoisonError::into_inner)?;
        for (path, how) in paths {
            match how {
                How::Named | How::Plain => {
                    marks.insert(text(&path)?, mark(&path, how == How::Named).ok()?);
                }
                How::Tree => {
                    for entry in walkdir::WalkDir::new(&path) {
                        let entry = entry.ok()?;
                        marks.insert(text(entry.path())?, mark(entry.path(), entry.depth() == 0).ok()?);
                    }
                }
            }
        }
        let (program, mark) = program()?;
        marks.insert(program, mark);
        let is_old = |mark: &Mark| match mark.stamp {
            // A change while things were read has a later time of change, whatever else it says.
            Some(stamp) => {
                Stamp { modified: stamp.modified.max(stamp.changed), ..stamp }.is_settled(self.started)
            }
            None => true,
        };
        let is_line = |text: &str| !text.contains(['\n', '\r']);
        let all = marks.values().all(is_old) && marks.keys().all(|path| is_line(path)) && is_line(name);
        all.then(|| Inputs { name: name.to_owned(), marks: marks.into_iter().collect() })
    }
}

/// Where `path` of `root` is on this disk, and whether it is the root itself. None: it is as the program is, or as it was pinned by a file
/// that is noted.
fn place(root: &Root, path: &str) -> Option<(PathBuf, bool)> {
    let (folder, inner) = match root {
        Root::Bundled | Root::Source(..) => return None,
        Root::Folder(folder) => (folder, ""),
        Root::Below(folder, inner) => (folder, inner.as_str()),
    };
    let parts = [inner, path].into_iter().filter(|part| !part.is_empty());
    let place = parts.fold(folder.clone(), |folder, part| folder.join(part));
    let is_root = place == *folder;
    Some((place, is_root))
}

impl World for Tracked<'_> {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.note(path, How::Named);
        self.answer(self.world.read(path, limit))
    }

    fn list(&self, root: &Root) -> io::Result<Vec<Entry>> {
        self.note_in(root, "", How::Tree);
        self.answer(self.world.list(root))
    }

    fn read_in(&self, root: &Root, path: &str) -> io::Result<Vec<u8>> {
        self.note_in(root, path, How::Plain);
        self.answer(self.world.read_in(root, path))
    }

    fn entries(&self, root: &Root, dir: &str) -> io::Result<Vec<Found>> {
        let entries = self.answer(self.world.entries(root, dir));
        self.note_entries(root, dir, &entries);
        entries
    }

    fn read_below(&self, root: &Root, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        self.note_in(root, path, How::Plain);
        self.answer(self.world.read_below(root, path, limit))
    }

    fn open_below(&self, root: &Root, path: &str) -> io::Result<Box<dyn Seekable>> {
        self.note_in(root, path, How::Plain);
        self.answer(self.world.open_below(root, path))
    }

    fn digest_below(&self, root: &Root, path: &str) -> io::Result<Digest> {
        self.note_in(root, path, How::Plain);
        self.answer(self.world.digest_below(root, path))
    }

    fn now(&self) -> Timestamp {
        if self.now.is_none() {
            self.add(|_| None);
        }
        self.now.unwrap_or_else(|| self.world.now())
    }

    fn holds(&self, inputs: &Inputs) -> bool {
        let holds = self.world.holds(inputs);
        if holds {
            self.add(|seen| {
                seen.marks.extend(inputs.marks.iter().cloned());
                Some(())
            });
        }
        holds
    }

    as_the_other_world! { file_clock source }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "files of the tests' own")]
mod tests {
    use super::*;
    use crate::world::disk::Disk;
    use std::fs;

    /// A world whose clock is ahead, so that files that a test wrote are old.
    struct Later {
        world: Disk,
    }

    impl World for Later {
        as_the_other_world! { read list read_in entries now holds }

        fn file_clock(&self) -> i64 {
            self.world.file_clock() + 60_000_000_000
        }
    }

    fn later() -> Later {
        Later { world: Disk::new() }
    }

    fn course() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("base/empty")).unwrap();
        fs::write(folder.path().join("course.yml"), "a").unwrap();
        fs::write(folder.path().join("base/one.py"), "one").unwrap();
        folder
    }

    fn read(folder: &Path) -> Inputs {
        let world = Later { world: Disk::new() };
        let tracked = Tracked::new(&world);
        tracked.read(&folder.join("course.yml"), 10).unwrap();
        assert!(tracked.read_below(&Root::Folder(folder.to_owned()), "course.yaml", 10).is_err());
        tracked.list(&Root::Below(folder.to_owned(), "base".to_owned())).unwrap();
        tracked.inputs("x").unwrap()
    }

    #[test]
    fn inputs_hold_until_something_changes() {
        type Change = fn(&Path);
        let changes: [(&str, Change); 8] = [
            ("a file of another size", |at| fs::write(at.join("course.yml"), "ab").unwrap()),
            ("a file of the same size", |at| fs::write(at.join("base/one.py"), "two").unwrap()),
            ("a file that is gone", |at| fs::remove_file(at.join("base/one.py")).unwrap()),
            ("a file in a folder that was empty", |at| fs::write(at.join("base/empty/new"), "").unwrap()),
            ("a folder", |at| fs::create_dir(at.join("base/new")).unwrap()),
            ("what was asked for and was not there", |at| fs::write(at.join("course.yaml"), "").unwrap()),
            ("another file under the name", |at| {
                fs::write(at.join("other"), "a").unwrap();
                fs::rename(at.join("other"), at.join("course.yml")).unwrap();
            }),
            ("everything", |at| fs::remove_dir_all(at).unwrap()),
        ];
        for (what, change) in changes {
            let folder = course();
            let inputs = read(folder.path());
            assert!(later().holds(&inputs) && inputs.name() == "x", "{what}");
            // File systems stamp by a clock that ticks coarsely.
            std::thread::sleep(std::time::Duration::from_millis(30));
            change(folder.path());
            assert!(!later().holds(&inputs), "{what}");
        }
    }

    #[test]
    fn what_is_young_or_depends_on_the_time_gives_none() {
        let folder = course();
        let disk = Disk::new();
        let tracked = Tracked::new(&disk);
        tracked.read(&folder.path().join("course.yml"), 10).unwrap();
        assert_eq!(tracked.inputs("x"), None);
        let world = Later { world: disk };
        let tracked = Tracked::new(&world);
        tracked.now();
        assert_eq!(tracked.inputs("x"), None);
        assert!(Tracked::new(&world).inputs("a\nb").is_none());
        let tracked = Tracked::new(&world);
        assert!(tracked.read(Path::new("course.yml"), 10).is_err());
        assert!(tracked.inputs("x").is_none(), "the path depends on the folder of the process");
    }

    /// A world in which a program has each file open.
    struct InUse {
        world: Later,
    }

    impl World for InUse {
        as_the_other_world! { list read_in now file_clock }

        fn read(&self, _: &Path, _: u64) -> io::Result<Vec<u8>> {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }

    #[test]
    fn what_would_be_answered_otherwise_later_gives_none() {
        let folder = course();
        let world = InUse { world: Later { world: Disk::new() } };
        let tracked = Tracked::new(&world);
        assert!(tracked.read(&folder.path().join("course.yml"), 10).is_err());
        assert_eq!(tracked.inputs("x"), None);
    }

    #[test]
    fn a_folder_that_was_looked_into_holds_until_something_directly_in_it_changes() {
        type Change = fn(&Path);
        let changes: [(&str, bool, Change); 6] = [
            ("a file of the same size", false, |at| fs::write(at.join("course.yml"), "b").unwrap()),
            ("a new file", false, |at| fs::write(at.join("new"), "b").unwrap()),
            ("a file that is gone", false, |at| fs::remove_file(at.join("course.yml")).unwrap()),
            ("a folder that is gone", false, |at| fs::remove_dir_all(at.join("base")).unwrap()),
            ("a file of a folder in it", true, |at| fs::write(at.join("base/one.py"), "two").unwrap()),
            ("a file in a folder in it", true, |at| fs::write(at.join("base/new"), "").unwrap()),
        ];
        for (what, holds, change) in changes {
            let folder = course();
            let world = Later { world: Disk::new() };
            let tracked = Tracked::new(&world);
            assert_eq!(tracked.entries(&Root::Folder(folder.path().to_owned()), "").unwrap().len(), 2);
            let inputs = tracked.inputs("x").unwrap();
            assert!(later().holds(&inputs), "{what}");
            std::thread::sleep(std::time::Duration::from_millis(30));
            change(folder.path());
            assert_eq!(later().holds(&inputs), holds, "{what}");
        }
    }

    #[test]
    fn what_is_made_of_what_holds_is_made_of_the_same() {
        let folder = course();
        let inputs = read(folder.path());
        let world = Later { world: Disk::new() };
        let tracked = Tracked::at(&world, Timestamp::UNIX_EPOCH);
        assert!(tracked.holds(&inputs));
        assert_eq!(tracked.now(), Timestamp::UNIX_EPOCH);
        let outer = tracked.inputs("y").unwrap();
        assert_eq!((outer.marks.clone(), outer.name()), (inputs.marks.clone(), "y"));
        fs::write(folder.path().join("base/new"), "").unwrap();
        let tracked = Tracked::new(&world);
        assert!(!tracked.holds(&inputs) && !later().holds(&outer));
        assert_eq!(tracked.inputs("z").unwrap().marks.len(), 1, "the program alone");
    }

    #[test]
    fn what_does_not_name_this_program_does_not_hold() {
        let folder = course();
        let mut inputs = read(folder.path());
        assert!(later().holds(&inputs));
        let (program, _) = program().unwrap();
        inputs.marks.retain(|(path, _)| *path != program);
        assert!(!later().holds(&inputs));
    }
}
