//! Tests of the module beside it.

use super::super::regions::parts_of;
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
    assert_eq!(told(&[&f], &[&function("h", STUB)]), [Some(0)]);
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
