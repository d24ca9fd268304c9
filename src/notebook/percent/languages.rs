//! Which words jupytext takes for languages, and how their comments begin.

/// Script languages and what begins a comment in them.
const COMMENTS: [(&str, &str); 39] = [
    ("python", "#"),
    ("coconut", "#"),
    ("R", "#"),
    ("julia", "#"),
    ("c++", "//"),
    ("scheme", ";;"),
    ("clojure", ";;"),
    ("bash", "#"),
    ("powershell", "#"),
    ("q", "/"),
    ("matlab", "%"),
    ("wolfram language", "(*"),
    ("idl", ";"),
    ("javascript", "//"),
    ("typescript", "//"),
    ("scala", "//"),
    ("rust", "//"),
    ("robotframework", "#"),
    ("csharp", "//"),
    ("fsharp", "//"),
    ("sos", "#"),
    ("java", "//"),
    ("groovy", "//"),
    ("sage", "#"),
    ("ocaml", "(*"),
    ("haskell", "--"),
    ("tcl", "#"),
    ("maxima", "/*"),
    ("gnuplot", "#"),
    ("stata", "//"),
    ("sas", "/*"),
    ("jenner", "/*"),
    ("xonsh", "#"),
    ("logtalk", "%"),
    ("lua", "--"),
    ("go", "//"),
    ("c#", ""),
    ("f#", ""),
    ("cs", ""),
];

/// Languages that are known as cell magics only.
const MAGICS: [&str; 21] = [
    "sh", "python2", "python3", "js", "perl", "html", "latex", "markdown", "pypy", "ruby", "script", "svg",
    "octave", "spark", "sql", "cython", "fs", "stata", "tcl", "sas", "haskell",
];

/// What begins a comment in `language`; `None` where jupytext does not know.
pub(super) fn comment(language: &str) -> Option<&'static str> {
    COMMENTS.iter().find(|(name, _)| *name == language).map(|(_, comment)| *comment).filter(|c| !c.is_empty())
}

/// Is it a language that a cell magic (`%%language`) can name?
pub(super) fn is_jupyter_language(word: &str) -> bool {
    COMMENTS.iter().any(|(name, _)| *name == word) || MAGICS.contains(&word)
}
