//! Public keys, in the format of minisign (Ed25519), and how a new key is announced by the old one ([`Rotation`]).

use std::collections::BTreeSet;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A longer signature is refused before it is read.
pub const MAX_SIGNATURE_BYTES: u64 = 8 << 10;

/// An index may not announce more keys than this.
pub const MAX_ROTATIONS: usize = 100;

/// How many characters a public key has.
const KEY_LENGTH: usize = 56;

/// With what the text of every public key starts: the algorithm.
const KEY_START: &str = "RW";

/// A public key, as minisign writes it: 56 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^RW[A-Za-z0-9+/]{54}$"))]
pub struct PublicKey(String);

/// An announcement of a key by the key before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// The key that signed until then.
    pub old: PublicKey,
    /// The key that signs from then on.
    pub new: PublicKey,
    /// The old key's signature of [`Rotation::statement`], as minisign writes it.
    pub signature: String,
}

/// Why a text is not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key has {KEY_LENGTH} letters and digits and starts with `{KEY_START}`")]
pub struct NotAKey;

impl FromStr for PublicKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim();
        let is_right = text.len() == KEY_LENGTH && text.starts_with(KEY_START);
        match minisign::PublicKey::from_base64(text) {
            Ok(_) if is_right => Ok(Self(text.to_owned())),
            _ => Err(NotAKey),
        }
    }
}

impl TryFrom<String> for PublicKey {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Self, NotAKey> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.0
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl PublicKey {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key in the fragment of an address, `https://…/mls/#RWQf6…`. None: the fragment is a place in the page.
    ///
    /// # Errors
    /// For a fragment that starts as a key does, and is not one: it was not copied whole.
    pub fn of_address(address: &str) -> Result<Option<Self>, NotAKey> {
        match address.trim().split_once('#') {
            Some((_, fragment)) if fragment.starts_with(KEY_START) => fragment.parse().map(Some),
            _ => Ok(None),
        }
    }

    /// Is `signature`, as minisign writes it, one of `bytes` with this key? The trusted comment if it is.
    pub fn verifies(&self, signature: &str, bytes: &[u8]) -> Option<String> {
        // The library takes it for granted that the two signatures have their whole length.
        let lines: Vec<&str> = signature.lines().map(str::trim).collect();
        let has_length = |at: usize, length: usize| lines.get(at).is_some_and(|line| line.len() == length);
        if signature.len() as u64 > MAX_SIGNATURE_BYTES || !has_length(1, 100) || !has_length(3, 88) {
            return None;
        }
        if !lines.get(3).is_some_and(|line| line.ends_with("==")) {
            return None;
        }
        let key = minisign::PublicKey::from_base64(&self.0).ok()?;
        let signature = minisign::SignatureBox::from_string(signature).ok()?;
        minisign::verify(&key, &signature, std::io::Cursor::new(bytes), true, false, false).ok()?;
        signature.trusted_comment().ok()
    }
}

impl Rotation {
    /// What the old key signs.
    pub fn statement(old: &PublicKey, new: &PublicKey) -> String {
        format!("tito: the key {old} is replaced by the key {new}\n")
    }

    /// Did the old key sign it?
    pub fn is_sound(&self) -> bool {
        self.old.verifies(&self.signature, Self::statement(&self.old, &self.new).as_bytes()).is_some()
    }
}

/// Do `rotations` lead from the key `from` to the key `to`, each announced by the one before it?
pub fn leads(rotations: &[Rotation], from: &PublicKey, to: &PublicKey) -> bool {
    let mut known = BTreeSet::from([from]);
    // Each round takes one step at least, or is the last.
    for _ in 0..rotations.len().min(MAX_ROTATIONS) {
        let open = rotations.iter().take(MAX_ROTATIONS);
        let next = open
            .filter(|step| known.contains(&step.old) && !known.contains(&step.new))
            .find(|step| step.is_sound());
        match next {
            Some(step) => known.insert(&step.new),
            None => break,
        };
    }
    known.contains(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made with minisign 0.11: `minisign -G -W`, then `minisign -Sm` of the file `hi`.
    const KEY: &str = "RWRo+NXC9UHDvtCef8pnlo0o4AC/2261MWPnhLtMQ24w/Fz6K/zZP26u";
    const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RURo+NXC9UHDvk+/Uu/RKVQ4DWnAUoMUQd9J0PDwub/oj4QLFQQj8CASgKZUtFLy346xStUhmn9LZLUBNHMp8ZJB+cUvFZLGsA4=
trusted comment: timestamp:1795773124\tfile:x\thashed
fNj7MIh+NweImkOUzWUapOHBFENuCEZfObAsM+AAxpvHDRU/6CJ2lc0jR3SkA87pwGJuqGpejktlz17+kxDYDw==
";

    #[test]
    fn a_signature_of_minisign_is_verified_and_no_other_bytes_are() {
        let key: PublicKey = KEY.parse().unwrap();
        assert!(key.verifies(SIGNATURE, b"hi\n").unwrap().starts_with("timestamp:"));
        assert!(key.verifies(SIGNATURE, b"hi").is_none());
        assert!(
            key.verifies(&SIGNATURE.replace("file:x", "file:y"), b"hi\n").is_none(),
            "the comment is covered"
        );
        // Cut anywhere it is refused, without a panic.
        for end in 0..SIGNATURE.trim_end().len() {
            assert!(key.verifies(&SIGNATURE[..end], b"hi\n").is_none(), "{end}");
        }
        assert!(key.verifies(&SIGNATURE.replace('\n', "\r\n"), b"hi\n").is_some());
    }

    #[test]
    fn a_key_is_taken_whole_or_not_at_all() {
        let key: PublicKey = KEY.parse().unwrap();
        let of = |fragment: &str| PublicKey::of_address(&format!("https://a.example/mls/{fragment}"));
        assert_eq!(of(&format!("#{KEY}")), Ok(Some(key)));
        assert_eq!(of(""), Ok(None));
        assert_eq!(of("#units"), Ok(None));
        for odd in [&KEY[..55], &format!("{KEY}A"), "RW", &KEY.replace('+', " ")] {
            assert_eq!(of(&format!("#{odd}")), Err(NotAKey), "{odd}");
        }
        assert!("AB+NXC9UHDvtCef8pnlo0o4AC/2261MWPnhLtMQ24w/Fz6K/zZP26uAAAA".parse::<PublicKey>().is_err());
    }
}
