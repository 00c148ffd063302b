//! wick-operator
