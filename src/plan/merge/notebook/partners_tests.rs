//! Tests of the module beside it.

use super::super::parts::parts_of;
use super::*;

const STUB: &str = "raise NotImplementedError()";

fn told(base: &[&str], course: &[&str]) -> Vec<Option<usize>> {
    let (base, course) = (base.join("\n"), course.join("\n"));
    let (base, course): (Vec<_>, Vec<_>) = (base.split('\n').collect(), course.split('\n').collect());
    partners(&parts_of(&base), &parts_of(&course))
}

fn function(name: &str, body: &str) -> String {
    format!("def {name}():\n    {body}")
}

#[test]
fn functions_are_found_wherever_they_went() {
    let (f, g) = (function("f", STUB), function("g", STUB));
    assert_eq!(told(&[&f, &g], &[&g, &f]), [Some(1), Some(0)]);
    // What is left on each side is not a rename by that alone.
    assert_eq!(told(&[&f], &[&function("h", STUB)]), [None]);
    // The solution of `f` is given, and `h` is new: no `f` that was renamed.
    assert_eq!(told(&[&f], &[&function("f", "return 1"), &function("h", STUB)]), [None]);
}

#[test]
fn methods_of_one_name_belong_to_their_classes() {
    let class = |name: &str, body: &str| format!("class {name}:\n    def run(self):\n        {body}");
    let base = [class("A", STUB), class("B", STUB)];
    let course = [class("A", "return 1"), class("B", STUB)];
    let all = |side: &[String; 2]| side.join("\n");
    assert_eq!(told(&[&all(&base)], &[&all(&course)]), [None, Some(0)]);
}

#[test]
fn steps_of_one_function_are_told_by_the_line_above() {
    let step = |name: &str| format!("    # {name}\n    {STUB}");
    let (one, two, three) = (step("one"), step("two"), step("three"));
    assert_eq!(told(&["def f():", &one, &two], &["def f():", &two, &one]), [Some(1), Some(0)]);
    assert_eq!(told(&["def f():", &one, &two], &["def f():", "    a = 1", &two]), [None, Some(0)]);
    assert_eq!(told(&["def f():", &one, &two], &["def f():", &one, &three]), [Some(0), Some(1)]);
    assert_eq!(told(&["def f():", &one, &two], &["def f():", "    a = 1", &three]), [None, None]);
}

#[test]
fn a_function_that_was_renamed_is_told_by_its_docstring() {
    let documented = |name: &str, text: &str| function(name, &format!("\"\"\"{text}\"\"\"\n    {STUB}"));
    let (add, dot) = (documented("add", "Sum."), documented("dot", "Inner product."));
    let (plus, inner) = (documented("plus", "Sum."), documented("inner", "Inner product."));
    assert_eq!(told(&[&add], &[&plus]), [Some(0)]);
    assert_eq!(told(&[&add, &dot], &[&inner, &plus]), [Some(1), Some(0)]);
    assert_eq!(told(&[&add, &dot], &[&dot, &plus]), [Some(1), Some(0)]);
    assert_eq!(told(&[&add], &[&inner]), [None]);
    // Two of one text: no one can tell which.
    let (sum, total) = (documented("sum", "Sum."), documented("total", "Sum."));
    assert_eq!(told(&[&add, &sum], &[&plus, &total]), [None, None]);
}

#[test]
fn names_that_were_exchanged_are_believed_no_more_than_the_text() {
    let documented = |name: &str, text: &str| function(name, &format!("\"\"\"{text}\"\"\"\n    {STUB}"));
    let base = [documented("add", "Sum."), documented("dot", "Inner product.")];
    let course = [documented("add", "Inner product."), documented("dot", "Sum.")];
    assert_eq!(told(&[&base[0], &base[1]], &[&course[0], &course[1]]), [None, None]);
    // One was renamed, and another one took its name.
    let course = [documented("plus", "Sum of two vectors."), documented("add", "Sum of all components.")];
    assert_eq!(told(&[&documented("add", "Sum of two vectors.")], &[&course[0], &course[1]]), [None]);
    // A text that was written again, and is nowhere else, speaks against nothing.
    assert_eq!(told(&[&base[0]], &[&documented("add", "Element by element, with checks.")]), [Some(0)]);
}

#[test]
fn methods_stay_with_their_class_when_it_is_renamed() {
    let class = |name: &str| {
        format!("class {name}:\n    def run(self):\n        \"\"\"Runs {name} once.\"\"\"\n        {STUB}")
    };
    assert_eq!(
        told(&[&class("Runner")], &[&class("Runner").replace("class Runner", "class Machine")]),
        [Some(0)]
    );
    assert_eq!(
        told(&[&class("Runner")], &[&class("Walker").replace("Runs Walker once", "Goes on foot")]),
        [None]
    );
}
