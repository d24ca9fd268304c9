//! A published folder at an address. Every answer is bounded in bytes and in time, and a redirect never leaves https.

use std::io::Read;
use std::time::Duration;

use super::{Site, SiteError};
use crate::world::http::{self, Pace};
use crate::world::reason;

/// A server that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(30);

pub(super) struct Http {
    url: String,
    agent: ureq::Agent,
}

impl Http {
    pub(super) fn new(url: &str) -> Self {
        // Only this computer is asked without https, and it has no reason to send us elsewhere.
        let is_https = url.starts_with("https://");
        let agent = http::agent(SILENCE, if is_https { 5 } else { 0 }, is_https);
        Self { url: url.to_owned(), agent }
    }
}

impl Site for Http {
    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, SiteError> {
        let url = format!("{}{name}", self.url);
        let mut response = self.agent.get(&url).call().map_err(|error| {
            SiteError::Unreachable(format!("{} cannot be reached: {}", self.url, http::reason(&error)))
        })?;
        match response.status().as_u16() {
            200 => {}
            404 | 410 => return Err(SiteError::Missing(name.to_owned())),
            status => return Err(SiteError::Unreachable(format!("{url} answers {status}{}", words(status)))),
        }
        let is_page = response
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"));
        if is_page {
            return Err(SiteError::WebPage(self.url.clone()));
        }
        let cut = |why: &str| SiteError::Unreachable(format!("{url} was cut off: {why}"));
        let mut body = response.body_mut().as_reader();
        let (mut bytes, mut piece) = (Vec::new(), vec![0; 1 << 16]);
        let mut pace = Pace::new(0);
        loop {
            let read = match body.read(&mut piece) {
                Ok(0) => return Ok(bytes),
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(cut(&reason(&error))),
            };
            bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
            if bytes.len() as u64 > limit {
                return Err(SiteError::TooLarge(name.to_owned()));
            }
            if pace.is_too_slow(bytes.len() as u64) {
                return Err(cut("the server is too slow"));
            }
        }
    }
}

fn words(status: u16) -> &'static str {
    match status {
        401 | 403 => ": it does not let us in",
        429 => ": too many are asking; try again in a few minutes",
        500.. => ": the server has a problem; try again later",
        _ => "",
    }
}
