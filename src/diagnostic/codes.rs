//! The table of all codes: text, severity, and one sentence each.

use super::Severity;

codes! {
    // — structure: what the YAML says —
    /// The file cannot be read.
    Unreadable = "source::unreadable", Error;
    /// The file is not valid UTF-8.
    NotUtf8 = "source::not-utf8", Error;
    /// The file is larger, deeper or more repetitive than any course needs to be.
    TooLarge = "source::too-large", Error;
    /// The text is not valid YAML.
    YamlSyntax = "source::yaml-syntax", Error;
    /// A key that this place does not have.
    UnknownKey = "source::unknown-key", Error;
    /// The same key is written twice in one map.
    DuplicateKey = "source::duplicate-key", Error;
    /// A value of another type than this place takes.
    WrongType = "source::wrong-type", Error;
    /// A key that this place must have is not there.
    MissingKey = "source::missing-key", Error;
    /// A plain scalar that YAML readers take for something else than its letters.
    YamlTrap = "source::yaml-trap", Error;
    /// A text that is not a value of its kind: an id, a path, a version, a digest, one of a few words.
    InvalidValue = "source::invalid-value", Error;

    // — notebooks: percent scripts, grading metadata, tiers, export —
    /// Cell metadata in a percent script that jupytext would drop into `incorrectly_encoded_metadata` without a word.
    CellMetadata = "notebook::cell-metadata", Error;
    /// A code line that jupytext takes for a shell command or a magic and un-comments.
    MagicInProse = "notebook::magic-in-prose", Warning;
    /// The notebook is not one: not JSON, another version, or cells of the wrong shape.
    InvalidNotebook = "notebook::invalid", Error;
}
