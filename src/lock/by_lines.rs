//! The lines of a lock's files, read one by one: most of a lock is such lines, and [`super::write`] writes each in one form.
//!
//! It is a saving, not another format: what is in any other form is left to the YAML parser, with the whole lock.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::LockedFile;
use super::write::is_plain;
use crate::id::{FileId, Role};
use crate::path::WorkspacePath;

const TABLE: &str = "\nfiles:\n";
const INDENT: &str = "  ";

/// The files of the lock `text`, and the lock without them. None: a line is in a form that tito does not write.
pub(super) fn files(text: &str) -> Option<(BTreeMap<WorkspacePath, LockedFile>, String)> {
    let (above, rest) = text.split_once(TABLE)?;
    let mut files = BTreeMap::new();
    let mut end = 0;
    for line in rest.split_inclusive('\n').take_while(|line| line.starts_with(INDENT)) {
        let (path, file) = entry(line.strip_prefix(INDENT)?.strip_suffix('\n')?)?;
        if files.insert(path, file).is_some() {
            return None;
        }
        end += line.len();
    }
    Some((files, format!("{above}\nfiles: {{}}\n{}", rest.get(end..)?)))
}

/// `PATH: {id: ID, role: ROLE, sha256: "DIGEST", executable: true, rule: RULE}`; `executable` only where it is so.
fn entry(line: &str) -> Option<(WorkspacePath, LockedFile)> {
    let (path, line) = scalar(line)?;
    let (id, line) = scalar(line.strip_prefix(": {id: ")?)?;
    let (role, line) = scalar(line.strip_prefix(", role: ")?)?;
    let (sha256, line) = scalar(line.strip_prefix(", sha256: ")?)?;
    let executable = line.strip_prefix(", executable: true");
    let (rule, line) = scalar(executable.unwrap_or(line).strip_prefix(", rule: ")?)?;
    let role: StrDeserializer<'_, Error> = role.as_ref().into_deserializer();
    let file = LockedFile {
        id: FileId::from_text(&id),
        role: Role::deserialize(role).ok()?,
        sha256: sha256.parse().ok()?,
        executable: executable.is_some(),
        rule: rule.into_owned(),
    };
    (line == "}").then_some((WorkspacePath::new(&path).ok()?, file))
}

/// The scalar that `text` starts with, and what follows it.
fn scalar(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(inner) = text.strip_prefix('"') else {
        let end = text.find([':', ',', '}'])?;
        let (plain, rest) = text.split_at(end);
        return is_plain(plain).then_some((Cow::Borrowed(plain), rest));
    };
    let mut escaped = false;
    let end = inner.find(|c: char| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    let (quoted, rest) = (inner.get(..end)?, inner.get(end + 1..)?);
    if !quoted.contains('\\') {
        return Some((Cow::Borrowed(quoted), rest));
    }
    // The escapes that tito writes mean the same in JSON.
    let quoted = text.get(..end + 2)?;
    Some((Cow::Owned(serde_json::from_str(quoted).ok()?), rest))
}

#[cfg(test)]
mod tests {
    use super::super::read::parsed;
    use super::*;

    fn lock(lines: &str) -> String {
        format!(
            "lock: 3\ncourse: {{id: a, digest: \"sha256:{digest}\"}}\nlayers: []\nbase: {{catalog: b, version: \"1.0.0\", sha256: \"{digest}\"}}\nunits: []\nrules: []\nfiles:\n{lines}grading: {{}}\nend: {{lines: 9, sha256: \"{digest}\"}}\n",
            digest = "0".repeat(64),
        )
    }

    fn line(path: &str, id: &str, rest: &str) -> String {
        format!("  {path}: {{id: {id}, role: work, sha256: \"{}\"{rest}}}\n", "ab".repeat(32))
    }

    #[test]
    fn lines_that_tito_writes_say_the_same_as_to_the_yaml_parser() {
        let lines = [
            line("README.md", "shared/README.md", ", rule: default"),
            line("a/b-c_d.py", "\"module:a/b.py\"", ", executable: true, rule: \"built-in work\""),
            line("\"01 {a}, caf\\u00e9 ü.py\"", "\"x: y\"", ", rule: \"it's \\\"#1\\\" \\\\ b\""),
        ];
        let text = lock(&lines.concat());
        let (files, rest) = files(&text).unwrap();
        assert_eq!(files.len(), 3);
        assert_eq!(rest, lock("").replace("files:\n", "files: {}\n"));
        assert_eq!(files, parsed(&text).unwrap().files);
    }

    #[test]
    fn any_other_form_is_left_to_the_yaml_parser() {
        let good = line("README.md", "shared/README.md", ", rule: default");
        assert!(files(&lock(&good)).is_some());
        for (old, new) in [
            ("id: ", "id:  "),
            ("rule: default", "rule: 'default'"),
            ("rule: default", "rule: yes"),
            ("rule: default", "rule: default # and why"),
            ("rule: default", "rule: default, more: 1"),
            ("role: work", "role: works"),
            ("README.md:", "../README.md:"),
            ("README.md:", "? README.md:"),
            ("shared/README.md", "shared README.md"),
            ("ab", "aB"),
            ("\"ab", "ab"),
            ("}", "}}"),
            ("}\n", "}"),
        ] {
            let bad = good.replacen(old, new, 1);
            assert_ne!(bad, good);
            assert!(files(&lock(&bad)).is_none(), "{bad}");
        }
        assert!(files(&lock(&format!("{good}{good}"))).is_none(), "a path twice");
        assert!(files("lock: 3\n").is_none());
    }
}
