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
    /// A value of the wrong type for this place.
    WrongType = "source::wrong-type", Error;
    /// A required key is missing.
    MissingKey = "source::missing-key", Error;
    /// A plain scalar that YAML readers may not read as text.
    YamlTrap = "source::yaml-trap", Error;
    /// Invalid text for this value: an id, a path, a version, a digest, or one of a few words.
    InvalidValue = "source::invalid-value", Error;

    // — layers —
    /// Layers that extend each other in a cycle.
    LayerCycle = "layer::cycle", Error;
    /// A chain of too many layers.
    LayersTooDeep = "layer::too-deep", Error;
    /// A value that an outer layer made final is set by an inner one.
    FinalValue = "layer::final-value", Error;
    /// A rule that has the id of a final rule of an outer layer.
    FinalRule = "layer::final-rule", Error;
    /// An invalid operation of `edit`: two at once, or no place for the unit.
    EditShape = "layer::edit-shape", Error;
    /// An operation of `edit` that does not apply to the outer layer's list.
    EditDoesNotApply = "layer::edit-does-not-apply", Error;
    /// Two rules of one layer have the same id.
    DuplicateRule = "layer::duplicate-rule", Error;
    /// No layer says what the course is called.
    CourseWithoutId = "course::no-id", Error;

    // — sources: what is fetched —
    /// A Git source of which course.lock does not pin a commit.
    SourceNotPinned = "fetch::not-pinned", Error;
    /// A source that cannot be fetched.
    SourceUnreachable = "fetch::unreachable", Error;
    /// A source that does not have what is asked for: the branch, the tag, or the commit that is pinned.
    SourceGone = "fetch::gone", Error;
    /// A source with other bytes than were pinned.
    SourceChanged = "fetch::changed", Error;
    /// A source that cannot be used: damaged, too large, or with names that lead out of it.
    SourceUnusable = "fetch::unusable", Error;
    /// A path that leads out of the source that it is in.
    SourceEscapes = "fetch::escapes", Error;
    /// A branch or tag that is at another commit than the one that is pinned.
    SourceMoved = "fetch::moved", Warning;

    // — the catalog —
    /// The base has no catalog.
    NoCatalog = "catalog::missing", Error;
    /// The base's version is not what the course asks for.
    BaseVersion = "catalog::version", Error;
    /// The catalog names a folder or file that does not exist.
    CatalogFolder = "catalog::missing-folder", Error;
    /// The catalog uses an id for two things.
    CatalogDuplicate = "catalog::duplicate-id", Error;
    /// The catalog names a unit that it does not have.
    CatalogUnknown = "catalog::unknown-unit", Error;
    /// The package has a name that Python cannot import, or that hides another package.
    PackageName = "catalog::package-name", Error;
    /// The requirements of the catalog's units form a cycle.
    CatalogCycle = "catalog::cycle", Error;
    /// A glob of the catalog that matches no file: of `exclude` or `roles` none of the base, of an advisory none of a workspace.
    CatalogGlob = "catalog::glob-matches-nothing", Warning;
    /// A text of the base names a module by its number. Only `tito catalog check` looks for it.
    NumberInText = "catalog::number-in-text", Warning;
    /// Code of the base imports from a numbered folder. Only `tito catalog check` looks for it.
    NumberedImport = "catalog::numbered-import", Warning;
    /// Two notebooks of one module are the same work. Only `tito catalog check` looks for it.
    SameWork = "catalog::same-work", Warning;

    // — the graph of units —
    /// A unit that the base does not have and the course does not add.
    UnknownUnit = "course::unknown-unit", Error;
    /// A unit is listed under an old name.
    RenamedUnit = "course::renamed-unit", Note;
    /// A unit that the base no longer has.
    RetiredUnit = "course::retired-unit", Error;
    /// A unit is listed twice in the course.
    TwiceListed = "course::listed-twice", Error;
    /// A unit needs another that the course does not have.
    MissingRequirement = "course::missing-requirement", Error;
    /// A unit comes before one that it needs.
    LateRequirement = "course::late-requirement", Error;
    /// A required unit needs an optional one.
    OptionalRequired = "course::optional-required", Error;
    /// A unit comes before one that usually comes first.
    SoftOrder = "course::unusual-order", Note;
    /// A course without any unit.
    NothingToDo = "course::empty", Error;
    /// A milestone whose requirements this course can never meet.
    LockedMilestone = "milestone::never-unlocks", Error;

    // — assignments —
    /// The folder of an assignment is missing.
    AssignmentFolder = "assignment::missing-folder", Error;
    /// An assignment has the id of a unit of the base.
    AssignmentCollision = "assignment::id-taken", Error;
    /// An assignment is declared but is not in the list of modules.
    AssignmentNotPlaced = "assignment::not-placed", Warning;
    /// The folder of an assignment is outside the folder of the layer that declares it.
    AssignmentEscapes = "assignment::escapes", Error;
    /// An assignment without any file.
    AssignmentEmpty = "assignment::empty", Error;

    // — placing files —
    /// A file would get a path that is not valid on every system.
    BadPath = "place::bad-path", Error;
    /// Two files would get the same path, on this system or another.
    Collision = "place::collision", Error;
    /// A file would get the path of a file that tito itself writes.
    OwnFile = "place::own-file", Error;
    /// Something in a tree is not a regular file, for example a link or a device.
    NotAFile = "place::not-a-file", Error;
    /// A file that students would get, and whose name differs only in case from what is for instructors.
    InstructorCase = "place::instructor-case", Error;
    /// A pointer to a file that Git LFS keeps elsewhere, in place of the file.
    LfsPointer = "place::lfs-pointer", Error;
    /// A layout pattern that does not render, or that gives two units one folder.
    BadLayout = "place::layout", Error;

    // — rules —
    /// A glob that cannot be read, or that could never match a path.
    BadGlob = "rule::bad-glob", Error;
    /// A rule, or one of its globs, that matches no file of this course.
    RuleMatchesNothing = "rule::matches-nothing", Warning;
    /// A rule that can never win: rules before it match every file that it matches.
    RuleShadowed = "rule::never-wins", Warning;
    /// `edited` or `critical` of a rule, or the action for a state, that can never decide.
    ColumnUnreached = "rule::column-never-reached", Warning;
    /// `replace` on work that students have started: tito merges instead.
    ReplaceOnWork = "rule::replace-on-work", Warning;
    /// A rule for units that this course does not have.
    RuleUnknownUnit = "rule::unknown-unit", Error;
    /// A rule that freezes files from the first day: no new workspace gets them.
    FrozenFromStart = "rule::frozen-from-start", Warning;

    // — the schedule —
    /// A time zone that the IANA database does not have.
    ScheduleUnknownZone = "schedule::unknown-zone", Error;
    /// Dates without a time zone.
    ScheduleNoZone = "schedule::no-zone", Warning;
    /// The first day of the term is not a Monday.
    ScheduleStart = "schedule::start-not-monday", Error;
    /// A week, in a course that does not say when week 1 is.
    ScheduleNoStart = "schedule::no-start", Error;
    /// A date that is later than another one, which is not there.
    ScheduleNothingBefore = "schedule::nothing-before", Error;
    /// A time that clocks leave out when summer time starts.
    ScheduleNoSuchTime = "schedule::no-such-time", Error;
    /// A time that clocks show twice when summer time ends.
    ScheduleRepeatedTime = "schedule::repeated-time", Warning;
    /// A unit that is due before it opens, or closes before it is due.
    ScheduleTurned = "schedule::wrong-order", Error;
    /// A break that ends before it starts, or that has days in common with another one.
    ScheduleBreak = "schedule::bad-break", Error;
    /// A unit that opens or is due in a break.
    ScheduleInBreak = "schedule::in-break", Warning;
    /// A date before the term, or far away from it.
    ScheduleOutsideTerm = "schedule::outside-term", Warning;
    /// Dates of a unit that this course does not have, or that students do not work on.
    ScheduleUnknownUnit = "schedule::unknown-unit", Error;
    /// Units without dates, in a course where others have dates.
    ScheduleNoDates = "schedule::no-dates", Warning;
    /// A unit that opens before one that it needs.
    ScheduleBeforeRequirement = "schedule::before-requirement", Warning;
    /// A unit that opens before one that comes earlier in the course.
    ScheduleAgainstOrder = "schedule::against-order", Warning;
    /// More hours of work due in one week than the course wants.
    ScheduleHours = "schedule::too-many-hours", Warning;
    /// A rule that ends before it starts.
    ScheduleEmptyWindow = "schedule::empty-window", Error;

    // — templates and content —
    /// A template that does not render.
    Template = "template::error", Error;
    /// A template that uses a name which is not defined.
    UndefinedName = "template::undefined-name", Error;
    /// Markers of solutions, hidden tests or mark schemes are left in a file that students get.
    MarkersLeft = "content::markers-left", Error;
    /// Markers of otter-grader in a base that does not say that it uses them.
    OtherMarkers = "content::other-markers", Error;
    /// A test uses a module that is not in the course.
    TestNeedsModule = "content::test-needs-module", Error;
    /// A Python file that the course ships, or a graded or solution cell of a notebook, has a syntax error.
    PythonSyntax = "content::python-syntax", Error;
    /// An entry of `allow` that has no effect.
    UnusedAllow = "content::unused-allow", Warning;
    /// Code imports a module of the package that nothing exports.
    UnknownImport = "content::unknown-import", Error;
    /// A unit imports from another unit that it does not require: an error if that unit is not in the course before it, otherwise a warning.
    ImportNotRequired = "content::import-not-required", Error;
    /// Two modules export to one file of the package, or a provided module exports nothing.
    ExportTarget = "content::export-target", Error;

    // — notebooks: percent scripts, grading metadata, tiers, export —
    /// Cell metadata in a percent script that cannot be read (jupytext moves it to `incorrectly_encoded_metadata` without a message), or that nothing reads.
    CellMetadata = "notebook::cell-metadata", Error;
    /// A string of a percent script that is opened and not closed, so that it hides the cells behind it.
    OpenString = "notebook::open-string", Error;
    /// A marker that seems to name the type of its cell and does not, or that starts no cell.
    CellType = "notebook::cell-type", Warning;
    /// A code line that jupytext treats as a shell command or a magic, and uncomments.
    MagicInProse = "notebook::magic-in-prose", Warning;
    /// The notebook is invalid: not JSON, another version, or cells of the wrong shape.
    InvalidNotebook = "notebook::invalid", Error;
    /// The header of a percent script cannot be read as UTF-8, percent format and YAML.
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
    /// A comment that looks like the marker of a region and is none, so that it hides nothing.
    MisspeltMarker = "notebook::misspelt-marker", Error;
    /// A notebook that is a solution by its name, or code in a block of solutions of otter-grader, without any marker: students get it whole.
    UnmarkedSolution = "notebook::unmarked-solution", Warning;
    /// A region in a cell whose grading flags do not allow it.
    MisplacedRegion = "notebook::misplaced-region", Error;
    /// A region has a role that is not core, scaffold, challenge or instructor.
    UnknownRole = "notebook::unknown-role", Error;
    /// A solution cell without a region is emptied, including an import or an export directive.
    WipedExport = "notebook::wiped-export", Error;
    /// A solution cell without a region is emptied completely for students.
    WipedCell = "notebook::wiped-cell", Warning;
    /// A graded cell that cannot fail: everyone gets its points.
    TestNeverFails = "notebook::test-never-fails", Warning;
    /// A solution behind the last graded cell of a notebook, in a unit without tests.
    UngradedSolution = "notebook::ungraded-solution", Warning;
    /// The challenge tier is selected, but no region is marked as a challenge.
    NoChallenge = "notebook::no-challenge", Error;
    /// A test template of nbgrader (`AUTOTEST`), which tito does not instantiate.
    TestTemplate = "notebook::test-template", Error;
    /// A mark scheme shows an attached image, which stays in the notebook when the text is removed.
    MarkSchemeAttachment = "notebook::mark-scheme-attachment", Error;
    /// A cell has attachments, and `notebooks: py` makes it a percent script, which cannot hold them.
    LostAttachment = "notebook::lost-attachment", Warning;
    /// A line of a removed solution is in a file that students get.
    SolutionLeak = "notebook::solution-leak", Error;
    /// The notebook exports code but does not name one module for it.
    DefaultExport = "notebook::default-export", Error;
    /// Python cannot compile an exported cell as part of a module, either as written or with the stub in place of its solution.
    ExportSyntax = "notebook::export-syntax", Error;
    /// An export directive that tito does not follow.
    ExportDirective = "notebook::export-directive", Error;

    // — the lock beside the course: what was released —
    /// The lock next to the course cannot be read, so tito does not know what students have.
    LockUnreadable = "lock::unreadable", Warning;
    /// A unit that students have is missing, and is neither renamed nor retired.
    UnitGone = "lock::unit-gone", Error;
    /// A unit that students have is no longer in the course, though the base still has it.
    UnitDropped = "lock::unit-dropped", Warning;
    /// A notebook that students have has another name, and no rename says so.
    FileRenamed = "lock::file-renamed", Error;
    /// The base has changed since the release, but its version has not: advisories and requirements depend on the version.
    BaseChanged = "lock::base-changed", Warning;
    /// A unit that is open is due, or closes, earlier than students were told.
    DueEarlier = "lock::due-earlier", Warning;
    /// A notebook has a flagged cell that it did not have at the release.
    FlaggedCellAdded = "grading::cell-added", Warning;
    /// A notebook no longer has a flagged cell that it had at the release.
    FlaggedCellRemoved = "grading::cell-removed", Warning;
    /// A flagged cell seems to have another grade_id than at the release.
    FlaggedCellRenamed = "grading::cell-renamed", Warning;
    /// A flagged cell has another type or purpose than at the release.
    FlaggedCellTurned = "grading::cell-changed", Warning;
    /// A notebook with flagged cells is missing from a unit that is still taught.
    NotebookRemoved = "grading::notebook-removed", Warning;
    /// Cells of a notebook are worth more or less than at the release.
    PointsChanged = "grading::points-changed", Note;
}
