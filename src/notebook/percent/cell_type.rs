//! A marker that was meant to name the type of its cell: `# %% [Markdown]`. jupytext makes code cells of these.

use serde_json::Value;

use crate::diagnostic::{Code, quoted, slips};
use crate::notebook::Metadata;
use crate::notebook::problem::{Place, Problem};
use crate::notebook::python::{is_space, lstrip};

const TYPES: [&str; 3] = ["markdown", "md", "raw"];

/// The type that the title in `metadata` was meant to be. `line` is that of the marker, from 1.
pub(super) fn of_title(metadata: &Metadata, line: usize) -> Option<Problem> {
    let title = metadata.get("title").and_then(Value::as_str)?;
    if metadata.contains_key("cell_type") {
        return None;
    }
    let in_brackets = title.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    let mut words = in_brackets.map(|(word, _)| word).chain([title]);
    let meant = words.find_map(meant)?;
    let message = format!("`{}` does not name the type of this cell: it becomes a code cell", quoted(title));
    let problem = Problem::new(Code::CellType, Place::Line(line), message);
    Some(problem.help(format!("write `# %% [{meant}]`, or another title")))
}

fn meant(text: &str) -> Option<&'static str> {
    let word = text.trim_matches(|c: char| !c.is_alphanumeric());
    // Two or three letters are near to anything.
    TYPES.into_iter().find(|name| {
        name.eq_ignore_ascii_case(word)
            || (name.len() > 3 && slips(word, name).is_some_and(|count| count <= 2))
    })
}

/// `# %%[markdown]`, which starts no cell.
pub(super) fn is_swallowed(line: &str) -> bool {
    let rest = line.strip_prefix('#').and_then(|rest| lstrip(rest).strip_prefix("%%"));
    rest.is_some_and(|rest| rest.trim_start_matches('%').starts_with('['))
}

/// What to say of such a line, at `number`, from 1.
pub(super) fn swallowed(line: &str, number: usize) -> Problem {
    let text = line.trim_matches(is_space);
    let message = format!("`{}` starts no cell: there is no space behind `%%`", quoted(text));
    let problem = Problem::new(Code::CellType, Place::Line(number), message);
    problem.help(format!("write `# %% {}`", quoted(text.trim_start_matches(['#', '%', ' ', '\t']))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_are_none() {
        for (text, right) in [
            ("[Markdown]", Some("markdown")),
            ("markdown", Some("markdown")),
            ("Intro [mardown]", Some("markdown")),
            ("(markdown)", Some("markdown")),
            ("[ markdown ]", Some("markdown")),
            ("[MD]", Some("md")),
            ("Raw", Some("raw")),
            ("[row] of a table", None),
            ("About markdown", None),
            ("map", None),
            ("[ml]", None),
            ("a title", None),
        ] {
            let metadata = Metadata::from_iter([("title".to_owned(), Value::from(text))]);
            let help = of_title(&metadata, 1).and_then(|problem| problem.help).unwrap_or_default();
            assert_eq!(help.contains("# %% ["), right.is_some(), "{text}");
            assert!(help.contains(right.unwrap_or_default()), "{text}: {help}");
        }
        assert!(is_swallowed("# %%[markdown]") && is_swallowed("#%%[md] x") && is_swallowed("# %%%%[raw]"));
        assert!(!is_swallowed("# %% [markdown]") && !is_swallowed("x %%[a]") && !is_swallowed("# %%time"));
        assert_eq!(swallowed("# %%[markdown] x", 1).help.unwrap(), "write `# %% [markdown] x`");
    }
}
