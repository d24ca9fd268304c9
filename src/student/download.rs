//! Downloads a data set over HTTP: goes on where it was cut off, and puts it in its place only when every byte is right.
//!
//! What has arrived so far is beside its place, as `NAME.part`. It is no one's work: a part that turns out wrong goes.
#![expect(clippy::disallowed_methods, reason = "looks at the part that it is writing")]

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::Path;
use std::time::Duration;

use crate::apply::Disk;
use crate::compile::Dataset;
use crate::digest::Digest;
use crate::path::shortened;
use crate::world::http::{self, Ended, Response};

/// A server that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// No data set of which the catalog gives no size is larger, whatever the server announces.
const MOST: u64 = 16 << 30;
/// Nor is one of which no one gives a size.
const MOST_UNANNOUNCED: u64 = 256 << 20;

/// Where a data set is while it arrives: a path of the workspace.
pub fn part(dataset: &Dataset) -> String {
    let name = shortened(dataset.path.name(), ".part");
    dataset.path.parent().map_or(name.clone(), |folder| format!("{folder}/{name}"))
}

/// Why it did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What is wrong.
    pub message: String,
    /// What can be done about it.
    pub help: String,
}

impl Failure {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    fn again(message: impl Into<String>, dataset: &Dataset) -> Self {
        let help =
            format!("run it again; it continues where it stopped: `tito data download {}`", dataset.id);
        Self::new(message, help)
    }
}

/// Downloads `dataset` from `url` into the workspace at `root`, whose files are `disk`. `arrived` is told how many bytes are there, as they come.
///
/// # Errors
/// A [`Failure`]; what arrived stays beside its place, and the next download goes on with it.
pub fn download(
    disk: &Disk,
    root: &Path,
    dataset: &Dataset,
    url: &str,
    arrived: &mut dyn FnMut(u64),
) -> Result<(), Failure> {
    let id = &dataset.id;
    let scheme = url.split("://").next().unwrap_or_default().to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return Err(Failure::new(
            format!("`{id}` is not downloaded: `{url}` is not an http or https address"),
            "the address is in the catalog of the base; tell your instructor",
        ));
    }
    let Some(wanted) = dataset.sha256 else {
        return Err(Failure::new(
            format!("`{id}` is not downloaded: the catalog does not give its checksum"),
            "`sha256: …` is missing in the catalog of the base; tell your instructor",
        ));
    };
    let plain = |error: &dyn std::fmt::Display| Failure::new(error.to_string(), "");
    if let Some(folder) = dataset.path.parent() {
        disk.make_folders(folder.as_str()).map_err(|error| plain(&error))?;
    }
    let part = part(dataset);
    let mut file = open(&root.join(&part)).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => {
            Failure::new(format!("`{part}` is a link, or has other links"), "delete it, and run this again")
        }
        _ => Failure::new(format!("`{part}` cannot be written: {}", crate::world::reason(&error)), ""),
    })?;
    if file.try_lock().is_err() {
        return Err(Failure::new(
            format!("`{id}` is being downloaded by another tito"),
            "wait until it finishes",
        ));
    }
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    // A part that is whole was cut off only before it was looked at; what is longer than the whole need not be looked at.
    let is_whole = length > 0 && length == dataset.bytes.unwrap_or(length.min(MOST));
    if !is_whole || digest(&mut file).ok() != Some(wanted) {
        receive(&mut file, dataset, url, arrived)?;
    }
    let found = digest(&mut file).and_then(|digest| file.sync_all().map(|()| digest)).map_err(|error| {
        Failure::again(format!("`{part}` cannot be read: {}", crate::world::reason(&error)), dataset)
    })?;
    drop(file);
    if found != wanted {
        disk.remove_file(&part).map_err(|error| plain(&error))?;
        return Err(Failure::new(
            format!(
                "the data from {url} is not the data set `{id}`: its sha256 is {found}, and should be {wanted}"
            ),
            "the data was deleted; try again, and tell your instructor if it happens twice",
        ));
    }
    match disk.rename_new(&part, dataset.path.as_str()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(format!("something else is at `{}`", dataset.path), "move it away")),
        Err(error) => Err(plain(&error)),
    }
}

/// The part, opened without following a link. A file that has another name as well (a hard link) may be one outside the workspace: it
/// is not the part that we wrote.
fn open(path: &Path) -> io::Result<File> {
    if let Ok(metadata) = std::fs::symlink_metadata(path)
        && !metadata.is_file()
    {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.nlink() > 1 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
    }
    Ok(file)
}

fn digest(file: &mut File) -> io::Result<Digest> {
    file.rewind()?;
    Digest::of_reader(file)
}

/// Asks for what is missing, and appends it.
fn receive(
    file: &mut File,
    dataset: &Dataset,
    url: &str,
    arrived: &mut dyn FnMut(u64),
) -> Result<(), Failure> {
    let mut length = file.metadata().map_or(0, |metadata| metadata.len());
    // More than there can be is not the beginning of it.
    if length >= dataset.bytes.unwrap_or(MOST) {
        length = 0;
    }
    let mut response = ask(url, length, dataset)?;
    if response.status() == 416 && length > 0 {
        length = 0;
        response = ask(url, 0, dataset)?;
    }
    let begins = match response.status().as_u16() {
        206 if starts_at(&response) == Some(length) => length,
        200 => 0,
        status => {
            let message = format!("{url} answered {status}{}", words(status));
            return Err(Failure::new(
                message,
                "the file may have moved; try again later, and tell your instructor",
            ));
        }
    };
    let written = |error: &io::Error| {
        Failure::again(
            format!("`{}` cannot be written: {}", part(dataset), crate::world::reason(error)),
            dataset,
        )
    };
    file.set_len(begins).and_then(|()| file.seek(io::SeekFrom::End(0))).map_err(|error| written(&error))?;
    let most = most(dataset, begins, &response);
    arrived(begins);
    let mut total = begins;
    let take = |piece: &[u8], now| {
        file.write_all(piece)?;
        total = now;
        arrived(total);
        Ok(())
    };
    match http::read_body(&mut response, begins, most, take) {
        Ok(_) => {}
        Err(Ended::Off(why)) => return Err(cut(dataset, total, &why)),
        Err(Ended::TooSlow) => return Err(cut(dataset, total, "the server is too slow")),
        Err(Ended::TooLarge) => {
            let _ = file.set_len(0);
            return Err(endless(dataset, url, most));
        }
        Err(Ended::Refused(error)) => return Err(written(&error)),
    }
    match dataset.bytes {
        Some(bytes) if total < bytes => Err(cut(dataset, total, "the server ended early")),
        _ => Ok(()),
    }
}

/// The bytes that the data set has, or may have: as the catalog says, else as the server says, within reason.
fn most(dataset: &Dataset, begins: u64, response: &Response) -> u64 {
    let announced = || {
        let length = response.headers().get("content-length")?.to_str().ok()?.trim().parse::<u64>().ok()?;
        Some(begins.saturating_add(length).min(MOST))
    };
    dataset.bytes.or_else(announced).unwrap_or(MOST_UNANNOUNCED)
}

fn endless(dataset: &Dataset, url: &str, most: u64) -> Failure {
    let id = &dataset.id;
    if dataset.bytes.is_some() {
        let message = format!("{url} sends more bytes than the data set `{id}` has");
        return Failure::new(message, "the data was deleted; tell your instructor");
    }
    let size = indicatif::HumanBytes(most);
    Failure::new(
        format!(
            "{url} sends more than {size} for the data set `{id}`, and the catalog does not say how large it is"
        ),
        "the data was deleted; tell your instructor: `bytes: …` is missing in the catalog of the base",
    )
}

fn cut(dataset: &Dataset, total: u64, why: &str) -> Failure {
    let of = dataset.bytes.map_or_else(String::new, |bytes| format!(" of {bytes}"));
    Failure::again(
        format!("the download of `{}` stopped after {total}{of} bytes: {why}", dataset.id),
        dataset,
    )
}

fn ask(url: &str, from: u64, dataset: &Dataset) -> Result<Response, Failure> {
    let agent = http::agent(url, SILENCE, 5, false);
    let mut request = agent.get(url);
    if from > 0 {
        request = request.header("Range", format!("bytes={from}-"));
    }
    request.call().map_err(|error| {
        Failure::again(format!("{url} cannot be reached: {}", http::reason(&error)), dataset)
    })
}

/// `bytes 5-99/100` begins at 5.
fn starts_at(response: &Response) -> Option<u64> {
    let range = response.headers().get("content-range")?.to_str().ok()?;
    range.trim().strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

fn words(status: u16) -> &'static str {
    match status {
        401 | 403 => ": access denied",
        404 | 410 => ": there is no such file",
        429 => ": too many requests",
        500.. => ": the server has a problem",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(bytes: Option<u64>) -> Dataset {
        Dataset {
            id: "x".parse().unwrap(),
            title: None,
            path: crate::path::WorkspacePath::new("datasets/x").unwrap(),
            url: None,
            sha256: None,
            bytes,
            license: None,
        }
    }

    fn response(length: Option<&str>) -> Response {
        let mut builder = ureq::http::Response::builder();
        if let Some(length) = length {
            builder = builder.header("content-length", length);
        }
        builder.body(ureq::Body::builder().data("")).unwrap()
    }

    #[test]
    fn every_download_has_an_end() {
        assert_eq!(most(&dataset(Some(5)), 0, &response(Some("99"))), 5);
        assert_eq!(most(&dataset(None), 10, &response(Some("99"))), 109);
        assert_eq!(most(&dataset(None), 0, &response(None)), MOST_UNANNOUNCED);
        assert_eq!(most(&dataset(None), 0, &response(Some("lots"))), MOST_UNANNOUNCED);
        assert_eq!(most(&dataset(None), 7, &response(Some("18446744073709551615"))), MOST);
    }
}
