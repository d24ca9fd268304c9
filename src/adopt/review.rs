//! What `tito catalog check` says of a base beside what every course of it would hear.

use crate::catalog::Catalog;
use crate::diagnostic::{Code, Diagnostic};
use crate::world::World;

use super::tree::Tree;
use super::{copies, numbers};

/// Numbers in texts and imports, and copies of notebooks, in the files of `catalog` that may reach a course; without what it accepts with
/// `allow`. An entry of `allow` that accepts none of these is reported.
///
/// # Errors
/// As the system says, where the base cannot be listed.
pub fn review(world: &dyn World, catalog: &Catalog) -> std::io::Result<Vec<Diagnostic>> {
    let tree = Tree::of(world, &catalog.root)?;
    let mut found = numbers::find(&tree, catalog);
    found.extend(copies::all(&tree, catalog).iter().map(|copy| copies::diagnostic(&tree, catalog, copy)));
    let own = |code: Code| matches!(code, Code::NumberInText | Code::NumberedImport | Code::SameWork);
    for allowed in catalog.allow.iter().filter(|allowed| own(allowed.code)) {
        let before = found.len();
        found.retain(|problem| {
            let mut places = problem.labels.iter().map(|label| label.span.source().file());
            problem.code != allowed.code || !places.any(|path| allowed.covers(path))
        });
        if found.len() == before {
            let message = format!("this has no effect: there is no `{}` in these files", allowed.code);
            let problem = Diagnostic::new(Code::UnusedAllow, message).at(&allowed.span, "");
            found.push(problem.help("remove the entry, or correct its `paths`"));
        }
    }
    Ok(found)
}
