//! The gateway as its clients see it: real HTTP, beside a real Redis.

mod answers;
mod commands;
mod front;
mod guard;
mod life;
pub mod samples;
mod stage;
