//! Which blocks every statement of code is in, read by its lines.

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::Ranged;

/// A statement, a decorator, or the head of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its first line, without the white space around it.
    pub text: String,
    /// The heads of the blocks that it is in, the outermost first. The last one of a decorator is the head of what it decorates; that
    /// of `else:` and the like is the head that it continues.
    pub within: Vec<String>,
}

/// All statements of the text that `tokens` are of, in order. Of several on one line only the first is listed.
pub(super) fn of(tokens: &Tokens, source: &str) -> Vec<Statement> {
    let mut found: Vec<Statement> = Vec::new();
    let mut blocks = Blocks::default();
    let mut decorators: Vec<usize> = Vec::new();
    let mut starts = true;
    for token in tokens.iter() {
        match token.kind() {
            TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::EndOfFile => {}
            TokenKind::Newline => starts = true,
            TokenKind::Indent => blocks.open(),
            TokenKind::Dedent => blocks.close(),
            kind if starts => {
                starts = false;
                let line = source.get(token.range().start().to_usize()..).unwrap_or_default();
                let text = line.lines().next().unwrap_or_default().trim_end().to_owned();
                let mut within = blocks.heads.clone();
                within.extend(blocks.continued(kind).map(str::to_owned));
                if kind == TokenKind::At {
                    decorators.push(found.len());
                } else {
                    for at in decorators.drain(..) {
                        found.get_mut(at).into_iter().for_each(|one| one.within.push(text.clone()));
                    }
                    blocks.begin(kind, &text);
                }
                found.push(Statement { text, within });
            }
            _ => {}
        }
    }
    found
}

/// The blocks that are open.
#[derive(Default)]
struct Blocks {
    heads: Vec<String>,
    /// In each open block, and outside of all, the last head that `else:` and the like may continue.
    continued: Vec<String>,
    /// The last line, as a head.
    last: String,
}

impl Blocks {
    fn begin(&mut self, kind: TokenKind, text: &str) {
        self.last = match self.continued(kind) {
            Some(head) => format!("{head}\n{text}"),
            None => text.to_owned(),
        };
        if !continues(kind) {
            self.continued.truncate(self.heads.len());
            self.continued.resize(self.heads.len(), String::new());
            self.continued.push(text.to_owned());
        }
    }

    fn continued(&self, kind: TokenKind) -> Option<&str> {
        self.continued.get(self.heads.len()).filter(|_| continues(kind)).map(String::as_str)
    }

    fn open(&mut self) {
        self.heads.push(self.last.clone());
    }

    fn close(&mut self) {
        self.heads.pop();
        // Nothing continues what was in the block that ended.
        self.continued.truncate(self.heads.len() + 1);
    }
}

fn continues(kind: TokenKind) -> bool {
    use TokenKind::{Elif, Else, Except, Finally};
    matches!(kind, Elif | Else | Except | Finally)
}

#[cfg(test)]
mod tests {
    use crate::python::{Code, Dialect};

    #[test]
    fn each_statement_is_told_with_the_blocks_that_it_is_in() {
        let source = "%time f()\n@cache\n@other(\n    1)\nclass A:\n    # a note\n    @property\n    def f(self,\n          x):\n        '''text\n  def g():\n'''\n        return 1\n\nif a:\n    b\nelif c:\n    d; e\nelse:\n    try:\n        g\n    finally:\n        h\nx = [\n  1]";
        let told: Vec<String> = Code::of(source, Dialect::IPython)
            .statements()
            .into_iter()
            .map(|one| format!("{} < {}", one.text, one.within.join(" / ").replace('\n', " + ")))
            .collect();
        let expected = [
            "%time f() < ",
            "@cache < class A:",
            "@other( < class A:",
            "class A: < ",
            "@property < class A: / def f(self,",
            "def f(self, < class A:",
            "'''text < class A: / def f(self,",
            "return 1 < class A: / def f(self,",
            "if a: < ",
            "b < if a:",
            "elif c: < if a:",
            "d; e < if a: + elif c:",
            "else: < if a:",
            "try: < if a: + else:",
            "g < if a: + else: / try:",
            "finally: < if a: + else: / try:",
            "h < if a: + else: / try: + finally:",
            "x = [ < ",
        ];
        assert_eq!(told, expected);
    }
}
