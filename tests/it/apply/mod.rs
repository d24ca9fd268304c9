//! `apply`: the only writer, under failures, kills, races and attacks.

mod workspace;

mod basics;
mod crash;
mod editor;
mod faults;
mod links;
