//! The gateway as its clients see it: real HTTP, beside a real Redis.

mod answers;
mod asked;
mod commands;
mod data;
mod front;
mod guard;
mod life;
mod live;
pub mod samples;
pub mod stage;
