//! Places in what a template was rendered to → places in the template: that is the file in which a person corrects something.

use crate::diagnostic::Diagnostic;
use crate::encoding;
use crate::source::{Source, Span};
use crate::world::World;

use super::item::Item;

/// Points labels into the templates of `items`, where the text of a line tells which line of the template it is: no other is the same. A
/// place that cannot be told, in a loop or where something was filled in, stays one in what was rendered.
pub(super) fn point_into(world: &dyn World, items: &[Item], diagnostics: &mut [Diagnostic]) {
    let labels = diagnostics.iter_mut().flat_map(|diagnostic| &mut diagnostic.labels);
    for label in labels.filter(|label| label.span.source().is_rendered()) {
        let shown = label.span.source().file();
        let item = items.iter().find(|item| item.shown == shown);
        let bytes = item.and_then(|item| world.share_in(&item.root, &item.path).ok());
        let text = bytes.as_deref().and_then(|bytes| encoding::text(bytes).ok());
        if let Some(span) = text.and_then(|text| same_place(&Source::new(shown, text), &label.span)) {
            label.span = span;
        }
    }
}

/// The place in `template` whose line gave the line at which `span` begins.
fn same_place(template: &Source, span: &Span) -> Option<Span> {
    let line = span.source().line(span.line_column().0);
    let wanted = line.text();
    let mut same = template.text().lines().enumerate().filter(|(_, text)| *text == wanted);
    let (at, _) = same.next().filter(|(_, text)| !text.trim().is_empty())?;
    if same.next().is_some() {
        return None;
    }
    let there = template.line(at + 1);
    let start = there.start() + span.start().saturating_sub(line.start());
    let whole = template.span(start, start + (span.end() - span.start()));
    // Further down, the template may say something else.
    Some(if whole.text() == span.text() { whole } else { template.span(start, there.end()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_a_template_has_once_is_found_in_it() {
        let template =
            Source::new("a.j2", "{% for x in y %}\nlist\n{% endfor %}\né = one()\nx = {{ z }}\nend\n");
        let made = Source::rendered("a.j2", "list\nlist\né = one()\nx = 3\nend\n");
        let found = |text: &str| {
            let start = made.text().find(text).unwrap();
            same_place(&template, &made.span(start, start + text.len()))
                .map(|span| (span.to_string(), span.text().to_owned()))
        };
        let at = |place: &str, text: &str| Some((place.to_owned(), text.to_owned()));
        assert_eq!(found("one"), at("a.j2:4:5", "one"));
        assert_eq!(found("one()\nx = 3\nend"), at("a.j2:4:5", "one()"));
        assert_eq!(found("end"), at("a.j2:6:1", "end"));
        assert_eq!(found("list"), at("a.j2:2:1", "list"));
        assert_eq!(found("x = 3"), None);
    }
}
