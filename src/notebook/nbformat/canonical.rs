//! Is it edited? The digest of what of a notebook counts as content.

use std::borrow::Cow;

use crate::digest::Digest;
use crate::notebook::Notebook;
use crate::notebook::python::compact_json;

use super::read;
use super::write::Sorted;

/// The canonical digest of a notebook's bytes. Two notebooks have the same one if they differ at most in ids, outputs,
/// execution counts, metadata other than `nbgrader`, key order, layout, escapes, line ends, white space at the ends of lines and
/// of cells, or minor version.
/// Bytes that are not a notebook are their own content.
pub fn canonical(bytes: &[u8]) -> Digest {
    match read(bytes) {
        Ok(notebook) => canonical_of(&notebook),
        Err(_) => Digest::of(bytes),
    }
}

/// The canonical digest of a notebook: of type, source and `nbgrader` metadata of its cells, in order.
pub fn canonical_of(notebook: &Notebook) -> Digest {
    let mut parts: Vec<Vec<u8>> = vec![b"tito notebook 2".to_vec()];
    for cell in &notebook.cells {
        parts.push(cell.kind.as_str().into());
        parts.push(canonical_text(&cell.source).into_owned().into_bytes());
        let grading = cell.metadata.get("nbgrader").map(|value| compact_json(&Sorted(value)));
        parts.push(grading.unwrap_or_default());
    }
    Digest::of_parts(parts.iter().map(Vec::as_slice))
}

/// What of a text counts: `\n` line ends, no white space at the ends of lines, none at the end. Borrowed where `source` is that already.
pub fn canonical_text(source: &str) -> Cow<'_, str> {
    let is_canonical = |line: &str| !line.ends_with(char::is_whitespace);
    if !source.contains('\r') && !source.ends_with('\n') && source.split('\n').all(is_canonical) {
        return source.into();
    }
    let unified = source.replace("\r\n", "\n").replace('\r', "\n");
    let mut text = String::with_capacity(unified.len());
    for line in unified.split('\n') {
        text += line.trim_end();
        text.push('\n');
    }
    text.truncate(text.trim_end_matches('\n').len());
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = r#"{"cells":[{"cell_type":"code","execution_count":null,"id":"a","metadata":{"nbgrader":{"grade":true,"points":1}},"outputs":[],"source":["é\n","b"]}],"metadata":{},"nbformat":4,"nbformat_minor":5}"#;

    #[test]
    fn what_is_not_an_edit() {
        let noise = r#"{"nbformat_minor":4,"nbformat":4,"metadata":{"colab":{"x":1}},"cells":[{
            "source":"\u00e9 \t\r\nb\n\n ","outputs":[{"output_type":"stream","name":"stdout","text":"x"}],"execution_count":7,
            "metadata":{"nbgrader":{"points":1,"grade":true},"collapsed":true},"cell_type":"code"}]}"#;
        assert_eq!(canonical(PLAIN.as_bytes()), canonical(noise.as_bytes()));
    }

    #[test]
    fn what_is_an_edit() {
        for (from, to) in [
            ("\"b\"", "\"c\""),
            ("points\":1", "points\":2"),
            ("\"code\"", "\"markdown\""),
            ("{\"cell", " x"),
        ] {
            let edited = PLAIN.replacen(from, to, 1);
            assert_ne!(canonical(PLAIN.as_bytes()), canonical(edited.as_bytes()), "{edited}");
        }
    }
}
