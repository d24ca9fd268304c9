//! The JSON form of a plan: its schema is written down, and real plans keep to it.

use crate::desk::{Course, Desk, path};
use crate::tito::{golden, root};
use tito::plan::{Plan, Request, schema};

#[test]
fn the_schema_in_the_repository_is_that_of_the_program() {
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    golden(&root().join("course-schemas/plan.schema.json"), &text);
}

/// A plan with something of everything.
fn rich() -> Plan {
    let mut course = Course::of(&["tensor", "layers", "autograd"]);
    let mut desk = Desk::new(&course);
    desk.write("modules/01_tensor/tensor.py", "mine\n");
    desk.write("modules/02_layers/notes.txt", "mine\n");
    desk.write("modules/01_layers/README.md", "mine\n");
    desk.write("progress.json", r#"{"completed_modules": ["03", "77"]}"#);
    desk.delete("README.md");
    desk.link("README.md");
    course.version = "1.1.0".parse().unwrap();
    *course.text("tensor", "tensor.py") = "the course's\n".to_owned();
    course.unit("tensor").number = 2;
    course.unit("layers").number = 1;
    course.units.pop();
    desk.plan(&course, &Request::Update)
}

#[test]
fn a_plan_keeps_to_the_schema_and_reads_back() {
    let plan = rich();
    assert!(!plan.own_files.is_empty() && plan.notices.len() >= 3 && plan.progress, "{plan:#?}");
    let json = serde_json::to_value(&plan).unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let faults: Vec<String> = validator.iter_errors(&json).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(serde_json::from_value::<Plan>(json.clone()).unwrap(), plan);
    let mut wrong = json;
    wrong["steps"][0]["decision"] = "dance".into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn a_step_is_found_by_where_it_is_and_by_where_it_was() {
    let plan = rich();
    let step = plan.step(&path("modules/02_tensor/tensor.py")).unwrap();
    assert_eq!(step.from, Some(path("modules/01_tensor/tensor.py")));
    assert_eq!(plan.step(&path("modules/01_tensor/tensor.py")), Some(step));
    assert_eq!(plan.step(&path("modules/09_nothing/x.py")), None);
    assert!(plan.brief().steps.len() < plan.steps.len() + 1);
}
