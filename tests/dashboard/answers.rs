//! What the staged gateway answers: a market that is the same at every run, in the shapes of the API.

use std::collections::BTreeMap;

use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const BAR: i64 = 15 * MINUTE;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const HORIZONS: [(&str, i64); 4] = [("15m", BAR), ("1h", HOUR), ("4h", 4 * HOUR), ("24h", DAY)];
/// The hash of the champion.
const CHAMPION: &str = "c4a3ec68085728722b58b04ce192871f2b24db38791b2531a5ed821b0c31236a";
const FORMER: &str = "b07d1f3a2c55e8d90461c7aa39be1204f5dd6e1c87a0b3429f60e2d7185cbb93";
const REFUSED: &str = "91e2aa40cf7b3d6518fe0942d7c3b8a5600d1e9f24b7c85a3e6f71d02b9c4d18";

/// The answer to a question.
pub fn to(path: &str, query: &BTreeMap<String, String>, offers: &[&str], now: i64) -> Value {
    let asked = |name: &str| query.get(name).map(String::as_str);
    let limit = asked("limit").map_or(100, |text| text.parse().expect("a number"));
    let new = offers.contains(&"/v1/live");
    match path {
        "/openapi.json" => described(offers, new),
        "/v1/predictions/latest" => latest(now),
        "/v1/predictions" => past(now, asked("horizon").unwrap_or("1h"), limit),
        "/v1/candles" => {
            let width = match asked("interval") {
                Some("15m") => BAR,
                Some("1h") => HOUR,
                Some("4h") => 4 * HOUR,
                _ => MINUTE,
            };
            let moment = |name: &str| asked(name).map(|text| text.parse::<i64>().expect("a moment"));
            let last = moment("to").map_or(now, |to| (to - 1).min(now));
            let newest = last - last % width;
            json!({ "instrument": "BTC-USD", "candles": (0..limit).map(|ago| candle(newest - ago * width, width, now)).collect::<Vec<_>>() })
        }
        "/v1/scoreboard" => scoreboard(now),
        "/v1/models" => models(now),
        "/v1/models/history" => json!({ "deployments": deployments(now) }),
        "/v1/drift" => drift(now),
        "/v1/articles" => articles(now),
        "/v1/pipeline" => pipeline(now),
        _ => panic!("{path} has no answer"),
    }
}

fn described(offers: &[&str], new: bool) -> Value {
    let parameter = |name: &str| json!({ "name": name, "in": "query" });
    let paths = offers.iter().map(|path| {
        let of_candles = if new && *path == "/v1/candles" { vec![parameter("interval")] } else { vec![] };
        ((*path).to_owned(), json!({ "get": { "parameters": of_candles } }))
    });
    json!({ "openapi": "3.1.0", "paths": paths.collect::<serde_json::Map<_, _>>() })
}

/// A number from 0 to 1 that looks like chance.
fn chance(of: i64) -> f64 {
    let mixed = (of as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 29)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The price of a moment.
fn price(at: i64) -> f64 {
    let wave = |period: f64, height: f64, shift: f64| height * (at as f64 / (period * HOUR as f64) + shift).sin();
    let noise = |width: i64, height: f64| {
        let (bar, share) = (at.div_euclid(width), at.rem_euclid(width) as f64 / width as f64);
        height * ((1.0 - share) * (chance(bar) - 0.5) + share * (chance(bar + 1) - 0.5))
    };
    let waves = wave(9.1, 700.0, 0.0) + wave(2.3, 260.0, 1.0) + wave(0.71, 90.0, 2.0);
    (100.0 * (67_000.0 + waves + noise(47 * MINUTE, 420.0) + noise(13 * MINUTE, 220.0) + noise(MINUTE, 60.0))).round()
        / 100.0
}

fn candle(open_time: i64, width: i64, now: i64) -> Value {
    let end = (open_time + width).min(now - now % MINUTE).max(open_time + 1);
    let steps: Vec<f64> = (0..=8).map(|step| price(open_time + (end - open_time) * step / 8)).collect();
    json!({
        "venue": "simulated", "open_time": open_time, "open": steps[0], "close": steps[8],
        "high": steps.iter().copied().fold(f64::MIN, f64::max), "low": steps.iter().copied().fold(f64::MAX, f64::min),
        "volume": 4.2, "origin": "simulated", "ingest_time": end,
    })
}

fn forecast(as_of: i64, (horizon, span): (&str, i64)) -> Value {
    let start = price(as_of);
    let volatility = 0.0027 * (span as f64 / HOUR as f64).sqrt() * (0.8 + 0.4 * chance(as_of / DAY));
    let p_up = match horizon {
        "15m" => 0.513,
        "1h" => 0.5 + 0.09 * (chance(as_of / BAR + 7) - 0.5),
        "4h" => 0.542,
        _ => 0.505,
    };
    let base = if horizon == "24h" { p_up } else { 0.503 };
    let taus =
        [(0.025, -1.96), (0.1, -1.2816), (0.25, -0.6745), (0.5, 0.0), (0.75, 0.6745), (0.9, 1.2816), (0.975, 1.96)];
    let quantiles = taus.map(|(tau, z): (f64, f64)| {
        let log_return = volatility * (z + (p_up - 0.5) * 2.0);
        json!({ "tau": tau, "log_return": log_return, "price": start * log_return.exp() })
    });
    json!({
        "id": format!("f{as_of}"), "horizon": horizon, "as_of": as_of, "due": as_of + span, "origin": "simulated",
        "made_with": "champion", "model": CHAMPION, "feature_set": "1fbf25053cc3c653", "gaps": [], "price": start,
        "p_up": p_up, "expected_return": volatility * (p_up - 0.5), "volatility": volatility,
        "variance": volatility * volatility, "quantiles": quantiles,
        "baseline": { "p_up": base, "ewma_variance": 1e-5, "har_variance": 1e-5, "seasonal_har_variance": 1e-5,
                      "garch_variance": null, "return_quantiles": [] },
    })
}

fn merged(mut one: Value, more: Value) -> Value {
    let (Some(into), Value::Object(more)) = (one.as_object_mut(), more) else { panic!("not objects") };
    into.extend(more);
    one
}

fn latest(now: i64) -> Value {
    let as_of = now - now % BAR;
    let at = now - now % MINUTE;
    let forecasts = HORIZONS.map(|horizon| {
        let level = if horizon.0 == "24h" { "baseline" } else { "champion" };
        merged(forecast(as_of, horizon), json!({ "level": level, "age_ms": now - as_of }))
    });
    json!({
        "instrument": "BTC-USD", "now": now, "origin": "simulated", "bus_connected": true,
        "price": { "close": price(at), "venue": "simulated", "origin": "simulated", "at": at, "age_ms": now - at },
        "champion": { "model": CHAMPION, "serves_from": now - 2 * DAY, "previous": FORMER },
        "forecasts": forecasts,
    })
}

fn past(now: i64, horizon: &str, limit: i64) -> Value {
    let horizon = HORIZONS.into_iter().find(|(name, _)| *name == horizon).expect("a horizon");
    let newest = now - now % BAR;
    let forecasts = (0..limit).map(|ago| {
        let as_of = newest - ago * BAR;
        let due = as_of + horizon.1;
        let came = (price(due) / price(as_of)).ln();
        let outcome = json!({ "up": came > 0.0, "log_return": came, "realised_variance": 1e-5 });
        merged(
            forecast(as_of, horizon),
            json!({ "outcome": if due <= now { outcome } else { Value::Null }, "score": null }),
        )
    });
    json!({ "instrument": "BTC-USD", "forecasts": forecasts.collect::<Vec<_>>(), "next": null })
}

fn scoreboard(now: i64) -> Value {
    let losses = [
        ("direction", "log_loss", "base_rate", 0.0004),
        ("direction", "brier", "base_rate", 0.0005),
        ("volatility", "qlike", "ewma", 0.083),
        ("volatility", "qlike", "garch", 0.044),
        ("volatility", "qlike", "har", 0.031),
        ("volatility", "qlike", "seasonal_har", 0.012),
        ("return", "pinball", "rolling_quantiles", 0.021),
    ];
    let rows = HORIZONS.iter().enumerate().flat_map(|(place, (horizon, _))| {
        losses.map(|(target, loss_name, baseline, skill)| {
            let skill = skill * (1.0 - 0.45 * place as f64);
            json!({ "horizon": horizon, "target": target, "loss_name": loss_name, "n": 2880, "baseline": baseline,
                    "loss": 0.69 * (1.0 - skill), "baseline_loss": 0.69, "skill": skill,
                    "dm_t": if place == 3 { Value::Null } else { json!(skill * 90.0) },
                    "dm_p": if place == 3 { Value::Null } else { json!(0.04) } })
        })
    });
    let summaries = HORIZONS.iter().enumerate().map(|(place, (horizon, _))| {
        let off = 0.01 * place as f64;
        json!({ "horizon": horizon, "from": now - 30 * DAY, "to": now, "n": 2880 - 90 * place, "accuracy": 0.512 - off / 4.0,
                "auc": 0.518 - off / 4.0, "coverage_80": 0.803 + off, "coverage_95": 0.948 + off / 3.0 })
    });
    json!({
        "instrument": "BTC-USD", "from": now - 30 * DAY, "to": now, "origins": ["simulated"],
        "levels": { "champion": 8400, "baseline": 2900 }, "summaries": summaries.collect::<Vec<_>>(),
        "rows": rows.collect::<Vec<_>>(), "scored_at": now - BAR, "skill_lost": null,
    })
}

fn deployments(now: i64) -> Value {
    let person = json!({ "kind": "person", "reason": "worse on Sundays" });
    let lost = json!({ "kind": "skill_lost", "evidence": "QLIKE skill -0.08 over 2880 forecasts" });
    json!([
        { "id": "d3", "serves_from": now - 2 * DAY, "kind": "promoted", "model": CHAMPION, "previous": FORMER, "cause": lost,
          "requested_by": "drift_monitor", "reasons": ["loss over all cells 0.9 % below the champion's", "no cell is proved worse"] },
        { "id": "d2", "serves_from": now - 5 * DAY, "kind": "rolled_back", "model": FORMER, "previous": REFUSED, "cause": person,
          "requested_by": "operator", "reasons": [] },
        { "id": "d1", "serves_from": now - 20 * DAY, "kind": "promoted", "model": FORMER, "previous": null,
          "cause": { "kind": "no_champion" }, "requested_by": "drift_monitor", "reasons": ["no champion serves yet"] },
    ])
}

fn models(now: i64) -> Value {
    let schedule = json!({ "kind": "schedule" });
    let reasons = json!(["direction 4h: log loss 0.4 % above the champion's, proved"]);
    let model = |hash: &str, at: i64, promoted: bool, reasons: &Value| {
        json!({ "hash": hash, "trained_at": at, "feature_set": "1fbf25053cc3c653", "from": at - 40 * DAY, "to": at, "rows": 3840,
                "cause": schedule, "requested_by": "drift_monitor", "promoted": promoted, "reasons": reasons })
    };
    json!({
        "champion": CHAMPION,
        "models": [
            model(REFUSED, now - DAY, false, &reasons), model(CHAMPION, now - 2 * DAY - HOUR, true, &json!([])),
            model(FORMER, now - 20 * DAY, true, &json!([])),
        ],
        "last_trained": { "at": now - DAY, "model": REFUSED, "feature_set": "1fbf25053cc3c653", "from": now - 40 * DAY,
                          "to": now - DAY, "rows": 3840, "cause": schedule, "metrics": [], "alarms": [] },
        "last_refused": { "at": now - DAY, "model": REFUSED, "cause": schedule, "reasons": reasons },
    })
}

fn drift(now: i64) -> Value {
    let groups = [
        "volatility",
        "the_shape_of_volatility",
        "season",
        "returns",
        "ranges",
        "volume",
        "momentum",
        "trend",
        "calendar",
        "news_and_posts",
    ];
    let features = (0..96).map(|place: i64| {
        let statistic = 0.41 * (-(place as f64) / 16.0).exp();
        let level = if statistic > 0.2 {
            "drifted"
        } else if statistic > 0.1 {
            "moderate"
        } else {
            "stable"
        };
        let group = groups[(chance(place) * 10.0) as usize % 10];
        json!({ "name": format!("{group}_{place}"), "group": group, "statistic": statistic, "usual": 0.1, "most": 0.2,
                "level": level })
    });
    let targets = HORIZONS.iter().enumerate().flat_map(|(place, (horizon, _))| {
        [("direction", 0.0004), ("volatility", 0.021), ("return", 0.012)].map(|(target, skill)| {
            let degraded = target == "volatility" && place == 3;
            json!({ "horizon": horizon, "target": target, "baseline": "base_rate", "skill": if degraded { -0.061 } else { skill }, "loss": 0.6,
                    "baseline_loss": 0.61, "n": 2880, "degraded": degraded })
        })
    });
    json!({
        "model": CHAMPION, "at": now - 4 * MINUTE, "window_bars": 672,
        "reference": { "from": now - 40 * DAY, "to": now - 2 * DAY, "rows": 3840 },
        "features": features.collect::<Vec<_>>(), "targets": targets.collect::<Vec<_>>(),
        "detected": { "at": now - 3 * HOUR, "statistic": 0.31, "threshold": 0.25, "window": 672, "features": 96,
                      "evidence": [], "model": CHAMPION, "feature_set": "f" },
        "coverage_missed": { "at": now - 3 * HOUR, "horizon": "4h", "interval": 0.95, "statistic": 0.903, "threshold": 0.92,
                             "window": 2880, "deviations": -5.0, "model": CHAMPION },
    })
}

fn articles(now: i64) -> Value {
    let told = [
        ("Bitcoin holds above support as traders wait for inflation data", "https://example.org/1", 0.42),
        ("<img src=x onerror=alert(1)> Exchange reports <b>record</b> inflows", "javascript:alert(1)", 0.71),
        ("Miners sell reserves; analysts fear further losses", "https://example.org/3", -0.61),
        ("Regulator delays its decision on spot products", "https://example.org/4", -0.1),
        ("Developers publish a new release of the node software", "http://example.org/5", 0.02),
    ];
    let sources = ["coindesk", "cointelegraph", "decrypt", "bitcoin_magazine", "mastodon"];
    let articles = (0..20_usize).map(|place| {
        let (title, url, score) = told[place % told.len()];
        let at = now - 23 * MINUTE * place as i64;
        let sentiment = json!({ "score": score, "confidence": 0.8, "method": "lexicon" });
        json!({
            "id": format!("a{place}"),
            "kind": if place % 5 == 4 { "post" } else { "article" },
            "title": title,
            "url": url,
            "source": sources[place % 5],
            "published": at,
            "ingest_time": at + MINUTE,
            "origin": "live",
            "sentiment": if place == 7 { Value::Null } else { sentiment },
        })
    });
    let mood = json!({ "name": "fear_greed", "value": 38.0, "at": now - 6 * HOUR, "ingest_time": now - 5 * HOUR });
    json!({ "articles": articles.collect::<Vec<_>>(), "readings": [mood] })
}

fn pipeline(now: i64) -> Value {
    let actors: [(&str, &[&str], &[&str], &str); 6] = [
        ("fetcher", &[], &["candles.received", "articles.received"], "ok"),
        ("validator", &["candles.received", "articles.received"], &["candles.validated", "quality.reported"], "ok"),
        ("feature_builder", &["candles.validated"], &["features.built", "targets.matured"], "ok"),
        ("predictor", &["features.built", "targets.matured", "models.promoted"], &["predictions.made"], "behind"),
        ("drift_monitor", &["predictions.made", "targets.matured"], &["predictions.scored", "commands.retrain"], "ok"),
        (
            "trainer",
            &["features.built", "targets.matured", "commands.retrain"],
            &["models.trained", "models.promoted"],
            "ok",
        ),
    ];
    let shown = actors.iter().map(|(actor, reads, publishes, health)| {
        let behind = if *health == "behind" { 400_000 } else { 21_000 };
        json!({ "actor": actor, "at_work": true, "holder": "host-1", "reads": reads, "publishes": publishes,
                "lag": if *health == "behind" { 4 } else { 0 }, "pending": 0, "complete_to": now - behind, "behind_ms": behind,
                "health": health })
    });
    let streams = actors.iter().flat_map(|(_, _, publishes, _)| publishes.iter()).map(|topic| {
        json!({ "topic": topic, "entries": 1204, "dead": 0, "complete_to": now - 21_000, "age_ms": 21_000,
                "groups": [{ "group": "feature_builder", "lag": 0, "pending": 0 }] })
    });
    json!({ "now": now, "bus_connected": true, "actors": shown.collect::<Vec<_>>(), "streams": streams.collect::<Vec<_>>() })
}
