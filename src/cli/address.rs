//! A course that is published somewhere: which address a command means, and what a student is told of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::delivery::{self, DeliveryError, Fetched, Wanted};
use crate::lock::Config;
use crate::release::index::INDEX;
use crate::release::key::{NotAKey, PublicKey};
use crate::release::signature::Distrust;
use crate::world::disk::Disk;
use crate::world::site::{Address, ENDING, SiteError};
use crate::world::{Root, World};

use super::exit::Exit;
use super::find;
use super::out::Out;
use super::workspace::{self, Home, course_path, pristine};

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

fn is_published(world: &dyn World, folder: &Path) -> bool {
    let found = world.read_below(&Root::Folder(folder.to_owned()), INDEX, 0);
    found.map_or_else(|error| error.kind() == std::io::ErrorKind::FileTooLarge, |_| true)
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

/// Asks an address for the release that is `wanted`.
///
/// # Errors
/// After saying what is wrong and what helps. Nothing was written.
pub(super) fn fetch(
    world: &dyn World,
    home: &Home,
    address: &Address,
    wanted: Wanted<'_>,
    out: &Out,
) -> Result<Fetched, Exit> {
    let have = |digest| pristine(world, home, digest).map(Arc::from);
    delivery::fetch(address, wanted, &have).map_err(|error| say(&error, out))
}

fn say(error: &DeliveryError, out: &Out) -> Exit {
    let help = match error {
        DeliveryError::Site(SiteError::Unreachable(_)) => {
            "nothing was changed, and all that you have works without the network; try again later"
        }
        DeliveryError::Site(SiteError::WebPage(_)) => {
            "nothing was changed; open the address in a browser, and ask your instructor if it is not the page of your course"
        }
        DeliveryError::Site(_) => "nothing was changed",
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
        DeliveryError::NoRelease { .. } => "nothing was changed",
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
            "nothing was changed; it is perhaps being published: try again in a few minutes, and tell your instructor if it stays so"
        }
    };
    out.fail(&error.to_string(), help)
}

/// The folder that `tito init` makes where none is named: the last part of the course's id.
pub(super) fn folder_of(course: &str) -> PathBuf {
    PathBuf::from(course.rsplit('/').next().unwrap_or("workspace"))
}
