//! A published folder at an address. Every answer is bounded in bytes and in time, and a redirect never leaves https.

use std::io::Read;
use std::time::{Duration, Instant};

use super::{Site, SiteError};
use crate::world::reason;

/// A server that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// A server that takes longer for [`SLOW_BYTES`] only keeps us waiting.
const SLOW: Duration = Duration::from_secs(60);
const SLOW_BYTES: usize = 64 << 10;

pub(super) struct Http {
    url: String,
    agent: ureq::Agent,
}

impl Http {
    pub(super) fn new(url: &str) -> Self {
        // Only this computer is asked without https, and it has no reason to send us elsewhere.
        let is_https = url.starts_with("https://");
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .https_only(is_https)
            .max_redirects(if is_https { 5 } else { 0 })
            .timeout_connect(Some(SILENCE))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .user_agent(concat!("tito/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .build()
            .new_agent();
        Self { url: url.to_owned(), agent }
    }
}

impl Site for Http {
    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, SiteError> {
        let url = format!("{}{name}", self.url);
        let mut response = self.agent.get(&url).call().map_err(|error| {
            SiteError::Unreachable(format!("{} cannot be reached: {}", self.url, why(&error)))
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
        let (mut since, mut at) = (Instant::now(), 0);
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
            if bytes.len() - at >= SLOW_BYTES {
                (since, at) = (Instant::now(), bytes.len());
            } else if since.elapsed() > SLOW {
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

fn why(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => reason(error),
        ureq::Error::HostNotFound => "no such computer; are you online?".to_owned(),
        ureq::Error::Timeout(_) => "it does not answer".to_owned(),
        ureq::Error::TooManyRedirects => "it sends us round in circles".to_owned(),
        ureq::Error::RequireHttpsOnly(_) => "it sends us to an address without https".to_owned(),
        other => other.to_string(),
    }
}
