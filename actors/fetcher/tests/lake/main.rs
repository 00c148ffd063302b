//! The bronze lake: what is kept is there, once, whatever happens to those who keep it.

mod glob;
mod kill;
mod made;
mod rows;
mod s3;
mod story;
