//! Rules of all layers, in the order in which they are looked at; and the one place that makes globs.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic, quoted};

use super::layer::{Field, Layer, Rule};

/// A rule and the layer that it comes from.
#[derive(Clone, Debug)]
pub struct CourseRule {
    /// Its id, or `rule N` of its file.
    pub name: String,
    /// `university.yml:14`.
    pub from: String,
    /// As written.
    pub rule: Rule,
}

/// Rules in the order in which they are looked at: final ones first, outermost layer first; then the others, innermost first.
///
/// A rule with the id of an outer rule replaces it, unless that one is final: then the inner rule is an error and is left out. A layer whose rules
/// are null takes back those of outer layers that are not final.
pub(super) fn fold(layers: &[Layer], diagnostics: &mut Vec<Diagnostic>) -> Vec<CourseRule> {
    let mut finals: Vec<CourseRule> = Vec::new();
    let mut others: Vec<CourseRule> = Vec::new();
    for layer in layers.iter().rev() {
        if matches!(layer.rules, Field::Deleted(_)) {
            others.clear();
        }
        let outer: BTreeMap<&str, &CourseRule> =
            finals.iter().filter_map(|rule| Some((id(rule)?, rule))).collect();
        let own: Vec<CourseRule> =
            named(layer).filter(|rule| !replaces_final(rule, &outer, diagnostics)).collect();
        let ids: BTreeSet<&str> = own.iter().filter_map(id).collect();
        others.retain(|outer| !id(outer).is_some_and(|id| ids.contains(id)));
        let (own_finals, own): (Vec<_>, Vec<_>) =
            own.into_iter().partition(|rule| rule.rule.is_final.is_some());
        finals.extend(own_finals);
        others.splice(..0, own);
    }
    finals.extend(others);
    finals
}

fn named(layer: &Layer) -> impl Iterator<Item = CourseRule> {
    layer.rules.given().into_iter().flatten().enumerate().map(|(at, rule)| CourseRule {
        name: rule
            .id
            .as_ref()
            .map_or_else(|| format!("rule {} of {}", at + 1, layer.name), |id| id.value.clone()),
        from: format!("{}:{}", layer.name, rule.span.line_column().0),
        rule: rule.clone(),
    })
}

/// The id that was written.
fn id(rule: &CourseRule) -> Option<&str> {
    rule.rule.id.as_ref().map(|id| id.value.as_str())
}

/// Does `rule` bear the id of one of the `finals` of outer layers? Says so.
fn replaces_final(
    rule: &CourseRule,
    finals: &BTreeMap<&str, &CourseRule>,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let Some(outer) = id(rule).and_then(|id| finals.get(id)) else { return false };
    if let (Some(id), Some(outer_id), Some(is_final)) = (&rule.rule.id, &outer.rule.id, &outer.rule.is_final)
    {
        diagnostics.push(
            Diagnostic::new(Code::FinalRule, format!("`{id}` would replace a final rule of `{layer}`", id = id.value, layer = outer_id.span.source().name()))
                .at(&id.span, "this rule has no effect")
                .at(&outer_id.span, "the rule that it names")
                .at(is_final, "made final here")
                .help("give the rule its own id, for paths that the final rule does not match; or ask the maintainers of the outer layer"),
        );
    }
    true
}

/// What is wrong with a glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobProblem {
    /// What.
    pub message: String,
    /// What to write.
    pub help: String,
}

/// Compiles a glob over workspace paths: `*` stays inside a folder, `**` crosses folders; case counts on every system.
///
/// # Errors
/// What is wrong with it: syntax, or a form that would silently match nothing (`/abs`, `./x`, `tests/`, `!x`).
pub fn glob(pattern: &str) -> Result<globset::Glob, GlobProblem> {
    if let Some(problem) = pattern_problem(pattern) {
        return Err(problem);
    }
    let made = globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .backslash_escape(false)
        .empty_alternates(false)
        .build();
    made.map_err(|error| GlobProblem { message: format!("`{pattern}` is not a glob: {}", error.kind()), help: "`*` matches any characters in a name, `**` any folders, `?` one character, `[a-z]` a class, `{a,b}` alternatives".to_owned() })
}

/// A form of glob that compiles and can never match a path of a workspace.
pub fn pattern_problem(pattern: &str) -> Option<GlobProblem> {
    let problem = |message: String, help: String| Some(GlobProblem { message, help });
    let shown = quoted(pattern);
    if pattern.is_empty() {
        return problem("an empty glob matches nothing".to_owned(), "write `**` for every file".to_owned());
    }
    if pattern.len() > 512 || pattern.matches('*').count() > 32 || pattern.matches(['{', ',']).count() > 64 {
        return problem(
            "this glob is too large".to_owned(),
            "split it into several entries of `paths`".to_owned(),
        );
    }
    if let Some(rest) = pattern.strip_prefix('!') {
        return problem(
            format!("`{shown}`: a glob cannot be negated with `!`"),
            format!("put a rule for `{rest}` before this one: the first match wins"),
        );
    }
    if let Some(rest) = pattern.strip_prefix('/').or_else(|| pattern.strip_prefix("./")) {
        return problem(
            format!("`{shown}` matches nothing: paths are relative to the workspace"),
            format!("write `{rest}`"),
        );
    }
    if let Some(stem) = pattern.strip_suffix('/') {
        return problem(
            format!("`{shown}` matches nothing: a glob names files, not folders"),
            format!("write `{stem}/**`"),
        );
    }
    if pattern.contains('\\') {
        return problem(
            format!("`{shown}` matches nothing: paths are separated by `/`"),
            format!("write `{}`", pattern.replace('\\', "/")),
        );
    }
    if pattern.split('/').any(|part| part == ".." || part == ".") {
        return problem(
            format!("`{shown}` matches nothing: paths have no `.` or `..`"),
            "write the path from the workspace's root".to_owned(),
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        glob(pattern).unwrap().compile_matcher().is_match(path)
    }

    #[test]
    fn stars_stay_in_a_folder() {
        assert!(matches("*.py", "a.py") && !matches("*.py", "x/a.py"));
        assert!(matches("tests/**", "tests/a/b.py") && !matches("tests/**", "tests"));
        assert!(matches("modules/**/*.ipynb", "modules/01_a/x.ipynb") && matches("**/*.md", "README.md"));
    }

    #[test]
    fn globs_that_match_nothing_are_refused() {
        for bad in ["", "/abs", "./x", "tests/", "!x", "a\\b", "../x", "a/./b", "[", "{a"] {
            assert!(glob(bad).is_err(), "{bad:?}");
        }
        assert!(glob(&"*a".repeat(200)).is_err());
    }
}
