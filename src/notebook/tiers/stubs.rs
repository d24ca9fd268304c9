//! What is where a solution was.

/// The stub of code in `language`, line by line; `None` where nbgrader has none and refuses the notebook.
pub(super) fn code(language: &str) -> Option<&'static [&'static str]> {
    Some(match language {
        "python" => &["# YOUR CODE HERE", "raise NotImplementedError()"],
        "R" => &["# YOUR CODE HERE", "fail()"],
        "matlab" | "octave" => &["% YOUR CODE HERE", "error('No Answer Given!')"],
        "sas" => &["/* YOUR CODE HERE */", " %notImplemented;"],
        "java" => &["// YOUR CODE HERE"],
        _ => return None,
    })
}

/// The stub of written answers.
pub(super) const TEXT: &[&str] = &["YOUR ANSWER HERE"];
