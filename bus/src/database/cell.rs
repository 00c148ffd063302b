//! The values of rows, made so that every database gives back what it was given.

use std::borrow::Cow;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of 64 bits.
    Whole,
    /// A real number of 64 bits.
    Real,
    /// Text.
    Text,
    /// Yes or no.
    Truth,
}

/// A value of a row, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A whole number.
    Whole(Option<i64>),
    /// A real number.
    Real(Option<f64>),
    /// Text.
    Text(Option<Cow<'a, str>>),
    /// Yes or no.
    Truth(Option<bool>),
}

impl Cell<'_> {
    /// What it holds.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Whole(_) => Kind::Whole,
            Self::Real(_) => Kind::Real,
            Self::Text(_) => Kind::Text,
            Self::Truth(_) => Kind::Truth,
        }
    }

    pub(super) fn whole(&self) -> Option<i64> {
        if let Self::Whole(value) = self { *value } else { None }
    }

    pub(super) fn real(&self) -> Option<f64> {
        if let Self::Real(value) = self { *value } else { None }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(value) = self { value.as_deref() } else { None }
    }

    pub(super) fn truth(&self) -> Option<bool> {
        if let Self::Truth(value) = self { *value } else { None }
    }
}

impl From<i64> for Cell<'_> {
    fn from(value: i64) -> Self {
        Self::Whole(Some(value))
    }
}

impl From<Option<i64>> for Cell<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Whole(value)
    }
}

impl From<f64> for Cell<'_> {
    fn from(value: f64) -> Self {
        Self::from(Some(value))
    }
}

impl From<Option<f64>> for Cell<'_> {
    /// What is not a number is nothing, because SQLite cannot keep it; and zero has no sign, for the same reason.
    fn from(value: Option<f64>) -> Self {
        Self::Real(value.filter(|value| !value.is_nan()).map(|value| value + 0.0))
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(value: &'a str) -> Self {
        Self::from(Cow::Borrowed(value))
    }
}

impl From<String> for Cell<'_> {
    fn from(value: String) -> Self {
        Self::from(Cow::Owned(value))
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(value: &'a String) -> Self {
        Self::from(value.as_str())
    }
}

impl<'a> From<Cow<'a, str>> for Cell<'a> {
    /// PostgreSQL refuses a zero within text, and one bad text must not stop all behind it: it is kept as the picture of
    /// a zero.
    fn from(value: Cow<'a, str>) -> Self {
        let clean = if value.contains('\0') { Cow::Owned(value.replace('\0', "\u{2400}")) } else { value };
        Self::Text(Some(clean))
    }
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(value: Option<&'a str>) -> Self {
        value.map_or(Self::Text(None), Self::from)
    }
}

impl From<bool> for Cell<'_> {
    fn from(value: bool) -> Self {
        Self::Truth(Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_database_would_change_is_changed_before() {
        assert_eq!(Cell::from(f64::NAN), Cell::Real(None));
        let Cell::Real(Some(zero)) = Cell::from(-0.0) else { panic!("a number") };
        assert!(zero.is_sign_positive());
        assert_eq!(Cell::from("a\0b").text(), Some("a\u{2400}b"));
        assert_eq!(Cell::from(f64::INFINITY).real(), Some(f64::INFINITY));
    }
}
