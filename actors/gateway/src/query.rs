//! Query parameters, read one by one so that the wrong one can be named.

use std::fmt::Display;
use std::str::FromStr;

use actix_web::web;
use wick_schemas::Timestamp;

use crate::problem::Problem;

/// Rows in a page, at most.
pub const PAGE: usize = 1000;
/// Rows in a page, where nothing is said.
pub const USUAL: usize = 100;

/// Moments that can be asked for, in milliseconds since 1970: those of the years 1 to 9999, as RFC 3339 has them.
pub const MOMENTS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// The parameters of a request.
#[derive(Debug)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query string, of which these parameters are known.
    ///
    /// # Errors
    /// A problem that names a parameter that is unknown or is there twice.
    pub fn read(text: &str, known: &[&str]) -> Result<Self, Problem> {
        if text.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let pairs = web::Query::<Vec<(String, String)>>::from_query(text)
            .map_err(|error| Problem::parameter("query", error))?
            .into_inner();
        for (place, (name, _)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Problem::parameter(name, format!("no such parameter; there is {known}")));
            }
            if pairs[..place].iter().any(|(earlier, _)| earlier == name) {
                return Err(Problem::parameter(name, "given twice"));
            }
        }
        Ok(Self(pairs))
    }

    /// A parameter as text; an empty one is as good as none.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    /// A parameter, read.
    ///
    /// # Errors
    /// A problem that names it.
    pub fn parse<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem>
    where
        T::Err: Display,
    {
        self.text(name).map(|text| text.parse().map_err(|error| Problem::parameter(name, error))).transpose()
    }

    /// A moment: RFC 3339, a date, or milliseconds since 1970.
    ///
    /// # Errors
    /// A problem that names the parameter.
    pub fn moment(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        let read = |text: &str| match text.parse() {
            Ok(millis) if MOMENTS.contains(&millis) => Ok(Timestamp(millis)),
            Ok(_) => Err(Problem::parameter(name, "not between the years 1 and 9999")),
            Err(_) => Timestamp::parse(text).map_err(|error| Problem::parameter(name, error)),
        };
        self.text(name).map(read).transpose()
    }

    /// How many rows are wanted.
    ///
    /// # Errors
    /// A problem where it is not between 1 and [`PAGE`].
    pub fn limit(&self) -> Result<usize, Problem> {
        match self.parse("limit")? {
            None => Ok(USUAL),
            Some(limit) if (1..=PAGE).contains(&limit) => Ok(limit),
            Some(limit) => Err(Problem::parameter("limit", format!("{limit} is not between 1 and {PAGE}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_schemas::Horizon;

    #[test]
    fn parameters_are_read_and_wrong_ones_named() {
        let known = ["horizon", "from", "limit"];
        let query = Query::read("horizon=1h&from=2024-01-01&limit=5", &known).expect("reads");
        assert_eq!(query.parse::<Horizon>("horizon").expect("a horizon"), Some(Horizon::H1));
        assert_eq!(query.moment("from").expect("a moment"), Some(Timestamp(1_704_067_200_000)));
        assert_eq!(query.limit().expect("a limit"), 5);
        let wrong = Query::read("horizon=2h&from=then&limit=1001", &known).expect("reads");
        assert!(wrong.parse::<Horizon>("horizon").expect_err("no horizon").detail.starts_with("horizon: "));
        assert!(wrong.moment("from").expect_err("no moment").detail.starts_with("from: "));
        assert!(wrong.limit().expect_err("too many").detail.starts_with("limit: 1001"));
        let far = Query::read(&format!("from={}", i64::MAX), &known).expect("reads");
        assert!(far.moment("from").expect_err("too far").detail.starts_with("from: "));
    }

    #[test]
    fn moments_may_be_milliseconds_and_nothing_is_the_usual() {
        let query = Query::read("from=1704067200000&limit=", &["from", "limit"]).expect("reads");
        assert_eq!(query.moment("from").expect("a moment"), Some(Timestamp(1_704_067_200_000)));
        assert_eq!(query.limit().expect("the usual"), USUAL);
    }

    #[test]
    fn an_unknown_or_repeated_parameter_is_refused_by_name() {
        assert!(Query::read("horizn=1h", &["horizon"]).expect_err("unknown").detail.starts_with("horizn: "));
        assert!(Query::read("a=1&a=2", &["a"]).expect_err("twice").detail.contains("twice"));
    }
}
