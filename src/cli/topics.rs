//! The guides that `tito help TOPIC` prints: pages of `docs/`, in the program, so that they are there without network and fit the version.

/// A page.
struct Topic {
    name: &'static str,
    text: &'static str,
}

/// A constant for each topic, and their names, in the order in which people need them.
macro_rules! topics {
    ($($name:literal = $file:literal,)+) => {
        const TOPICS: &[Topic] = &[$(Topic { name: $name, text: include_str!(concat!("../../docs/", $file)) },)+];

        /// The names of all topics.
        pub(super) const NAMES: &[&str] = &[$($name),+];
    };
}

topics! {
    "students" = "students.md",
    "instructors" = "instructors.md",
    "universities" = "universities.md",
    "maintainers" = "maintainers.md",
    "contributors" = "contributors.md",
    "install" = "install.md",
    "where" = "where.md",
    "handing-in" = "handing-in.md",
    "schedule" = "schedule.md",
    "publishing" = "publishing.md",
    "sources" = "sources.md",
    "adopting" = "adopting.md",
    "offline" = "offline.md",
    "merge" = "merge.md",
    "safety" = "safety.md",
    "diagnostics" = "diagnostics.md",
    "base-course" = "base-course.md",
}

/// The page of this name, as a person reads it: without comments, which say to the tests what a reader does beside tito, and without how a
/// command ends there.
pub(super) fn text(name: &str) -> Option<String> {
    let page = TOPICS.iter().find(|topic| topic.name == name)?.text;
    let mut text = String::with_capacity(page.len());
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("<!--") && line.ends_with("-->") {
            // And the empty line below it.
            lines.next_if(|next| next.is_empty());
            continue;
        }
        let line = match line.rsplit_once(" [exit ") {
            Some((command, _)) if line.starts_with("$ ") && line.ends_with(']') => command,
            _ => line,
        };
        text.extend([line, "\n"]);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_as_a_person_reads_it() {
        for name in NAMES {
            let text = text(name).unwrap();
            assert!(!text.contains("<!--") && text.lines().count() > 20, "{name}");
            assert!(!text.lines().any(|line| line.starts_with("$ ") && line.contains("[exit")), "{name}");
        }
        let students = text("students").unwrap();
        assert!(students.contains("$ tito test numbers\n") && !students.contains("\n\n\n"), "{students}");
        assert_eq!(text("nothing"), None);
    }
}
