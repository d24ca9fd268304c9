//! A published folder at an address. Every answer is bounded in bytes and in time, a redirect never leaves https, and a file that was cut
//! off goes on where it stopped.

use std::convert::Infallible;
use std::time::Duration;

use jiff::fmt::rfc2822;

use super::{Answer, Site, SiteError, Validators};
use crate::world::http::{self, Ended, Response};

/// A server that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// So often a file that was cut off is asked for again, if the last time brought little.
const PATIENCE: u32 = 2;
/// So many bytes are not little.
const MUCH: u64 = 256 << 10;
/// How long to wait before a file that was cut off is asked for again.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) struct Http {
    url: String,
    agent: ureq::Agent,
    authorization: Option<String>,
    /// How often copies were to be passed by.
    passes: u32,
}

/// A file that arrives.
#[derive(Default)]
struct Arriving {
    bytes: Vec<u8>,
    /// What the server calls it.
    validators: Validators,
    /// Does the server give a part of it?
    has_ranges: bool,
    /// Was it written just now? Another file may come under the same time then.
    is_young: bool,
}

/// Why a file did not arrive whole.
enum Cut {
    /// It was cut off, and the rest may follow: why.
    Off(String),
    /// It is the one that is known already.
    Unchanged,
    /// There is nothing to wait for.
    Ended(SiteError),
}

impl Http {
    pub(super) fn new(url: &str) -> Self {
        // Only this computer is asked without https, and it has no reason to send us elsewhere.
        let is_https = url.starts_with("https://");
        let agent = http::agent(url, SILENCE, if is_https { 5 } else { 0 }, is_https);
        Self { url: url.to_owned(), agent, authorization: http::authorization(url), passes: 0 }
    }

    /// The whole file, in as many pieces as it takes.
    fn whole(
        &self,
        name: &str,
        limit: u64,
        known: &Validators,
        arrived: &dyn Fn(u64),
    ) -> Result<Answer, SiteError> {
        let mut file = Arriving::default();
        let mut tries = PATIENCE;
        loop {
            let before = file.bytes.len();
            let why = match self.piece(name, limit, known, &mut file, arrived) {
                Ok(()) if file.is_young => return Ok(Answer::Changed(file.bytes, Validators::default())),
                Ok(()) => return Ok(Answer::Changed(file.bytes, file.validators)),
                Err(Cut::Unchanged) => return Ok(Answer::Unchanged),
                Err(Cut::Ended(error)) => return Err(error),
                Err(Cut::Off(why)) => why,
            };
            let gained = file.bytes.len().saturating_sub(before) as u64;
            if !(file.has_ranges && gained >= MUCH) {
                tries = tries.checked_sub(1).ok_or_else(|| {
                    SiteError::Unreachable(format!("{}{name} was cut off: {why}", self.url))
                })?;
            }
            if !file.has_ranges {
                file.bytes.clear();
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// What follows on the bytes that are there.
    fn piece(
        &self,
        name: &str,
        limit: u64,
        known: &Validators,
        file: &mut Arriving,
        arrived: &dyn Fn(u64),
    ) -> Result<(), Cut> {
        let mut response = self.ask(name, known, file)?;
        let begins = starts_at(&response);
        match response.status().as_u16() {
            200 => file.bytes.clear(),
            206 if begins == Some(file.bytes.len() as u64) && begins != Some(0) => {}
            206 | 416 => {
                // Not what was asked for: all of it, then.
                file.bytes.clear();
                file.has_ranges = false;
                return Err(Cut::Off("the server sends another part".to_owned()));
            }
            304 if file.bytes.is_empty() && known != &Validators::default() => return Err(Cut::Unchanged),
            404 | 410 => return Err(Cut::Ended(SiteError::Missing(name.to_owned()))),
            status => {
                let url = &self.url;
                return Err(Cut::Ended(SiteError::Unreachable(format!(
                    "{url}{name} answers {status}{}",
                    words(status)
                ))));
            }
        }
        if header(&response, "content-type")
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"))
        {
            return Err(Cut::Ended(SiteError::WebPage(self.url.clone())));
        }
        file.validators =
            Validators { etag: header(&response, "etag"), modified: header(&response, "last-modified") };
        file.is_young = is_young(&response);
        file.has_ranges =
            begins.is_some() || header(&response, "accept-ranges").is_some_and(|unit| unit == "bytes");
        body(&mut response, &mut file.bytes, name, limit, arrived)
    }

    fn ask(&self, name: &str, known: &Validators, file: &Arriving) -> Result<Response, Cut> {
        // Some copies on the way are kept by the whole address, and never ask whether they are right.
        let passes = self.passes;
        let query = if passes > 0 { format!("?again={passes}") } else { String::new() };
        let mut request = self.agent.get(format!("{}{name}{query}", self.url));
        if passes > 0 {
            request = request.header("Cache-Control", "no-cache");
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        if file.bytes.is_empty() {
            for (header, value) in [("If-None-Match", &known.etag), ("If-Modified-Since", &known.modified)] {
                if let Some(value) = value {
                    request = request.header(header, value);
                }
            }
        } else {
            request = request.header("Range", format!("bytes={}-", file.bytes.len()));
            // A weak tag does not say that the bytes are the same.
            let strong = file.validators.etag.as_ref().filter(|tag| !tag.starts_with("W/"));
            if let Some(validator) = strong.or(file.validators.modified.as_ref()) {
                request = request.header("If-Range", validator);
            }
        }
        request.call().map_err(|error| {
            let why = http::reason(&error);
            // A server may close a connection in the moment in which it is used again.
            if file.bytes.is_empty() && !http::is_lost(&error) {
                Cut::Ended(SiteError::Unreachable(format!("{} cannot be reached: {why}", self.url)))
            } else {
                Cut::Off(why)
            }
        })
    }
}

impl Site for Http {
    fn read_watched(&self, name: &str, limit: u64, arrived: &dyn Fn(u64)) -> Result<Vec<u8>, SiteError> {
        match self.whole(name, limit, &Validators::default(), arrived)? {
            Answer::Changed(bytes, _) => Ok(bytes),
            // No one asked whether it changed.
            Answer::Unchanged => Err(SiteError::Wrong(format!("{}{name} answers 304", self.url))),
        }
    }

    fn read_changed(&self, name: &str, limit: u64, known: &Validators) -> Result<Answer, SiteError> {
        self.whole(name, limit, known, &|_| {})
    }

    fn pass_copies(&mut self) -> bool {
        self.passes += 1;
        true
    }
}

/// Reads what follows to the end of `bytes`.
fn body(
    response: &mut Response,
    bytes: &mut Vec<u8>,
    name: &str,
    limit: u64,
    arrived: &dyn Fn(u64),
) -> Result<(), Cut> {
    let there = bytes.len() as u64;
    let take = |piece: &[u8], total| -> Result<(), Infallible> {
        bytes.extend_from_slice(piece);
        arrived(total);
        Ok(())
    };
    match http::read_body(response, there, limit, take) {
        Ok(_) => Ok(()),
        Err(Ended::Off(why)) => Err(Cut::Off(why)),
        Err(Ended::TooLarge) => Err(Cut::Ended(SiteError::TooLarge(name.to_owned()))),
        Err(Ended::TooSlow) => {
            Err(Cut::Ended(SiteError::Unreachable(format!("`{name}`: the server is too slow"))))
        }
        Err(Ended::Refused(never)) => match never {},
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    // What a file says in the workspace is not longer than this, whatever a server sends.
    let value = response.headers().get(name)?.to_str().ok()?.trim();
    (value.len() <= 1 << 10).then(|| value.to_owned())
}

/// Was the file written at most a second before the server answered? Times have no parts of a second, so a file that is published in the same
/// second has the same `Last-Modified`, and often the `ETag` that is made of it.
fn is_young(response: &Response) -> bool {
    let time = |name: &str| rfc2822::DateTimeParser::new().parse_timestamp(header(response, name)?).ok();
    let (Some(written), Some(now)) = (time("last-modified"), time("date")) else { return false };
    now.as_second() <= written.as_second() + 1
}

/// `bytes 5-99/100` begins at 5.
fn starts_at(response: &Response) -> Option<u64> {
    let range = header(response, "content-range")?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

fn words(status: u16) -> &'static str {
    match status {
        401 | 403 => ": it does not let us in; if the course needs a password, write it into ~/.netrc",
        407 => ": the proxy wants a password",
        429 => ": too many are asking; try again in a few minutes",
        500.. => ": the server has a problem; try again later",
        _ => "",
    }
}
