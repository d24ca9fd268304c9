//! The target as it was when tito last wrote: what `tito module reset --to locked` plans against.

use std::sync::Arc;

use super::pairs::pairs;
use crate::digest::Digest;
use crate::lock::Baselines;
use crate::target::Target;

/// `target`, with every file that tito wrote before in the version that it wrote then. `object` gives pristine bytes by digest; a file whose
/// bytes it has not stays as `target` has it.
pub fn locked(target: &Target, baselines: &Baselines, object: impl Fn(Digest) -> Option<Vec<u8>>) -> Target {
    let mut locked = target.clone();
    for pair in pairs(target, baselines) {
        let (Some((_, base)), Some((path, _))) = (pair.base, pair.course) else { continue };
        let bytes = object(base.sha256).filter(|bytes| Digest::of(bytes) == base.sha256);
        if let (Some(bytes), Some(file)) = (bytes, locked.files.get_mut(path)) {
            file.content = Arc::from(bytes);
            file.digest = base.sha256;
        }
    }
    locked
}
