//! nbgrader's checksum of a cell.

use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};

use super::is_locked;
use crate::notebook::Cell;
use crate::notebook::python::float_repr;

/// The checksum that nbgrader's `ComputeChecksums` gives a cell with these flags, id, points, type and source.
pub fn checksum(cell: &Cell) -> String {
    let mut text = cell.source.clone();
    text += cell.kind.as_str();
    for flag in [cell.flag("grade"), cell.flag("solution"), is_locked(cell)] {
        text += if flag { "True" } else { "False" };
    }
    let grading = cell.nbgrader();
    let value = |key: &str| grading.and_then(|grading| grading.get(key));
    text += value("grade_id").and_then(|id| id.as_str()).unwrap_or_default();
    if cell.flag("grade") {
        text += &float_repr(value("points").and_then(|points| points.as_f64()).unwrap_or(0.0));
    }
    HEXLOWER.encode(&Md5::digest(text.as_bytes()))
}
