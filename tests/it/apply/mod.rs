//! `apply`: the only writer, under failures, kills, races and attacks.

mod workspace;

mod again;
mod basics;
mod commands;
mod crash;
mod durable;
mod editor;
mod faults;
mod history;
mod init;
mod links;
mod odd;
mod packs;
mod power;
mod properties;
