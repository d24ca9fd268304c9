//! The header of a percent script, where a rule can fix it.

use crate::diagnostic::Code;
use crate::notebook::{Place, Problem};

/// What a kernelspec needs, and what it is for Python.
const KERNEL: [(&str, &str); 2] = [("display_name", "Python 3"), ("name", "python3")];

/// `text` with its header fixed, and why; none where there is nothing that a rule can fix. `problems` are those of the script.
pub(super) fn fixed(text: &str, problems: &[Problem]) -> Option<(String, &'static str)> {
    let problem = problems.iter().find(|problem| problem.code == Code::NotebookHeader)?;
    let Place::Line(number) = problem.place else { return None };
    let at = number.checked_sub(1)?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = lines.get(at)?;
    if line.contains("coding") && at < 2 {
        return Some((without_coding(&lines, at), "the script is read as UTF-8"));
    }
    let end = lines.iter().skip(at).position(|line| rule(line)).map(|behind| at + behind);
    let body_end = at + lines.iter().skip(at).take_while(|line| is_body(line)).count();
    if end != Some(body_end) && line.trim_end() == "# jupyter:" && body_end > at + 1 {
        let ending = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        let close = format!("# ---{ending}");
        return Some((inserted(&lines, body_end, &close), "the header was not closed"));
    }
    kernel(&lines, at)
}

/// Is the line the metadata of a header: `# jupyter:` or indented below it?
fn is_body(line: &str) -> bool {
    line.trim_end() == "# jupyter:" || line.starts_with("#  ") || line.starts_with("#\t")
}

fn rule(line: &str) -> bool {
    line.trim_end() == "# ---"
}

fn without_coding(lines: &[&str], at: usize) -> String {
    lines.iter().enumerate().filter(|(number, _)| *number != at).map(|(_, line)| *line).collect()
}

/// Adds what the kernelspec at line `at` lacks.
fn kernel(lines: &[&str], at: usize) -> Option<(String, &'static str)> {
    let line = lines.get(at).filter(|line| line.trim_end().ends_with("kernelspec:"))?;
    let indent = line.len() - line.trim_start_matches(['#', ' ']).len();
    let below = lines.iter().skip(at + 1);
    let depth = |line: &&&str| line.len() - line.trim_start_matches(['#', ' ']).len();
    let entries: Vec<&&str> = below.take_while(|line| !rule(line) && depth(line) > indent).collect();
    let first = entries.first()?;
    let prefix = first.get(..depth(first))?;
    let ending = if first.ends_with("\r\n") { "\r\n" } else { "\n" };
    let is_python = entries.iter().all(|line| !line.contains("language:") || line.contains("python"));
    let has = |key: &str| {
        entries.iter().any(|line| line.trim_start_matches(['#', ' ']).starts_with(&format!("{key}:")))
    };
    let missing: String = KERNEL
        .iter()
        .filter(|(key, _)| !has(key))
        .map(|(key, value)| format!("{prefix}{key}: {value}{ending}"))
        .collect();
    (is_python && !missing.is_empty())
        .then(|| (inserted(lines, at + 1, &missing), "the kernelspec lacks what Jupyter needs"))
}

/// The lines with `new` before line `at`.
fn inserted(lines: &[&str], at: usize, new: &str) -> String {
    let (before, behind) = lines.split_at(at.min(lines.len()));
    format!("{}{new}{}", before.concat(), behind.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::percent;

    fn fix(text: &str) -> Option<String> {
        let script = percent::read(text, "");
        fixed(text, &script.problems).map(|(text, _)| text)
    }

    #[test]
    fn headers_are_closed_and_completed() {
        for (text, expected) in [
            (
                "# ---\n# jupyter:\n#   jupytext:\n#     x: 1\n\n# %%\ny = 1\n",
                "# ---\n# jupyter:\n#   jupytext:\n#     x: 1\n# ---\n\n# %%\ny = 1\n",
            ),
            (
                "# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n\n# %%\n",
                "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: Python 3\n#     name: python3\n# ---\n\n# %%\n",
            ),
            ("# coding: latin-1\n# %%\nx = 1\n", "# %%\nx = 1\n"),
        ] {
            assert_eq!(fix(text).as_deref(), Some(expected), "{text}");
            assert_eq!(fix(expected), None, "once is enough: {text}");
        }
    }

    #[test]
    fn what_needs_a_person_stays() {
        for text in [
            "# ---\n# jupyter:\n#   a: [\n# ---\n# %%\n",
            "# ---\n# jupyter:\n#   kernelspec: {name: python3}\n# ---\n# %%\n",
            "# ---\n# jupyter:\n#   kernelspec:\n#     language: R\n#     name: ir\n# ---\n# %%\n",
            "# %%\nx = 1\n",
        ] {
            assert_eq!(fix(text), None, "{text}");
        }
    }
}
