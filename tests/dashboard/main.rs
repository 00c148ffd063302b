//! The dashboard in a real Chromium: beside a staged gateway whose answers are known, and as a part of a whole house.

#[path = "../harness/mod.rs"]
mod harness;

mod answers;
mod browser;
mod house;
mod looks;
mod offline;
mod page;
mod stage;
