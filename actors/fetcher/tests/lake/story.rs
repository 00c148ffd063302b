//! What a lake goes through, the same in a folder and in a bucket.

use std::collections::BTreeMap;

use wick_bus::Layer;
use wick_bus::lake::{Fault, Lake, LakeConfig, Shelf, Store, Verified, partitions, verify, waiting};
use wick_fetcher::bronze::{Bronze, BronzeCandle, BronzeFrame, BronzeRow, compact};
use wick_schemas::Timestamp;
use wick_schemas::time::{DAY, MINUTE};

use crate::made::{START, candle, frame};

/// Long after everything.
pub const LATER: Timestamp = Timestamp(START + 1_000 * DAY);

pub fn keep(bronze: &mut Bronze, rows: Vec<BronzeRow>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(bronze.keep(rows)).expect("kept");
}

pub fn candles(lake: &Lake) -> Vec<BronzeCandle> {
    Shelf::read(lake, Timestamp::MIN, Timestamp::MAX).expect("candles")
}

pub fn frames(lake: &Lake) -> Vec<BronzeFrame> {
    Shelf::read(lake, Timestamp::MIN, Timestamp::MAX).expect("frames")
}

pub fn look(lake: &Lake) -> Verified {
    verify(&lake.files, "", &|_, _| {}).expect("verified")
}

fn faults(lake: &Lake) -> Vec<Fault> {
    look(lake).findings.iter().map(|finding| finding.fault).collect()
}

fn snapshot(lake: &Lake) -> BTreeMap<String, Vec<u8>> {
    let items = lake.files.list("").expect("listed");
    // Journals and locks belong to those who write.
    let files = items.into_iter().filter(|item| item.path.contains('/'));
    files.map(|item| (item.path.clone(), lake.files.get(&item.path).expect("got").expect("there").to_vec())).collect()
}

fn restore(lake: &Lake, files: &BTreeMap<String, Vec<u8>>) {
    for (path, bytes) in files {
        lake.files.put(path, bytes.clone()).expect("put");
    }
}

/// Everything but what only a disk can do.
pub fn everything(lake: &Lake) {
    let expected: Vec<BronzeCandle> = (1..=130).map(candle).collect();
    let mut bronze = Bronze::open_at(lake.clone(), 25).expect("opens");
    for sequence in 1..=130 {
        if sequence % 10 == 0 {
            let rows = (sequence - 9..=sequence).flat_map(|n| [candle(n).into(), frame(n).into()]);
            keep(&mut bronze, rows.collect());
        }
    }
    assert_eq!(candles(lake), expected);
    assert_eq!(bronze.sequence::<BronzeFrame>().expect("a sequence"), 130);
    assert_eq!(waiting(&lake.journals).expect("journals").iter().map(|one| one.rows).sum::<usize>(), 2 * 10);
    bronze.settle().expect("settles");
    let verified = look(lake);
    assert_eq!((verified.rows, &verified.findings), (260, &Vec::new()));
    // 131 half hours touch three days, of one source of candles and two of frames.
    let kept = partitions(&lake.files, "").expect("partitions");
    assert_eq!((kept.len(), kept.iter().filter_map(|one| one.rows).sum::<u64>()), (9, 260));
    assert!(kept.iter().any(|one| one.folder == "kind=frame/source=bitcoin_magazine/date=2024-01-02"));

    stops_between_steps(lake, &expected);
    late(lake, &mut bronze, expected);
    damage(lake);
}

/// Compaction, stopped after each step that leaves something behind.
fn stops_between_steps(lake: &Lake, expected: &[BronzeCandle]) {
    let small = snapshot(lake);
    let done = compact(lake, 0, LATER, &|_, _| {}).expect("compacts");
    assert_eq!((done.len(), done.iter().map(|day| day.rows).sum::<usize>()), (9, 260));
    let whole = snapshot(lake);
    assert_eq!(whole.len(), 18, "a file and a manifest for each");
    let holds = |what: &str| {
        assert_eq!(candles(lake), expected, "{what}");
        assert_eq!(frames(lake), (1..=130).map(frame).collect::<Vec<_>>(), "{what}");
        assert!(look(lake).sound(), "{what}: {:?}", look(lake).findings);
    };
    holds("compacted");
    assert_eq!(compact(lake, 0, LATER, &|_, _| {}).expect("nothing to do"), []);

    // Both are there and the manifest knows of the small ones alone.
    restore(lake, &small);
    holds("before the manifest");
    assert!(faults(lake).iter().all(|fault| *fault == Fault::Leftover) && faults(lake).len() == 9);
    compact(lake, 0, LATER, &|_, _| {}).expect("goes on");
    assert_eq!(snapshot(lake), whole, "the same rows make the same file");

    // Both are there and the manifest knows of the one alone.
    restore(lake, &small);
    restore(lake, &whole);
    holds("after the manifest");
    compact(lake, 0, LATER, &|_, _| {}).expect("goes on");
    assert_eq!(snapshot(lake), whole);
}

/// A day that was compacted and gets more.
fn late(lake: &Lake, bronze: &mut Bronze, mut expected: Vec<BronzeCandle>) {
    let mut late = candle(131);
    late.received.candle.open_time = Timestamp(START + MINUTE);
    keep(bronze, vec![late.clone().into()]);
    bronze.settle().expect("settles");
    expected.push(late);
    assert_eq!(candles(lake), expected);
    // Nothing of the newest days is touched.
    let cautious = compact(lake, 1_000, LATER, &|_, _| {}).expect("compacts");
    assert_eq!(cautious, []);
    let again = compact(lake, 30, LATER, &|_, _| {}).expect("compacts");
    assert_eq!((again.len(), again[0].files, again[0].rows), (1, 2, 48));
    assert_eq!(candles(lake), expected);
    assert_eq!(faults(lake), []);
}

/// Verification finds what was done to files.
fn damage(lake: &Lake) {
    let before = snapshot(lake);
    let files: Vec<&String> = before.keys().filter(|path| path.ends_with(".parquet")).collect();
    let (flipped, missing) = (files[0], files[1]);
    let mut bytes = before[flipped].clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    lake.files.put(flipped, bytes).expect("put");
    lake.files.delete(missing).expect("deleted");
    lake.files.put("kind=candle/source=kraken/date=2024-01-01/mine.parquet", b"PAR1".to_vec()).expect("put");
    lake.files.put("kind=frame/source=kraken/date=2024-01-01/_manifest.json", b"{\"for".to_vec()).expect("put");
    let verified = look(lake);
    let mut found: Vec<(Fault, &str)> = verified.findings.iter().map(|one| (one.fault, one.path.as_str())).collect();
    found.sort();
    assert!(!verified.sound());
    assert!(found.contains(&(Fault::Damaged, flipped.as_str())), "{found:?}");
    assert!(found.contains(&(Fault::Missing, missing.as_str())), "{found:?}");
    assert!(found.iter().any(|(fault, path)| *fault == Fault::Foreign && path.ends_with("mine.parquet")), "{found:?}");
    assert!(found.iter().any(|(fault, path)| *fault == Fault::Torn && path.ends_with("_manifest.json")), "{found:?}");
    // A day with damage is left alone, whatever else is to be done there.
    let folder = flipped.rsplit_once('/').expect("a folder").0;
    let error = wick_bus::lake::compact::<BronzeCandle>(lake, folder).expect_err("damaged").to_string();
    assert!(error.contains("not as it was written"), "{error}");
    assert!(lake.files.get(flipped).expect("got").is_some());
    // What a torn manifest listed is known by its name.
    lake.files.delete("kind=frame/source=kraken/date=2024-01-01/_manifest.json").expect("deleted");
    lake.files.delete("kind=candle/source=kraken/date=2024-01-01/mine.parquet").expect("deleted");
    restore(lake, &BTreeMap::from([flipped, missing].map(|path| (path.clone(), before[path].clone()))));
    compact(lake, 0, LATER, &|_, _| {}).expect("compacts");
    assert_eq!(faults(lake), []);
}

#[test]
fn a_lake_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    everything(&Lake::folder(folder.path()));
}

#[test]
fn a_new_quarter_of_an_hour_settles_what_came_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bronze = Bronze::open_at(Lake::folder(folder.path()), 1_000).expect("opens");
    let at = |sequence: i64, minute: i64| {
        let mut row = frame(2 * sequence);
        row.frame.received_at = Timestamp(START + minute * MINUTE);
        row.into()
    };
    let files =
        || partitions(&Store::folder(folder.path()), "").expect("partitions").iter().map(|p| p.files).sum::<usize>();
    keep(&mut bronze, vec![at(1, 3), at(2, 14)]);
    assert_eq!(files(), 0);
    keep(&mut bronze, vec![at(3, 15)]);
    assert_eq!(files(), 1);
    keep(&mut bronze, vec![at(4, 29)]);
    assert_eq!(files(), 1);
    keep(&mut bronze, vec![at(5, 30)]);
    assert_eq!(files(), 2);
}

#[test]
fn large_frames_settle_by_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bronze = Bronze::open_at(Lake::folder(folder.path()), 1_000).expect("opens");
    let mut row = frame(1);
    row.frame.payload = vec![7; 9 << 20];
    keep(&mut bronze, vec![row.clone().into()]);
    assert_eq!(waiting(folder.path()).expect("journals"), []);
    assert_eq!(frames(bronze.lake()), [row]);
}

#[test]
fn while_a_bucket_is_away_rows_wait_in_the_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = LakeConfig {
        url: "s3://wick".into(),
        endpoint: "http://127.0.0.1:1".into(),
        region: "x".into(),
        allow_http: true,
        ..LakeConfig::default()
    };
    let keys = [("AWS_ACCESS_KEY_ID", "who"), ("AWS_SECRET_ACCESS_KEY", "hush")];
    let keys = keys.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let files = Store::bucket(&config, "bronze", keys).expect("an address");
    let away = Lake { files, journals: folder.path().join("journals") };
    let mut bronze = Bronze::open_at(away.clone(), 10).expect("opens");
    for start in [1, 6, 11, 16] {
        keep(&mut bronze, (start..start + 5).map(|n| candle(n).into()).collect());
    }
    assert_eq!(waiting(&away.journals).expect("journals")[0].rows, 20);
    drop(bronze);
    let back = Lake { files: Store::folder(folder.path().join("files")), journals: away.journals };
    Bronze::open_at(back.clone(), 10).expect("opens").settle().expect("settles");
    assert_eq!(candles(&back), (1..=20).map(candle).collect::<Vec<_>>());
    assert_eq!((waiting(&back.journals).expect("journals"), look(&back).rows), (vec![], 20));
}

#[test]
fn a_reader_misses_nothing_while_days_are_compacted() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::folder(folder.path());
    let expected: Vec<BronzeCandle> = (1..=400).map(candle).collect();
    let mut shelf = Shelf::open(&lake, 10).expect("opens");
    for rows in expected.chunks(10) {
        shelf.keep(rows.to_vec()).expect("keeps");
    }
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut looks = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) || looks == 0 {
                assert_eq!(candles(&lake), expected);
                looks += 1;
            }
            looks
        });
        let compacted = compact(&lake, 0, LATER, &|_, _| {});
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(compacted.expect("compacts").len(), 9);
        assert!(reader.join().expect("reads") > 0);
    });
}
