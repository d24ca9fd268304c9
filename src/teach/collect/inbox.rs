//! The files of an inbox: folders, zip files, and zip files in them. Anybody may have made them.
//!
//! Nothing is unpacked to the disk, and no name of an entry is ever a path of it. What cannot be read is a [`Trouble`] with its place; the rest is
//! read all the same. One file after the other is in memory.
#![expect(clippy::disallowed_methods, reason = "reads the inbox that an instructor names")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;

use crate::receipt::{MAX_GRADED_BYTES as MAX_FILE, MAX_RECEIPT_BYTES, RECEIPT, Receipt};
use crate::release::pack::may_expand;
use crate::world::{reason, zip_entries};

/// No zip file in another one is longer.
const MAX_INNER: u64 = 256 << 20;
/// No zip file has more entries.
const MAX_ENTRIES: usize = 20_000;
/// No inbox has more files.
const MAX_ITEMS: usize = 200_000;
/// Folders and zip files are in each other at most so deep.
const MAX_DEPTH: usize = 16;
/// Zip files are in each other at most so deep: a platform's, a student's, and one in it.
const MAX_ZIPS: usize = 3;
/// So many zip files may be in one that a student made.
const MANY_ZIPS: usize = 20;

/// What systems and tools put beside the work of people.
const JUNK: [&str; 9] = [
    "__MACOSX",
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
    ".ipynb_checkpoints",
    "__pycache__",
    ".git",
    ".tinytorch",
    ".venv",
];

/// A file of the inbox.
#[derive(Clone, Debug)]
pub struct Item {
    /// The names that lead to it: folders, zip files, its own name.
    pub path: Vec<String>,
    /// Which of them are zip files, by index.
    pub zips: Vec<usize>,
    /// How long it is, as far as was said.
    pub size: u64,
    place: Place,
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    Disk(PathBuf),
    Entry(Arc<Place>, usize),
}

/// Something that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Where: names, separated by `/`.
    pub at: String,
    /// What is wrong.
    pub why: String,
}

/// Everything in an inbox.
#[derive(Debug, Default)]
pub struct Inbox {
    /// The files, in the order of their names.
    pub items: Vec<Item>,
    /// What cannot be read.
    pub troubles: Vec<Trouble>,
    /// A folder that is not part of it.
    except: Option<PathBuf>,
    /// Zip files that a receipt lists, by the names that lead to them: a student's data, and no hand-in.
    data: BTreeSet<Vec<String>>,
    /// The zip file in another one that was read last.
    last: Option<(Arc<Place>, Arc<[u8]>)>,
}

impl Item {
    /// Its place, for people.
    pub fn shown(&self) -> String {
        self.path.join("/")
    }

    /// Its own name.
    pub fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }
}

/// Where a walk is.
#[derive(Clone, Default)]
struct Way {
    path: Vec<String>,
    zips: Vec<usize>,
}

impl Way {
    fn to(&self, name: &str) -> Self {
        let mut way = self.clone();
        way.path.push(name.to_owned());
        way
    }

    fn in_this_zip(&self) -> Self {
        let mut way = self.clone();
        way.zips.push(way.path.len().saturating_sub(1));
        way
    }
}

impl Inbox {
    /// Looks at everything in the folder or zip file `path`.
    ///
    /// # Errors
    /// Where `path` itself cannot be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::opened(path, Self::default())
    }

    /// The same, except for the folder `tree`, which may be in it: what was collected is not handed in.
    ///
    /// # Errors
    /// Where `path` itself cannot be read.
    pub fn open_beside(path: &Path, tree: &Path) -> io::Result<Self> {
        Self::opened(path, Self { except: Some(tree.to_owned()), ..Self::default() })
    }

    fn opened(path: &Path, mut inbox: Self) -> io::Result<Self> {
        if fs::metadata(path)?.is_dir() {
            inbox.folder(path, &Way::default())?;
        } else {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            inbox.file(path, Way::default().to(&name), fs::metadata(path)?.len());
        }
        inbox.items.sort_by(|a, b| a.path.cmp(&b.path));
        inbox.troubles.sort_by(|a, b| a.at.cmp(&b.at));
        Ok(inbox)
    }

    fn trouble(&mut self, way: &Way, why: impl Into<String>) {
        self.troubles.push(Trouble { at: way.path.join("/"), why: why.into() });
    }

    fn folder(&mut self, path: &Path, way: &Way) -> io::Result<()> {
        let mut entries: Vec<fs::DirEntry> = fs::read_dir(path)?.collect::<io::Result<_>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        let receipt = entries.iter().find(|entry| entry.file_name() == RECEIPT);
        // A link may lead anywhere, and a pipe never ends.
        if let Some(receipt) = receipt.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())) {
            let bytes = file_bytes(&receipt.path(), MAX_RECEIPT_BYTES);
            self.note_data(way, &bytes.unwrap_or_default());
        }
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_junk(&name) || self.except.as_deref() == Some(&entry.path()) {
                continue;
            }
            let way = way.to(&name);
            let found = fs::symlink_metadata(entry.path());
            match found {
                Err(error) => self.trouble(&way, format!("it cannot be read: {}", reason(&error))),
                Ok(found) if found.is_dir() && way.path.len() >= MAX_DEPTH => {
                    self.trouble(&way, "it is too deep in other folders");
                }
                Ok(found) if found.is_dir() => {
                    if let Err(error) = self.folder(&entry.path(), &way) {
                        self.trouble(&way, format!("it cannot be read: {}", reason(&error)));
                    }
                }
                Ok(found) if found.is_file() => self.file(&entry.path(), way, found.len()),
                // A link may lead anywhere, and a pipe never ends.
                Ok(_) => self.trouble(&way, "it is a link or not a regular file, and is not followed"),
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, way: Way, size: u64) {
        let place = Place::Disk(path.to_owned());
        if !is_zip(way.path.last()) || self.data.contains(&way.path) {
            return self.add(place, way, size);
        }
        match File::open(path) {
            Ok(file) => self.zip(BufReader::new(file), &place, &way.in_this_zip()),
            Err(error) => self.trouble(&way, format!("it cannot be read: {}", reason(&error))),
        }
    }

    fn add(&mut self, place: Place, way: Way, size: u64) {
        if self.items.len() >= MAX_ITEMS {
            return self.trouble(&way, format!("the inbox has more than {MAX_ITEMS} files"));
        }
        self.items.push(Item { path: way.path, zips: way.zips, size, place });
    }

    /// Notes the zip files that the receipt in `bytes` lists; it lies at `way`. Another file lists none.
    fn note_data(&mut self, way: &Way, bytes: &[u8]) {
        let Ok((receipt, _)) = Receipt::read(bytes) else { return };
        let names = receipt.files.keys().map(|path| path.as_str().split('/').map(str::to_owned).collect());
        self.data.extend(
            names
                .filter(|names: &Vec<String>| is_zip(names.last()))
                .map(|names| [way.path.as_slice(), &names].concat()),
        );
    }

    fn zip(&mut self, mut reader: impl Read + Seek, place: &Place, way: &Way) {
        let mut zip = match opened(&mut reader) {
            Ok(zip) => zip,
            Err(why) => return self.trouble(way, why),
        };
        for (folder, at) in receipts_of(&mut zip) {
            let folder = folder.iter().fold(way.clone(), |way, name| way.to(name));
            self.note_data(&folder, &entry_bytes(&mut zip, at, MAX_RECEIPT_BYTES).unwrap_or_default());
        }
        let mut inner_zips = 0;
        for at in 0..zip.len() {
            let entry = match zip.by_index_raw(at) {
                Ok(entry) => entry,
                Err(error) => {
                    self.trouble(way, format!("entry {} is damaged: {error}", at + 1));
                    continue;
                }
            };
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            let (size, packed, is_link) = (entry.size(), entry.compressed_size(), entry.is_symlink());
            let is_dir = entry.is_dir();
            drop(entry);
            let parts = parts(&name);
            if is_dir || parts.iter().any(|part| is_junk(part)) {
                continue;
            }
            let shown = way.to(&name.escape_debug().to_string());
            let escapes =
                parts.iter().any(|part| part.is_empty() || *part == ".." || part.contains([':', '\0']));
            if escapes || is_link {
                let why = if is_link { "it is a link" } else { "its name leads out of the zip file" };
                self.trouble(&shown, format!("{why}; it is left out"));
                continue;
            }
            if parts.len() + way.path.len() > MAX_DEPTH {
                self.trouble(&shown, "it is too deep in other folders");
                continue;
            }
            let mut inner = way.clone();
            inner.path.extend(parts.iter().map(|part| (*part).to_owned()));
            if !may_expand(packed, size) {
                self.trouble(&inner, "it would expand to far more than its size allows; it is left out");
                continue;
            }
            let entry_place = Place::Entry(Arc::new(place.clone()), at);
            if !is_zip(inner.path.last()) || self.data.contains(&inner.path) {
                self.add(entry_place, inner, size);
                continue;
            }
            inner_zips += 1;
            if way.zips.len() >= MAX_ZIPS || (way.zips.len() > 1 && inner_zips > MANY_ZIPS) {
                self.trouble(&inner, "there are too many zip files in zip files; it is left out");
                continue;
            }
            match entry_bytes(&mut zip, at, MAX_INNER) {
                Ok(bytes) => self.zip(Cursor::new(bytes), &entry_place, &inner.in_this_zip()),
                Err(why) => self.trouble(&inner, why),
            }
        }
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub fn bytes(&mut self, item: &Item) -> Result<Vec<u8>, String> {
        let too_large = |size: u64| {
            format!("it has {} MB, and tito grades files up to {} MB", size / 1_000_000, MAX_FILE / 1_000_000)
        };
        if item.size > MAX_FILE {
            return Err(too_large(item.size));
        }
        match &item.place {
            Place::Disk(path) => {
                let bytes = file_bytes(path, MAX_FILE)
                    .map_err(|error| format!("it cannot be read: {}", reason(&error)))?;
                if bytes.len() as u64 > MAX_FILE { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
            }
            Place::Entry(zip, at) => self.entry(zip, *at, MAX_FILE),
        }
    }

    /// The bytes of the entry `at` of the zip file at `place`, never more than `most`.
    fn entry(&mut self, place: &Arc<Place>, at: usize, most: u64) -> Result<Vec<u8>, String> {
        match place.as_ref() {
            Place::Disk(path) => {
                let file =
                    File::open(path).map_err(|error| format!("it cannot be read: {}", reason(&error)))?;
                entry_bytes(&mut opened(BufReader::new(file))?, at, most)
            }
            Place::Entry(outer, inner) => {
                let known = self.last.as_ref().filter(|(known, _)| known == place);
                let bytes = match known {
                    Some((_, bytes)) => bytes.clone(),
                    None => {
                        let bytes: Arc<[u8]> = self.entry(outer, *inner, MAX_INNER)?.into();
                        self.last = Some((place.clone(), bytes.clone()));
                        bytes
                    }
                };
                entry_bytes(&mut opened(Cursor::new(bytes))?, at, most)
            }
        }
    }
}

/// The receipts in a zip file: the folders that lead to each, and its number.
fn receipts_of<R: Read + Seek>(zip: &mut ZipArchive<R>) -> Vec<(Vec<String>, usize)> {
    let entries = 0..zip.len();
    let receipt = |at: usize| {
        let entry = zip.by_index_raw(at).ok()?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let mut names = parts(&name);
        let is_receipt = names.pop() == Some(RECEIPT) && may_expand(entry.compressed_size(), entry.size());
        is_receipt.then(|| (names.into_iter().map(str::to_owned).collect(), at))
    };
    entries.filter_map(receipt).collect()
}

/// The folders and the name of an entry. Some programs on Windows part folders by `\`.
fn parts(name: &str) -> Vec<&str> {
    name.split(['/', '\\']).filter(|part| *part != ".").collect()
}

fn is_junk(name: &str) -> bool {
    JUNK.contains(&name) || name.starts_with("._") || name.starts_with("~$")
}

fn is_zip(name: Option<&String>) -> bool {
    name.is_some_and(|name| name.to_lowercase().ends_with(".zip"))
}

fn opened<R: Read + Seek>(mut reader: R) -> Result<ZipArchive<R>, String> {
    let broken = |error: String| format!("it is not a zip file, or is damaged: {error}");
    // Before the list of entries is in memory.
    if !zip_entries::are_at_most(MAX_ENTRIES, &mut reader).map_err(|error| broken(reason(&error)))? {
        return Err(format!("it has more than {MAX_ENTRIES} entries"));
    }
    reader.rewind().map_err(|error| broken(reason(&error)))?;
    ZipArchive::new(reader).map_err(|error| broken(error.to_string()))
}

/// The bytes of a file, at most one more than `most`.
fn file_bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The bytes of an entry, never more than `most`, whatever it says of itself.
fn entry_bytes<R: Read + Seek>(zip: &mut ZipArchive<R>, at: usize, most: u64) -> Result<Vec<u8>, String> {
    let damaged = |why: String| format!("it is damaged: {why}");
    let entry = zip.by_index(at).map_err(|error| damaged(error.to_string()))?;
    let mut bytes = Vec::new();
    entry.take(most + 1).read_to_end(&mut bytes).map_err(|error| damaged(error.to_string()))?;
    if bytes.len() as u64 > most {
        return Err(format!("it has more than {} MB", most / 1_000_000));
    }
    Ok(bytes)
}
