"""Reads calendars with PyPI's icalendar and prints what it understood, one entry a line.

Usage: ics.py FILE.ics…
Each line is UID, start (ISO 8601, UTC), summary. Fails where the standard asks for something that is missing.
"""

import pathlib
import sys

import icalendar

for name in sys.argv[1:]:
    calendar = icalendar.Calendar.from_ical(pathlib.Path(name).read_bytes())
    assert not calendar.errors, calendar.errors
    assert calendar["VERSION"] == "2.0" and calendar["PRODID"], "VERSION and PRODID are required"
    for event in calendar.walk("VEVENT"):
        assert not event.errors, event.errors
        for key in ("UID", "DTSTAMP", "DTSTART", "SUMMARY"):
            assert key in event, f"{key} is missing in {event}"
        assert event["DTSTART"].dt == event["DTEND"].dt and event["DTSTART"].dt.utcoffset().total_seconds() == 0
        print(event["UID"], event["DTSTART"].dt.isoformat(), event["SUMMARY"], sep=" | ")
