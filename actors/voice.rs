//! What is said to people. Whoever stops reading, as `head` does, has read enough: that ends nothing.

use std::io::Write;

/// A line of the answer.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line beside the answer.
pub fn remark(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
