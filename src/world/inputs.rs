//! [`Inputs`]: what something was made of, by what the system said of it. With them one can tell later, without opening a file, that it
//! would be made the same again.

use std::fmt::Write as _;

use super::Stamp;
use crate::digest::{sealed, unsealed};

const HEADER: &str = "tito inputs 1";
/// No file of inputs that tito wrote is longer.
pub const MAX_INPUTS_BYTES: u64 = 256 << 20;

/// What the system says of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// It was opened through links.
    pub(super) follows: bool,
    pub(super) size: u64,
    /// None: nothing was there.
    pub(super) stamp: Option<Stamp>,
}

/// What something was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    pub(super) name: String,
    /// By path, sorted.
    pub(super) marks: Vec<(String, Mark)>,
}

impl Inputs {
    /// What was made of them, as [`super::tracked::Tracked::inputs`] was told.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut text = format!("{HEADER}\n{}\n", self.name);
        for (path, Mark { follows, size, stamp }) in &self.marks {
            let follows = u8::from(*follows);
            let _ = match stamp {
                Some(Stamp { modified, changed, inode }) => {
                    writeln!(text, "{follows} {size} {modified} {changed} {inode} {path}")
                }
                None => writeln!(text, "{follows} - {path}"),
            };
        }
        sealed(text)
    }

    /// Reads what [`Inputs::write`] wrote. None: it is damaged, or of another version.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut lines = unsealed(bytes)?.lines();
        (lines.next()? == HEADER).then_some(())?;
        let name = lines.next()?.to_owned();
        let entry = |line: &str| {
            let (follows, rest) = line.split_once(' ')?;
            let follows = follows == "1";
            if let Some(path) = rest.strip_prefix("- ") {
                return Some((path.to_owned(), Mark { follows, size: 0, stamp: None }));
            }
            let mut words = rest.splitn(5, ' ');
            let size = words.next()?.parse().ok()?;
            let (modified, changed) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            let stamp = Some(Stamp { modified, changed, inode: words.next()?.parse().ok()? });
            Some((words.next()?.to_owned(), Mark { follows, size, stamp }))
        };
        Some(Self { name, marks: lines.map(entry).collect::<Option<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_read_as_they_were_written_and_damaged_ones_are_none() {
        let stamp = Some(Stamp { modified: -5, changed: 1_000_000_007, inode: u64::MAX });
        let marks = vec![
            ("/a b/ü".to_owned(), Mark { follows: true, size: 7, stamp }),
            ("/c".to_owned(), Mark { follows: false, size: 0, stamp: None }),
        ];
        let inputs = Inputs { name: "what it was made of".to_owned(), marks };
        let bytes = inputs.write();
        assert_eq!(Inputs::read(&bytes), Some(inputs));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            assert_eq!(Inputs::read(&damaged), None, "at {at}");
            assert_eq!(Inputs::read(&bytes[..at]), None, "cut at {at}");
        }
    }
}
