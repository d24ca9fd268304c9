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

/// PATH, with this tito first.
#[cfg(unix)]
fn path() -> std::ffi::OsString {
    let bin = Path::new(env!("CARGO_BIN_EXE_tito")).parent().unwrap();
    let others = std::env::var_os("PATH").unwrap();
    std::env::join_paths(std::iter::once(bin.to_owned()).chain(std::env::split_paths(&others))).unwrap()
}

#[cfg(unix)]
#[test]
fn a_real_bash_completes() {
    let course = Mini::of(COURSE, "student");
    let script = "source <(tito completions bash); COMP_WORDS=(tito start nu); COMP_CWORD=2; COMP_TYPE=9; \
                  $(complete -p tito | sed 's/.*-F \\([^ ]*\\).*/\\1/') tito nu start; echo \"${COMPREPLY[*]}\"";
    let output = Command::new("bash")
        .args(["-c", script])
        .env("PATH", path())
        .current_dir(course.root())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "numbers", "{output:?}");
}

/// Debian's fish, which `tests/setup` installs, with the script where `--install` puts it.
#[cfg(target_os = "linux")]
#[test]
fn a_real_fish_completes() {
    let course = Mini::of(COURSE, "student");
    let home = course.folder().join("home");
    fs::create_dir(&home).unwrap();
    at_home(&course.root(), &home, "/usr/bin/fish", &["completions", "--install", "--yes"]).expect(0);
    let output = Command::new("fish")
        .args(["-c", "complete -C 'tito start nu'"])
        .env("PATH", path())
        .env("HOME", &home)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .current_dir(course.root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.lines().map(|line| line.split('\t').next().unwrap()).collect::<Vec<_>>(), ["numbers"]);
}

/// tito with a home of its own, and bash as the user's shell.
fn at_home(folder: &Path, home: &Path, shell: &str, args: &[&str]) -> crate::tito::Ran {
    let mut command = command(folder);
    command.env("HOME", home).env("SHELL", shell).env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME");
    crate::tito::ran(&command.args(args).output().unwrap())
}

#[cfg(unix)]
#[test]
fn the_script_goes_where_the_shell_looks_and_doctor_says_so() {
    let course = Mini::of(COURSE, "student");
    let (ws, home) = (course.root(), course.folder().join("a home"));
    fs::create_dir(&home).unwrap();
    let doctor = |shell: &str| at_home(&ws, &home, shell, &["doctor"]).stdout;
    let to_do = "tito completions bash --install";
    assert!(doctor("/bin/bash").contains("bash does not complete units and commands yet"));
    assert!(doctor("/bin/bash").contains(to_do));
    assert!(!doctor("/bin/tcsh").contains("completes"), "nothing is said of a shell without a place");
    // Without a terminal it asks for `--yes`, and writes nothing.
    let refused = at_home(&ws, &home, "/bin/bash", &["completions", "--install"]).expect(2);
    assert!(refused.stderr.contains("--yes") && fs::read_dir(&home).unwrap().next().is_none());
    for (shell, place) in [
        ("/bin/bash", ".local/share/bash-completion/completions/tito"),
        ("/usr/bin/zsh", ".local/share/zsh/site-functions/_tito"),
        ("/usr/bin/fish", ".config/fish/completions/tito.fish"),
    ] {
        let said = at_home(&ws, &home, shell, &["completions", "--install", "--yes"]).expect(0).stdout;
        assert!(said.contains(place), "{said}");
        assert_eq!(said.contains("fpath=("), shell.ends_with("zsh"), "{said}");
        let name = Path::new(shell).file_name().unwrap().to_str().unwrap();
        let printed = at_home(&ws, &home, shell, &["completions", name]).expect(0).stdout;
        assert_eq!(fs::read_to_string(home.join(place)).unwrap(), printed);
        let again = at_home(&ws, &home, shell, &["completions", "--install"]).expect(0).stdout;
        assert!(again.contains("is up to date"), "{again}");
    }
    assert!(doctor("/bin/bash").contains("bash completes units and commands"));
    // What an older tito wrote is renewed, and what someone else wrote stays.
    let place = home.join(".local/share/bash-completion/completions/tito");
    fs::write(&place, "# TITO_COMPLETE, as it was\n").unwrap();
    assert!(doctor("/bin/bash").contains("bash has the completions of another tito"));
    at_home(&ws, &home, "/bin/bash", &["completions", "--install", "--yes"]).expect(0);
    fs::write(&place, "# my own\n").unwrap();
    let refused = at_home(&ws, &home, "/bin/bash", &["completions", "--install", "--yes"]).expect(1);
    assert!(refused.stderr.contains("tito did not write it"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&place).unwrap(), "# my own\n");
    // A shell without a folder for it, and none at all.
    at_home(&ws, &home, "/bin/bash", &["completions", "elvish", "--install", "--yes"]).expect(1);
    at_home(&ws, &home, "/bin/unknown", &["completions", "--install"]).expect(2);
}

#[test]
fn the_releases_of_a_published_course_are_offered() {
    let course = Mini::only(crate::mini::COURSE);
    let at = course.folder();
    crate::tito::tito(at, &["publish", "site", "--notes", "The first one"]).expect(0);
    let base = at.join("base/modules/sums/sums.py");
    let text = fs::read_to_string(&base).unwrap();
    fs::write(&base, text.replace("# # Sums", "# # Sums, again")).unwrap();
    crate::tito::tito(at, &["publish", "site"]).expect(0);
    crate::tito::tito(at, &["init", "site", "ws"]).expect(0);
    let ws = at.join("ws");
    assert_eq!(offered(&ws, &["tito", "update", "--to", ""]), ["2", "1"]);
    assert_eq!(offered(&ws, &["tito", "update", "--module", "su"]), ["sums"]);
    assert_eq!(offered(&ws, &["tito", "submit", "su"]), ["sums"]);
}
