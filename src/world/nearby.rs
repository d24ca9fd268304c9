//! [`Nearby`]: a file of many pieces, of which one is read after the other.

use std::fs::File;
use std::io::{BufReader, Read, Result, Seek, SeekFrom};

/// A file that is read in pieces which mostly follow each other: a piece nearby costs no call of the system.
pub(crate) struct Nearby {
    file: BufReader<File>,
    at: u64,
}

impl Nearby {
    /// Bytes that are read at once.
    const AT_ONCE: usize = 64 << 10;

    /// A file that was just opened.
    pub(crate) fn new(file: File) -> Self {
        Self { file: BufReader::with_capacity(Self::AT_ONCE, file), at: 0 }
    }
}

impl Read for Nearby {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        let read = self.file.read(bytes)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Nearby {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let near = match to {
            SeekFrom::Start(to) => i64::try_from(i128::from(to) - i128::from(self.at)).ok(),
            SeekFrom::Current(by) if i128::from(self.at) + i128::from(by) >= 0 => Some(by),
            _ => None,
        };
        match near {
            Some(by) => {
                self.file.seek_relative(by)?;
                self.at = self.at.saturating_add_signed(by);
            }
            None => self.at = self.file.seek(to)?,
        }
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_way_to_a_place_gives_what_is_there() {
        let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &bytes).unwrap();
        file.rewind().unwrap();
        let mut nearby = Nearby::new(file);
        let mut read = |to: SeekFrom, at: u64| {
            assert_eq!(nearby.seek(to).unwrap(), at);
            let mut found = [0; 100];
            nearby.read_exact(&mut found).unwrap();
            let at = usize::try_from(at).unwrap();
            assert_eq!(found[..], bytes[at..at + 100], "{at}");
        };
        read(SeekFrom::Start(0), 0);
        read(SeekFrom::Start(5_000), 5_000);
        read(SeekFrom::Current(-100), 5_000);
        read(SeekFrom::Start(70_000), 70_000);
        read(SeekFrom::Start(69_000), 69_000);
        read(SeekFrom::End(-100), 299_900);
        read(SeekFrom::Start(10), 10);
        assert!(nearby.seek(SeekFrom::Current(-1_000)).is_err());
    }
}
