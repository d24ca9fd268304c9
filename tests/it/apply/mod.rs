//! `apply`: the only writer, under failures, kills, races and attacks.

mod workspace;

mod basics;
mod crash;
mod durable;
mod editor;
mod faults;
mod history;
mod init;
mod links;
mod properties;
