//! Which certificates a server may show: those that this computer trusts, or those that `SSL_CERT_FILE` names.

use ureq::tls::{Certificate, RootCerts};

/// The certificates of the authorities that are trusted: the files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, else the system's,
/// else, on a system that has none, Mozilla's.
pub(super) fn roots() -> RootCerts {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() && !is_named() {
        return RootCerts::WebPki;
    }
    found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).into()
}

/// Did the user say where the certificates are? Then no others are trusted.
#[expect(clippy::disallowed_methods, reason = "the same variables that OpenSSL and curl read")]
fn is_named() -> bool {
    ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some())
}
