//! What everything that asks a server shares: the agent, how long a server may be silent or slow, and why it could not be reached.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine};
use ureq::config::RedirectAuthHeaders;
use ureq::tls::TlsConfig;

use super::{certificates, netrc};

/// A server that takes longer for [`SLOW_BYTES`] only keeps us waiting.
const SLOW: Duration = Duration::from_secs(60);
const SLOW_BYTES: u64 = 64 << 10;

/// An agent for `url`, which gives up on a server that is silent for `silence`, follows `redirects` redirects, and with `https_only` none
/// that leaves https. A status is an answer, not an error. Proxies are those of the environment, except for this computer.
pub(crate) fn agent(url: &str, silence: Duration, redirects: u32, https_only: bool) -> ureq::Agent {
    let builder = ureq::Agent::config_builder();
    let builder = match authority(url) {
        Some(authority) if is_this_computer(authority) => builder.proxy(None),
        _ => builder,
    };
    // Reading the certificates takes milliseconds, and plain http shows none.
    let builder = if https_only || url.starts_with("https://") {
        builder.tls_config(TlsConfig::builder().root_certs(certificates::roots()).build())
    } else {
        builder
    };
    builder
        .redirect_auth_headers(RedirectAuthHeaders::SameHost)
        .http_status_as_error(false)
        .https_only(https_only)
        .max_redirects(redirects)
        .timeout_connect(Some(silence))
        .timeout_recv_response(Some(silence))
        .timeout_per_read(Some(silence))
        .user_agent(concat!("tito/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity")
        .build()
        .new_agent()
}

/// Why a server could not be reached, in words.
pub(crate) fn reason(error: &ureq::Error) -> String {
    match error {
        error if is_about_a_certificate(error) => format!(
            "this computer does not trust its certificate ({error}); if your university has certificates of its own, name their file: SSL_CERT_FILE=…"
        ),
        ureq::Error::Io(error) => super::reason(error),
        ureq::Error::HostNotFound => "unknown host; are you online?".to_owned(),
        ureq::Error::Timeout(_) => "it does not answer".to_owned(),
        ureq::Error::TooManyRedirects => "too many redirects".to_owned(),
        ureq::Error::RequireHttpsOnly(_) => "it sends us to an address without https".to_owned(),
        ureq::Error::ConnectProxyFailed(why) => format!("the proxy does not let us through: {why}"),
        other => other.to_string(),
    }
}

/// Was there a connection, and is it gone?
pub(crate) fn is_lost(error: &ureq::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let ureq::Error::Io(error) = error else { return false };
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

fn is_about_a_certificate(error: &ureq::Error) -> bool {
    error.to_string().contains("certificate")
}

/// The header that tells a server who asks, if the user's `.netrc` has an entry for it. Never without https.
pub(crate) fn authorization(url: &str) -> Option<String> {
    let host = host(authority(url).filter(|_| url.starts_with("https://"))?);
    let login = netrc::login(host)?;
    Some(format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{}", login.name, login.password))))
}

/// `a.example:8000` of `https://a.example:8000/x`.
fn authority(url: &str) -> Option<&str> {
    url.split_once("://").and_then(|(_, rest)| rest.split('/').next())
}

/// The host of `a.example:8000` or `[::1]:8000`, without brackets.
pub(super) fn host(authority: &str) -> &str {
    let name = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => authority.split(':').next(),
    };
    name.unwrap_or_default()
}

/// Is it an address of the computer itself, which no network is between?
pub(crate) fn is_this_computer(authority: &str) -> bool {
    let name = host(authority);
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What a server answers.
pub(crate) type Response = ureq::http::Response<ureq::Body>;

/// Why a body did not come to its end.
pub(crate) enum Ended<E> {
    /// The connection is gone: why, in words.
    Off(String),
    /// The server sends too little.
    TooSlow,
    /// There are more bytes than there may be.
    TooLarge,
    /// Whoever takes the bytes cannot.
    Refused(E),
}

/// Reads a body to its end: `take` gets each piece, and how many bytes there are with it. `there` came before, and there are to be no more
/// than `limit`. Returns how many there are.
///
/// # Errors
/// [`Ended`]; what `take` got until then is the beginning of the body.
pub(crate) fn read_body<E>(
    response: &mut Response,
    there: u64,
    limit: u64,
    mut take: impl FnMut(&[u8], u64) -> Result<(), E>,
) -> Result<u64, Ended<E>> {
    let mut body = response.body_mut().as_reader();
    let mut piece = vec![0; 1 << 16];
    let (mut total, mut pace) = (there, Pace::new(there));
    loop {
        let read = match body.read(&mut piece) {
            Ok(0) => return Ok(total),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Ended::Off(super::reason(&error))),
        };
        total += read as u64;
        if total > limit {
            return Err(Ended::TooLarge);
        }
        if pace.is_too_slow(total) {
            return Err(Ended::TooSlow);
        }
        take(piece.get(..read).unwrap_or_default(), total).map_err(Ended::Refused)?;
    }
}

/// How fast bytes arrive.
struct Pace {
    since: Instant,
    at: u64,
}

impl Pace {
    /// From now on, with `at` bytes there.
    fn new(at: u64) -> Self {
        Self { since: Instant::now(), at }
    }

    /// Did too few bytes arrive in the last while? `total` is how many there are now.
    fn is_too_slow(&mut self, total: u64) -> bool {
        if total.saturating_sub(self.at) >= SLOW_BYTES {
            *self = Self::new(total);
        }
        self.since.elapsed() > SLOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_only_drips_is_left() {
        let since = Instant::now().checked_sub(SLOW + Duration::from_secs(1)).unwrap();
        assert!(Pace { since, at: 0 }.is_too_slow(SLOW_BYTES - 1));
        assert!(!Pace { since, at: 0 }.is_too_slow(SLOW_BYTES));
        assert!(!Pace::new(0).is_too_slow(1));
    }
}
