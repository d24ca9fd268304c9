//! Numbers as Python's `json` prints them after reading them.

/// `repr(float)`: the shortest digits that read back as the same value, in scientific form below 1e-4 and from 1e16 on.
pub(crate) fn float_repr(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "nan".into()
        } else if value > 0.0 {
            "inf".into()
        } else {
            "-inf".into()
        };
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return plain(value);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

fn plain(value: f64) -> String {
    let text = format!("{value}");
    if text.contains('.') { text } else { text + ".0" }
}

/// What stands for Python's `NaN` among numbers written as JSON: a spelling of infinity that no one uses.
pub(super) const NOT_A_NUMBER: &str = "1e+000078097800";

/// A JSON number as Python writes it again: integers as they are, anything else as the float that it is, which may be
/// `Infinity`.
pub(crate) fn canonical_number(text: &str) -> String {
    if text == NOT_A_NUMBER {
        return "NaN".into();
    }
    // A text that was too deep to be taken apart.
    if text.starts_with(['[', '{']) {
        return text.into();
    }
    if !text.contains(['.', 'e', 'E']) {
        return if text == "-0" { "0".into() } else { text.into() };
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => float_repr(value),
        Ok(value) => if value > 0.0 { "Infinity" } else { "-Infinity" }.into(),
        Err(_) => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_python() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (123_456_789.125, "123456789.125"),
        ] {
            assert_eq!(float_repr(value), text);
        }
    }

    #[test]
    fn json_numbers_are_normalised() {
        for (written, again) in [
            ("1", "1"),
            ("-0", "0"),
            ("1.50", "1.5"),
            ("1E2", "100.0"),
            ("1e999", "Infinity"),
            ("-1e999", "-Infinity"),
            (NOT_A_NUMBER, "NaN"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
        ] {
            assert_eq!(canonical_number(written), again);
        }
    }
}
