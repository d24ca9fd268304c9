//! Lines of pytest's output that say what part of it begins.

/// `test_name` of `______ test_name ______`.
pub(super) fn heading(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('_')?.strip_suffix('_')?.trim_matches('_');
    // `_ _ _ _` parts the calls of a long traceback.
    inner.strip_prefix(' ')?.strip_suffix(' ').filter(|name| !name.starts_with("_ _"))
}

/// `3 failed, 21 passed in 0.52s`, with or without a frame.
pub(super) fn is_summary(line: &str) -> bool {
    let line = line.trim_matches(['=', ' ']);
    let says = [" passed", " failed", " error", " deselected", "no tests ran"];
    let begins = line.starts_with("no tests ran") || line.starts_with(|c: char| c.is_ascii_digit());
    begins
        && line.rsplit_once(" in ").is_some_and(|(_, time)| time.starts_with(|c: char| c.is_ascii_digit()))
        && says.iter().any(|word| line.contains(word))
}
