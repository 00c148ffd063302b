//! Pages, as their readers and their attackers see them.

use std::collections::BTreeMap;

use wick_schemas::time::{BAR, DAY};
use wick_schemas::{ExpectationResult, QualityMeta, QualityStatistics};

use super::*;

const DAY_START: Timestamp = Timestamp(1_704_067_200_000);
const HOSTILE: &str =
    "</code><script>alert('x')</script><img src=x onerror=alert(1)>\" onload=\"alert(2) & \u{202e}txt";

fn result(expectation: &str, column: &str, asked: u64, unexpected: u64, examples: &[&str]) -> ExpectationResult {
    ExpectationResult {
        expectation: expectation.to_owned(),
        column: column.to_owned(),
        success: unexpected == 0,
        element_count: asked,
        unexpected_count: unexpected,
        mostly: 0.95,
        partial_unexpected_list: examples.iter().map(|&example| example.to_owned()).collect(),
        observed_value: Some(60.0 + unexpected as f64),
    }
}

fn report(suite: &str, batch: i64, rejected: &[(&str, u64)], results: Vec<ExpectationResult>) -> QualityReported {
    let from = DAY_START.shift(batch * BAR);
    let failed = results.iter().filter(|one| !one.success).count() as u64;
    let all = results.len() as u64;
    QualityReported {
        success: failed == 0,
        suite: suite.to_owned(),
        statistics: QualityStatistics {
            evaluated_expectations: all,
            successful_expectations: all - failed,
            unsuccessful_expectations: failed,
            success_percent: 100.0 * (all - failed) as f64 / all as f64,
        },
        results,
        meta: QualityMeta {
            from,
            to: from.shift(BAR),
            rows: 1_200,
            rejected: rejected.iter().map(|&(rule, count)| (rule.to_owned(), count)).collect::<BTreeMap<_, _>>(),
        },
    }
}

fn day() -> Day {
    let reports = vec![
        report(
            "candles",
            0,
            &[],
            vec![result("range", "close", 1_200, 0, &[]), result("fresh", "ingest_time", 1_200, 0, &[])],
        ),
        report(
            "candles",
            1,
            &[("absurd_jump", 2), ("duplicate", 1)],
            vec![
                result("range", "close", 1_200, 0, &[]),
                result("fresh", "ingest_time", 1_200, 61, &["2024-01-01T00:20:00.000Z"]),
            ],
        ),
        report("articles", 1, &[], vec![result("unique", "id", 7, 0, &[])]),
    ];
    let one = Quarantined {
        table: "candles".to_owned(),
        at: DAY_START.shift(BAR),
        rule: "absurd_jump".to_owned(),
        value: "431.5".to_owned(),
        reason: "the open lies far".to_owned(),
        datum: "{\"open\":431.5}".to_owned(),
    };
    let quarantine = vec![one.clone(), Quarantined { rule: "duplicate".to_owned(), ..one.clone() }, one];
    let before = DayFigures { day: DAY_START.shift(-DAY), rows: 1_000, rejected: 10, batches: 96, failed: 24 };
    let trend = vec![before, DayFigures::of(DAY_START, &reports)];
    Day { day: DAY_START, reports, quarantine, trend }
}

#[test]
fn the_numbers_of_the_day_stand_in_its_page() {
    let page = page(&day());
    for words in [
        "<title>Data quality on 2024-01-01</title>",
        "<dd>3,600</dd>",
        "<dd>3 (0.08 %)</dd>",
        "<dd>2 of 3</dd>",
        "candles: 1 of 2 batches failed",
        r#"<th scope="row">fresh</th><td>ingest_time</td><td class="number bad">1 of 2</td><td class="number">2,400</td><td class="number">61</td><td class="number">97.46 %</td><td class="number">95 %</td><td class="number">60 to 121</td><td><code><bdi>2024-01-01T00:20:00.000Z"#,
        r#"<th scope="row">absurd_jump</th><td class="number">2</td>"#,
        "{&quot;open&quot;:431.5}",
        "Refused rows over 2 days; the last day: 0.08 %",
        "2023-12-31: 25 %",
        r#"href="2023-12-31.html""#,
        r#"href="2024-01-02.html""#,
    ] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
}

#[test]
fn no_text_from_outside_is_more_than_text() {
    let mut day = day();
    day.reports[1].suite = HOSTILE.to_owned();
    day.reports[1].results[1].expectation = HOSTILE.to_owned();
    day.reports[1].results[1].column = HOSTILE.to_owned();
    day.reports[1].results[1].partial_unexpected_list = vec![HOSTILE.to_owned()];
    let [table, rule, value, reason, datum] = [(); 5].map(|()| HOSTILE.to_owned());
    day.quarantine = vec![Quarantined { table, at: DAY_START, rule, value, reason, datum }];
    let page = page(&day);
    for words in ["<script", "<img", "onload=\"", "\u{202e}"] {
        assert!(!page.contains(words), "{words}");
    }
    assert!(page.matches("&lt;script&gt;alert('x')").count() >= 9);
    assert!(page.contains("\\u{202e}txt"));
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn an_empty_day_and_an_empty_index_are_pages_too() {
    let empty = page(&Day { day: DAY_START, ..Day::default() });
    for words in ["Nothing was reported", "Nothing was refused", "No day before is known", "<dd>0 (–)</dd>", "</html>"]
    {
        assert!(empty.contains(words), "{words}");
    }
    assert!(index(&[]).contains("No day is known yet"));
    assert!(!empty.contains("NaN"));
}

#[test]
fn the_index_leads_to_every_day_newest_first() {
    let days: Vec<DayFigures> = (0..40)
        .map(|place| DayFigures { day: DAY_START.shift(place * DAY), rows: 10, rejected: 1, batches: 4, failed: 1 })
        .collect();
    let page = index(&days);
    assert_eq!(page.matches("<a href=\"2024-").count(), 40);
    assert!(page.find("2024-02-09.html") < page.find("2024-01-01.html"));
    assert!(page.contains("Failed batches over 30 days; the last day: 25 %"));
    assert!(page.contains(r#"<td class="number">10 %</td>"#));
}

#[test]
fn a_long_quarantine_is_cut_and_says_so() {
    let mut day = day();
    day.quarantine = vec![day.quarantine[0].clone(); 1_234];
    let page = page(&day);
    assert!(page.contains("The first 500 of 1,234 follow"));
    assert_eq!(page.matches("<details><summary>Show").count(), 500);
    assert!(page.contains(r#"<td class="number">1,234</td>"#));
}

#[test]
fn tables_have_their_headings_and_every_element_its_end() {
    let page = page(&day());
    for element in
        ["html", "body", "main", "section", "table", "thead", "tbody", "tr", "td", "svg", "details", "code", "bdi"]
    {
        let opened = page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
        assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
    }
    let headings = page.matches("<th ").count();
    assert!(headings > 20 && headings == page.matches("<th scope=").count());
    assert_eq!(page.matches("<table>").count(), page.matches("<caption>").count());
    assert_eq!(page.matches("<svg ").count(), page.matches("role=\"img\" aria-label=").count());
}

#[test]
fn shares_are_never_rounded_to_all_or_nothing() {
    use super::shown::{count, number, percent};
    assert_eq!(
        [percent(1, 1_000_000), percent(999_999, 1_000_000), percent(1, 1)].join(" "),
        "< 0.01 % > 99.99 % 100 %"
    );
    assert_eq!([number(0.5), number(2.0), number(1e-9), number(-0.25)].join(" "), "0.5 2 1.000e-9 -0.25");
    assert_eq!([count(0), count(999), count(1_000), count(3_680_991)].join(" "), "0 999 1,000 3,680,991");
}
