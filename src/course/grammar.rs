//! What a `course.yml` may hold, as a [`Shape`]: the parser checks against it, the JSON Schema is made of it.

use crate::yaml::{Key, Shape, TextKind};

const LINE: Shape = Shape::Text(TextKind::Line);
const ID: Shape = Shape::Text(TextKind::Id);
const IDS: Shape = Shape::List(&ID);
const ACTION_WORDS: &[&str] = &["freeze", "keep", "offer", "merge", "replace"];
const ACTION: Shape = Shape::Text(TextKind::Word(ACTION_WORDS));
const ROLE_WORDS: &[&str] = &["work", "test", "doc", "milestone", "support", "data"];
const ROLES: Shape = Shape::List(&Shape::Text(TextKind::Word(ROLE_WORDS)));
const PATHS: Shape = Shape::Either(&[LINE, Shape::List(&LINE)]);
const REF: Key = Key::optional("ref", "the branch, tag or full commit; default: the default branch", LINE);
const SHA256: Key = Key::required("sha256", "the SHA-256 of the archive", Shape::Text(TextKind::Sha256));
const GIT: Key = Key::required(
    "git",
    "a Git repository: `https://…`, `ssh://…`, `user@host:path`, or a path relative to this file",
    LINE,
);
const ARCHIVE: Key =
    Key::required("archive", "a tar.gz or zip file: `https://…`, or a path relative to this file", LINE);
const SUBDIR: Key = Key::optional("subdir", "the folder in it; default: all of it", LINE);
const LAYER_PATH: Key = Key::required("path", "the `course.yml` in it", LINE);
/// A folder: beside the layer, or in a source.
const FROM_FOLDER: Shape = Shape::Choice(&[
    &[Key::required("path", "the folder, relative to this file", LINE)],
    &[GIT, REF, SUBDIR],
    &[ARCHIVE, SHA256, SUBDIR],
]);
/// An outer layer: beside this one, or in a source.
const EXTENDS: Shape =
    Shape::Either(&[LINE, Shape::Choice(&[&[GIT, REF, LAYER_PATH], &[ARCHIVE, SHA256, LAYER_PATH]])]);

const PER_STATE: Shape = Shape::Map(&[
    Key::required("not-started", "while no one has changed the unit", ACTION),
    Key::required("in-progress", "once it is started", ACTION),
    Key::required("completed", "once it is completed", ACTION),
    Key::optional("submitted", "once it is handed in; default: as `completed`", ACTION),
    Key::optional("closed", "once it is closed (`schedule`); default: as before it closed", ACTION),
]);
const WHEN: Shape = Shape::Text(TextKind::When);
const ACTIONS: Shape = Shape::Either(&[ACTION, PER_STATE]);

const MODE: Shape = Shape::Text(TextKind::Word(&["do", "provided"]));
/// How a unit is taught in this course.
const TAUGHT: &[Key] = &[
    Key::optional("title", "the unit's title in this course", LINE),
    Key::optional(
        "mode",
        "`do` (default): students work through it; `provided`: its solved code ships in the package",
        MODE,
    ),
    Key::optional("optional", "students may leave it out", Shape::Flag),
];
const UNIT: Shape =
    Shape::Either(&[ID, Shape::Joined(&[&[Key::required("id", "the unit's id", ID)], TAUGHT])]);

/// The unit that an operation is about.
const OF_UNIT: &[Key] = &[Key::required("unit", "the unit", ID)];
/// Where an operation puts it.
const PLACE: &[Key] = &[
    Key::optional("before", "right before this unit", ID),
    Key::optional("after", "right after this unit", ID),
    Key::optional("first", "before all others", Shape::Flag),
    Key::optional("last", "after all others", Shape::Flag),
];
const EDIT: Shape = Shape::Map(&[
    Key::optional("drop", "remove these units", Shape::Either(&[ID, IDS])),
    Key::optional(
        "insert",
        "insert a unit: `{unit: ID, after: ID}` or `before: ID`, `first: true`, `last: true`",
        Shape::Joined(&[OF_UNIT, TAUGHT, PLACE]),
    ),
    Key::optional(
        "move",
        "move a unit: `{unit: ID, before: ID}` and so on",
        Shape::Joined(&[OF_UNIT, PLACE]),
    ),
    Key::optional("set", "change how a unit is taught", Shape::Joined(&[OF_UNIT, TAUGHT])),
]);
const LISTING: Shape = Shape::Either(&[
    Shape::Text(TextKind::Word(&["all"])),
    Shape::List(&UNIT),
    Shape::Map(&[Key::required("edit", "operations on the outer layer's list", Shape::List(&EDIT))]),
]);

const RULE: Shape = Shape::Map(&[
    Key::optional(
        "id",
        "a name, unique within the file; a rule of an outer layer with this name is replaced",
        ID,
    ),
    Key::optional("paths", "globs over workspace paths; `**` crosses folders", PATHS),
    Key::optional("units", "ids of units; they survive renumbering, paths with numbers do not", IDS),
    Key::optional("roles", "the roles of files", ROLES),
    Key::required(
        "do",
        "what an update may do, in all states or in each: freeze < keep < offer < merge < replace",
        ACTIONS,
    ),
    Key::optional(
        "edited",
        "the action for a file that the student edited; it may only lower what `do` says: freeze < keep < offer < merge < replace",
        ACTION,
    ),
    Key::optional(
        "critical",
        "the action for a change that a critical advisory covers; it may only raise what `do` says, and takes the place of `edited`",
        ACTIONS,
    ),
    Key::optional("from", "the rule applies from then on: a date, or a week of the schedule", WHEN),
    Key::optional("until", "the rule applies until then: a date, or a week of the schedule", WHEN),
    Key::optional("final", "no inner layer can override it", Shape::Flag),
    Key::optional("why", "shown to students", LINE),
]);

/// What a layer may make final beside rules.
pub const FINAL_KEYS: &[&str] = &[
    "course.id",
    "base.from",
    "base.version",
    "modules",
    "milestones",
    "numbering",
    "tier",
    "notebooks",
    "stubs",
    "variables",
    "schedule.timezone",
    "schedule.start",
    "schedule.breaks",
    "schedule.units",
    "updates.default",
];

/// What an assignment was called.
const FORMER: Shape = Shape::List(&Shape::Either(&[
    ID,
    Shape::Map(&[
        Key::required("file", "the former name of a file, below the assignment's folder", LINE),
        Key::required("to", "the name that it has now", LINE),
    ]),
]));

/// The words of `tier`.
pub const TIER_WORDS: &[&str] = &["student", "challenge", "solution", "instructor"];

/// A layer.
pub static LAYER: Shape = Shape::Map(&[
    Key::optional(
        "course",
        "what the course is called",
        Shape::Map(&[
            Key::optional("id", "stable name: ids joined by `/`", Shape::Text(TextKind::CourseId)),
            Key::optional("title", "for people", LINE),
            Key::optional("run", "which run of the course: free text", LINE),
        ]),
    ),
    Key::optional(
        "extends",
        "the outer layer: a path relative to this file, or `{git: URL, ref: NAME, path: FILE}`",
        EXTENDS,
    ),
    Key::optional("vendor", "the folder with copies of all sources, which `tito vendor` writes", LINE),
    Key::optional(
        "base",
        "the base that is compiled",
        Shape::Map(&[
            Key::optional(
                "from",
                "`bundled` (default), `{path: FOLDER}`, `{git: URL, ref: NAME, subdir: FOLDER}`, or `{archive: URL, sha256: DIGEST, subdir: FOLDER}`",
                Shape::Either(&[Shape::Text(TextKind::Word(&["bundled"])), FROM_FOLDER]),
            ),
            Key::optional(
                "version",
                "semver requirement on the catalog's version",
                Shape::Text(TextKind::VersionReq),
            ),
        ]),
    ),
    Key::optional("modules", "the subset and the order: `all`, a list, or `edit` operations", LISTING),
    Key::optional("milestones", "`all` (default), a list, or `edit` operations", LISTING),
    Key::optional(
        "assignments",
        "units that this course adds, by id",
        Shape::Table(
            TextKind::Id,
            &Shape::Map(&[
                Key::optional("title", "for people", LINE),
                Key::required(
                    "from",
                    "`{path: FOLDER}`, relative to this file, or `{git: …}` or `{archive: …}`",
                    FROM_FOLDER,
                ),
                Key::optional("requires", "units that must come before", IDS),
                Key::optional("after", "units that usually come before", IDS),
                Key::optional("hours", "how long it takes", Shape::Text(TextKind::Count)),
                Key::optional(
                    "renames",
                    "former ids, and former names of files: `{file: OLD, to: NEW}`",
                    FORMER,
                ),
            ]),
        ),
    ),
    Key::optional(
        "retired",
        "assignments that this course had and no longer has",
        Shape::List(&Shape::Map(&[
            Key::required("assignment", "the id of an assignment", ID),
            Key::required("why", "what to do instead", LINE),
        ])),
    ),
    Key::optional(
        "numbering",
        "`catalog` (default): the base's numbers; `sequential`: 01.. in this order",
        Shape::Text(TextKind::Word(&["catalog", "sequential"])),
    ),
    Key::optional("tier", "which solution regions are removed", Shape::Text(TextKind::Word(TIER_WORDS))),
    Key::optional("notebooks", "`ipynb` (default) or `py`", Shape::Text(TextKind::Word(&["ipynb", "py"]))),
    Key::optional(
        "stubs",
        "what students get in place of code, by language, as nbgrader's `code_stub`: `{r: \"# your code here\\nfail()\"}`",
        Shape::Table(TextKind::Line, &LINE),
    ),
    Key::optional("schedule", "when units open, are due and close", super::schedule::SHAPE),
    Key::optional("allow", "accepted findings: what they report is intended", super::allow::SHAPE),
    Key::optional(
        "variables",
        "for templates: `{{ course.variables.NAME }}`",
        Shape::Table(TextKind::Line, &Shape::Any),
    ),
    Key::optional(
        "updates",
        "what an update may do to which path",
        Shape::Map(&[
            Key::optional("default", "when no rule matches", ACTION),
            Key::optional("rules", "first match wins", Shape::List(&RULE)),
        ]),
    ),
    Key::optional(
        "final",
        "values that inner layers may not set",
        Shape::List(&Shape::Text(TextKind::Word(FINAL_KEYS))),
    ),
]);
