//! Secret keys: made, announced, and signed with. The files are those of the program `minisign`.
//!
//! `mls.key` is the secret key, `mls.pub` its public half, and `mls.announced` how earlier keys announced it, if there were any.
#![expect(clippy::disallowed_methods, reason = "reads and writes the key files that the instructor names")]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use minisign::{KeyPair, SecretKey};
use serde::{Deserialize, Serialize};

use crate::release::index::Index;
use crate::release::key::{MAX_ROTATIONS, PublicKey, Rotation};
use crate::release::signature;
use crate::world::reason;

/// A longer file is not a key.
const MAX_KEY_BYTES: u64 = 64 << 10;
/// Where in a secret key's bytes the way of its encryption is.
const ENCRYPTION: std::ops::Range<usize> = 2..4;
/// A secret key has so many bytes.
const SECRET_BYTES: usize = 158;

/// A secret key that can sign.
pub struct Signer {
    secret: SecretKey,
    public: PublicKey,
    /// How the keys before it followed each other, this one the last.
    rotations: Vec<Rotation>,
}

/// Why a key cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is not a secret key.
    #[error("`{0}` is not a secret key")]
    NotAKey(String),
    /// It is protected by a password, and there was none, or another one.
    #[error("the password of `{0}` is wrong")]
    Password(String),
    /// Something is there already.
    #[error("`{0}` is already there")]
    Exists(String),
    /// The announcements beside a key cannot be used.
    #[error("`{0}` does not say how this key was announced")]
    Announced(String),
    /// There are too many keys in a row.
    #[error("a course can announce {MAX_ROTATIONS} keys, and has")]
    Many,
    /// The system refused.
    #[error("`{0}` cannot be used: {1}")]
    Disk(String, String),
    /// The key could not be made.
    #[error("a key cannot be made: {0}")]
    Library(String),
}

/// What the file of announcements holds.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Announced {
    rotations: Vec<Rotation>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.public)
    }
}

impl Signer {
    /// Reads the secret key `path`. `password` is asked for a password if the key has one.
    ///
    /// # Errors
    /// A [`KeyError`], or what `password` returns.
    pub fn open<E: From<KeyError>>(
        path: &Path,
        password: impl FnOnce() -> Result<String, E>,
    ) -> Result<Self, E> {
        let shown = path.display().to_string();
        let text = text(path)?;
        let secret = text.lines().nth(1).and_then(bytes).ok_or(KeyError::NotAKey(shown.clone()))?;
        let is_encrypted = secret.get(ENCRYPTION) != Some(&[0, 0]);
        let secret = if is_encrypted {
            let password = password()?;
            SecretKey::from_box(text.into(), Some(password)).map_err(|_| KeyError::Password(shown.clone()))?
        } else {
            // minisign leaves the check sum of such a key empty.
            SecretKey::from_bytes(&secret).map_err(|_| KeyError::NotAKey(shown.clone()))?
        };
        let public = public(&secret).ok_or(KeyError::NotAKey(shown))?;
        let rotations = announced(path, &public)?;
        Ok(Self { secret, public, rotations })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// `index` as it is when this key signs it: with its public half, and with how it was announced. `before` are the announcements
    /// that are published already: they stay, so that a student who was away for long finds the way from an old key.
    pub fn enter(&self, index: &mut Index, before: &[Rotation]) {
        let mut rotations = before.to_vec();
        for rotation in &self.rotations {
            let is_there = |other: &Rotation| other.old == rotation.old && other.new == rotation.new;
            if !rotations.iter().any(is_there) {
                rotations.push(rotation.clone());
            }
        }
        index.rotations = rotations;
        index.key = Some(self.public.clone());
    }

    /// The signature of `index`, whose bytes are `bytes`, as minisign writes it.
    ///
    /// # Errors
    /// `Library`, where the system has no random numbers.
    pub fn sign(&self, index: &Index, bytes: &[u8]) -> Result<String, KeyError> {
        self.sign_bytes(bytes, &signature::comment(index), "signature of a course, by tito")
    }

    fn sign_bytes(&self, bytes: &[u8], trusted: &str, untrusted: &str) -> Result<String, KeyError> {
        let signed = minisign::sign(None, &self.secret, bytes, Some(trusted), Some(untrusted));
        signed.map(|signature| signature.to_string()).map_err(|error| KeyError::Library(error.to_string()))
    }
}

/// Makes a key in the file `path`, with its public half beside it; protected by `password`, if there is one. Where there is an
/// `old` key, that announces the new one.
///
/// # Errors
/// `Exists`: nothing is ever replaced. `Disk`, `Library`.
pub fn new(path: &Path, password: Option<String>, old: Option<&Signer>) -> Result<PublicKey, KeyError> {
    let library = |error: minisign::PError| KeyError::Library(error.to_string());
    if old.is_some_and(|old| old.rotations.len() >= MAX_ROTATIONS) {
        return Err(KeyError::Many);
    }
    let (public_path, announced_path) = (public_path(path), announced_path(path));
    for path in [path, &public_path, &announced_path] {
        if fs::symlink_metadata(path).is_ok() {
            return Err(KeyError::Exists(path.display().to_string()));
        }
    }
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password)),
        None => KeyPair::generate_unencrypted_keypair(),
    };
    let pair = pair.map_err(library)?;
    let public: PublicKey =
        pair.pk.to_base64().parse().map_err(|_| KeyError::Library("no key".to_owned()))?;
    let secret = pair.sk.to_box(Some("secret key of a course, made by tito")).map_err(library)?;
    if let Some(old) = old {
        let statement = Rotation::statement(&old.public, &public);
        let signature =
            old.sign_bytes(statement.as_bytes(), statement.trim(), "announcement of a key, by tito")?;
        let mut rotations = old.rotations.clone();
        rotations.push(Rotation { old: old.public.clone(), new: public.clone(), signature });
        // Every value in it is a text, so nothing can fail.
        let text = serde_json::to_vec_pretty(&Announced { rotations }).unwrap_or_default();
        create(&announced_path, &text, false)?;
    }
    create(&public_path, &pair.pk.to_box().map_err(library)?.to_bytes(), false)?;
    // The secret key comes last: with it the key can be used, and all that belongs to it is there.
    create(path, &secret.to_bytes(), true)?;
    Ok(public)
}

/// Is the file `path` a secret key, of tito or of minisign?
pub fn is_secret(path: &Path) -> bool {
    let is_short = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= MAX_KEY_BYTES);
    is_short && text(path).is_ok_and(|text| text.lines().nth(1).and_then(bytes).is_some())
}

/// Where the public half of the key in `path` is.
pub fn public_path(path: &Path) -> PathBuf {
    path.with_extension("pub")
}

/// Where the announcements of the key in `path` are.
pub fn announced_path(path: &Path) -> PathBuf {
    path.with_extension("announced")
}

fn announced(path: &Path, public: &PublicKey) -> Result<Vec<Rotation>, KeyError> {
    let path = announced_path(path);
    if fs::symlink_metadata(&path).is_err() {
        return Ok(Vec::new());
    }
    let wrong = || KeyError::Announced(path.display().to_string());
    let announced: Announced = serde_json::from_str(&text(&path)?).map_err(|_| wrong())?;
    let is_sound = announced.rotations.len() <= MAX_ROTATIONS
        && announced.rotations.iter().all(Rotation::is_sound)
        && announced.rotations.last().is_some_and(|last| last.new == *public);
    if is_sound { Ok(announced.rotations) } else { Err(wrong()) }
}

fn public(secret: &SecretKey) -> Option<PublicKey> {
    minisign::PublicKey::from_secret_key(secret).ok()?.to_base64().parse().ok()
}

/// The bytes of a secret key in a line of its file.
fn bytes(line: &str) -> Option<Vec<u8>> {
    let bytes = BASE64_STANDARD.decode(line.trim()).ok()?;
    (bytes.len() == SECRET_BYTES).then_some(bytes)
}

fn text(path: &Path) -> Result<String, KeyError> {
    let refused = |error: &std::io::Error| KeyError::Disk(path.display().to_string(), reason(error));
    let mut text = String::new();
    let file = File::open(path).map_err(|error| refused(&error))?;
    match file.take(MAX_KEY_BYTES).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(KeyError::NotAKey(path.display().to_string()))
        }
        Err(error) => Err(refused(&error)),
    }
}

/// Writes a new file; one that only its owner can read, if it `is_secret`.
fn create(path: &Path, bytes: &[u8], is_secret: bool) -> Result<(), KeyError> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_secret;
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => KeyError::Exists(path.display().to_string()),
        _ => KeyError::Disk(path.display().to_string(), reason(&error)),
    })
}
