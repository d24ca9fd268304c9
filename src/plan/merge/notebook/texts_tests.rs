//! Tests of the module beside it.

use super::*;

#[track_caller]
fn settle(base: &str, student: &str, course: &str) -> [String; 3] {
    let Three { base, student, course } = settled(Three { base, student, course });
    [base, student, course].map(Cow::into_owned)
}

#[test]
fn white_space_is_the_students_else_the_courses() {
    assert_eq!(settle("a\nb", "a  \nb\n", "a\nB"), ["a  \nb\n", "a  \nb\n", "a  \nB\n"]);
    assert_eq!(settle("a\nb", "a\nb", "a  \nb\n"), ["a  \nb\n"; 3]);
    assert_eq!(settle("a", "a ", "a\t"), ["a "; 3]);
    assert_eq!(settle("a \n\n", "a \n\n", "a \n\n"), ["a \n\n"; 3]);
    assert_eq!(settle("a\r\nb", "a\nb", "a\rb"), ["a\nb"; 3]);
    // White space before a line is said by it.
    assert_eq!(settle("a", " a", "a"), ["a", " a", "a"]);
}

#[track_caller]
fn merged(base: &str, student: &str, course: &str) -> Option<String> {
    merge_texts(Three { base, student, course }, Lines::Regions, true)
}

const BASE: &str =
    "def root(x):\n    \"\"\"HINT: square\"\"\"\n    # YOUR CODE HERE\n    raise NotImplementedError()";
const ANSWER: &str = "def root(x):\n    \"\"\"HINT: square\"\"\"\n    return math.sqrt(x)";

#[test]
fn a_directive_goes_on_top_whatever_the_student_put_there() {
    let course = format!("#| export\n{BASE}").replace("square", "use math");
    let fixed = ANSWER.replace("square", "use math");
    for top in [
        "import math",
        "# my notes",
        "def helper():\n    return 1\n",
        "import math\nfrom os import (\n    path,\n)",
        "x = 1  # mine",
    ] {
        let student = format!("{top}\n{ANSWER}");
        assert_eq!(merged(BASE, &student, &course), Some(format!("#| export\n{top}\n{fixed}")), "{top}");
    }
    let magic = merged(BASE, &format!("%%time\n{ANSWER}"), &course);
    assert_eq!(magic, Some(format!("%%time\n#| export\n{fixed}")));
}

#[test]
fn a_directive_that_slid_below_an_import_goes_up_again() {
    let on = |text: &str, top: &str| format!("{top}\n{text}");
    let student = on(ANSWER, "import math\n#| export");
    let course = on(&BASE.replace("square", "use math"), "#| export");
    let expected = on(&ANSWER.replace("square", "use math"), "#| export\nimport math");
    assert_eq!(merged(&on(BASE, "#| export"), &student, &course), Some(expected.clone()));
    // The course changes the directive itself.
    let course = on(&BASE.replace("square", "use math"), "#| exporti");
    assert_eq!(
        merged(&on(BASE, "#| export"), &student, &course),
        Some(expected.replace("export\n", "exporti\n"))
    );
}

#[test]
fn directives_that_both_changed_collide() {
    let tops = |base: &str, student: &str, course: &str| {
        let lines = Three { base, student, course }.map(|text| text.lines().collect::<Vec<_>>());
        merge_tops(lines.as_ref().map(Vec::as_slice)).map(|lines| lines.join(" "))
    };
    assert_eq!(tops("#| a", "#| b", "#| c"), None);
    assert_eq!(tops("#| a", "#| b", "#| b").as_deref(), Some("#| b"));
    assert_eq!(tops("#| a", "#| a\n#| mine", "#| a\n#| theirs").as_deref(), Some("#| a #| theirs #| mine"));
    assert_eq!(tops("#| a\n#| b", "#| b", "#| a").as_deref(), Some(""));
    assert_eq!(tops("", "%%time", "%%bash"), None);
}

#[test]
fn two_authors_of_one_solution_both_write_or_collide() {
    let solved = |lines: &str| format!("def f(v):\n    ### BEGIN SOLUTION\n{lines}    ### END SOLUTION");
    let base = solved("    a = 0\n    b = 0\n    return a\n");
    let student = solved("    a = 1\n    b = 0\n    return a\n");
    let course = solved("    a = 0\n    b = 0\n    return -a\n");
    assert_eq!(merged(&base, &student, &course), Some(solved("    a = 1\n    b = 0\n    return -a\n")));
    assert_eq!(merged(&base, &student, &solved("    a = 2\n    b = 0\n    return a\n")), None);
    // An empty place that both filled.
    let stub = "def f(v):\n    # YOUR CODE HERE\n    raise NotImplementedError()";
    assert_eq!(merged(stub, "def f(v):\n    return 1", "def f(v):\n    return 2"), None);
    assert_eq!(
        merged(stub, "def f(v):\n    return 1", "def f(v):\n    pass"),
        Some("def f(v):\n    return 1".into())
    );
}
