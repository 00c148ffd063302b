//! Replays of files made here, and of real ones where they are.

use std::fs::File;
use std::path::Path;

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, ParquetWriter, Series};
use tempfile::TempDir;

use super::*;

/// Ten minutes before midnight.
const START: i64 = 1_704_067_200_000 - 10 * MINUTE;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn times(minutes: impl IntoIterator<Item = i64>) -> Vec<i64> {
    minutes.into_iter().map(|minute| START + minute * MINUTE).collect()
}

fn write_columns(path: &Path, columns: Vec<Column>) {
    let mut frame = DataFrame::new_infer_height(columns).expect("a frame");
    ParquetWriter::new(File::create(path).expect("a file")).finish(&mut frame).expect("written");
}

/// Candles that close at their row's number and hold no number in row 3.
fn columns(times: &[i64]) -> Vec<Column> {
    let close: Vec<f64> = (0..times.len()).map(|row| if row == 3 { f64::NAN } else { row as f64 }).collect();
    let volume: Vec<Option<f64>> = (0..times.len()).map(|row| (row != 3).then_some(row as f64)).collect();
    let number = |name: &str| Series::new(name.into(), &close).into_column();
    vec![
        number("close"),
        Series::new("ts_utc".into(), times).into_column(),
        number("open"),
        number("high"),
        number("low"),
        Series::new("volume".into(), volume).into_column(),
        Series::new("trades".into(), vec!["text"; times.len()]).into_column(),
    ]
}

fn write(folder: &TempDir, name: &str, times: &[i64]) -> PathBuf {
    let path = folder.path().join(name);
    write_columns(&path, columns(times));
    path
}

async fn all(source: &mut Replay) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    while let Some(chunk) = source.next().await.expect("sound files") {
        chunks.push(chunk);
    }
    chunks
}

fn minutes(chunks: &[Chunk]) -> Vec<i64> {
    chunks.iter().flat_map(|chunk| &chunk.candles).map(|c| (c.candle.open_time.millis() - START) / MINUTE).collect()
}

fn open(paths: &[PathBuf], after: Option<i64>) -> Result<Replay> {
    Replay::open(paths, Settings::default(), after.map(|minute| Timestamp(START + minute * MINUTE)))
}

fn refusal(path: PathBuf) -> String {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let error = open(&[path], None).err().expect("refused").to_string();
    assert!(error.contains(&name), "{error}");
    error
}

#[tokio::test]
async fn parquet_comes_in_chunks_that_end_at_midnight() {
    let folder = folder();
    let path = write(&folder, "bitfinex_btcusd_1m_2023.parquet", &times(0..20));
    let settings = Settings { chunk: 7, ..Settings::default() };
    let mut source = Replay::open(&[path], settings, None).expect("opens");
    assert_eq!(source.venue(), Venue::Bitfinex);
    assert_eq!(source.origin(), Origin::Replay);
    assert_eq!(source.name(), "replay of bitfinex_btcusd_1m_2023.parquet");
    let until = Timestamp(START + 20 * MINUTE);
    assert_eq!(source.progress(), Some(Progress { fraction: 0.0, until }));
    let chunks = all(&mut source).await;
    assert_eq!(chunks.iter().map(|chunk| chunk.candles.len()).collect::<Vec<_>>(), [7, 3, 7, 3]);
    assert_eq!(minutes(&chunks), (0..20).collect::<Vec<_>>());
    assert_eq!(source.progress(), Some(Progress { fraction: 1.0, until }));
    let candles: Vec<_> = chunks.iter().flat_map(|chunk| &chunk.candles).collect();
    assert!(candles.iter().all(|c| c.ingest_time == c.candle.open_time + MINUTE));
    assert_eq!((candles[2].candle.close, candles[2].candle.volume), (Some(2.0), Some(2.0)));
    // What is no number is passed on as none: the validator judges.
    assert_eq!((candles[3].candle.close, candles[3].candle.volume), (None, None));
    assert!(source.next().await.expect("still over").is_none());
}

#[tokio::test]
async fn a_replay_goes_on_strictly_after_what_was_kept() {
    let folder = folder();
    let paths = [
        write(&folder, "binance_a.parquet", &times(0..5)),
        write(&folder, "binance_b.parquet", &times(5..10)),
        write(&folder, "binance_c.parquet", &times(10..15)),
    ];
    for after in [-9, 0, 4, 5, 7, 13, 14, 99] {
        let mut source = open(&paths, Some(after)).expect("opens");
        let chunks = all(&mut source).await;
        assert_eq!(minutes(&chunks), (0.max(after + 1)..15).collect::<Vec<_>>(), "{after}");
        assert!(chunks.iter().all(|chunk| chunk.notices.is_empty()));
    }
}

#[tokio::test]
async fn repeated_and_late_rows_are_given_as_they_are() {
    let folder = folder();
    let paths = [
        write(&folder, "binance_a.parquet", &times([0, 1, 1, 2, 0, 3])),
        write(&folder, "binance_b.parquet", &times([2, 3, 4])),
    ];
    let mut source = open(&paths, None).expect("opens");
    assert_eq!(minutes(&all(&mut source).await), [0, 1, 1, 2, 0, 3, 2, 3, 4]);
    // What was kept is not given again, and what comes behind it is.
    let mut source = open(&paths, Some(2)).expect("opens");
    assert_eq!(minutes(&all(&mut source).await), [3, 3, 4]);
}

#[tokio::test]
async fn where_candles_were_traded_is_said_by_the_name_or_by_a_person() {
    let folder = folder();
    let path = write(&folder, "market.parquet", &times(0..3));
    let error = open(std::slice::from_ref(&path), None).err().expect("no venue").to_string();
    assert!(error.contains("--venue") && error.contains("binance_"), "{error}");
    let settings = Settings { venue: Some(Venue::Kraken), ..Settings::default() };
    assert_eq!(all(&mut Replay::open(&[path], settings, None).expect("opens")).await.len(), 1);
}

#[tokio::test]
async fn a_span_leaves_out_what_lies_outside() {
    let folder = folder();
    let path = write(&folder, "binance_a.parquet", &times(0..10));
    let at = |minute: i64| Timestamp(START + minute * MINUTE);
    let settings = Settings { span: at(3)..at(6), ..Settings::default() };
    let mut source = Replay::open(&[path], settings, None).expect("opens");
    assert_eq!(source.span(), (at(3), at(5)));
    assert_eq!(minutes(&all(&mut source).await), [3, 4, 5]);
}

#[tokio::test]
async fn klines_come_with_and_without_header_in_milliseconds_and_microseconds() {
    let folder = folder();
    let row = |minute: i64, scale: i64| {
        let time = (START + minute * MINUTE) * scale;
        format!("{time},1.5,2.0,1.0,1.25,0.5,{},0.6,3,0.2,0.3,0\n", time + MINUTE * scale - 1)
    };
    let header = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n";
    for (scale, header) in [(1, ""), (1000, ""), (1, header), (1000, header)] {
        let path = folder.path().join("BTCUSDT-1m-2023-12.csv");
        let broken = row(2, scale).replace("1.5", "?");
        std::fs::write(&path, format!("{header}{}{}{broken}x{}", row(0, scale), row(1, scale), row(9, scale)))
            .expect("written");
        let settings = Settings::default();
        // The last row has no time: the file's end is unknown, its rows are not.
        let error =
            Replay::open(std::slice::from_ref(&path), settings.clone(), None).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("files: there is no candle to replay: name a file"));
        let text = std::fs::read_to_string(&path).expect("read") + &row(10, scale);
        std::fs::write(&path, text).expect("written");
        let mut source = Replay::open(&[path], settings, None).expect("opens");
        let chunks = all(&mut source).await;
        assert_eq!(minutes(&chunks), [0, 1, 2, 10]);
        let candles: Vec<_> = chunks.iter().flat_map(|chunk| &chunk.candles).map(|c| c.candle).collect();
        assert_eq!((candles[0].open, candles[0].volume, candles[0].venue), (Some(1.5), Some(0.5), Venue::Binance));
        assert_eq!((candles[2].open, candles[2].high), (None, Some(2.0)));
        assert!(chunks[0].notices.iter().any(|notice| matches!(notice, Notice::Skipped { rows: 1, .. })));
    }
}

#[test]
fn a_file_that_is_none_is_refused_with_its_name_the_cause_and_the_cure() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    assert!(refusal(place("binance_absent.parquet")).contains("No such file"));

    let whole = std::fs::read(write(&folder, "binance_whole.parquet", &times(0..20))).expect("read");
    std::fs::write(place("binance_cut.parquet"), &whole[..whole.len() / 2]).expect("written");
    assert!(refusal(place("binance_cut.parquet")).contains("truncated"));
    let mut damaged = whole.clone();
    let end = damaged.len() - 30;
    damaged[end - 60..end].fill(0xff);
    std::fs::write(place("binance_damaged.parquet"), damaged).expect("written");
    assert!(refusal(place("binance_damaged.parquet")).contains("damaged"));

    std::fs::write(place("binance_foreign.parquet"), "<html>not found</html>").expect("written");
    assert!(refusal(place("binance_foreign.parquet")).contains("not a Parquet file"));
    std::fs::write(place("binance_packed.zip"), b"PK\x03\x04\xff\xfe").expect("written");
    assert!(refusal(place("binance_packed.zip")).contains("unpack it"));
    std::fs::write(place("binance_noise.bin"), b"\xff\xfe\x00\x01").expect("written");
    assert!(refusal(place("binance_noise.bin")).contains("neither"));

    let series = |name: &str| Series::new(name.into(), &[1_i64]).into_column();
    write_columns(&place("binance_other.parquet"), ["ts_utc", "open", "low", "price"].map(series).to_vec());
    let error = refusal(place("binance_other.parquet"));
    assert!(error.contains("no column high, close, volume") && error.contains("price"), "{error}");
    write(&folder, "nowhere.parquet", &times(0..3));
    assert!(refusal(place("nowhere.parquet")).contains("where it was traded"));

    std::fs::write(place("binance_a.csv"), "date,open,high,low,close\n1,1,1,1,1\n").expect("written");
    assert!(refusal(place("binance_a.csv")).contains("no column ts_utc, volume"));
    std::fs::write(place("binance_b.csv"), "1,2,3\n").expect("written");
    assert!(refusal(place("binance_b.csv")).contains("12"));
    std::fs::write(place("binance_c.csv"), format!("{}1,2\n", "1700000000000,1,1,1,1,1,1,1,1,1,1,1\n".repeat(900)))
        .expect("written");
    assert!(refusal(place("binance_c.csv")).contains("the last line has 2 fields"));
}

#[tokio::test]
async fn a_file_that_breaks_in_the_middle_stops_the_replay_there() {
    let folder = folder();
    let path = folder.path().join("binance_c.csv");
    let row = "1700000000000,1,1,1,1,1,1,1,1,1,1,1\n";
    std::fs::write(&path, format!("{row}1,2\n{row}")).expect("written");
    let good = write(&folder, "binance_d.parquet", &times(0..3));
    let mut source = open(&[path, good], None).expect("both ends are sound");
    for _ in 0..2 {
        let error = source.next().await.expect_err("broken").to_string();
        assert!(error.contains("line 2 has 2 fields"), "{error}");
    }
}

#[test]
fn files_of_two_venues_or_out_of_order_are_refused() {
    let folder = folder();
    let early = write(&folder, "binance_a.parquet", &times(0..3));
    let late = write(&folder, "binance_b.parquet", &times(3..6));
    let other = write(&folder, "kraken_c.parquet", &times(6..9));
    assert!(open(&[late.clone(), early.clone()], None).err().expect("order").to_string().contains("in order of time"));
    assert!(open(&[early.clone(), other], None).err().expect("venues").to_string().contains("one venue at a time"));
    assert!(open(&[], None).is_err());
    let settings = Settings { speed: Some(0.0), ..Settings::default() };
    assert!(Replay::open(&[early], settings, None).is_err());
}

#[tokio::test]
async fn a_paced_replay_takes_its_time_and_may_be_interrupted() {
    let folder = folder();
    let path = write(&folder, "binance_a.parquet", &times(0..9));
    // A minute in 20 ms, so nine in 160: the first is due at once.
    let settings = Settings { speed: Some(3000.0), ..Settings::default() };
    let mut source = Replay::open(&[path], settings, None).expect("opens");
    let start = Instant::now();
    let mut candles = Vec::new();
    loop {
        match tokio::time::timeout(Duration::from_millis(7), source.next()).await {
            Ok(Ok(Some(chunk))) => candles.push(chunk),
            Ok(Ok(None)) => break,
            Ok(Err(error)) => panic!("{error}"),
            Err(_) => {}
        }
    }
    assert_eq!(minutes(&candles), (0..9).collect::<Vec<_>>());
    assert!(start.elapsed() >= Duration::from_millis(160), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_real_year_is_read_whole() {
    let data = std::env::var_os("WICK_DATA").map_or_else(|| PathBuf::from("../../../shared/data"), PathBuf::from);
    let path = data.join("candles/binance_btcusdt_1m_2024.parquet");
    if !path.exists() {
        println!("skipped: no data at {}", path.display());
        return;
    }
    let start = std::time::Instant::now();
    let mut source = Replay::open(&[path], Settings::default(), None).expect("opens");
    let chunks = all(&mut source).await;
    let candles = chunks.iter().map(|chunk| chunk.candles.len()).sum::<usize>();
    println!("{candles} candles in {:?}", start.elapsed());
    assert_eq!((candles, chunks.len()), (527_040, 366));
    let possible = |c: &CandleReceived| wick_schemas::Candle::new(c.candle).is_ok();
    assert!(chunks.iter().flat_map(|chunk| &chunk.candles).all(possible));
}
