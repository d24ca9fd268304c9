//! `.j2` files and layout patterns, by minijinja: undefined names are errors, nothing is loaded from anywhere, and a template
//! that does not end is stopped.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::{Serde, Value as Named};
use minijinja::{Environment, ErrorKind, Template, UndefinedBehavior};
use serde::Serialize;

use crate::catalog::Catalog;
use crate::course::{Course, Value};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::id::{Mode, UnitId, UnitKind};
use crate::source::{Source, Span};

use super::{Unit, comparisons, nesting};

/// Steps that one template may take.
const FUEL: u64 = 2_000_000;
/// Bytes that one template may make.
const MAX_OUTPUT: usize = 32 << 20;

/// What a template can name. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Context {
    of_course: Arc<OfCourse>,
    /// The unit of the file; undefined in files of no unit.
    unit: Option<Named>,
}

/// What all templates of a course can name, made ready once.
#[derive(Debug)]
struct OfCourse {
    environment: Environment<'static>,
    variables: indexmap::IndexMap<String, Value>,
    infos: BTreeMap<String, UnitInfo>,
    /// The units that students work through, in their order, and where each is.
    taught: Vec<UnitInfo>,
    places: BTreeMap<String, usize>,
    names: BTreeMap<&'static str, Named>,
}

#[derive(Debug, Serialize)]
struct CourseInfo<'a> {
    id: &'a str,
    title: &'a str,
    run: &'a str,
    variables: &'a indexmap::IndexMap<String, Value>,
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
        let mut counts = [0, 0];
        let mut placed = |unit: &Unit| {
            let [milestones, others] = &mut counts;
            let count = if unit.kind == UnitKind::Milestone { milestones } else { others };
            *count += 1;
            info(unit, *count)
        };
        let infos: Vec<UnitInfo> = units.iter().map(&mut placed).collect();
        let modules: Vec<&UnitInfo> = infos.iter().filter(|unit| unit.kind != UnitKind::Milestone).collect();
        let taught: Vec<UnitInfo> =
            modules.iter().filter(|unit| unit.mode == Mode::Do).map(|unit| (*unit).clone()).collect();
        let info = CourseInfo {
            id: &course.id.value,
            title: &course.title,
            run: course.run.as_deref().unwrap_or_default(),
            variables: &course.variables,
        };
        let by_id: BTreeMap<&str, &UnitInfo> = infos.iter().map(|unit| (unit.id.as_str(), unit)).collect();
        let names = BTreeMap::from([
            ("course", Named::from(Serde(info))),
            ("modules", Named::from(Serde(modules))),
            ("units", Named::from(Serde(by_id))),
            ("package", Named::from(catalog.package.as_str())),
        ]);
        let of_course = OfCourse {
            environment: environment(),
            variables: course.variables.clone(),
            places: taught.iter().enumerate().map(|(at, unit)| (unit.id.clone(), at)).collect(),
            taught,
            names,
            infos: infos.into_iter().map(|unit| (unit.id.clone(), unit)).collect(),
        };
        Self { of_course: Arc::new(of_course), unit: None }
    }

    /// The context of a file of `unit`, with the units that students work through before and after it.
    pub(super) fn of(&self, unit: &UnitId) -> Self {
        let of_course = &self.of_course;
        let Some(mut info) = of_course.infos.get(unit.as_str()).cloned() else { return self.clone() };
        if let Some(at) = of_course.places.get(&info.id).copied() {
            let taught = |at: Option<usize>| of_course.taught.get(at?).cloned().map(Box::new);
            (info.next, info.previous) = (taught(at.checked_add(1)), taught(at.checked_sub(1)));
        }
        Self { of_course: of_course.clone(), unit: Some(Named::from(Serde(info))) }
    }

    /// Everything that can be named.
    fn value(&self) -> Named {
        let names = self.of_course.names.iter().map(|(name, value)| (*name, value.clone()));
        Named::from_pairs(names.chain(self.unit.iter().map(|unit| ("unit", unit.clone()))))
    }
}

/// What `course` has in a template.
const OF_COURSE: [&str; 4] = ["id", "title", "run", "variables"];
/// What `unit` has, and each of `modules` and `units`.
const OF_UNIT: [&str; 9] = ["id", "number", "position", "title", "mode", "kind", "dir", "next", "previous"];
/// What a template can name.
const NAMES: [&str; 5] = ["course", "unit", "modules", "units", "package"];

impl Context {
    /// What would be right in place of `name`, which is not defined.
    fn missing(&self, name: &str) -> String {
        // `units["exam-lab"].number` is `units.exam-lab.number`, which a template cannot write.
        let name = &name.replace(['[', '\''], ".").replace(['"', ']'], "").replace("..", ".");
        let mut parts = name.split('.');
        let (first, second) = (parts.next().unwrap_or_default(), parts.next());
        match (first, second, parts.next()) {
            ("course", Some("variables"), Some(variable)) => self.missing_variable(variable),
            ("course", Some(field), _) => one_of("`course`", field, OF_COURSE),
            ("unit", ..) if self.unit.is_none() => {
                "only files of a unit have `unit`: name the unit, as in `units.autograd`".to_owned()
            }
            ("unit", Some(field), _) => one_of("`unit`", field, OF_UNIT),
            ("units", Some(unit), _) => self.missing_unit(unit, name),
            (other, _, _) => one_of("a template", other, NAMES),
        }
    }

    fn missing_variable(&self, name: &str) -> String {
        let known = self.of_course.variables.keys().map(String::as_str);
        let near = nearest(name, known).map(|near| format!("did you mean `course.variables.{near}`? "));
        format!("{}course.yml sets it with `variables: {{{name}: …}}`", near.unwrap_or_default())
    }

    fn missing_unit(&self, id: &str, name: &str) -> String {
        let infos = &self.of_course.infos;
        if let Some(field) = name.split('.').nth(2).filter(|_| infos.contains_key(id)) {
            return one_of(&format!("`{}`", written(id)), field, OF_UNIT);
        }
        let near = nearest(id, infos.keys().map(String::as_str));
        let near = near.map(|near| format!("did you mean `{}`? ", written(near))).unwrap_or_default();
        format!(
            "{near}write `{{% if {} is defined %}}` before you name a unit that may not be in the course",
            written(id)
        )
    }
}

/// The unit `id` as a template names it: a hyphen is a minus there.
fn written(id: &str) -> String {
    if id.contains('-') { format!("units[\"{id}\"]") } else { format!("units.{id}") }
}

/// The nearest of the names that `what` has, and all of them.
fn one_of<const N: usize>(what: &str, name: &str, names: [&str; N]) -> String {
    let near = nearest(name, names).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    format!("{near}{what} has {}", names.map(|name| format!("`{name}`")).join(", "))
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
    if let Some(problem) = comparisons::text_with_number(source, &context.of_course.variables) {
        return Err(Box::new(problem));
    }
    let mut out = Bounded(Vec::new());
    let environment = &context.of_course.environment;
    let result = environment
        .template_from_named_str(source.name(), source.text())
        .and_then(|template| template.render_captured_to(context.value(), &mut out).map(|_| ()));
    if let Err(error) = result {
        return Err(Box::new(problem(source, &error, context)));
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

fn problem(source: &Source, error: &minijinja::Error, context: &Context) -> Diagnostic {
    let span = match (error.range(), error.line()) {
        (Some(range), _) if !range.is_empty() => source.span(range.start, range.end),
        (_, Some(line)) => source.line(line),
        _ => source.line(1),
    };
    if let (ErrorKind::UndefinedError | ErrorKind::InvalidOperation, whole) = (error.kind(), name(&span))
        && let Some(id) = unit_with_hyphen(whole.text())
    {
        let message = format!("`{}` subtracts: the name of a unit ends at its hyphen here", whole.text());
        let help = format!("write `units[\"{id}\"]` in place of `units.{id}`");
        return Diagnostic::new(Code::UndefinedName, message).at(&whole, "used here").help(help);
    }
    match error.kind() {
        ErrorKind::UndefinedError => {
            let span = name(&span);
            let problem = Diagnostic::new(
                Code::UndefinedName,
                format!("`{}` is not defined in this course", span.text().trim()),
            );
            problem.at(&span, "used here").help(context.missing(span.text().trim()))
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
            problem.at(&span, "").help(if message.contains("unexpected end of input") {
                "close the block: `{% if … %}` ends with `{% endif %}`, `{% for … %}` with `{% endfor %}`"
            } else {
                "put text that is not a template between `{% raw %}` and `{% endraw %}`"
            })
        }
    }
}

/// All of the name that `part` is of: the engine leaves out what is before the first dot, and what is around a hyphen.
fn name(part: &Span) -> Span {
    let (source, text) = (part.source(), part.source().text());
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let before = |end: usize, hyphens: bool| {
        let before = text.get(..end).unwrap_or_default();
        before.trim_end_matches(|c| is_name(c) || (hyphens && c == '-')).len()
    };
    let hyphenated = before(part.start(), true);
    if !text.get(hyphenated..).is_some_and(|rest| rest.starts_with("units.")) {
        return source.span(before(part.start(), false), part.end());
    }
    let after = text.get(part.end()..).unwrap_or_default();
    let rest = after.len() - after.trim_start_matches(|c| is_name(c) || c == '-').len();
    source.span(hyphenated, part.end() + rest)
}

/// The id in `units.ID…`, where it has a hyphen, which templates take for a minus.
fn unit_with_hyphen(name: &str) -> Option<&str> {
    let id = name.strip_prefix("units.")?.split('.').next()?;
    (id.contains('-') && id.parse::<UnitId>().is_ok()).then_some(id)
}

/// What renders layout patterns.
pub(super) fn pattern_environment() -> Environment<'static> {
    let mut environment = environment();
    environment.set_fuel(Some(1000));
    environment
}

/// A layout pattern, ready to be rendered for many units; or what is wrong with it, as one sentence.
pub(super) struct Pattern<'e>(Result<Template<'e, 'e>, String>);

impl<'e> Pattern<'e> {
    /// The pattern that is written as `text`.
    pub(super) fn new(environment: &'e Environment<'static>, text: &'e str) -> Self {
        if nesting::too_deep(text).is_some() {
            return Self(Err("it is too long".to_owned()));
        }
        Self(environment.template_from_str(text).map_err(|error| sentence(&error)))
    }

    /// The folder of a unit.
    ///
    /// # Errors
    /// What is wrong with the pattern, as one sentence.
    pub(super) fn render(&self, id: &UnitId, number: &str, year: Option<u64>) -> Result<String, String> {
        let template = self.0.as_ref().map_err(Clone::clone)?;
        let names = [("id", Named::from(id.as_str())), ("number", Named::from(number))].into_iter();
        let names = Named::from_pairs(names.chain(year.map(|year| ("year", Named::from(year)))));
        template.render(names).map_err(|error| sentence(&error))
    }
}

fn sentence(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned)
}
