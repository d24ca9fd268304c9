//! What shells offer behind `tito`: the engine is asked as a shell asks it, and a real bash.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::mini::Mini;
use crate::tito::command;

const COURSE: &str = "course: {id: demo/pond}\nbase: {from: {path: BASE}}\nmodules: [numbers, sums]\nmilestones: [first-steps]\n";

/// The candidates for the last of `words`, as tito tells them to bash.
fn offered(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut command = command(folder);
    command
        .env("TITO_COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "true");
    let output = command.arg("--").args(words).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn units_cells_offers_and_milestones_of_this_workspace_are_offered() {
    let course = Mini::of(COURSE, "student");
    let root = course.root();
    for verb in [&["start"][..], &["test"], &["complete"], &["reset"], &["lab"], &["module", "export"]] {
        let words = |last| [&["tito"], verb, &[last]].concat();
        let found = offered(&root, &words(""));
        assert!(
            found.contains(&"numbers".to_owned()) && found.contains(&"sums".to_owned()),
            "{verb:?}: {found:?}"
        );
        assert!(!found.contains(&"first-steps".to_owned()), "{found:?}");
        assert_eq!(offered(&root, &words("nu")), ["numbers"], "{verb:?}");
    }
    assert_eq!(offered(&root, &["tito", "milestone", "run", "fi"]), ["first-steps"]);
    let cells = offered(&root, &["tito", "reset", "sums", "--cell", "sums"]);
    assert_eq!(cells, ["sums-of"]);
    assert_eq!(offered(&root, &["tito", "take", "modules/02"]), [""; 0]);
    fs::create_dir_all(course.at(".tinytorch/incoming/modules/02_sums")).unwrap();
    fs::write(course.at(".tinytorch/incoming/modules/02_sums/sums.ipynb"), "{}").unwrap();
    // From a folder below, too.
    assert_eq!(
        offered(&course.at("modules"), &["tito", "take", "modules/02"]),
        ["modules/02_sums/sums.ipynb"]
    );
    // Outside of a workspace there is nothing to offer, and no error.
    assert!(!offered(course.folder(), &["tito", "start", ""]).contains(&"numbers".to_owned()));
    assert!(offered(course.folder(), &["tito", "che"]).contains(&"check".to_owned()));
}

#[cfg(unix)]
#[test]
fn a_real_bash_completes() {
    let course = Mini::of(COURSE, "student");
    let bin = Path::new(env!("CARGO_BIN_EXE_tito")).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(bin.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    let script = "source <(tito completions bash); COMP_WORDS=(tito start nu); COMP_CWORD=2; COMP_TYPE=9; \
                  $(complete -p tito | sed 's/.*-F \\([^ ]*\\).*/\\1/') tito nu start; echo \"${COMPREPLY[*]}\"";
    let output = Command::new("bash")
        .args(["-c", script])
        .env("PATH", path)
        .current_dir(course.root())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "numbers", "{output:?}");
}
