//! How deep a template nests, looked at before it is parsed: minijinja's parser, its compiler and the drop of its tree are recursive,
//! without a limit for chains of operators and of `elif`, and a stack that overflows ends the process.
//!
//! In: the text of a template. Out: the place where it becomes too deep. The tags are found as minijinja's lexer finds them: strings,
//! comments, `raw` blocks and brackets count.

use std::ops::Range;

/// Operators, dots, filters and calls that may depend on each other in one tag; commas begin again.
const MOST_CHAINED: usize = 200;
/// `if` and `elif` that may be in each other.
const MOST_BRANCHES: usize = 200;
/// `set` in one template: each may put a value into another.
const MOST_SETS: usize = 500;

/// Where `text` becomes too deep to be parsed safely, and what there is too much of.
pub(super) fn too_deep(text: &str) -> Option<(Range<usize>, &'static str)> {
    let mut scan = Scan { text, at: 0 };
    let mut branches: Vec<usize> = Vec::new();
    let mut sets = 0;
    while let Some(tag) = scan.next_tag() {
        let place = tag.start..scan.at;
        if tag.chained > MOST_CHAINED {
            return Some((place, "operators in one expression"));
        }
        match tag.word {
            "if" => branches.push(1),
            "elif" => branches.iter_mut().last().into_iter().for_each(|count| *count += 1),
            "endif" => drop(branches.pop()),
            "set" => sets += 1,
            _ => {}
        }
        if branches.iter().sum::<usize>() > MOST_BRANCHES {
            return Some((place, "`if` and `elif` inside each other"));
        }
        if sets > MOST_SETS {
            return Some((place, "`set` in one file"));
        }
    }
    None
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

struct Tag<'a> {
    start: usize,
    /// The word that it starts with, of a `{% … %}`; else nothing.
    word: &'a str,
    /// The longest chain of operators in it.
    chained: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next `{{ … }}` or `{% … %}`; comments and raw blocks are passed over. An unfinished one ends with the text.
    fn next_tag(&mut self) -> Option<Tag<'a>> {
        loop {
            let bytes = self.rest().as_bytes();
            let opens = |pair: &[u8]| matches!(pair, b"{{" | b"{%" | b"{#");
            let start = self.at + bytes.windows(2).position(opens)?;
            self.at = start + 2;
            match self.text.as_bytes().get(start + 1) {
                Some(b'#') => self.pass("#}"),
                Some(b'%') if self.enters_raw() => {}
                Some(b'%') => {
                    let word = first_word(self.rest());
                    let chained = self.chain("%}");
                    return Some(Tag { start, word, chained });
                }
                _ => return Some(Tag { start, word: "", chained: self.chain("}}") }),
            }
        }
    }

    /// Goes behind the next `end`, or to the end of the text.
    fn pass(&mut self, end: &str) {
        self.at = self.rest().find(end).map_or(self.text.len(), |found| self.at + found + end.len());
    }

    /// Passes over a raw block, if this is the beginning of one.
    fn enters_raw(&mut self) -> bool {
        let Some(length) = bare_tag(self.rest(), "raw") else { return false };
        self.at += length;
        while let Some(found) = self.rest().find("{%") {
            self.at += found + 2;
            if let Some(length) = bare_tag(self.rest(), "endraw") {
                self.at += length;
                return true;
            }
        }
        self.at = self.text.len();
        true
    }

    /// Goes behind the tag that ends with `end`; the longest chain of operators in it.
    fn chain(&mut self, end: &str) -> usize {
        let mut open: Vec<usize> = Vec::new();
        let (mut chained, mut here, mut most) = (0_usize, 0_usize, 0_usize);
        while let Some(byte) = self.rest().bytes().next() {
            if open.is_empty() && self.rest().starts_with(end) {
                self.at += end.len();
                break;
            }
            match byte {
                b'\'' | b'"' => self.pass_string(byte),
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                    let word = first_word(self.rest());
                    self.at += word.len();
                    if matches!(word, "and" | "or" | "not" | "in" | "is" | "if" | "else") {
                        (chained, here) = (chained + 1, here + 1);
                    }
                }
                _ => {
                    self.at += self.rest().chars().next().map_or(1, char::len_utf8);
                    match byte {
                        b'(' | b'[' | b'{' => {
                            open.push(here + 1);
                            (chained, here) = (chained + 1, 0);
                        }
                        b')' | b']' | b'}' => {
                            chained -= here;
                            here = open.pop().unwrap_or_default();
                        }
                        b',' => (chained, here) = (chained - here, 0),
                        b'~' | b'+' | b'-' | b'*' | b'/' | b'%' | b'.' | b'|' | b'=' | b'<' | b'>' | b'!' => {
                            (chained, here) = (chained + 1, here + 1);
                        }
                        _ => {}
                    }
                }
            }
            most = most.max(chained);
        }
        most
    }

    fn pass_string(&mut self, quote: u8) {
        let mut escaped = false;
        let bytes = self.rest().bytes().skip(1);
        let length = bytes
            .take_while(|byte| {
                let ends = !escaped && *byte == quote;
                escaped = !escaped && *byte == b'\\';
                !ends
            })
            .count();
        self.at = self.text.len().min(self.at + length + 2);
    }
}

/// The word at the start of `text`, behind white space and a sign.
fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches(['-', '+']).trim_start();
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// How long the rest of a tag is that says `name` and nothing else.
fn bare_tag(text: &str, name: &str) -> Option<usize> {
    let sign = |text: &'_ str| usize::from(text.starts_with(['-', '+']));
    let mut rest = text.get(sign(text)..)?.trim_ascii_start().strip_prefix(name)?.trim_ascii_start();
    rest = rest.get(sign(rest)..)?.strip_prefix("%}")?;
    Some(text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_courses_write_is_not_deep() {
        let list = format!("{{{{ [{}] }}}}", "a.b ~ 'x', ".repeat(5000));
        let many = "{{ a.b | upper }}{% if a %}b{% elif b and not c %}{% else %}d{% endif %}".repeat(1000);
        let raw =
            format!("{{%- raw -%}}{{{{ {} {{% endraw %}}{{# {} #}}", "1 ~ ".repeat(500), "~".repeat(500));
        let text = format!("{{{{ '\\'{}' }}}}", "~".repeat(500));
        for text in [list, many, raw, text, "{{ ".to_owned(), "{{ 'a".to_owned(), "{%".to_owned()] {
            assert_eq!(too_deep(&text), None, "{}", text.chars().take(80).collect::<String>());
        }
    }

    #[test]
    fn chains_of_every_kind_are_refused() {
        let of = |piece: &str| piece.repeat(3000);
        let deep = [
            format!("{{{{ 1{} }}}}", of(" ~ 1")),
            format!("{{{{ a{} }}}}", of(".a")),
            format!("{{{{ a{} }}}}", of("|upper")),
            format!("{{{{ f{} }}}}", of("()")),
            format!("{{{{ a{} }}}}", of("[0]")),
            format!("{{{{ {}1 }}}}", of("-")),
            format!("{{{{ {}1 }}}}", of("not ")),
            format!("{{{{ 1{} }}}}", of(" if a else 1")),
            format!("{{{{ 1{} }}}}", of(" in a")),
            format!("{{{{ {{'a': {{}}}} ~ '}}}}'{} }}}}", of(" ~ 1")),
            format!("{{% if 1{} %}}{{% endif %}}", of(" and 1")),
            format!("{{% if 0 %}}{}{{% endif %}}", of("{% elif 0 %}")),
            format!("{{% if 0 %}}{}", of("{%- elif 0 -%}{% raw %}{% endif %}{% endraw %}")),
            of("{% set a = [a] %}"),
            format!("{{% raw %}}{{% endraw %}}{{# {{% raw %}} #}}{{{{ 1{} }}}}", of("+1")),
        ];
        for text in deep {
            assert!(too_deep(&text).is_some(), "{}", text.chars().take(80).collect::<String>());
        }
    }

    /// What is let through is rendered on the smallest stack that a thread of ours has: Windows gives the main one 1 MiB.
    #[test]
    fn what_is_let_through_needs_little_stack() {
        let chains =
            ["{{ 1", "{% if 1 %}{{ 1"].map(|start| format!("{start}{} }}}}", " ~ 1".repeat(MOST_CHAINED)));
        let elifs = format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(MOST_BRANCHES - 1));
        let nested = format!("{}{{{{ 1 }}}}{}", "{% for a in [1] %}".repeat(140), "{% endfor %}".repeat(140));
        let inner = format!("{}{elifs}{}", "{% for a in [1] %}".repeat(120), "{% endfor %}".repeat(120));
        let sets = format!("{{% set a = 1 %}}{}{{{{ a }}}}", "{% set a = [a] %}".repeat(MOST_SETS - 1));
        let brackets = format!("{{{{ {}1{} }}}}", "[".repeat(70), "]".repeat(70));
        let calls = "{% macro f(x) %}{{ f([x]) }}{% endmacro %}{{ f(1) }}".to_owned();
        let [chain, open] = chains;
        for text in [chain, open + "{% endif %}", elifs, nested, inner, sets, brackets, calls] {
            assert_eq!(too_deep(&text), None, "{text}");
            let work = move || {
                let environment = super::super::render::environment();
                environment.render_str(&text, ()).is_ok()
            };
            let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap();
            thread.join().unwrap();
        }
    }
}
