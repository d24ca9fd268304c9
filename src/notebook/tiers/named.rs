//! Which files are solutions by their names: `solutions/lab.ipynb`, `lab-answers.md`.

/// Last words of names, in small letters.
const WORDS: [&str; 8] =
    ["solution", "solutions", "soln", "sol", "answers", "answerkey", "instructor", "instructors"];

/// Does a folder of `path`, or the file at its end, have the name of a solution?
pub fn is_named_solution(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    is_last_word(stem) || parts.any(is_last_word)
}

/// Is the last word of `name` one of those, or are the last two one of them together (`answer key`)?
fn is_last_word(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.rsplit(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let (last, before) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    WORDS.contains(&last) || WORDS.contains(&format!("{before}{last}").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_solutions() {
        for path in [
            "solutions/lab.ipynb",
            "lab_solution.ipynb",
            "Lab 2 - Solutions (1).pdf",
            "lab-answers.md",
            "hw1_sol.ipynb",
            "week1 instructor/notes.md",
            "lab_answer_key.ipynb",
        ] {
            assert!(is_named_solution(path), "{path}");
        }
        for path in
            ["lab.ipynb", "solution_template.ipynb", "resolution.md", "dissolutions.csv", "console.py"]
        {
            assert!(!is_named_solution(path), "{path}");
        }
    }
}
