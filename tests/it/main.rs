//! The integration tests: one binary, one file per subject.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests make and read files and start the judges"
)]

mod adopting;
mod advisories;
mod answers;
mod apply;
mod attacks;
mod as_given;
mod backups;
mod bad_input;
mod base_course;
mod base_files;
mod broken;
mod class;
mod collect;
mod candidates;
mod catalog_fix;
mod compile;
mod course_views;
mod crash;
mod data;
mod dates;
mod decisions;
mod delivery;
mod desk;
mod diagnostics;
mod doctor;
mod examples;
mod explain_table;
mod forks;
mod fuzz;
mod gradebook;
mod graded;
mod guides;
mod hand_in;
mod hardships;
mod histories;
#[cfg(target_os = "linux")]
mod hostile;
mod hosts;
mod https;
mod in_git;
#[cfg(target_os = "linux")]
mod inputs;
mod judges;
mod kept;
mod kits;
#[cfg(unix)]
mod lab;
mod lock;
mod many_courses;
mod merge;
mod milestone;
mod mini;
#[cfg(unix)]
mod modes;
mod module;
mod nbgrader;
mod new;
mod notebook_export;
mod notebook_grading;
mod notebook_nbformat;
mod notebook_percent;
mod notebook_properties;
mod notebook_sources;
mod offline;
mod other_languages;
mod otter;
mod passed_over;
mod plan_json;
mod release;
mod repository;
mod releases;
mod scenarios;
mod schemas;
mod sections;
mod session;
mod signed;
#[cfg(unix)]
mod skipped;
mod site_care;
mod sources;
mod slips;
mod state;
mod taking;
mod term;
mod tidy;
mod tito;
mod updates;
mod weeks;
mod what_is_wrong;
mod words;
mod written_back;
