//! A journal that a crash or a person has torn: what is whole is read, and can be settled.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wick_bus::lake::{Lake, Record, Shelf};
use wick_fetcher::bronze::{BronzeArticle, BronzeCandle, BronzeFrame, BronzeReading};
use wick_schemas::Timestamp;

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice % 4 {
        0 => read::<BronzeCandle>(rest),
        1 => read::<BronzeFrame>(rest),
        2 => read::<BronzeArticle>(rest),
        _ => read::<BronzeReading>(rest),
    }
});

fn read<R: Record>(journal: &[u8]) {
    let folder = tempfile::tempdir_in("/dev/shm").expect("a folder");
    std::fs::write(folder.path().join(R::JOURNAL), journal).expect("written");
    let lake = Lake::folder(folder.path());
    let Ok(before) = Shelf::<R>::read(&lake, Timestamp::MIN, Timestamp::MAX) else { return };
    let mut shelf = Shelf::<R>::open(lake.clone(), 1).expect("what reads opens");
    if shelf.settle().is_ok() {
        let after = Shelf::<R>::read(&lake, Timestamp::MIN, Timestamp::MAX).expect("what was settled reads");
        assert_eq!(before.len(), after.len());
    }
}
