//! No peeking: nothing at a moment knows what came later, and where there is nothing to learn nothing is learnt.
//!
//! Each check is shown to be able to fail: [`planted`] hands the same checks folds that do peek.

mod alarm;
mod chance;
mod check;
mod future;
mod learning;
mod planted;
mod world;
