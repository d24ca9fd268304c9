//! What names of folders and files say: ids, titles, numbers.

/// `01_tensor` → `tensor`, `Week 2` → `week-2`.
pub(super) fn id_of(name: &str) -> String {
    let bare = without_number(name);
    let parts = bare.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let id = parts.collect::<Vec<_>>().join("-").to_lowercase();
    if !id.is_empty() {
        return id.get(..60).unwrap_or(&id).trim_end_matches('-').to_owned();
    }
    // A name in another script: `数学`, `01_数学`.
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() { "unit".to_owned() } else { format!("unit-{digits}") }
}

/// For people.
pub(super) fn title_of(name: &str) -> String {
    let text = name.replace(['_', '-'], " ");
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The number that begins a name.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    name.get(..digits)?.parse().ok()
}

/// The name without the number that begins it.
pub(super) fn without_number(name: &str) -> &str {
    let rest = name.trim_start_matches(|c: char| c.is_ascii_digit());
    let bare = rest.strip_prefix(['_', '-', ' ', '.']).filter(|_| rest.len() < name.len());
    bare.filter(|bare| !bare.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_numbers() {
        for (name, id, number) in [
            ("01_tensor", "tensor", Some(1)),
            ("worksheet_01", "worksheet-01", None),
            ("Week 2", "week-2", None),
            ("10-autograd", "autograd", Some(10)),
            ("ps1", "ps1", None),
            ("03", "03", Some(3)),
            ("数学", "unit", None),
            ("02_数学", "unit-02", Some(2)),
            ("数学2", "2", None),
        ] {
            assert_eq!((id_of(name).as_str(), number_of(name)), (id, number), "{name}");
        }
    }
}
