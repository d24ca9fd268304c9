//! What everything that asks a server shares: the agent, how long a server may be silent or slow, and why it could not be reached.

use std::time::{Duration, Instant};

/// A server that takes longer for [`SLOW_BYTES`] only keeps us waiting.
const SLOW: Duration = Duration::from_secs(60);
const SLOW_BYTES: u64 = 64 << 10;

/// An agent that gives up on a server that is silent for `silence`, follows `redirects` redirects, and with `https_only` none that leaves
/// https. A status is an answer, not an error.
pub(crate) fn agent(silence: Duration, redirects: u32, https_only: bool) -> ureq::Agent {
    ureq::Agent::config_builder()
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
        ureq::Error::Io(error) => super::reason(error),
        ureq::Error::HostNotFound => "unknown host; are you online?".to_owned(),
        ureq::Error::Timeout(_) => "it does not answer".to_owned(),
        ureq::Error::TooManyRedirects => "too many redirects".to_owned(),
        ureq::Error::RequireHttpsOnly(_) => "it sends us to an address without https".to_owned(),
        other => other.to_string(),
    }
}

/// How fast bytes arrive.
pub(crate) struct Pace {
    since: Instant,
    at: u64,
}

impl Pace {
    /// From now on, with `at` bytes there.
    pub(crate) fn new(at: u64) -> Self {
        Self { since: Instant::now(), at }
    }

    /// Did too few bytes arrive in the last while? `total` is how many there are now.
    pub(crate) fn is_too_slow(&mut self, total: u64) -> bool {
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
