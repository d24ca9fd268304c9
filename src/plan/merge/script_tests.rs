//! Tests of the module beside it.

use super::*;

const BASE: &str = "# ---\n# jupyter:\n#   kernelspec: {}\n# ---\n\n# %% [markdown]\n# # Tensors\n\n# %% nbgrader={\"grade\": false, \"grade_id\": \"add\", \"solution\": true}\n#| export\ndef add(a, b):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n\n\n# %%\nadd(1, 2)\n";

#[track_caller]
fn merged(base: &str, student: &str, course: &str) -> ScriptMerge {
    merge_scripts((&[], &BTreeSet::new(), Take::Nothing), Three { base, student, course })
        .expect("scripts")
        .expect("taken")
}

#[test]
fn both_changes_and_nothing_else() {
    let stub = "    # YOUR CODE HERE\n    raise NotImplementedError()\n";
    let student = BASE.replace(stub, "    return a + b\n");
    let course = BASE
        .replace("def add(a, b):", "def add(a, b):\n    # add them")
        .replace("# # Tensors", "# # Tensors!");
    let both = course.replace(stub, "    return a + b\n");
    assert_eq!(merged(BASE, &student, &course).text, both);
    assert_eq!(merged(BASE, &student, BASE).text, student);
    assert_eq!(merged(BASE, BASE, &course).text, course);
    assert_eq!(merged(&course, &both, &course).text, both);
    let crlf = merged(BASE, &student.replace('\n', "\r\n"), &course);
    assert_eq!(crlf.text, both.replace('\n', "\r\n"));
    assert_eq!(crlf.report.summary(), "1 cell yours, 2 cells fixed");
}

#[test]
fn cells_come_and_go_with_their_blank_lines() {
    let student = format!("{BASE}\n# %%\nmine = 1");
    let course = format!("{BASE}\n\n# %%\ntheirs = 1\n");
    let both = merged(BASE, &student, &course);
    assert_eq!(
        both.text,
        format!("{BASE}\n# %%\nmine = 1\n# %%\ntheirs = 1\n").replace("mine = 1\n#", "mine = 1\n\n#")
    );
    let gone = merged(&course, &course, BASE);
    assert_eq!(gone.text, BASE);
}

#[test]
fn an_answer_without_its_question_loses_its_grading() {
    let student = BASE.replace("raise NotImplementedError()", "return a + b");
    let course = "# %%\nadd(1, 2)\n";
    let merge = merged(BASE, &student, course);
    assert!(!merge.text.contains("nbgrader"), "{}", merge.text);
    assert!(
        merge.text.contains("# %%\n#| export\ndef add(a, b):\n    # YOUR CODE HERE\n    return a + b\n"),
        "{}",
        merge.text
    );
    assert_eq!(merge.report.count(Fate::NoLongerGraded), 1);
}

#[test]
fn what_is_no_percent_script_is_left_to_the_rules_for_text() {
    assert_eq!(
        merge_scripts(
            (&[], &BTreeSet::new(), Take::Nothing),
            Three { base: BASE, student: "x = 1\n", course: BASE }
        ),
        None
    );
    assert!(
        merge_scripts(
            (&[], &BTreeSet::new(), Take::Nothing),
            Three { base: "", student: BASE, course: BASE }
        )
        .is_some()
    );
}
