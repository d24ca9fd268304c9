//! What an export would hide: code that runs now, and would be a stub.

use crate::python::{Code, Dialect};

/// The functions, classes and methods that have code in the module `before` and are stubs, or more of one, in the module `after`. A stub
/// outside of all of them keeps the module from being imported: then what the module loses is named, or else the module itself, as "".
pub fn hidden(before: &str, after: &str) -> Vec<String> {
    let stubs = |text: &str| Code::of(text, Dialect::Python).stubs();
    let (before, after) = (stubs(before), stubs(after));
    let is_more = |(name, count): &(&String, &usize)| before.get(*name).is_some_and(|was| was < *count);
    let (of_module, mut names): (Vec<_>, Vec<_>) =
        after.iter().filter(is_more).map(|(name, _)| name.clone()).partition(String::is_empty);
    if !of_module.is_empty() {
        names.extend(before.keys().filter(|name| !after.contains_key(*name)).cloned());
        if names.is_empty() {
            return of_module;
        }
    }
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUB: &str = "# YOUR CODE HERE\n        raise NotImplementedError()";

    #[test]
    fn what_had_code_and_is_a_stub_is_named() {
        let class = |f: &str, g: &str| {
            format!(
                "def own(): return 1\nclass A:\n    def f(self):\n        {f}\n    def g(self):\n        {g}\n"
            )
        };
        let check = |before: &str, after: &str, names: &[&str]| {
            assert_eq!(hidden(before, after), names, "{before}\n----\n{after}");
        };
        check(&class("return 1", "return 2"), &class(STUB, STUB), &["A.f", "A.g"]);
        check(&class("return 1", STUB), &class(STUB, STUB), &["A.f"]);
        check(&class(STUB, STUB), &class(STUB, STUB), &[]);
        check(&class(STUB, STUB), &class("return 1", STUB), &[]);
        check(&class("return 1", "return 2"), &class("return 3", "pass"), &[]);
        check("", &class(STUB, STUB), &[]);
        check("def f():\n    return 1", "x = 1", &[]);
        // Half of an answer is an answer.
        let two = format!("return 1\n        {STUB}");
        check(&class(&two, "return 1"), &class(&format!("{STUB}\n        {STUB}"), "return 1"), &["A.f"]);
        // A cell that is answered whole.
        let cell = "# YOUR CODE HERE\nraise NotImplementedError()\n";
        check("def f(): return 1\ndef g(): return 1\n", &format!("def g(): return 1\n{cell}"), &["f"]);
        check("x = 1\n", cell, &[""]);
    }
}
