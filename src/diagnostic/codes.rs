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
    /// The header of a percent script is not one that can be read as UTF-8, percent format and YAML.
    NotebookHeader = "notebook::header", Error;
    /// `nbgrader` metadata that nbgrader's schema does not allow.
    GradingMetadata = "notebook::grading-metadata", Error;
    /// Two cells with a grading flag have the same grade_id.
    DuplicateGradeId = "notebook::duplicate-grade-id", Error;
    /// A cell with a grading flag has no grade_id.
    MissingGradeId = "notebook::missing-grade-id", Error;
    /// A graded cell does not say how many points it is worth.
    MissingPoints = "notebook::missing-points", Error;
    /// A markdown cell that is a solution or graded must be both, or a task.
    MarkdownGrading = "notebook::markdown-grading", Error;
    /// A solution, hidden test or mark scheme region that is nested, not closed, or not opened.
    UnbalancedRegion = "notebook::unbalanced-region", Error;
    /// A region in a cell whose grading flags do not allow it.
    MisplacedRegion = "notebook::misplaced-region", Error;
    /// A region has a role that is not core, scaffold, challenge or instructor.
    UnknownRole = "notebook::unknown-role", Error;
    /// A solution cell without a region is emptied whole, and with it an import or an export directive.
    WipedExport = "notebook::wiped-export", Error;
    /// A solution cell without a region is emptied whole for students.
    WipedCell = "notebook::wiped-cell", Warning;
    /// The challenge tier is asked for and no region is marked as a challenge.
    NoChallenge = "notebook::no-challenge", Error;
    /// A test template of nbgrader (`AUTOTEST`), which tito does not instantiate.
    TestTemplate = "notebook::test-template", Error;
    /// A mark scheme shows an attached image, which stays in the notebook when the text is taken out.
    MarkSchemeAttachment = "notebook::mark-scheme-attachment", Error;
    /// A line of a stripped solution stands in a file that students get.
    SolutionLeak = "notebook::solution-leak", Error;
    /// The notebook exports code and does not name one module for it.
    DefaultExport = "notebook::default-export", Error;
    /// An export directive that tito does not follow.
    ExportDirective = "notebook::export-directive", Error;
}
