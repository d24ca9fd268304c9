//! A published folder → the course that a workspace keeps → [`Target`].
//!
//! A workspace keeps the release that it was last given, and the newest one that it knows, as manifests, and their packs among the pristine copies. So
//! every command works with the network away, and an update fetches only what is new. What is kept is a copy: it may be lost, and is fetched again.
//!
//! [`ask`] reads what an address has now; [`Published::fetch`] reads a release of it, and checks every byte; [`Fetched::keep_contents`] writes what
//! came, and [`Fetched::own_files`] says what a run writes with it; [`kept()`] reads what is kept.

mod kept;
mod last;
mod seen;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use crate::compile::Target;
use crate::digest::Digest;
use crate::release::index::{self, INDEX, Index, MAX_INDEX_BYTES, PackEntry, pack_path, release_path};
use crate::release::key::{MAX_SIGNATURE_BYTES, PublicKey};
use crate::release::pack::{Pack, may_expand};
use crate::release::signature::{Distrust, SIGNATURE, signature_path, trusted};
use crate::release::{Release, ReleaseError};
use crate::world::site::{Address, Answer, Site, SiteError, Validators};

pub use kept::{FOLDER, Kept, given, kept, kept_serials};
pub use last::LastIndex;
pub use seen::Seen;

/// Which release of an address is wanted, and what is known already.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What the address is called: in messages, and to tell whether what is kept came from it.
    pub name: &'a str,
    /// The serial that was asked for; none: the current one.
    pub serial: Option<u64>,
    /// What is kept already.
    pub kept: Option<&'a Kept>,
    /// The highest release that this or another address has given.
    pub seen: Option<&'a Seen>,
    /// The index as this or another address gave it last.
    pub last: Option<&'a LastIndex>,
    /// What the address was called before it moved here.
    pub formerly: Option<&'a str>,
    /// Is it an error, [`DeliveryError::Moved`], if the course moved?
    pub follows: bool,
    /// The key that the index must be signed with, or a key that this one announced; none: the first that is seen.
    pub key: Option<&'a PublicKey>,
}

/// What the reader has already, so that it need not be fetched.
pub struct Store<'a> {
    /// The bytes of a content.
    pub read: &'a dyn Fn(Digest) -> Option<Arc<[u8]>>,
    /// Has it this pack?
    pub has_pack: &'a dyn Fn(Digest) -> bool,
    /// Contents of earlier releases that it had, and lost.
    pub lost: &'a BTreeSet<Digest>,
}

impl std::fmt::Debug for Store<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({} lost)", self.lost.len())
    }
}

impl Store<'_> {
    /// One that has nothing.
    pub const EMPTY: Store<'static> =
        Store { read: &|_| None, has_pack: &|_| false, lost: const { &BTreeSet::new() } };
}

impl<'a> Wanted<'a> {
    /// The current release of the address that is called `name`, signed or not, wherever it says that it moved to; of what it gave before, nothing
    /// is known.
    pub fn of(name: &'a str) -> Self {
        Self {
            name,
            serial: None,
            kept: None,
            seen: None,
            last: None,
            formerly: None,
            follows: false,
            key: None,
        }
    }

    /// Is something that came from `address` from this one?
    fn knows(&self, address: &str) -> bool {
        address == self.name || self.formerly == Some(address)
    }

    /// The releases that this address gave before: number and digest.
    fn given(&self) -> impl Iterator<Item = (u64, Digest)> {
        let kept = self.kept.map(|kept| (&kept.address, kept.serial, kept.release.digest()));
        let seen = self.seen.map(|seen| (&seen.address, seen.serial, seen.release));
        let all = [kept, seen].into_iter().flatten();
        all.filter(|(address, ..)| self.knows(address)).map(|(_, serial, release)| (serial, release))
    }
}

/// A release that was fetched and checked.
#[derive(Debug)]
pub struct Fetched {
    /// Its number at the address.
    pub serial: u64,
    /// The key that its index is signed with; none for a course that is not signed.
    pub key: Option<PublicKey>,
    release: Release,
    packs: BTreeMap<Digest, Vec<u8>>,
    /// The target that it is. It is made before anything is kept: a rule may be wrong although every digest is right.
    target: Target,
    last: Option<LastIndex>,
}

/// So often, and after so long, an address is asked again whose index names what is not there: a copy on the way is older than the index.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// So many bytes of packs are fetched at most for contents that were lost: they are held in memory, and there may be many releases.
const MAX_LOST_BYTES: u64 = 256 << 20;

/// Why a course cannot be had from its address.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The address cannot be read.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// There is nothing published at the address.
    #[error("no course is published at `{0}`")]
    NoCourse(String),
    /// What is published there cannot be used.
    #[error("what is published at `{address}` cannot be used: {error}")]
    Release {
        /// The address.
        address: String,
        /// What is wrong.
        error: ReleaseError,
    },
    /// It is another course than the workspace's.
    #[error("`{address}` holds the course `{found}`, and this workspace has `{expected}`")]
    OtherCourse {
        /// The address.
        address: String,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// The release there is older than what the workspace was given.
    #[error("`{address}` has release {found} now, and this workspace was given release {known} from there")]
    GoesBack {
        /// The address.
        address: String,
        /// What is there.
        found: u64,
        /// What was there.
        known: u64,
    },
    /// The release has the serial of the one that the workspace was given, and is another one.
    #[error("release {serial} at `{address}` is not the release {serial} that this workspace was given")]
    Replaced {
        /// The address.
        address: String,
        /// The serial.
        serial: u64,
    },
    /// Its index is not signed as it should be.
    #[error("what is published at `{address}` {why}")]
    Distrust {
        /// The address.
        address: String,
        /// What is wrong with the signature.
        why: Distrust,
    },
    /// The course moved.
    #[error("the course at `{address}` moved to {to}")]
    Moved {
        /// The address.
        address: String,
        /// The new one, as the index names it.
        to: String,
    },
    /// There is no such release.
    #[error("`{address}` has no release {asked}; it has {there}")]
    NoRelease {
        /// The address.
        address: String,
        /// What was asked for.
        asked: u64,
        /// What there is.
        there: String,
    },
    /// The index names a file that is not there (yet).
    #[error("`{address}` is being published, or was copied only in part: {why}")]
    Incomplete {
        /// The address.
        address: String,
        /// What is wrong.
        why: String,
    },
}

/// What is published at an address: its index, which is trusted. Nothing else was asked for yet.
pub struct Published {
    address: Address,
    site: Box<dyn Site>,
    known: Known,
}

/// An index that is trusted.
#[derive(Clone)]
struct Known {
    index: Index,
    /// The key that it is signed with.
    key: Option<PublicKey>,
    /// What to ask with the next time.
    last: Option<LastIndex>,
}

/// Asks `address` what is published there. Of `wanted` only the names, the index that is known, the key and whether to follow count.
///
/// # Errors
/// A [`DeliveryError`].
pub fn ask(address: &Address, wanted: Wanted<'_>) -> Result<Published, DeliveryError> {
    let mut site = address.open();
    let mut reader = Reader { name: wanted.name, site: &mut *site, arrived: &|_, _| {} };
    let known = again(&mut reader, |reader| {
        let known = reader.index(wanted)?;
        match known.index.moved.clone().filter(|_| wanted.follows) {
            Some(to) => Err(DeliveryError::Moved { address: wanted.name.to_owned(), to }),
            None => Ok(known),
        }
    })?;
    Ok(Published { address: address.clone(), site, known })
}

impl Published {
    /// The digest of the release `serial`, or of the current one. None: it is not there.
    pub fn release(&self, serial: Option<u64>) -> Option<Digest> {
        let index = &self.known.index;
        index.release(serial.unwrap_or(index.current)).map(|entry| entry.release)
    }

    /// The numbers of its releases, the newest first, but before all the one that students get.
    pub fn serials(&self) -> Vec<u64> {
        let index = &self.known.index;
        let others =
            index.releases.iter().map(|entry| entry.serial).filter(|serial| *serial != index.current);
        std::iter::once(index.current).chain(others).collect()
    }

    /// Reads the release that is `wanted`, what of its contents `store` does not have, and what `store` lost, if it is still there. Every
    /// byte is checked. Nothing is written. `arrived` is told how many bytes of how many have arrived of a pack.
    ///
    /// # Errors
    /// A [`DeliveryError`].
    pub fn fetch(
        &mut self,
        wanted: Wanted<'_>,
        store: &Store<'_>,
        arrived: &dyn Fn(u64, u64),
    ) -> Result<Fetched, DeliveryError> {
        let mut reader = Reader { name: wanted.name, site: &mut *self.site, arrived };
        let (mut known, mut packs) = (Some(self.known.clone()), BTreeMap::new());
        again(&mut reader, |reader| {
            // What was asked for is good once: it may name what is not there any more.
            let known = known.take().map_or_else(|| reader.index(wanted), Ok)?;
            attempt(reader, &self.address, known, wanted, store, &mut packs)
        })
    }
}

/// Does `attempt`, and does it again where another answer may come in a moment.
fn again<T>(
    reader: &mut Reader<'_>,
    mut attempt: impl FnMut(&Reader<'_>) -> Result<T, DeliveryError>,
) -> Result<T, DeliveryError> {
    for pause in AGAIN {
        match attempt(reader) {
            Err(error) if error.may_pass() && reader.site.pass_copies() => std::thread::sleep(pause),
            done => return done,
        }
    }
    attempt(reader)
}

/// One attempt. `packs` are those that came whole in an earlier one.
fn attempt(
    reader: &Reader<'_>,
    address: &Address,
    Known { index, key, last }: Known,
    wanted: Wanted<'_>,
    store: &Store<'_>,
    fetched: &mut BTreeMap<Digest, Vec<u8>>,
) -> Result<Fetched, DeliveryError> {
    let entry = choose(address, &index, wanted)?;
    let mut used = Vec::new();
    let mut contents = BTreeMap::new();
    let release = match wanted.kept.filter(|kept| kept.release.digest() == entry.release) {
        Some(kept) => kept.release.clone(),
        None => reader.release(entry)?,
    };
    if release.manifest().course.id != index.course {
        return Err(reader.unsound("its release is of another course"));
    }
    let mut missing = BTreeMap::new();
    for (digest, length) in release.contents() {
        match (store.read)(digest).filter(|bytes| bytes.len() as u64 == length && Digest::of(bytes) == digest)
        {
            Some(bytes) => drop(contents.insert(digest, bytes)),
            None => drop(missing.insert(digest, length)),
        }
    }
    let has = wanted.kept.filter(|kept| wanted.knows(&kept.address)).map(|kept| kept.serial);
    for pack in index.packs_for(entry.serial, has) {
        if missing.is_empty() {
            break;
        }
        let bytes = match fetched.entry(pack.sha256) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(reader.pack(pack)?),
        };
        let mut open =
            Pack::open(Cursor::new(&*bytes)).map_err(|error| reader.unsound(&error.to_string()))?;
        let held: BTreeSet<Digest> = open.digests().into_iter().collect();
        let unpacked =
            missing.iter().filter(|(digest, _)| held.contains(*digest)).map(|(_, length)| length).sum();
        if !may_expand(pack.bytes, unpacked) {
            return Err(reader.unsound("a pack holds far more than its size allows"));
        }
        let mut still = BTreeMap::new();
        for (digest, length) in std::mem::take(&mut missing) {
            match open.read(digest, length).map_err(|error| reader.unsound(&error.to_string()))? {
                Some(bytes) => drop(contents.insert(digest, bytes)),
                None => drop(still.insert(digest, length)),
            }
        }
        missing = still;
        used.push(pack.sha256);
    }
    if let Some((digest, _)) = missing.first_key_value() {
        let why = format!("no pack holds {}", digest.short());
        return Err(DeliveryError::Incomplete { address: wanted.name.to_owned(), why });
    }
    used.extend(lost(reader, &index, store, fetched));
    let packs = used.into_iter().filter_map(|pack| fetched.remove_entry(&pack)).collect();
    let target = release
        .target(|digest| contents.get(&digest).cloned())
        .map_err(|error| reader.release_error(error))?;
    Ok(Fetched { serial: entry.serial, key, release, packs, target, last })
}

/// The packs that hold what `store` lost, of those that it has not; what cannot be had stays lost. A pack that holds nothing of it is kept, too:
/// so it is asked for once.
fn lost(
    reader: &Reader<'_>,
    index: &Index,
    store: &Store<'_>,
    fetched: &mut BTreeMap<Digest, Vec<u8>>,
) -> Vec<Digest> {
    let (mut lost, mut used, mut room) = (store.lost.clone(), Vec::new(), MAX_LOST_BYTES);
    for bytes in fetched.values() {
        forget(&mut lost, bytes);
    }
    for pack in &index.packs {
        if lost.is_empty() {
            break;
        }
        if fetched.contains_key(&pack.sha256) || (store.has_pack)(pack.sha256) {
            continue;
        }
        let Some(left) = room.checked_sub(pack.bytes) else { continue };
        let Ok(bytes) = reader.pack(pack) else { continue };
        room = left;
        forget(&mut lost, &bytes);
        fetched.insert(pack.sha256, bytes);
        used.push(pack.sha256);
    }
    used
}

/// Takes away from `lost` what the pack with these `bytes` says that it holds.
fn forget(lost: &mut BTreeSet<Digest>, bytes: &[u8]) {
    if let Ok(pack) = Pack::open(Cursor::new(bytes)) {
        for digest in pack.digests() {
            lost.remove(&digest);
        }
    }
}

impl DeliveryError {
    /// Is it perhaps another in a moment, when the copies on the way are as new as the index?
    fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Incomplete { .. }
                | Self::GoesBack { .. }
                | Self::Distrust { why: Distrust::Unsigned(_) | Distrust::Wrong(_), .. }
        )
    }
}

impl Fetched {
    /// The target that it is.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The digest of the release.
    pub fn digest(&self) -> Digest {
        self.release.digest()
    }
}

fn choose<'a>(
    address: &Address,
    index: &'a Index,
    wanted: Wanted<'_>,
) -> Result<&'a index::Entry, DeliveryError> {
    let shown = || wanted.name.to_owned();
    let serial = wanted.serial.unwrap_or(index.current);
    let Some(entry) = index.release(serial) else {
        let there: Vec<String> = index.releases.iter().rev().map(|entry| entry.serial.to_string()).collect();
        return Err(DeliveryError::NoRelease { address: shown(), asked: serial, there: there.join(", ") });
    };
    let expected = wanted.kept.map(|kept| &kept.release.manifest().course.id);
    if let Some(expected) = expected.filter(|expected| **expected != index.course) {
        let (found, expected) = (index.course.clone(), expected.clone());
        return Err(DeliveryError::OtherCourse { address: shown(), found, expected });
    }
    // Another address counts by itself.
    for (known, release) in wanted.given() {
        if entry.serial < known && wanted.serial.is_none() {
            return Err(DeliveryError::GoesBack { address: shown(), found: entry.serial, known });
        }
        // A course in one file is made by hand each time, perhaps in another place: its serial says little.
        let counts = !matches!(address, Address::File(_));
        if counts && entry.serial == known && entry.release != release {
            return Err(DeliveryError::Replaced { address: shown(), serial: entry.serial });
        }
    }
    Ok(entry)
}

/// An address that is read.
struct Reader<'a> {
    name: &'a str,
    site: &'a mut dyn Site,
    arrived: &'a dyn Fn(u64, u64),
}

impl Reader<'_> {
    fn index(&self, wanted: Wanted<'_>) -> Result<Known, DeliveryError> {
        let known = wanted.last.filter(|last| last.address == self.name && last.is_named());
        let none = Validators::default();
        let validators = known.map_or(&none, |last| &last.validators);
        let answer = match self.site.read_changed(INDEX, MAX_INDEX_BYTES, validators) {
            Ok(answer) => answer,
            Err(SiteError::Missing(_)) => return Err(DeliveryError::NoCourse(self.name.to_owned())),
            Err(error) => return Err(error.into()),
        };
        let (bytes, validators) = match (answer, known) {
            (Answer::Changed(bytes, validators), _) => (bytes, validators),
            (Answer::Unchanged, Some(last)) => match self.unchanged(last, wanted.key) {
                Some(known) => return Ok(known),
                // What was kept is damaged, or is not trusted any more.
                None => return self.index(Wanted { last: None, ..wanted }),
            },
            (Answer::Unchanged, None) => {
                let why = format!("{} says that what no one has did not change", self.name);
                return Err(SiteError::Wrong(why).into());
            }
        };
        if looks_like_a_page(&bytes) {
            return Err(SiteError::WebPage(self.name.to_owned()).into());
        }
        let index = Index::read(&bytes).map_err(|error| self.release_error(error))?;
        let is_signed = index.key.is_some() || wanted.key.is_some();
        let signature = if is_signed { self.signature(&bytes)? } else { None };
        let key = trusted(&bytes, &index, signature.as_deref(), wanted.key)
            .map_err(|why| DeliveryError::Distrust { address: self.name.to_owned(), why })?;
        let text = String::from_utf8(bytes).ok();
        let last =
            text.map(|index| LastIndex { address: self.name.to_owned(), validators, index, signature });
        Ok(Known { index, key, last: last.filter(LastIndex::is_named) })
    }

    /// The index that the server says is still the same.
    fn unchanged(&self, last: &LastIndex, pinned: Option<&PublicKey>) -> Option<Known> {
        let bytes = last.index.as_bytes();
        let index = Index::read(bytes).ok()?;
        let key = trusted(bytes, &index, last.signature.as_deref(), pinned).ok()?;
        Some(Known { index, key, last: Some(last.clone()) })
    }

    /// The signature of the index with these bytes: the one that is named after it, else the one that lies beside it, which a person may
    /// have made with minisign.
    fn signature(&self, index: &[u8]) -> Result<Option<String>, DeliveryError> {
        for name in [signature_path(Digest::of(index)), SIGNATURE.to_owned()] {
            match self.site.read(&name, MAX_SIGNATURE_BYTES) {
                Ok(bytes) if looks_like_a_page(&bytes) => {}
                Ok(bytes) => return Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
                Err(SiteError::Missing(_) | SiteError::TooLarge(_) | SiteError::WebPage(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    fn release(&self, entry: &index::Entry) -> Result<Release, DeliveryError> {
        let bytes = self.named(&release_path(entry.release), entry.release, entry.bytes)?;
        Release::read(&bytes).map_err(|error| self.release_error(error))
    }

    fn pack(&self, pack: &PackEntry) -> Result<Vec<u8>, DeliveryError> {
        let arrived = |bytes| (self.arrived)(bytes, pack.bytes);
        self.named_watched(&pack_path(pack.sha256), pack.sha256, pack.bytes, &arrived)
    }

    /// A file that has `digest` and `length`.
    fn named(&self, name: &str, digest: Digest, length: u64) -> Result<Vec<u8>, DeliveryError> {
        self.named_watched(name, digest, length, &|_| {})
    }

    fn named_watched(
        &self,
        name: &str,
        digest: Digest,
        length: u64,
        arrived: &dyn Fn(u64),
    ) -> Result<Vec<u8>, DeliveryError> {
        let incomplete = |why: String| DeliveryError::Incomplete { address: self.name.to_owned(), why };
        let bytes = match self.site.read_watched(name, length, arrived) {
            Ok(bytes) => bytes,
            Err(error @ (SiteError::Missing(_) | SiteError::TooLarge(_) | SiteError::WebPage(_))) => {
                return Err(incomplete(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        };
        if bytes.len() as u64 != length || Digest::of(&bytes) != digest {
            return Err(incomplete(format!("`{name}` holds other bytes than its index says")));
        }
        Ok(bytes)
    }

    fn release_error(&self, error: ReleaseError) -> DeliveryError {
        DeliveryError::Release { address: self.name.to_owned(), error }
    }

    fn unsound(&self, why: &str) -> DeliveryError {
        self.release_error(ReleaseError::Unsound(why.to_owned()))
    }
}

/// A login page, a captive portal and a soft 404 answer everything with a page.
fn looks_like_a_page(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace() && !byte.is_ascii_control()) == Some(&b'<')
}
