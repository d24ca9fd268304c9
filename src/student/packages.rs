//! Python and the packages that the course needs, asked in one go.
use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::world::disk::Disk;
use crate::world::{Root, World};

use super::finding::{Finding, Health};
use super::python::{self, Found, Python};

/// The oldest Python that the base's code is written for.
const OLDEST: (u64, u64) = (3, 10);
/// What a course needs, one package to a line.
pub const REQUIREMENTS: &str = "requirements.txt";
/// No `requirements.txt` that people write is longer, names more packages, or packages with longer names.
const MOST_BYTES: u64 = 1 << 20;
const MOST_PACKAGES: usize = 1000;
const LONGEST_NAME: usize = 200;
/// What every course is better off with, whatever its `requirements.txt` says.
const USUAL: [&str; 3] = ["jupyterlab", "numpy", "pytest"];
/// Says which Python it is, the versions of packages, and where it would find another package of the name of the course's.
const CODE: &str = r#"
import json, os, sys
from importlib import metadata, util
def version(name):
    try:
        return metadata.version(name)
    except Exception:
        return None
def other(name):
    try:
        found = name and util.find_spec(name)
        places = [place for place in [found.origin, *(found.submodule_search_locations or [])] if place and os.path.exists(place)]
        # The student's own may be installed, as a link to the workspace.
        here = os.path.realpath(".") + os.sep
        return None if not places or os.path.realpath(places[0]).startswith(here) else places[-1]
    except Exception:
        return None
package, *names = sys.argv[1:]
print(json.dumps({"version": list(sys.version_info[:3]), "packages": {name: version(name) for name in names}, "other": other(package)}))
"#;

#[derive(Deserialize)]
struct Answer {
    version: [u64; 3],
    packages: BTreeMap<String, Option<String>>,
    other: Option<String>,
}

/// What there is to say of Python, for a workspace in which students build `package`.
pub fn look(root: &Path, package: Option<&str>) -> Vec<Finding> {
    let python = match python::find(root) {
        Ok(python) => python,
        Err(none) => return vec![Finding::bad("python", Health::Missing, none.message(), none.help())],
    };
    let said = requirements(root);
    let (is_said, required) = (said.is_some(), names(&said.unwrap_or_default()));
    let at = format!("{}, {}", python.program.display(), python.found.as_str());
    let answer = match ask(&python, root, package, &required) {
        Ok(answer) => answer,
        Err(why) => {
            let says = format!("it does not run ({at}): {why}");
            return vec![Finding::bad("python", Health::Missing, says, way_out(python.found))];
        }
    };
    let [major, minor, patch] = answer.version;
    let says = format!("{major}.{minor}.{patch} ({at})");
    let mut findings = vec![if (major, minor) < OLDEST {
        let to_do = "install Python 3.10 or newer (https://www.python.org/downloads)";
        Finding::bad("python", Health::Missing, format!("{says} is too old"), to_do)
    } else {
        Finding::good("python", says)
    }];
    for (name, version) in answer.packages {
        findings.push(match version {
            Some(version) => Finding::good("package", format!("{name} {version}")),
            None => {
                // Without pytest nothing is tested; of the rest only what the course asks for.
                let needed = name == "pytest" || required.contains(&name);
                let health = if needed { Health::Missing } else { Health::Notice };
                let to_do = match python.found {
                    // Nothing says what to install.
                    found if found != Found::Asked && !is_said => {
                        format!("write `{name}` into requirements.txt, then: tito doctor --fix")
                    }
                    found => way_out(found).to_owned(),
                };
                Finding::bad("package", health, format!("{name} is not installed"), to_do)
            }
        });
    }
    if let (Some(package), Some(place)) = (package, answer.other) {
        let says = format!(
            "another package called `{package}` is installed ({place}): code may import it instead of yours"
        );
        let to_do = format!("remove it: {} -m pip uninstall {package}", python.program.display());
        findings.push(Finding::bad("package", Health::Notice, says, to_do));
    }
    findings
}

fn way_out(found: Found) -> &'static str {
    match found {
        Found::Asked => "install it there, or unset TITO_PYTHON",
        _ => "tito doctor --fix",
    }
}

/// Is something missing that the course needs?
pub fn incomplete(root: &Path) -> bool {
    look(root, None).iter().any(|finding| finding.health == Health::Missing)
}

/// Packages of `requirements.txt` that this Python has not, and what to do: for a program that ended badly and may have wanted one of them.
pub fn lacking(root: &Path) -> Option<String> {
    let required = required(root);
    let python = python::find(root).ok()?;
    let answer = ask(&python, root, None, &required).ok()?;
    let gone = |(name, version): (String, Option<String>)| {
        (version.is_none() && required.contains(&name)).then_some(name)
    };
    let gone: Vec<String> = answer.packages.into_iter().filter_map(gone).collect();
    let to_do = match python.found {
        Found::Asked => way_out(Found::Asked),
        _ => "`tito doctor --fix` installs what the course needs",
    };
    (!gone.is_empty()).then(|| format!("not installed here: {}; {to_do}", gone.join(", ")))
}

fn ask(python: &Python, root: &Path, package: Option<&str>, required: &[String]) -> Result<Answer, String> {
    let mut names: Vec<&str> = required.iter().map(String::as_str).chain(USUAL).collect();
    names.sort_unstable();
    names.dedup();
    names.insert(0, package.unwrap_or_default());
    let output = python.ask(root, CODE, &names, b"").map_err(|error| crate::world::reason(&error))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(words.lines().last().unwrap_or("it ended early").to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// What is in `requirements.txt`, if it is a file of the workspace that people could have written: no link, no FIFO, nothing huge.
pub fn requirements(root: &Path) -> Option<String> {
    let bytes = Disk::new().read_below(&Root::Folder(root.to_owned()), REQUIREMENTS, MOST_BYTES).ok()?;
    String::from_utf8(bytes).ok()
}

/// The packages that `requirements.txt` names.
pub fn required(root: &Path) -> Vec<String> {
    names(&requirements(root).unwrap_or_default())
}

fn names(text: &str) -> Vec<String> {
    text.lines().filter_map(name).take(MOST_PACKAGES).collect()
}

fn name(line: &str) -> Option<String> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    let name = line.get(..end.unwrap_or(line.len())).unwrap_or_default();
    let is_name = !name.is_empty() && name.len() <= LONGEST_NAME && !name.starts_with('-');
    is_name.then(|| name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_text_gives_few_short_names(text in "(?s).{0,200}", times in 1_usize..2000) {
            let names = names(&format!("{text}\n").repeat(times));
            assert!(names.len() <= MOST_PACKAGES && names.iter().all(|name| name.len() <= LONGEST_NAME));
        }
    }

    #[test]
    fn names_of_requirements() {
        let lines = [
            "numpy>=1.26",
            "# pytest",
            "",
            "-r more.txt",
            "Jupyter_Lab[all] == 4 # x",
            "a.b;python_version<'4'",
        ];
        let names: Vec<String> = lines.into_iter().filter_map(name).collect();
        assert_eq!(names, ["numpy", "jupyter_lab", "a.b"]);
    }
}
