//! A limit on how deep code nests, looked at before it is parsed: ruff's parser, the walks over its
//! tree and the drop of it are recursive, and a stack that overflows ends the process.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// Open brackets and indented blocks; CPython allows 200 and 100.
const MOST_NESTED: usize = 100;

/// Operators, dots, calls and the like that may depend on each other in one expression, over all
/// brackets that are open. Commas and statements begin again.
const MOST_CHAINED: usize = 600;

/// Is `source` nested too deep to be parsed safely?
pub(super) fn is_too_deep(source: &str, mode: Mode) -> bool {
    let mut lexer = lexer::lex(source, mode);
    let mut open: Vec<usize> = Vec::new();
    let (mut chained, mut here, mut indented) = (0usize, 0usize, 0usize);
    loop {
        let kind = lexer.next_token();
        match kind {
            TokenKind::EndOfFile => return false,
            TokenKind::Indent => indented += 1,
            TokenKind::Dedent => indented = indented.saturating_sub(1),
            _ if opens(kind) => {
                open.push(here + 1);
                (chained, here) = (chained + 1, 0);
            }
            _ if closes(kind) => {
                chained -= here;
                here = open.pop().unwrap_or_default();
            }
            TokenKind::Comma | TokenKind::Semi => (chained, here) = (chained - here, 0),
            TokenKind::Newline => {
                open.clear();
                (chained, here) = (0, 0);
            }
            _ if chains(kind) => (chained, here) = (chained + 1, here + 1),
            _ => {}
        }
        if open.len() > MOST_NESTED || indented > MOST_NESTED || chained > MOST_CHAINED {
            return true;
        }
    }
}

fn opens(kind: TokenKind) -> bool {
    use TokenKind::{FStringStart, Lbrace, Lpar, Lsqb, TStringStart};
    matches!(kind, Lpar | Lsqb | Lbrace | FStringStart | TStringStart)
}

fn closes(kind: TokenKind) -> bool {
    use TokenKind::{FStringEnd, Rbrace, Rpar, Rsqb, TStringEnd};
    matches!(kind, Rpar | Rsqb | Rbrace | FStringEnd | TStringEnd)
}

fn chains(kind: TokenKind) -> bool {
    kind.is_operator() || (kind.is_keyword() && !kind.is_singleton())
}
