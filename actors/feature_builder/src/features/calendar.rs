//! When: the clock and the week (UTC) at the start of the bar.

use std::f64::consts::TAU;

use wick_schemas::feature::Definition;

use super::{Feature, Now, single};
use crate::window::Total;

const OTHER: &[Feature] = &[
    at("hour", "minutes since midnight UTC / 60 at the bar's start", "hours", "When people are awake.", |now, _| {
        f64::from(now.bar.start.minute_of_day()) / 60.0
    }),
    at("weekday", "days since Monday UTC at the bar's start, 0 to 6", "days", "Which markets are open.", |now, _| {
        weekday(now)
    }),
    at(
        "hour_of_week",
        "hours since Monday midnight UTC at the bar's end, 0 to 167",
        "hours",
        "One question finds what trees would need two for.",
        |now, _| now.bar.end().hour_of_week() as f64,
    ),
    at(
        "quarter",
        "quarters of an hour since the full hour at the bar's end, 0 to 3",
        "quarters of an hour",
        "Programs trade at the full hour.",
        |now, _| f64::from(now.bar.end().minute_of_day() % 60 / 15),
    ),
    at("weekend", "1 on Saturday and Sunday UTC at the bar's start, else 0", "1", "Banks are closed.", |now, _| {
        f64::from(u8::from(weekday(now) >= 5.0))
    }),
    at(
        "sin_day",
        "sin(2 pi minutes since midnight UTC / 1440) at the bar's start",
        "1",
        "The hour without its jump at midnight.",
        |now, _| day_angle(now).sin(),
    ),
    at(
        "cos_day",
        "cos(2 pi minutes since midnight UTC / 1440) at the bar's start",
        "1",
        "The hour without its jump at midnight.",
        |now, _| day_angle(now).cos(),
    ),
];

/// A feature of the moment alone.
const fn at(
    name: &'static str,
    formula: &'static str,
    unit: &'static str,
    doc: &'static str,
    value: fn(&Now, &Total) -> f64,
) -> Feature {
    let feature = single(name, formula, unit, doc, 1, 1, value);
    Feature { definition: Definition { source: "clock", ..feature.definition }, ..feature }
}

pub(super) const FAMILY: &[&[Feature]] = &[OTHER];

fn weekday(now: &Now) -> f64 {
    (now.bar.start.hour_of_week() / 24) as f64
}

fn day_angle(now: &Now) -> f64 {
    TAU * f64::from(now.bar.start.minute_of_day()) / 1440.0
}

#[cfg(test)]
mod tests {
    use crate::features::tests::{near, still, value};

    #[test]
    fn the_clock_is_that_of_the_bars_start() {
        // Saturday 18:15, five days and 73 quarters after Monday midnight.
        let bar = [still(5 * 96 + 73, 100.0)];
        near(value("hour", &bar), 18.25);
        near(value("weekday", &bar), 5.0);
        near(value("weekend", &bar), 1.0);
        near(value("sin_day", &bar), (18.25_f64 / 24.0 * 360.0).to_radians().sin());
        near(value("cos_day", &bar), (18.25_f64 / 24.0 * 360.0).to_radians().cos());
        let friday = [still(5 * 96 - 1, 100.0)];
        near(value("hour", &friday), 23.75);
        near(value("weekday", &friday), 4.0);
        near(value("weekend", &friday), 0.0);
        near(value("hour_of_week", &friday), 120.0);
        near(value("quarter", &friday), 0.0);
        near(value("quarter", &bar), 2.0);
    }
}
