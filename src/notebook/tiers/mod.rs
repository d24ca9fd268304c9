//! Tiers: what of a notebook with solutions each reader gets to see.
//!
//! For the student tier, and notebooks without roles, the result is that of nbgrader 0.9.6's `generate_assignment`: LockCells,
//! ClearSolutions, ClearOutput, ComputeChecksums, ClearHiddenTests, ClearMarkScheme. A role on a region's marker
//! (`### BEGIN SOLUTION role="scaffold"`) says who keeps it.

mod apply;
mod leaks;
mod markers;
mod misspelt;
mod named;
mod otter;
mod regions;
mod strip;
mod stubs;
mod tiered;
mod wiped;

pub use apply::{apply, no_challenge};
pub use leaks::{Fingerprint, Leak, SolutionLines, fingerprints, leaks};
pub use markers::Markers;
pub(crate) use misspelt::meant as misspelt_marker;
pub use named::is_named_solution;
pub use otter::first_marker;
pub(crate) use otter::{is_marker as is_otter_marker, misspelt_line as misspelt_otter_line};
pub use regions::RegionRole;
pub(crate) use regions::is_solution_marker;
pub use stubs::Stubs;
pub use tiered::{Rewritten, Stripped, Tiered};
pub use wiped::has_no_answer;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who a notebook is for: which solution regions are stripped.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Core regions are stubs; scaffold and challenges are given.
    #[default]
    Student,
    /// Core and scaffold are given; challenges are stubs.
    Challenge,
    /// Every solution is given, without markers: for after the deadline. Hidden tests stay hidden.
    Solution,
    /// Everything, markers included.
    Instructor,
}

impl Tier {
    /// All tiers, in the order of the documentation.
    pub const ALL: [Tier; 4] = [Self::Student, Self::Challenge, Self::Solution, Self::Instructor];

    /// The word for it in files and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Challenge => "challenge",
            Self::Solution => "solution",
            Self::Instructor => "instructor",
        }
    }
}

/// How solutions are marked in the notebooks of a course.
#[derive(Clone, Debug, Default)]
pub struct Marking {
    /// Whose markers they have.
    pub markers: Markers,
    /// What students get in place of code, where the markers are nbgrader's.
    pub stubs: Stubs,
}
