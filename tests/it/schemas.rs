//! The JSON Schemas that editors use agree with the parser.

use std::fs;

use super::tito::{golden, root};
use serde_json::Value;
use tito::source::Source;
use tito::{catalog, course, schemas, yaml};

#[test]
fn the_schemas_in_the_repository_are_those_of_the_parser() {
    for (name, schema) in
        [("course", schemas::course()), ("catalog", schemas::catalog()), ("lock", schemas::lock())]
    {
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        golden(&root().join(format!("course-schemas/{name}.schema.json")), &text);
    }
}

/// A YAML file as an editor's JSON Schema checker sees it: the core schema's types, read by another reader.
fn as_editors_read(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn samples_are_judged_alike_by_schema_and_parser() {
    for (folder, good) in [("valid", true), ("invalid", false)] {
        let mut seen = 0;
        for entry in fs::read_dir(root().join("tests/schemas").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let (schema, shape, nullable) = if name.starts_with("catalog") {
                (schemas::catalog(), &catalog::grammar::CATALOG, false)
            } else {
                (schemas::course(), &course::grammar::LAYER, true)
            };
            let problems = yaml::parse(&Source::new(&name, &text))
                .map(|node| yaml::check(&node, shape, nullable))
                .unwrap();
            assert_eq!(problems.is_empty(), good, "{name}: the parser says {problems:#?}");
            let validator = jsonschema::validator_for(&schema).unwrap();
            assert_eq!(validator.is_valid(&as_editors_read(&text)), good, "{name}: the schema disagrees");
            seen += 1;
        }
        assert!(seen >= 8, "{folder} has only {seen} samples");
    }
}

/// The program behind YAML in editors: no findings in the examples, hover, completion, and the slips marked.
#[test]
#[ignore = "npm fetches the language server"]
fn an_editor_explains_a_course_and_marks_slips() {
    let output = std::process::Command::new("python3").arg(root().join("tests/editor/run")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
