//! Tests of the module beside it.

use serde_json::json;

use super::*;

fn object(value: Value) -> Metadata {
    value.as_object().cloned().unwrap_or_default()
}

#[test]
fn a_notebooks_metadata_loses_what_is_of_a_wrong_type() {
    let odd = json!({"kernelspec": ["python3"], "language_info": [], "title": 1, "authors": {}, "mine": [1]});
    let mut metadata = object(odd);
    repair_notebook(&mut metadata);
    assert_eq!(Value::Object(metadata), json!({"mine": [1]}));
    let good = json!({
        "kernelspec": {"name": "p", "display_name": "P"}, "title": "t", "authors": [],
        "language_info": {"name": "python", "codemirror_mode": {"version": 3}, "mimetype": "text/x-python"},
    });
    let mut metadata = object(good.clone());
    repair_notebook(&mut metadata);
    assert_eq!(Value::Object(metadata), good);
    for odd in [
        json!({"name": 1}),
        json!({}),
        json!({"name": "a", "mimetype": 1}),
        json!({"name": "a", "codemirror_mode": 1}),
    ] {
        assert!(!is_language_info(&odd), "{odd}");
    }
}

#[test]
fn a_cells_metadata_loses_what_is_of_a_wrong_type() {
    let odd = json!({
        "tags": ["a", "a", "b,c", "", 1, "d"], "name": "", "jupyter": [], "execution": {"x": 1}, "collapsed": "yes",
        "scrolled": 1, "format": 1, "other": 1,
    });
    let repaired = |kind| {
        let mut metadata = object(odd.clone());
        repair_cell(kind, &mut metadata);
        metadata.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(repaired(CellKind::Code), "tags format other");
    assert_eq!(repaired(CellKind::Raw), "tags execution collapsed scrolled other");
    assert_eq!(repaired(CellKind::Markdown), "tags execution collapsed scrolled format other");
    let mut metadata = object(odd.clone());
    repair_cell(CellKind::Code, &mut metadata);
    assert_eq!(metadata["tags"], json!(["a", "d"]));
    let mut metadata = object(json!({"tags": "a", "scrolled": "auto", "collapsed": true, "name": "n"}));
    repair_cell(CellKind::Code, &mut metadata);
    assert_eq!(Value::Object(metadata), json!({"scrolled": "auto", "collapsed": true, "name": "n"}));
}

#[test]
fn outputs_and_pictures_are_of_their_form() {
    for good in [
        json!({"output_type": "stream", "name": "stdout", "text": ["a"]}),
        json!({"output_type": "display_data", "data": {"text/plain": "a", "application/x+json": {"a": 1}}, "metadata": {}}),
        json!({"output_type": "execute_result", "data": {}, "metadata": {}, "execution_count": null}),
        json!({"output_type": "error", "ename": "E", "evalue": "", "traceback": []}),
    ] {
        assert!(is_output(&good), "{good}");
        let mut more = good.clone();
        more["extra"] = json!(1);
        assert!(!is_output(&more), "{more}");
    }
    for bad in [
        json!([]),
        json!({"output_type": "stream", "name": "stdout", "text": [1]}),
        json!({"output_type": "display_data", "data": {"text/plain": 1}, "metadata": {}}),
        json!({"output_type": "display_data", "data": {}, "metadata": []}),
        json!({"output_type": "execute_result", "data": {}, "metadata": {}, "execution_count": -1}),
        json!({"output_type": "error", "ename": "E", "evalue": "", "traceback": [1]}),
        json!({"output_type": "pyout"}),
    ] {
        assert!(!is_output(&bad), "{bad}");
    }
    let mut pictures = json!({"a.png": {"image/png": "A"}, "b.png": 1, "c.png": {"image/png": 1}});
    repair_attachments(&mut pictures);
    assert_eq!(pictures, json!({"a.png": {"image/png": "A"}}));
}
