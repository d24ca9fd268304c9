//! Installing packages quietly: a line for each package that the course asks for, a bar on a terminal, and all that pip said where it failed.

use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::exit::Exit;
use crate::cli::out::{Out, clean, counted};
use crate::cli::python::{broken, show};
use crate::student::packages;
use crate::student::python::Python;

/// Installs what `requirements.txt` names, and says what came.
pub(super) fn install(python: &Python, root: &Path, out: &Out) -> Result<(), Exit> {
    out.say(format!("  installing the packages of requirements.txt, with {}", python.program.display()));
    let bar = bar(out);
    let mut heard: Vec<String> = Vec::new();
    let words = ["-m", "pip", "install", "--disable-pip-version-check", "-r", packages::REQUIREMENTS];
    let mut hear = |line: &str| {
        if let Some(name) = line.trim_start().strip_prefix("Collecting ") {
            bar.set_message(clean(name.split_whitespace().next().unwrap_or_default()));
        }
        bar.tick();
        heard.push(line.to_owned());
    };
    let ended = python.stream(root, &words, &mut hear);
    bar.finish_and_clear();
    let status = ended.map_err(|error| broken(python, &error, out))?;
    if !status.success() {
        heard.iter().for_each(|line| show(line, out));
        let help = "pip gives the reason above; are you online?";
        return Err(out.fail("the packages could not be installed", help));
    }
    let asked = packages::required(root);
    for line in said(&heard, &asked) {
        out.say(format!("  {}", clean(&line)));
    }
    Ok(())
}

/// What came, of what pip said: a line for each package that was `asked` for, and one for all others.
fn said(heard: &[String], asked: &[String]) -> Vec<String> {
    let installed = heard.iter().filter_map(|line| line.trim().strip_prefix("Successfully installed "));
    let installed: Vec<(&str, &str)> =
        installed.flat_map(str::split_whitespace).filter_map(|package| package.rsplit_once('-')).collect();
    let plain = |name: &str| name.to_lowercase().replace(['_', '.'], "-");
    let is_asked = |name: &str| asked.iter().any(|asked| plain(asked) == plain(name));
    let mut lines: Vec<String> = installed
        .iter()
        .filter(|(name, _)| is_asked(name))
        .map(|(name, version)| format!("installed {name} {version}"))
        .collect();
    let others = installed.iter().filter(|(name, _)| !is_asked(name)).count();
    if others > 0 {
        lines.push(format!("and {} that they need", counted(others, "package")));
    }
    lines
}

/// A sign of life on a terminal, nothing otherwise.
fn bar(out: &Out) -> ProgressBar {
    let target = if out.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("  {spinner} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_package_that_was_asked_for() {
        let heard = [
            "Collecting pytest>=8",
            "Successfully installed Iniconfig-2.0.0 py_test.x-8.1 numpy-2.4.6.post1",
        ];
        let heard = heard.map(str::to_owned);
        let asked = ["numpy", "py-test-x"].map(str::to_owned);
        assert_eq!(
            said(&heard, &asked),
            ["installed py_test.x 8.1", "installed numpy 2.4.6.post1", "and 1 package that they need"]
        );
        assert_eq!(said(&heard[..1], &asked), [""; 0]);
    }
}
