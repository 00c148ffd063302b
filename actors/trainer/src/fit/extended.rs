//! Extended HAR: a line on what the literature found to drive volatility, and on nothing else.

use crate::dataset::Rows;

/// Families of features, each with its look-backs in bars. A set of features that lacks some is used as far as it goes.
const INPUTS: [(&str, &[&str]); 12] = [
    // Corsi (2009) with more lags, the short ones without the season of the week (Andersen and Bollerslev 1997).
    ("log_rv_deseasoned", &["1", "2", "4", "8", "16", "48", "96"]),
    ("log_rv", &["1", "4", "96", "288", "672", "month"]),
    ("log_season", &["1", "4", "16", "96"]),
    // Semivariance, jumps and quarticity: Barndorff-Nielsen et al. (2004, 2010), Bollerslev et al. (2016).
    ("down_share", &["1", "4", "16", "96"]),
    ("jump_share", &["1", "4", "16", "96"]),
    ("log_quarticity", &["1", "4", "96"]),
    // Leverage, of either sign.
    ("return_size", &["1", "4", "16", "96"]),
    ("z_return", &["1", "4", "16", "96"]),
    ("log_minute_range_to_rv", &["1"]),
    ("log_volume_to_week", &["1", "4", "96"]),
    ("log_volume_to_season", &["1", "4", "16", "96"]),
    ("weekend", &[]),
];

/// The names of its columns where none is missing.
pub fn names() -> impl Iterator<Item = String> {
    INPUTS.iter().flat_map(|(family, windows)| {
        let alone = windows.is_empty().then(|| (*family).to_owned());
        alone.into_iter().chain(windows.iter().map(move |window| format!("{family}_{window}")))
    })
}

/// The places of its columns.
#[must_use]
pub fn columns(rows: &Rows) -> Vec<usize> {
    names().filter_map(|name| rows.names().iter().position(|known| *known == name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_features_is_used_as_far_as_it_goes() {
        let rows = Rows::new("set", vec!["signal".into(), "weekend".into(), "log_rv_4".into()]);
        assert_eq!(columns(&rows), [2, 1]);
    }
}
