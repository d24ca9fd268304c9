//! `.j2` files and layout patterns, by minijinja: undefined names are errors, nothing is loaded from anywhere, and a template
//! that does not end is stopped.

use std::collections::BTreeMap;

use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use crate::catalog::Catalog;
use crate::course::{Course, Value};
use crate::diagnostic::{Code, Diagnostic};
use crate::id::{Mode, UnitId, UnitKind};
use crate::source::Source;

use super::{Unit, comparisons, nesting};

/// Steps that one template may take.
const FUEL: u64 = 2_000_000;
/// Bytes that one template may make.
const MAX_OUTPUT: usize = 32 << 20;

/// What a template can name.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Context {
    course: CourseInfo,
    modules: Vec<UnitInfo>,
    units: BTreeMap<String, UnitInfo>,
    package: String,
    /// The unit of the file; undefined in files of no unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<UnitInfo>,
}

#[derive(Clone, Debug, Serialize)]
struct CourseInfo {
    id: String,
    title: String,
    run: String,
    variables: indexmap::IndexMap<String, Value>,
}

/// A unit as templates see it.
#[derive(Clone, Debug, Serialize)]
struct UnitInfo {
    id: String,
    number: String,
    /// Its place among the units of its list, from 1.
    position: usize,
    title: String,
    mode: Mode,
    kind: UnitKind,
    dir: String,
    next: Option<Box<UnitInfo>>,
    previous: Option<Box<UnitInfo>>,
}

impl Context {
    /// The context of a course; `unit` is filled in by [`Context::of`].
    pub(super) fn new(course: &Course, catalog: &Catalog, units: &[Unit]) -> Self {
        let before = |at: usize, kind| {
            let is_milestone = |unit: &Unit| unit.kind == UnitKind::Milestone;
            units[..at].iter().filter(|unit| is_milestone(unit) == (kind == UnitKind::Milestone)).count()
        };
        let placed = units.iter().enumerate().map(|(at, unit)| info(unit, before(at, unit.kind) + 1));
        let infos: Vec<UnitInfo> = placed.collect();
        let modules = infos.iter().filter(|unit| unit.kind != UnitKind::Milestone).cloned().collect();
        Self {
            course: CourseInfo {
                id: course.id.value.clone(),
                title: course.title.clone(),
                run: course.run.clone().unwrap_or_default(),
                variables: course.variables.clone(),
            },
            modules,
            units: infos.into_iter().map(|unit| (unit.id.clone(), unit)).collect(),
            package: catalog.package.clone(),
            unit: None,
        }
    }

    /// The context of a file of `unit`, with the units that students work through before and after it.
    pub(super) fn of(&self, unit: &UnitId) -> Self {
        let mut context = self.clone();
        let Some(mut info) = self.units.get(unit.as_str()).cloned() else { return context };
        let taught: Vec<&UnitInfo> = self.modules.iter().filter(|unit| unit.mode == Mode::Do).collect();
        if let Some(at) = taught.iter().position(|other| other.id == info.id) {
            info.next = taught.get(at + 1).map(|unit| Box::new((*unit).clone()));
            info.previous =
                at.checked_sub(1).and_then(|at| taught.get(at)).map(|unit| Box::new((*unit).clone()));
        }
        context.unit = Some(info);
        context
    }
}

fn info(unit: &Unit, position: usize) -> UnitInfo {
    UnitInfo {
        position,
        id: unit.id.to_string(),
        number: unit.number.clone(),
        title: unit.title.clone(),
        mode: unit.mode,
        kind: unit.kind,
        dir: unit.dir.as_ref().map(ToString::to_string).unwrap_or_default(),
        next: None,
        previous: None,
    }
}

pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(as_written);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(64);
    // Only a namespace lets a loop put a value into itself again and again, deeper than a stack.
    environment.remove_global("namespace");
    environment
}

/// Prints truth values and null as YAML writes them, and everything else as minijinja does.
fn as_written(
    out: &mut minijinja::Output<'_>,
    state: &mut minijinja::State<'_, '_>,
    value: &minijinja::Value,
) -> Result<(), minijinja::Error> {
    use minijinja::value::ValueKind;
    match value.kind() {
        ValueKind::Bool => out.write_str(if value.is_true() { "true" } else { "false" })?,
        ValueKind::None => out.write_str("null")?,
        _ => return minijinja::escape_formatter(out, state, value),
    }
    Ok(())
}

/// Renders a template file.
///
/// # Errors
/// A diagnostic that points into the template: [`Code::UndefinedName`] or [`Code::Template`].
pub(super) fn file(source: &Source, context: &Context) -> Result<String, Box<Diagnostic>> {
    if let Some((place, what)) = nesting::too_deep(source.text()) {
        let message = format!("this template has too many {what}");
        let problem = Diagnostic::new(Code::Template, message).at(&source.span(place.start, place.end), "");
        return Err(Box::new(problem.help("write it in shorter pieces, or put the text into `variables`")));
    }
    if let Some(problem) = comparisons::text_with_number(source, &context.course.variables) {
        return Err(Box::new(problem));
    }
    let environment = environment();
    let mut out = Bounded(Vec::new());
    let result = environment.template_from_named_str(source.name(), source.text()).and_then(|template| {
        template.render_captured_to(minijinja::value::Serde(context), &mut out).map(|_| ())
    });
    if let Err(error) = result {
        return Err(Box::new(problem(source, &error)));
    }
    String::from_utf8(out.0).map_err(|_| {
        Box::new(
            Diagnostic::new(Code::Template, "the template produces text that is not UTF-8")
                .at(&source.line(1), ""),
        )
    })
}

/// A writer that refuses more than any course needs.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(std::io::Error::from(std::io::ErrorKind::FileTooLarge));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn problem(source: &Source, error: &minijinja::Error) -> Diagnostic {
    let span = match (error.range(), error.line()) {
        (Some(range), _) if !range.is_empty() => source.span(range.start, range.end),
        (_, Some(line)) => source.line(line),
        _ => source.line(1),
    };
    match error.kind() {
        ErrorKind::UndefinedError => {
            let problem = Diagnostic::new(
                Code::UndefinedName,
                format!("`{}` is not defined in this course", span.text().trim()),
            );
            problem.at(&span, "used here").help("a template has `course`, `unit`, `modules`, `units` and `package`; write `{% if units.autograd is defined %}` before you name a unit that may not be in the course")
        }
        ErrorKind::OutOfFuel => Diagnostic::new(Code::Template, "this template does not end")
            .at(&span, "stopped here")
            .help("shorten the loop: a template may use two million steps"),
        ErrorKind::WriteFailure => {
            Diagnostic::new(Code::Template, "this template produces more than 32 MiB of text")
                .at(&span, "stopped here")
                .help("shorten the loop")
        }
        ErrorKind::TemplateNotFound => {
            Diagnostic::new(Code::Template, "a template cannot include another file")
                .at(&span, "")
                .help("copy the text, or put it into `variables`")
        }
        _ => {
            let message = error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned);
            let problem =
                Diagnostic::new(Code::Template, format!("this template does not render: {message}"));
            problem
                .at(&span, "")
                .help("put text that is not a template between `{% raw %}` and `{% endraw %}`")
        }
    }
}

/// Renders a layout pattern.
///
/// # Errors
/// What is wrong with it, as one sentence.
pub(super) fn pattern(text: &str, id: &UnitId, number: &str, year: Option<u64>) -> Result<String, String> {
    #[derive(Serialize)]
    struct Names<'a> {
        id: &'a UnitId,
        number: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        year: Option<u64>,
    }
    if nesting::too_deep(text).is_some() {
        return Err("it is too long".to_owned());
    }
    let mut environment = environment();
    environment.set_fuel(Some(1000));
    environment
        .render_str(text, minijinja::value::Serde(Names { id, number, year }))
        .map_err(|error| error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned))
}
