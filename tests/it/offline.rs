//! `docs/offline.md`: every line of its table, tried.

use std::fs;

use crate::mini::{COURSE, Mini};
use crate::tito::{root, tito};

/// The commands of the table, with the words of its two columns.
fn table() -> Vec<(Vec<String>, String, String)> {
    let page = fs::read_to_string(root().join("docs/offline.md")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> =
            line.strip_prefix("| `tito ")?.trim_end_matches('|').split('|').map(str::trim).collect();
        let [command, course, address] = cells.as_slice() else { panic!("{line}") };
        let words = command.trim_end_matches('`').split(' ').map(str::to_owned).collect();
        Some((words, (*course).to_owned(), (*address).to_owned()))
    };
    page.lines().filter_map(row).collect()
}

/// A workspace whose course is not there any more.
fn of_course() -> Mini {
    let mini = Mini::new("student");
    fs::remove_file(mini.folder().join("course.yml")).unwrap();
    fs::remove_dir_all(mini.folder().join("base")).unwrap();
    mini
}

/// A workspace whose address is not there any more.
fn of_address() -> Mini {
    let mini = Mini::only(COURSE);
    let home = mini.folder();
    tito(home, &["publish", "site", "--yes"]).expect(0);
    tito(home, &["init", "site", "ws"]).expect(0);
    for gone in ["site", "base"] {
        fs::remove_dir_all(home.join(gone)).unwrap();
    }
    fs::remove_file(home.join("course.yml")).unwrap();
    mini
}

#[test]
fn every_line_of_the_table_is_true() {
    let table = table();
    assert!(table.len() > 20, "{table:?}");
    for (what, mini) in [("course", of_course()), ("address", of_address())] {
        mini.edit("modules/01_numbers/numbers.ipynb", "raise NotImplementedError()", "return 3  # mine");
        // Whoever takes it first wants something to take.
        fs::remove_file(mini.at("README.md")).unwrap();
        for (words, course, address) in &table {
            let said = if what == "course" { course } else { address };
            let ran = mini.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
            let text = format!("{what}: tito {}: {}{}", words.join(" "), ran.stdout, ran.stderr);
            match said.as_str() {
                "works" => assert_eq!(ran.code, 0, "{text}"),
                "says why" => {
                    assert_eq!(ran.code, 1, "{text}");
                    assert!(ran.stderr.contains("error:"), "{text}");
                }
                "—" => assert_ne!(ran.code, 0, "{text}"),
                other => panic!("{other}"),
            }
        }
    }
}

/// Where nothing is to be asked, nothing is asked; and what does not ask says so.
#[test]
fn who_does_not_look_at_the_address_says_which_release_it_knows() {
    let mini = Mini::only(COURSE);
    let home = mini.folder();
    tito(home, &["publish", "site", "--yes"]).expect(0);
    tito(home, &["init", "site", "ws"]).expect(0);
    let script = home.join("base/modules/numbers/numbers.py");
    fs::write(&script, fs::read_to_string(&script).unwrap().replace("# # ", "# # About ")).unwrap();
    tito(home, &["publish", "site", "--yes"]).expect(0);
    let status = mini.run(&["status"]).expect(0).stdout;
    assert!(
        status.contains("up to date with release 1 (is there a newer one? tito update --check)"),
        "{status}"
    );
    let check = |offline: &str| {
        let mut command = mini.command();
        let ran = command.env("TITO_OFFLINE", offline).args(["update", "--check", "--exit-code"]).output();
        crate::tito::ran(&ran.unwrap()).code
    };
    assert_eq!((check("1"), check("")), (0, 3));
    mini.run(&["update"]).expect(0);
    assert!(mini.run(&["status"]).expect(0).stdout.contains("up to date with release 2 ("));
}
