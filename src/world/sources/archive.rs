//! Sources in archives: tar.gz and zip. The digest is compared before anything of an archive is looked at.
#![expect(clippy::disallowed_methods, reason = "reads and keeps archives")]

use std::fs::File;
use std::io::{BufReader, Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use tar::EntryType;

use super::Fault;
use super::address::Address;
use super::limits::{MAX_TOTAL, has_short_directory};
use super::remote::{Kind, Remote};
use super::writer::Writer;
use crate::digest::Digest;
use crate::world::http::{self, Ended};
use crate::world::reason;

/// No archive is longer.
const MAX_ARCHIVE: u64 = 1 << 30;
/// A server that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// What describes an entry of a tar file is not longer.
const MAX_ABOUT: u64 = 64 << 10;

/// Fetches the archive `remote` into the new file `part`, and reads its files into `writer`.
pub(super) fn read(remote: &Remote, part: &Path, writer: &mut Writer) -> Result<(), Fault> {
    let Kind::Archive(wanted) = remote.kind else { return Err(Fault::NotPinned) };
    let mut file = match &remote.address {
        Address::Path(_, path) => open(path)?,
        Address::Url(url) => match url.strip_prefix("file://") {
            // `file:///C:/…` on Windows.
            Some(path) => open(Path::new(if cfg!(windows) { path.trim_start_matches('/') } else { path }))?,
            None => download(url, remote, part)?,
        },
    };
    let cannot = |error: &std::io::Error| Fault::Unreachable(format!("it cannot be read: {}", reason(error)));
    file.rewind().map_err(|error| cannot(&error))?;
    let found = Digest::of_reader(&mut (&file).take(MAX_ARCHIVE)).map_err(|error| cannot(&error))?;
    if found != wanted {
        return Err(Fault::Changed { expected: wanted.to_string(), found: found.to_string() });
    }
    let mut magic = [0; 4];
    file.rewind().and_then(|()| file.read_exact(&mut magic)).map_err(|_| unknown())?;
    file.rewind().map_err(|error| cannot(&error))?;
    match magic {
        [0x1f, 0x8b, ..] => tar_gz(BufReader::new(file), writer),
        [b'P', b'K', 3, 4] => zip(BufReader::new(file), writer),
        _ => Err(unknown()),
    }
}

fn open(path: &Path) -> Result<File, Fault> {
    let cannot = |why: &str| Fault::Unreachable(format!("it cannot be read: {why}"));
    // A FIFO would hold us up.
    let metadata = std::fs::metadata(path).map_err(|error| cannot(&reason(&error)))?;
    if !metadata.is_file() {
        return Err(cannot("it is not a regular file"));
    }
    if metadata.len() > MAX_ARCHIVE {
        return Err(too_long());
    }
    File::open(path).map_err(|error| cannot(&reason(&error)))
}

fn download(url: &str, remote: &Remote, part: &Path) -> Result<File, Fault> {
    let label = remote.address.label();
    let is_https = url.starts_with("https://");
    let agent = http::agent(url, SILENCE, if is_https { 5 } else { 0 }, is_https);
    let mut response = agent
        .get(url)
        .call()
        .map_err(|error| Fault::Unreachable(format!("it cannot be reached: {}", http::reason(&error))))?;
    match response.status().as_u16() {
        200 => {}
        404 | 410 => return Err(Fault::Gone(format!("there is no file `{label}`"))),
        status => return Err(Fault::Unreachable(format!("the server answers {status}"))),
    }
    let cut = |why: &str| Fault::Unreachable(format!("it was cut off: {why}"));
    let written = |error: std::io::Error| {
        Fault::Cache(format!("the cache of sources cannot be written: {}", reason(&error)))
    };
    let mut file =
        File::options().read(true).write(true).create(true).truncate(true).open(part).map_err(written)?;
    match http::read_body(&mut response, 0, MAX_ARCHIVE, |piece, _| file.write_all(piece)) {
        Ok(_) => Ok(file),
        Err(Ended::Off(why)) => Err(cut(&why)),
        Err(Ended::TooSlow) => Err(cut("the server is too slow")),
        Err(Ended::TooLarge) => Err(too_long()),
        Err(Ended::Refused(error)) => Err(written(error)),
    }
}

/// Reads entry by entry, and what describes an entry with a limit: a name may be as long as an archive.
fn tar_gz(reader: impl Read, writer: &mut Writer) -> Result<(), Fault> {
    let unpacked = flate2::read::MultiGzDecoder::new(reader);
    // Headers and padding come on top of the files.
    let mut archive = tar::Archive::new(unpacked.take(MAX_TOTAL + (MAX_TOTAL >> 2)));
    let mut long_name: Option<String> = None;
    for entry in archive.entries().map_err(|error| damaged(&error))?.raw(true) {
        let mut entry = entry.map_err(|error| damaged(&error))?;
        let kind = entry.header().entry_type();
        match kind {
            EntryType::XHeader => {
                long_name = pax_path(&about(&mut entry)?).or(long_name);
                continue;
            }
            EntryType::GNULongName => {
                let bytes = about(&mut entry)?;
                let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
                long_name = Some(String::from_utf8_lossy(name).into_owned());
                continue;
            }
            EntryType::XGlobalHeader | EntryType::GNULongLink => {
                about(&mut entry)?;
                continue;
            }
            _ => {}
        }
        let own = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = long_name.take().unwrap_or(own);
        let path = inner(&name);
        match kind {
            EntryType::Directory => {}
            EntryType::Regular | EntryType::Continuous => {
                let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
                writer.file(path, executable, &mut entry)?;
            }
            EntryType::Symlink => writer.link(path)?,
            _ => {
                return Err(Fault::Unusable(format!(
                    "`{}` is a hard link, a device or something else that is not a file",
                    name.escape_debug()
                )));
            }
        }
    }
    Ok(())
}

/// What describes the next entry.
fn about(entry: &mut impl Read) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    entry.take(MAX_ABOUT + 1).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
    if bytes.len() as u64 > MAX_ABOUT {
        return Err(Fault::Unusable("it has a name that is too long".to_owned()));
    }
    Ok(bytes)
}

fn pax_path(bytes: &[u8]) -> Option<String> {
    let extensions = tar::PaxExtensions::new(bytes).filter_map(Result::ok);
    let paths = extensions.filter(|extension| extension.key_bytes() == b"path");
    paths.map(|extension| String::from_utf8_lossy(extension.value_bytes()).into_owned()).last()
}

fn zip(mut reader: impl Read + Seek, writer: &mut Writer) -> Result<(), Fault> {
    if !has_short_directory(&mut reader).map_err(|error| damaged(&error))? {
        return Err(Fault::Unusable("it has more files than a course needs".to_owned()));
    }
    let broken = |error: zip::result::ZipError| Fault::Unusable(format!("it is damaged: {error}"));
    let mut archive = zip::ZipArchive::new(reader).map_err(broken)?;
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(broken)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if entry.is_dir() {
            continue;
        }
        if entry.is_symlink() {
            writer.link(inner(&name))?;
            continue;
        }
        let executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
        writer.file(inner(&name), executable, &mut entry)?;
    }
    Ok(())
}

/// `./a/b` is `a/b`; all else is for the writer to judge.
fn inner(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}

fn unknown() -> Fault {
    Fault::Unusable("it is neither a tar.gz nor a zip file".to_owned())
}

fn too_long() -> Fault {
    Fault::Unusable(format!("it is longer than {} MiB", MAX_ARCHIVE >> 20))
}

fn damaged(error: &std::io::Error) -> Fault {
    Fault::Unusable(format!("it is damaged: {}", reason(error)))
}
