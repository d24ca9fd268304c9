//! Times as people read them: where the student is.

/// The time where the student is.
pub(super) fn local(time: jiff::Timestamp) -> String {
    local_as(time, "%Y-%m-%d %H:%M")
}

/// The day of a time as `progress.json` has it, where the student is; what is not a time stays as it is.
pub(super) fn day(time: &str) -> String {
    time.parse().map_or_else(|_| time.to_owned(), |time| local_as(time, "%Y-%m-%d"))
}

fn local_as(time: jiff::Timestamp, format: &str) -> String {
    time.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime(format).to_string()
}
