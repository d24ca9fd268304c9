//! Files that are not what they were: notebooks that cannot be read, and folders, links and pipes in the place of files.

use std::fs;

use super::hardships::{Lab, NOTEBOOK, TEST};

/// The start of a notebook, as a full disk leaves it.
fn torn(whole: &str) -> String {
    whole.get(..whole.len() / 2).unwrap().to_owned()
}

#[test]
fn a_diff_says_in_one_line_that_a_notebook_cannot_be_read() {
    let lab = Lab::new();
    let notebook = format!("ws/{NOTEBOOK}");
    let whole = lab.read(&notebook);
    let v3 = r#"{"worksheets": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}"#;
    for (broken, why) in
        [(torn(&whole), "is not JSON"), (String::new(), "is not JSON"), (v3.to_owned(), "version 3")]
    {
        fs::write(lab.at(&notebook), &broken).unwrap();
        let said = lab.run(&["diff"]).expect(0).stdout;
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with(&format!("{NOTEBOOK}   it cannot be read as a notebook: ")), "{said}");
        assert!(said.contains(why), "{said}");
        let json = lab.run(&["diff", "--format", "json"]).expect(0).stdout;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let changes = &json["files"][0]["changes"];
        assert_eq!(
            (&changes["form"], &changes["side"]),
            (&"unreadable".into(), &"after".into()),
            "{changes}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_diff_says_what_stands_where_a_file_was() {
    let lab = Lab::new();
    lab.replace(&format!("ws/{NOTEBOOK}"), "return len(values)", "raise NotImplementedError()");
    for path in [NOTEBOOK, TEST] {
        fs::remove_file(lab.at("ws").join(path)).unwrap();
    }
    fs::create_dir(lab.at("ws").join(NOTEBOOK)).unwrap();
    let made = std::process::Command::new("mkfifo").arg(lab.at("ws").join(TEST)).status().unwrap();
    assert!(made.success());
    let (folder, pipe) = (
        format!("{NOTEBOOK}   is left alone: a folder stands there\n"),
        format!("{TEST}   is left alone: it is no regular file\n"),
    );
    for args in [&["diff"][..], &["diff", "--incoming"]] {
        assert_eq!(lab.run(args).expect(0).stdout, format!("{folder}{pipe}"), "{args:?}");
        assert_eq!(lab.run(&[args, &[TEST]].concat()).expect(0).stdout, pipe, "{args:?}");
        assert_eq!(lab.run(&[args, &["modules/01_numbers"]].concat()).expect(0).stdout, folder, "{args:?}");
    }
    let json = lab.run(&["diff", TEST, "--format", "json"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["files"][0]["what"], "in-the-way");
    assert_eq!(json["files"][0]["obstacle"]["what"], "special");
}
