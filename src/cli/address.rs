//! A course that is published somewhere: which address a command means, and what a student is told of it.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::delivery::{self, DeliveryError, Fetched, Published, Store, Wanted};
use crate::digest::Digest;
use crate::lock::Config;
use crate::plan::Pristine;
use crate::release::MAX_FILE_BYTES;
use crate::release::index::INDEX;
use crate::release::key::{NotAKey, PublicKey};
use crate::release::signature::Distrust;
use crate::world::disk::Disk;
use crate::world::site::{Address, ENDING, SiteError};
use crate::world::{Root, World};

use super::ask::{self, Answer, Consent};
use super::exit::Exit;
use super::find;
use super::out::Out;
use super::workspace::{self, Home, course_path};

/// A course that moved more often has no place.
const MAX_MOVES: usize = 5;

/// The address that a person means by `word`: an address on the net, a course in one file, or a published folder. None: it is something
/// else.
///
/// # Errors
/// After saying what is wrong with an address on the net.
pub(super) fn of(word: &Path, out: &Out) -> Result<Option<Address>, Exit> {
    let text = word.to_string_lossy();
    let is_source = [".git", ".yml", ".yaml"].iter().any(|ending| text.ends_with(ending));
    if find::is_address(word) && is_source {
        return Err(no_course(word, out));
    }
    if let Some(found) = Address::of_url(&text) {
        return found.map(Some).map_err(|why| {
            out.fail(&why, "copy the address from the page of your course, or from your instructor")
        });
    }
    let path = find::absolute(word);
    Ok(if has_ending(&path) {
        Some(Address::File(path))
    } else if is_published(&Disk::new(), &path) {
        Some(Address::Folder(path))
    } else {
        None
    })
}

/// What is named by a URL, and cannot be read as a published course.
pub(super) fn no_course(word: &Path, out: &Out) -> Exit {
    out.fail(
        &format!("`{}` is a URL, but not of a published course", word.display()),
        "download the course first (`git clone URL`); then create a workspace: `tito init FOLDER --config COURSE/course.yml`",
    )
}

fn has_ending(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().ends_with(ENDING))
}

/// Is a course published in `folder`?
pub(super) fn is_published(world: &dyn World, folder: &Path) -> bool {
    let found = world.read_below(&Root::Folder(folder.to_owned()), INDEX, 0);
    found.map_or_else(|error| error.kind() == std::io::ErrorKind::FileTooLarge, |_| true)
}

/// Is nothing there, in a place on this computer? An address on the net is not asked.
pub(super) fn is_away(world: &dyn World, address: &Address) -> bool {
    match address {
        Address::Http(_) => false,
        Address::Folder(path) => !is_published(world, path),
        Address::File(path) => !find::is_there_at_all(path),
    }
}

/// How config.json names `address`: a published folder ends in `/`, so that it is known as one while it is away.
pub(super) fn name(root: &Path, address: &Address) -> String {
    match address {
        Address::Http(url) => url.clone(),
        Address::File(path) => workspace::course_name(root, path),
        Address::Folder(path) => {
            let name = workspace::course_name(root, path);
            if name.ends_with('/') { name } else { format!("{name}/") }
        }
    }
}

/// The address that config.json names; none where it names a `course.yml`.
pub(super) fn remembered(root: &Path, config: &Config) -> Option<Address> {
    let course = config.course.as_deref()?;
    if let Some(found) = Address::of_url(course) {
        return found.ok();
    }
    let path = || find::absolute(&course_path(root, course));
    if course.ends_with('/') {
        Some(Address::Folder(path()))
    } else {
        has_ending(Path::new(course)).then(|| Address::File(path()))
    }
}

/// The key that an address carries: `https://…/mls/#RWQf6…`.
///
/// # Errors
/// After saying that it was not copied whole.
pub(super) fn key(word: &Path, out: &Out) -> Result<Option<PublicKey>, Exit> {
    let text = word.to_string_lossy();
    if !find::is_address(word) {
        return Ok(None);
    }
    PublicKey::of_address(&text).map_err(|why| {
        out.fail(
            &format!("the address ends in a key that is not complete: {why}"),
            "copy the whole address again from the page of your course, or from your instructor",
        )
    })
}

/// `--key`, as it was typed.
pub(super) fn typed_key(text: &str, out: &Out) -> Result<PublicKey, Exit> {
    text.parse().map_err(|why: NotAKey| {
        out.fail(
            &format!("`{text}` is not a key: {why}"),
            "copy the whole key again from the page of your course, or from your instructor",
        );
        Exit::Usage
    })
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// A workspace that is to be made.
    New,
    /// A workspace that has a course. `yes` agrees to every move of it.
    Known { yes: bool },
}

/// What an address has, and where that is: the course may have moved.
pub(super) struct Asked {
    asker: Asker,
    /// Where it is now.
    pub(super) place: Address,
    has_moved: bool,
    published: Published,
}

/// Asks an address what it has, and the place that the course moved to, if it did.
///
/// # Errors
/// After saying what is wrong and what helps.
pub(super) fn ask(address: Address, wanted: Wanted<'_>, asker: Asker, out: &Out) -> Result<Asked, Exit> {
    let yes = asker == Asker::Known { yes: true };
    let (mut current, mut before, mut follows) = (address, Vec::new(), true);
    loop {
        let moved = current.to_string();
        let name = if before.is_empty() { wanted.name } else { &moved };
        match delivery::ask(&current, Wanted { name, follows, ..wanted }) {
            Ok(published) => {
                return Ok(Asked { asker, place: current, has_moved: !before.is_empty(), published });
            }
            Err(DeliveryError::Moved { to, .. }) => match next_place(&current, &before, &to, yes, out)? {
                Some(next) => before.push(std::mem::replace(&mut current, next)),
                None => follows = false,
            },
            Err(error) => return Err(say(&error, asker, out)),
        }
    }
}

impl Asked {
    /// The digest of the release `serial`, or of the current one. None: it is not there.
    pub(super) fn release(&self, serial: Option<u64>) -> Option<Digest> {
        self.published.release(serial)
    }

    /// Fetches the release that is `wanted`, except for what the workspace `home` has of it.
    ///
    /// # Errors
    /// After saying what is wrong and what helps. Nothing was written.
    pub(super) fn fetch(
        &mut self,
        world: &dyn World,
        home: &Home,
        wanted: Wanted<'_>,
        out: &Out,
    ) -> Result<Fetched, Exit> {
        let pristine = Pristine::new(world, &home.root);
        let store = Store {
            read: &|digest| pristine.read(digest, MAX_FILE_BYTES),
            has_pack: &|pack| pristine.has_pack(pack),
            lost: &home.baselines.copies().filter(|digest| !pristine.names(*digest)).collect(),
        };
        let moved = self.place.to_string();
        let name = if self.has_moved { &moved } else { wanted.name };
        let formerly = Some(wanted.name).filter(|_| self.has_moved);
        let bar = Bar::new(out);
        let asked = Wanted { name, formerly, ..wanted };
        let fetched = self.published.fetch(asked, &store, &|bytes, of| bar.show(bytes, of));
        bar.clear();
        fetched.map_err(|error| say(&error, self.asker, out))
    }
}

/// The place that a course moved to, if it is to be followed there: on the same server always, to another one if the user agrees.
fn next_place(
    current: &Address,
    before: &[Address],
    to: &str,
    yes: bool,
    out: &Out,
) -> Result<Option<Address>, Exit> {
    let Some(Ok(next)) = Address::of_url(to) else {
        let message = format!("the course says that it moved to `{to}`, which is not an address");
        out.note(&message, "tell your instructor");
        return Ok(None);
    };
    if *current == next || before.contains(&next) || before.len() >= MAX_MOVES {
        let message = format!("the course moved to {next}, and from there to other places, without an end");
        return Err(out.fail(&message, "nothing was changed; tell your instructor"));
    }
    let question = format!("the course moved to {next}");
    if yes || current.is_same_server(&next) {
        out.say(&question);
        return Ok(Some(next));
    }
    if !ask::can_ask(out) {
        out.note(&question, &format!("to follow it: `tito update --config {next}`"));
        return Ok(None);
    }
    let consent = Consent {
        yes,
        question: &[question],
        go_on: "follow it, and remember the new address",
        default: Answer::Cancel,
        view: None,
        alone: ("", "", Exit::Failed),
    };
    Ok(consent.agreed(out)?.then_some(next))
}

/// Says why a course cannot be had from its address, and what helps.
pub(super) fn say(error: &DeliveryError, asker: Asker, out: &Out) -> Exit {
    let help = match error {
        DeliveryError::Site(SiteError::Unreachable(_)) if asker == Asker::New => {
            "nothing was created; is the address right? If it is, try again later"
        }
        DeliveryError::Site(SiteError::Unreachable(_)) => {
            "nothing was changed, and all that you have works without it; is the address right? If the course moved: `tito update --config ADDRESS`; else try again later"
        }
        DeliveryError::Site(SiteError::WebPage(_)) => {
            "nothing was changed; open the address in a browser, and ask your instructor if it is not the page of your course"
        }
        DeliveryError::Site(_) => "nothing was changed",
        DeliveryError::NoCourse(_) if asker != Asker::New => {
            "nothing was changed, and all that you have works without it; if the course moved: `tito update --config ADDRESS`; else ask your instructor"
        }
        DeliveryError::NoCourse(_) => {
            "is the address complete? An instructor publishes a course with `tito publish FOLDER`"
        }
        DeliveryError::Release { .. } => "nothing was changed; tell your instructor",
        DeliveryError::OtherCourse { .. } => {
            "nothing was changed; for the other course make a workspace of its own: `tito init ADDRESS`"
        }
        DeliveryError::GoesBack { .. } => {
            "nothing was changed; ask your instructor whether the release was withdrawn, then choose it: `tito update --to SERIAL`"
        }
        DeliveryError::Replaced { .. } => {
            "nothing was changed; a release never changes: ask your instructor, who can publish a new one"
        }
        DeliveryError::NoRelease { .. } | DeliveryError::Moved { .. } => "nothing was changed",
        DeliveryError::Distrust { why: Distrust::Unsigned(_) | Distrust::OtherKey { .. }, .. }
            if asker == Asker::New =>
        {
            "nothing was created; ask your instructor for the whole address and the key that belongs to it, and run `tito init` with them"
        }
        DeliveryError::Distrust { why: Distrust::Unsigned(_), .. } => {
            "nothing was changed; ask your instructor whether the course is still signed. If it is not any more: `tito update --key any`"
        }
        DeliveryError::Distrust { why: Distrust::OtherKey { .. }, .. } => {
            "nothing was changed; ask your instructor which key the course has now, then name it: `tito update --key KEY`"
        }
        DeliveryError::Distrust { why: Distrust::Wrong(_), .. } => {
            "nothing was changed; someone may have changed what is published there: try again in a few minutes, and ask your instructor if it stays so"
        }
        DeliveryError::Incomplete { .. } => {
            "nothing was changed; try again in a minute, and tell your instructor if it stays so"
        }
    };
    out.fail(&error.to_string(), help)
}

/// The folder that `tito init` makes where none is named: the last part of the course's id.
pub(super) fn folder_of(course: &str) -> PathBuf {
    PathBuf::from(course.rsplit('/').next().unwrap_or("workspace"))
}

/// How much of a pack has arrived, on a terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new(out: &Out) -> Self {
        let target = if out.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style =
            ProgressStyle::with_template("course [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        Self(bar)
    }

    fn show(&self, bytes: u64, of: u64) {
        self.0.set_length(of);
        self.0.set_position(bytes);
    }

    fn clear(&self) {
        self.0.finish_and_clear();
    }
}
