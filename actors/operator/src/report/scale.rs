//! From figures to places in a picture.

use wick_schemas::Timestamp;

/// A straight scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// From figures between `low` and `high` to places between `from` and `to`. Where all figures are one, it lies in
    /// the middle.
    #[must_use]
    pub fn new((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        Self { low, high, from, to }
    }

    /// The place of a figure, to a tenth of a unit; pages with thousands of points stay small.
    #[must_use]
    pub fn at(&self, figure: f64) -> f64 {
        let share = if self.high > self.low { (figure - self.low) / (self.high - self.low) } else { 0.5 };
        let place = self.from + share.clamp(0.0, 1.0) * (self.to - self.from);
        (place * 10.0).round() / 10.0
    }
}

/// The least and the greatest of some figures, both 0 for none.
#[must_use]
pub fn span(figures: impl Iterator<Item = f64>) -> (f64, f64) {
    let span = figures.filter(|figure| figure.is_finite()).fold(None, |span: Option<(f64, f64)>, figure| {
        Some(span.map_or((figure, figure), |(low, high)| (low.min(figure), high.max(figure))))
    });
    span.unwrap_or_default()
}

/// About four round figures inside a span: steps of 1, 2 or 5 times a power of ten.
#[must_use]
pub fn ticks((low, high): (f64, f64)) -> Vec<f64> {
    let rough = (high - low) / 4.0;
    if rough.is_nan() || rough <= 0.0 {
        return vec![low];
    }
    let power = 10.0_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let first = (low / step).ceil() as i64;
    (first..).map(|count| count as f64 * step).take_while(|tick| *tick <= high + step * 1e-9).collect()
}

/// Four moments over a span, its ends included.
#[must_use]
pub fn moments(from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let step = (to - from) / 3;
    (0..4).map(|count| from + count * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_straight_and_keeps_inside() {
        let scale = Scale::new((1.0, 3.0), (100.0, 0.0));
        assert_eq!([0.0, 1.0, 2.5, 3.0, 9.0].map(|figure| scale.at(figure)), [100.0, 100.0, 25.0, 0.0, 0.0]);
        assert_eq!(Scale::new((2.0, 2.0), (0.0, 10.0)).at(2.0), 5.0);
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks((0.0, 10.0)), [0.0, 5.0, 10.0]);
        assert_eq!(ticks((-3.0, 4.9)), [-2.0, 0.0, 2.0, 4.0]);
        let small = ticks((0.78, 0.82));
        assert_eq!(small.len(), 5, "{small:?}");
        assert_eq!(ticks((7.0, 7.0)), [7.0]);
        assert_eq!(ticks((0.0, f64::NAN)), [0.0]);
    }

    #[test]
    fn spans_and_moments_have_both_ends() {
        assert_eq!(span([2.0, f64::NAN, -1.0].into_iter()), (-1.0, 2.0));
        assert_eq!(span(std::iter::empty()), (0.0, 0.0));
        assert_eq!(moments(Timestamp(0), Timestamp(9)), [0, 3, 6, 9].map(Timestamp));
    }
}
