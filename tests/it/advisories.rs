//! What an advisory says that it fixes: files that the base's maintainers changed, not those that only have another number.

use std::fs;
use std::path::Path;

use crate::mini::Mini;

const COURSE: &str = "course: {id: mini}\nbase: {from: {path: BASE}}\nnumbering: sequential\nmodules: [numbers, sums, plots]\n";

fn change(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} has no {from}", path.display());
    fs::write(path, text.replace(from, to)).unwrap();
}

/// Publishes a version of the base, with an advisory of what was wrong with `sums`.
fn publish(mini: &Mini, from: &str, to: &str) {
    let catalog = mini.folder().join("base/catalog.yml");
    change(&catalog, &format!("version: {from}\n"), &format!("version: {to}\n"));
    let advisories = format!(
        "  - {{id: A-{to}, severity: critical, in: {to}, affects: [sums], title: \"wrong before {to}\"}}\n"
    );
    let text = fs::read_to_string(&catalog).unwrap();
    let heading = if text.contains("advisories:") { "" } else { "advisories:\n" };
    fs::write(&catalog, text + heading + &advisories).unwrap();
}

/// The lines of `tito update --check` below the advisory of this version.
fn fixes(mini: &Mini, version: &str) -> Vec<String> {
    let ran = mini.run(&["update", "--check"]).expect(0);
    let lines = ran.stdout.lines().skip_while(|line| !line.contains(&format!("A-{version}"))).skip(1);
    lines.map_while(|line| Some(line.strip_prefix("    fixes   ")?.to_owned())).collect()
}

#[test]
fn a_file_that_only_has_another_number_is_not_fixed() {
    let mini = Mini::of(COURSE, "student");
    let base = mini.folder().join("base/modules/sums");
    change(&mini.folder().join("course.yml"), "[numbers, sums, plots]", "[numbers, plots, sums]");
    change(&base.join("sums.py"), "Sums", "Totals");
    publish(&mini, "1.2.0", "1.2.1");
    assert_eq!(fixes(&mini, "1.2.1"), ["modules/03_sums/sums.ipynb"]);
    mini.run(&["update"]).expect(0);
    assert!(mini.text("modules/03_sums/README.md").contains("03"));
    // The README itself, after its number had changed.
    change(&base.join("README.md.j2"), "the last one", "the end");
    publish(&mini, "1.2.1", "1.2.2");
    assert_eq!(fixes(&mini, "1.2.2"), ["modules/03_sums/README.md"]);
}

/// A workspace that an older tito made does not say what its files were made of: every change may be the fix.
#[test]
fn where_it_is_not_known_every_change_may_be_the_fix() {
    let mini = Mini::of(COURSE, "student");
    let state = mini.at(".tinytorch/version.json");
    let mut known: serde_json::Value = serde_json::from_str(&fs::read_to_string(&state).unwrap()).unwrap();
    for entry in known["files"].as_object_mut().unwrap().values_mut() {
        entry.as_object_mut().unwrap().remove("source");
    }
    fs::write(&state, known.to_string()).unwrap();
    change(&mini.folder().join("course.yml"), "[numbers, sums, plots]", "[numbers, plots, sums]");
    publish(&mini, "1.2.0", "1.2.1");
    assert_eq!(fixes(&mini, "1.2.1"), ["modules/03_sums/README.md"]);
}
