//! What a `catalog.yml` may hold, as a [`Shape`].

use crate::course::allow;
use crate::notebook::tiers::Markers;
use crate::yaml::{Key, Shape, TextKind};

const LINE: Shape = Shape::Text(TextKind::Line);
const ID: Shape = Shape::Text(TextKind::Id);
const IDS: Shape = Shape::List(&ID);
const COUNT: Shape = Shape::Text(TextKind::Count);
const VERSION: Shape = Shape::Text(TextKind::Version);

const MODULE: Shape = Shape::Map(&[
    Key::required("id", "never changed, never reused", ID),
    Key::required("title", "for people", LINE),
    Key::optional("part", "which part of the course: for reports", LINE),
    Key::optional("hours", "how long it takes", COUNT),
    Key::optional("requires", "what a course must contain, earlier", IDS),
    Key::optional("after", "what usually comes before; only noted", IDS),
    Key::optional("from", "its folder in the base; default `modules/ID`", LINE),
    Key::optional(
        "tests",
        "the folder of its tests; default `tests/ID`",
        Shape::Either(&[
            LINE,
            Shape::Map(&[
                Key::optional("from", "the folder; default `tests/ID`", LINE),
                Key::optional(
                    "requires",
                    "the tests come only when the course has these; or `{FILE: [ID]}`, by file",
                    Shape::Either(&[IDS, Shape::Table(TextKind::Line, &IDS)]),
                ),
            ]),
        ]),
    ),
]);

const MILESTONE: Shape = Shape::Map(&[
    Key::required("id", "never changed, never reused", ID),
    Key::required("year", "when it happened", COUNT),
    Key::required("title", "for people", LINE),
    Key::required("requires", "what a student must have built", IDS),
    Key::optional("from", "its folder in the base; default `milestones/ID`", LINE),
]);

const DATASET: Shape = Shape::Map(&[
    Key::required("id", "its id", ID),
    Key::optional("title", "for people", LINE),
    Key::optional("bundled", "is it part of the base?", Shape::Flag),
    Key::optional("path", "its path in a workspace", LINE),
    Key::optional("url", "where it is downloaded from", LINE),
    Key::optional("sha256", "its checksum", Shape::Text(TextKind::Sha256)),
    Key::optional("bytes", "its size in bytes", COUNT),
    Key::optional("license", "its licence", LINE),
]);

const ADVISORY: Shape = Shape::Map(&[
    Key::required("id", "its id", LINE),
    Key::required(
        "severity",
        "how bad the fault was",
        Shape::Text(TextKind::Word(&["critical", "normal", "cosmetic"])),
    ),
    Key::required("in", "the first version that has the fix", VERSION),
    Key::required(
        "affects",
        "units, or `{paths: […]}`",
        Shape::Either(&[
            IDS,
            Shape::Map(&[Key::required("paths", "globs over workspace paths", Shape::List(&LINE))]),
        ]),
    ),
    Key::required("title", "what was wrong", LINE),
    Key::optional("action", "what the student must do", LINE),
]);

/// A catalog.
pub static CATALOG: Shape = Shape::Map(&[
    Key::required("catalog", "the name of the base", ID),
    Key::required("version", "the release of the base", VERSION),
    Key::required("title", "for people", LINE),
    Key::optional("package", "the package that students build, if they build one", LINE),
    Key::optional(
        "layout",
        "where things go in a workspace: minijinja patterns over `number`, `id`, `year`",
        Shape::Map(&[
            Key::optional("module", "default `modules/{{ number }}_{{ id }}`", LINE),
            Key::optional("tests", "default `tests/{{ number }}_{{ id }}`", LINE),
            Key::optional("milestone", "default `milestones/{{ number }}_{{ year }}_{{ id }}`", LINE),
            Key::optional("assignment", "default `assignments/{{ id }}`", LINE),
        ]),
    ),
    Key::optional(
        "markers",
        "whose markers the solutions have: `nbgrader` (default) or `otter`",
        Shape::Text(TextKind::Word(Markers::WORDS)),
    ),
    Key::optional(
        "exclude",
        "globs over paths of the base: files that never reach a course",
        Shape::List(&LINE),
    ),
    Key::optional(
        "roles",
        "what files are for, where their names do not say it: globs over paths of the base, by role; of two roles the first one counts",
        Shape::Map(&[
            Key::optional("instructor", "files that come in the instructor's tier only", Shape::List(&LINE)),
            Key::optional("work", "files that students edit", Shape::List(&LINE)),
            Key::optional("test", "files that judge the work of students", Shape::List(&LINE)),
            Key::optional("doc", "files that are read", Shape::List(&LINE)),
            Key::optional("milestone", "files that run on what students built", Shape::List(&LINE)),
            Key::optional("support", "files that the rest needs to run", Shape::List(&LINE)),
            Key::optional("data", "data", Shape::List(&LINE)),
        ]),
    ),
    Key::required("modules", "modules in catalog order", Shape::List(&MODULE)),
    Key::optional("milestones", "milestones in catalog order", Shape::List(&MILESTONE)),
    Key::optional(
        "shared",
        "files of no unit that come only with certain modules, or have another path than `shared/`",
        Shape::List(&Shape::Map(&[
            Key::required("path", "path in a workspace: a file or a folder", LINE),
            Key::optional("from", "its path in the base; default `shared/PATH`", LINE),
            Key::optional("requires", "it comes only when the course has these", IDS),
        ])),
    ),
    Key::optional("datasets", "data sets", Shape::List(&DATASET)),
    Key::optional(
        "renames",
        "former ids and file names",
        Shape::List(&Shape::Map(&[
            Key::optional("module", "the former id of a module", ID),
            Key::optional("milestone", "the former id of a milestone", ID),
            Key::optional("file", "the former name of a file, below its unit's folder or `shared/`", LINE),
            Key::optional("unit", "with `file`: the unit whose file it is; without: a file of no unit", ID),
            Key::required("to", "the id or the name that it has now", LINE),
            Key::required("in", "since which version", VERSION),
        ])),
    ),
    Key::optional(
        "retired",
        "ids that were removed",
        Shape::List(&Shape::Map(&[
            Key::optional("module", "the id of a module", ID),
            Key::optional("milestone", "the id of a milestone", ID),
            Key::required("in", "since which version", VERSION),
            Key::required("why", "what to do instead", LINE),
        ])),
    ),
    Key::optional("allow", "accepted findings: what they report is intended", allow::SHAPE),
    Key::optional("advisories", "fixes that students are told about", Shape::List(&ADVISORY)),
]);
