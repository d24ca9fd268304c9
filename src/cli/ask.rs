//! Questions on the terminal. Where there is none, the command line must have answered.

use std::io::{BufRead, IsTerminal};

use super::exit::Exit;
use super::out::Out;

/// Is there somebody to ask?
pub(super) fn can_ask(out: &Out) -> bool {
    !out.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Shows `menu` until the answer is the number of one of its `count` entries, and gives that. An empty line is the
/// first; so is the end of the input, which answers nothing.
pub(super) fn choose(menu: &str, count: usize, out: &Out) -> usize {
    loop {
        out.say(menu);
        let Some(line) = line() else { return 1 };
        if let Some(choice) = choice(&line, count) {
            return choice;
        }
    }
}

/// The next line of the input. `None`: the input ends.
pub(super) fn line() -> Option<String> {
    let mut line = String::new();
    matches!(std::io::stdin().lock().read_line(&mut line), Ok(1..)).then_some(line)
}

fn choice(line: &str, count: usize) -> Option<usize> {
    match line.trim().to_lowercase().as_str() {
        "" => Some(1),
        text => text.parse().ok().filter(|number| (1..=count).contains(number)),
    }
}

/// Asks whether to go on, unless `yes` was said on the command line. `verb` is the command to say it with.
///
/// # Errors
/// Where there is nobody to ask, after saying so.
pub(super) fn agreed(question: &str, yes: bool, verb: &str, out: &Out) -> Result<bool, Exit> {
    if yes {
        return Ok(true);
    }
    if !can_ask(out) {
        out.fail(question, &format!("to do it all the same: `tito {verb} --yes`"));
        return Err(Exit::Usage);
    }
    out.say(question);
    let agreed = choose("  1 cancel (default)   2 go on", 2, out) == 2;
    if !agreed {
        out.say("nothing was changed");
    }
    Ok(agreed)
}

#[cfg(test)]
mod tests {
    use super::choice;

    #[test]
    fn a_choice_is_a_number_of_the_menu() {
        assert_eq!(["", "2\n", " 3"].map(|line| choice(line, 3)), [1, 2, 3].map(Some));
        assert_eq!(["0", "4", "maybe"].map(|line| choice(line, 3)), [None; 3]);
    }
}
