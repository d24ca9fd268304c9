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
    "where" = "where.md",
    "publishing" = "publishing.md",
    "sources" = "sources.md",
    "offline" = "offline.md",
    "merge" = "merge.md",
    "safety" = "safety.md",
    "diagnostics" = "diagnostics.md",
    "base-course" = "base-course.md",
}

/// The page of this name.
pub(super) fn text(name: &str) -> Option<&'static str> {
    TOPICS.iter().find(|topic| topic.name == name).map(|topic| topic.text)
}
