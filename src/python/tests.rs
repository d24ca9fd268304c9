//! What the parser is asked, and where it must not follow.

use super::{Code, Dialect, Where};

fn names(source: &str) -> Vec<String> {
    Code::of(source, Dialect::IPython).definitions().into_iter().map(|found| found.name).collect()
}

#[test]
fn functions_classes_methods_and_variables_are_found() {
    let source = "%matplotlib inline\nx, (y, *z) = 1, (2, 3)\nclass A:\n    k = 1\n    def f(self):\n        def g(): pass\n\
                  async def h(): ...\nif x:\n    def i(): pass\ntry:\n    import a\nexcept ImportError:\n    a = None\nn: int\n";
    assert_eq!(names(source), ["x", "y", "z", "A", "A.f", "h", "i", "a", "n"]);
}

#[test]
fn a_definition_says_where_it_is_and_what_its_docstring_says() {
    let source = "@cached\n@other(1)\ndef f(x):\n    'Twice.'\n    return 2 * x\n";
    let code = Code::of(source, Dialect::Python);
    let definitions = code.definitions();
    let [f] = definitions.as_slice() else { panic!("{definitions:?}") };
    assert_eq!(&source[f.range.clone()], source.trim_end());
    assert_eq!(&source[f.body.clone()], "'Twice.'\n    return 2 * x");
    assert_eq!(f.docstring.as_deref(), Some("Twice."));
    let decorators: Vec<_> = f.decorators.iter().map(|range| &source[range.clone()]).collect();
    assert_eq!(decorators, ["cached", "other(1)"]);
}

#[test]
fn what_is_right_is_read_beside_what_is_wrong() {
    let source = "def f():\n    return 1\n\ndef g(:\n    pass\n\ndef h():\n    pass\n";
    let code = Code::of(source, Dialect::Python);
    assert!(!code.is_valid());
    assert!(
        code.errors().iter().all(|error| source[..error.range.start].lines().count() == 4),
        "{:?}",
        code.errors()
    );
    let names: Vec<_> = code.definitions().into_iter().map(|found| found.name).collect();
    assert!(names.contains(&"f".to_owned()) && names.contains(&"h".to_owned()), "{names:?}");
}

#[test]
fn magics_are_python_only_in_notebooks() {
    for source in ["%time f()\n", "!ls\n", "files = !ls\n", "f?\n"] {
        assert!(Code::of(source, Dialect::IPython).is_valid(), "{source}");
        assert!(!Code::of(source, Dialect::Python).is_valid(), "{source}");
    }
}

#[test]
fn imports_know_where_they_stand() {
    let source = "import os, a.b as c\nfrom . import d\nfrom ..e import (f, g as h)\ntry:\n    import i\nexcept ImportError:\n    import j\n\
                  def k():\n    from l import *\nif TYPE_CHECKING:\n    import m\nclass N:\n    import o\ntry:\n    import p\nfinally:\n    pass\n";
    let found = Code::of(source, Dialect::Python).imports();
    let found: Vec<_> =
        found.iter().map(|one| (one.level, one.module.as_str(), one.names.join(","), one.place)).collect();
    let expected = [
        (0, "os", "", Where::Top),
        (0, "a.b", "", Where::Top),
        (1, "", "d", Where::Top),
        (2, "e", "f,g", Where::Top),
        (0, "i", "", Where::Guarded),
        (0, "j", "", Where::Guarded),
        (0, "l", "*", Where::Function),
        (0, "m", "", Where::TypeChecking),
        (0, "o", "", Where::Top),
        (0, "p", "", Where::Top),
    ];
    assert_eq!(found, expected.map(|(level, module, names, place)| (level, module, names.to_owned(), place)));
}

#[test]
fn deep_nesting_ends_with_an_answer() {
    let parts = [
        ("(", ")"),
        ("[", "]"),
        ("-", ""),
        ("not ", ""),
        ("f(", ")"),
        ("{1:", "}"),
        ("lambda: ", ""),
        ("a+", ""),
        ("a.", ""),
        ("", "()"),
        ("a if b else ", ""),
        ("a**", ""),
        ("(a:=", ")"),
        ("await ", ""),
        ("*", ""),
        ("[a for b in ", "]"),
        ("a[", "]"),
        ("f'{", "}'"),
        ("-(a, ", ")"),
    ];
    for (open, close) in parts {
        for depth in [90, 590, 50_000] {
            let source = format!("x = {}a{}\n", open.repeat(depth), close.repeat(depth));
            let code = Code::of(&source, Dialect::Python);
            let _ = (code.definitions(), code.imports(), code.module_errors());
            assert!(depth < 50_000 || !code.is_valid(), "{open}{close}");
        }
    }
    let deep: String = (0..2_000).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
    assert!(!Code::of(&deep, Dialect::IPython).is_valid());
}

#[test]
fn long_code_is_not_deep() {
    let numbers = vec!["-1.5e3"; 20_000].join(", ");
    let source = format!("x = [{numbers}]\n{}", "y = f(a.b, -c[d]) + 1\n".repeat(5_000));
    assert!(Code::of(&source, Dialect::Python).is_valid());
}

#[test]
fn a_module_is_what_python_compiles() {
    let wrong = [
        ("x = (\n", "", 1),
        ("%matplotlib inline\nx = 1\n", "%matplotlib inline", 1),
        ("x = 1\n!pip install a\n", "!pip install a", 1),
        ("files = !ls\nf?\n", "!ls", 2),
        ("x = await f()\n", "await f()", 1),
        ("async with a as b:\n    pass\n", "async", 1),
        ("def f():\n    await g()\n", "await g()", 1),
        ("return 1\n", "return 1", 1),
        ("class A:\n    yield 1\n", "yield 1", 1),
        ("for a in b:\n    def f():\n        break\n", "break", 1),
        ("for a in b:\n    pass\nelse:\n    continue\n", "continue", 1),
        ("def f(a, a):\n    pass\n", "a", 1),
        ("def f():\n    x = 1\n    global x\n", "x", 1),
        ("import os\nfrom __future__ import annotations\n", "from __future__ import annotations", 1),
        ("nonlocal x\n", "nonlocal x", 1),
        ("match x:\n    case {'é': 1, 'é': 2}:\n        pass\n", "'é'", 1),
        ("[(yield 1) for a in b]\n", "yield 1", 1),
    ];
    for (source, at, count) in wrong {
        let errors = Code::of(source, Dialect::IPython).module_errors();
        assert_eq!(errors.len(), count, "{source}{errors:?}");
        assert!(source[errors[0].range.start..].starts_with(at), "{source}{errors:?}");
    }
    let right = "async def f():\n    async with a as b:\n        return [await c async for c in d]\n\
                 while True:\n    for a in b:\n        if a: continue\n    else:\n        break\n\
                 def g():\n    x = lambda: (yield)\n    global y\n    y = yield 1\n    return (await z for z in y)\n\
                 class A:\n    @property\n    def h(self, x, /, *, y=[k for k in 'ab'], **z): return {k: v for k, v in x}\n";
    assert_eq!(Code::of(right, Dialect::Python).module_errors(), []);
}

#[test]
fn dictionaries_give_their_texts() {
    let source = "T = {'a': (1, ['b', {'c': 'd'}]), **x, y: 'z', 'e': f('g')}\nU: dict = {'h': 'i'}\ndef f():\n    return {'j': 'k'}\n";
    let found = Code::of(source, Dialect::Python).dictionary_texts();
    let found: Vec<_> = found.iter().map(|(key, text)| format!("{key} {text}")).collect();
    assert_eq!(found, ["a b", "a c", "a d", "e g", "c d", "h i"]);
}
