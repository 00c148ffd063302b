//! Whoever writes the lake is killed, again and again, at moments that nobody chose.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use wick_bus::lake::{Lake, Shelf};
use wick_fetcher::bronze::{Bronze, BronzeCandle, BronzeFrame, compact};
use wick_schemas::Timestamp;
use wick_schemas::time::MINUTE;

use crate::made::{START, candle, frame};
use crate::story::{LATER, candles, frames, keep, look};

/// How often each is killed.
const KILLS: u64 = 50;

/// What a victim is to do, and where: this test's own program, started anew.
const DEED: &str = "WICK_LAKE_DEED";
const PLACE: &str = "WICK_LAKE_PLACE";

fn start(deed: &str, place: &Path) -> Child {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args(["--exact", "kill::victim", "--nocapture"]).env(DEED, deed).env(PLACE, place);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts")
}

/// Says something that survives the speaker.
fn say(number: i64) {
    std::io::stdout().write_all(format!("said {number}\n").as_bytes()).expect("said");
    std::io::stdout().flush().expect("said");
}

fn heard(line: &str) -> Option<i64> {
    // The first line follows what the test runner says of the test.
    line.rsplit_once("said ")?.1.trim().parse().ok()
}

#[test]
fn victim() {
    let (Ok(deed), Some(place)) = (std::env::var(DEED), std::env::var_os(PLACE)) else { return };
    let lake = Lake::folder(place);
    if deed == "compact" {
        say(0);
        compact(&lake, 0, LATER, &|_, _| {}).expect("compacts");
        return;
    }
    let mut bronze = Bronze::open_at(lake.clone(), 40).expect("opens");
    let mut next = bronze.sequence::<BronzeCandle>().expect("a sequence") + 1;
    say(next - 1);
    loop {
        let end = next + 1 + next % 17;
        keep(&mut bronze, (next..end).flat_map(|n| [close(n).into(), close_frame(n).into()]).collect());
        say(end - 1);
        next = end;
    }
}

/// Numbers that look like chance and are the same each time.
fn chance(seed: u64, below: u64) -> u64 {
    (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) % below
}

#[test]
fn killed_while_flushing_nothing_is_lost_or_doubled() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::folder(folder.path());
    let (mut told, mut in_files) = (0, 0);
    for round in 0..KILLS {
        let mut child = start("flush", folder.path());
        let mut words = BufReader::new(child.stdout.take().expect("its words"));
        let mut hear = |most: u64| {
            let mut line = String::new();
            for _ in 0..most {
                line.clear();
                if words.read_line(&mut line).expect("heard") == 0 {
                    break;
                }
                told = told.max(heard(&line).unwrap_or(0));
            }
        };
        hear(3 + chance(round, 8));
        std::thread::sleep(Duration::from_micros(chance(round + 99, 3_000)));
        child.kill().expect("killed");
        // What it said before it died counts.
        hear(u64::MAX);
        child.wait().expect("dead");
        let kept = candles(&lake);
        let all = kept.len() as i64;
        assert!(all >= told, "round {round}: {told} were promised, {all} are there");
        assert_eq!(kept, (1..=all).map(close).collect::<Vec<_>>(), "round {round}");
        let kept = frames(&lake);
        assert_eq!(kept, (1..=kept.len() as i64).map(close_frame).collect::<Vec<_>>(), "round {round}");
        assert!(kept.len() as i64 >= told, "round {round}");
        let verified = look(&lake);
        assert!(verified.sound(), "round {round}: {:?}", verified.findings);
        in_files = verified.rows;
        if round % 10 == 9 {
            // Fewer files, for speed; and whoever comes next finds days that were compacted.
            compact(&lake, 0, LATER, &|_, _| {}).expect("compacts");
        }
    }
    assert!(told > 100 && in_files > 100, "they were killed before they did anything: {told}, {in_files}");
    Bronze::open_at(lake.clone(), 40).expect("opens").settle().expect("settles");
    compact(&lake, 0, LATER, &|_, _| {}).expect("compacts");
    assert_eq!(candles(&lake), (1..=candles(&lake).len() as i64).map(close).collect::<Vec<_>>());
    assert_eq!(look(&lake).findings, []);
}

/// Many of them make a day.
fn close(sequence: i64) -> BronzeCandle {
    let mut row = candle(sequence);
    row.received.candle.open_time = Timestamp(START + sequence * MINUTE);
    row
}

fn close_frame(sequence: i64) -> BronzeFrame {
    let mut row = frame(sequence);
    row.frame.received_at = Timestamp(START + sequence * MINUTE);
    row
}

#[test]
fn killed_while_compacting_nothing_is_lost_or_doubled() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::folder(folder.path());
    let mut next = 1;
    let mut shelf = Shelf::<BronzeCandle>::open(&lake, 1).expect("opens");
    // A few rows for each of some days.
    let mut more = |rounds: i64| {
        for _ in 0..rounds {
            shelf.keep((next..next + 20).map(|n| candle_on(n, n % DAYS)).collect()).expect("keeps");
            next += 20;
        }
        next - 1
    };
    let mut all = more(4);
    let (mut longest, mut cut_short) = (Duration::from_millis(5), 0);
    for round in 0..KILLS {
        let mut child = start("compact", folder.path());
        let mut words = BufReader::new(child.stdout.take().expect("its words"));
        let mut line = String::new();
        while heard(&line).is_none() {
            line.clear();
            assert!(words.read_line(&mut line).expect("heard") > 0, "round {round}: it never began");
        }
        let began = Instant::now();
        if round == 0 {
            // The first one may live, to see how long it takes.
            words.read_to_string(&mut line).expect("its end");
            longest = began.elapsed();
        } else {
            std::thread::sleep(longest.mul_f64(chance(round, 1_000) as f64 / 1_000.0));
        }
        let cut = child.try_wait().expect("asked").is_none();
        cut_short += u64::from(cut);
        // How quick the machine is changes with what else it does.
        longest = longest.mul_f64(if cut { 1.05 } else { 0.7 });
        child.kill().expect("killed");
        child.wait().expect("dead");
        let expected: Vec<BronzeCandle> = (1..=all).map(|n| candle_on(n, n % DAYS)).collect();
        assert_eq!(candles(&lake), expected, "round {round}");
        let verified = look(&lake);
        assert!(verified.sound(), "round {round}: {:?}", verified.findings);
        all = more(1);
    }
    assert!(cut_short > KILLS / 2, "most were done before they were killed: {cut_short}");
    compact(&lake, 0, LATER, &|_, _| {}).expect("compacts");
    assert_eq!(candles(&lake), (1..=all).map(|n| candle_on(n, n % DAYS)).collect::<Vec<_>>());
    let verified = look(&lake);
    assert_eq!((verified.files, verified.rows as i64, verified.findings), (DAYS as usize, all, vec![]));
}

/// Days that are compacted at once.
const DAYS: i64 = 4;

fn candle_on(sequence: i64, day: i64) -> BronzeCandle {
    let mut row = candle(sequence);
    row.received.candle.open_time = candle(day * 48).received.candle.open_time;
    row
}
