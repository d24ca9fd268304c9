//! Packs `templates/` into one compressed archive that the binary carries.
//!
//! Entries are sorted and hold no time, owner or machine, so the same tree gives the same bytes.

#![allow(clippy::disallowed_methods, reason = "a build script reads templates/ and writes to OUT_DIR")]

use std::io::{Cursor, Read};
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=templates");
    println!("cargo:rerun-if-changed=build.rs");
    let mut archive = tar::Builder::new(Vec::new());
    let root = Path::new("templates");
    for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
        let entry = entry.expect("templates/ can be walked");
        println!("cargo:rerun-if-changed={}", entry.path().display());
        let name =
            entry.path().strip_prefix(root).expect("below templates/").to_string_lossy().replace('\\', "/");
        if entry.file_type().is_file()
            && !name.split('/').any(|part| part == "__pycache__" || part == ".ipynb_checkpoints")
        {
            append(&mut archive, entry.path(), &name);
        }
    }
    let tar = archive.into_inner().expect("writing to memory");
    let packed =
        ruzstd::encoding::compress_to_vec(Cursor::new(tar), ruzstd::encoding::CompressionLevel::Fastest);
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("templates.tar.zst"), packed).expect("writing to OUT_DIR");
}

fn append(archive: &mut tar::Builder<Vec<u8>>, path: &Path, name: &str) {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .expect("a template can be read");
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(if executable(path) { 0o755 } else { 0o644 });
    header.set_mtime(0);
    archive.append_data(&mut header, name, bytes.as_slice()).expect("writing to memory");
}

#[cfg(unix)]
fn executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn executable(_: &Path) -> bool {
    false
}
