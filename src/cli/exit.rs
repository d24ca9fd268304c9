//! Exit codes. They are documented and stable.

use std::process::ExitCode;

/// How a run of tito ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Failed, with a diagnostic.
    Failed,
    /// The command line was not understood.
    Usage,
    /// Changes are available; only when asked with `--exit-code`.
    Changes,
    /// A lock or a policy is in the way.
    Blocked,
    /// Something that tito wrote is not as it wrote it.
    Integrity,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Changes => 3,
            Exit::Blocked => 4,
            Exit::Integrity => 5,
        })
    }
}
