//! What only instructors get: files that the catalog says it of, and the kit in an assignment's folder.

use crate::catalog::Catalog;
use crate::course::Course;
use crate::diagnostic::{Code, Diagnostic};
use crate::notebook::tiers::Tier;

use super::item::Item;

/// The name of an instructor's kit.
const KIT: &str = "INSTRUCTOR.md";

/// Takes out of `items` what the tier of `course` does not get. A name that would be one of those in another case is an error: students would get it.
pub(super) fn leave_out(
    items: &mut Vec<Item>,
    course: &Course,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let is_kit = |item: &Item| match item.root == catalog.root {
        true => catalog.roles.is_instructors(&item.path),
        false => item.kind == "assignment" && name(item) == KIT,
    };
    let is_like_kit = |item: &Item| match item.root == catalog.root {
        true => catalog.roles.is_like_instructors(&item.path),
        false => item.kind == "assignment" && name(item).eq_ignore_ascii_case(KIT),
    };
    for item in items.iter().filter(|item| is_like_kit(item) && !is_kit(item)) {
        diagnostics.push(other_case(item, item.root == catalog.root));
    }
    if course.tier.value != Tier::Instructor {
        items.retain(|item| !is_kit(item));
    }
}

/// Its file name, without the ending of a template.
fn name(item: &Item) -> &str {
    let name = item.path.rsplit('/').next().unwrap_or_default();
    name.strip_suffix(".j2").unwrap_or(name)
}

fn other_case(item: &Item, is_of_base: bool) -> Diagnostic {
    let message = format!(
        "students would get `{}`: only in upper and lower case it differs from what is for instructors",
        item.shown.escape_debug()
    );
    let help = if is_of_base {
        "rename it as `roles: {instructor: …}` in catalog.yml writes it, or give it another name".to_owned()
    } else {
        format!("rename it to `{KIT}`, or give it another name")
    };
    Diagnostic::new(Code::InstructorCase, message).at(&item.span, "in a folder that this asks for").help(help)
}
