//! What a living house forecasts of candles that a caller sends is what it forecasts of the features that its own feature
//! builder made of the same candles.

mod harness;

use std::process::Stdio;

use harness::Home;
use harness::living::{first_forecast, post, ready, stop, up};
use serde_json::{Value, json};
use wick_bus::lake::{FeatureRow, Shelf};
use wick_fetcher::bronze::BronzeCandle;
use wick_schemas::Timestamp;

#[test]
fn candles_give_the_features_that_the_feature_builder_made_of_them() {
    let home = Home::new();
    let data = home.join("data");
    let mut house = up(&data, &[], Stdio::inherit());
    let (_, door) = first_forecast(&mut house);
    ready(&door);
    let whole = (Timestamp::MIN, Timestamp::MAX);
    let folder = data.join("simulated");
    let gold = Shelf::<FeatureRow>::read(&folder.join("gold/features"), whole.0, whole.1).expect("gold");
    let FeatureRow(vector) = gold.into_iter().rfind(|row| row.0.warm).expect("a warm bar");
    // All of them: smoothed volatility remembers every bar that there was.
    let bronze = Shelf::<BronzeCandle>::read(&folder.join("bronze"), whole.0, whole.1).expect("bronze");
    let candles: Vec<Value> = bronze
        .iter()
        .map(|row| &row.received.candle)
        .filter(|candle| candle.open_time < vector.as_of)
        .map(|candle| {
            let (open, high, low, close) = (candle.open, candle.high, candle.low, candle.close);
            let volume = candle.volume;
            json!({ "open_time": candle.open_time, "open": open, "high": high, "low": low, "close": close, "volume": volume })
        })
        .collect();
    assert!(candles.len() > 10 * 1440, "{}", candles.len());

    let asked = |body: Value| {
        let (status, answer) = post(&door, "/v1/forecast", &body.to_string());
        assert_eq!(status, 200, "{answer}");
        answer
    };
    let values = vector.names.iter().zip(&vector.values);
    let features: serde_json::Map<String, Value> = values.map(|(name, value)| (name.clone(), json!(value))).collect();
    let of_features = asked(json!({ "features": features, "as_of": vector.as_of, "price": vector.price }));
    let of_candles = asked(json!({ "candles": candles }));
    assert_eq!(of_candles["as_of"], json!(vector.as_of));
    assert_eq!(of_candles, of_features);
    assert_eq!(of_candles["forecasts"].as_array().map(Vec::len), Some(4));

    // They are looked at: another close is another forecast.
    let mut moved = candles.clone();
    let last = moved.last_mut().expect("a candle");
    let low = 0.99 * last["low"].as_f64().expect("a price");
    (last["low"], last["close"]) = (json!(low), json!(low));
    assert_ne!(asked(json!({ "candles": moved }))["forecasts"], of_candles["forecasts"]);
    // A week is what the look-backs need, and less is no answer.
    let (status, answer) = post(&door, "/v1/forecast", &json!({ "candles": candles[..1440] }).to_string());
    assert_eq!((status, &answer["code"]), (422, &json!("unprocessable")), "{answer}");
    assert!(answer["detail"].as_str().is_some_and(|detail| detail.contains("look-backs are not full")), "{answer}");
    stop(house);
}
