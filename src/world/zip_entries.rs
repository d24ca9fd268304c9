//! How many entries a zip file can have, before it is opened: a list of millions of them would be in memory at once.

use std::io::{self, Read};

/// With what each entry of the list starts.
const START: &[u8] = b"PK\x01\x02";

/// Are there at most `limit` entries in the zip file that `reader` gives? It is read to its end, or to the first entry that is too much.
/// A zip file in it that is stored as it is counts, too.
///
/// # Errors
/// As the reader says.
pub(crate) fn are_at_most(limit: usize, mut reader: impl Read) -> io::Result<bool> {
    let mut buffer = vec![0; 1 << 16];
    let (mut kept, mut count) = (0, 0);
    loop {
        let read = match reader.read(buffer.get_mut(kept..).unwrap_or_default()) {
            Ok(0) => return Ok(true),
            Ok(read) => kept + read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let filled = buffer.get(..read).unwrap_or_default();
        count += filled.windows(START.len()).filter(|window| *window == START).count();
        if count > limit {
            return Ok(false);
        }
        // A start may be in two pieces; one that is whole is not seen twice.
        kept = read.min(START.len() - 1);
        buffer.copy_within(read - kept..read, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at once.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.len().min(self.1).min(buffer.len());
            buffer[..piece].copy_from_slice(&self.0[..piece]);
            self.0 = &self.0[piece..];
            Ok(piece)
        }
    }

    #[test]
    fn every_entry_is_counted_once_however_the_bytes_come() {
        let bytes = [&b"xxPK\x01\x02"[..], b"PK\x01", b"PKPK\x01\x02\x01\x02", b"PK\x03\x04"].concat();
        for size in 1..=bytes.len() {
            assert!(are_at_most(2, Pieces(&bytes, size)).unwrap(), "{size}");
            assert!(!are_at_most(1, Pieces(&bytes, size)).unwrap(), "{size}");
        }
        assert!(are_at_most(0, Pieces(b"", 1)).unwrap());
    }
}
