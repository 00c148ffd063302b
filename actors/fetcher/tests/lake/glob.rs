//! Others read the lake by one glob.

use std::process::Command;

use wick_bus::lake::Lake;
use wick_fetcher::bronze::{Bronze, compact};

use crate::made::{candle, frame};
use crate::story::{LATER, keep};

/// For each of those that are installed: its name, and what it finds.
const SCRIPT: &str = r"
import importlib.util as find, sys
lake, there = sys.argv[1], lambda *names: all(find.find_spec(name) for name in names)
candles, frames = lake + '/kind=candle/**/*.parquet', lake + '/kind=frame/**/*.parquet'
if there('duckdb'):
    import duckdb
    ask = lambda glob: duckdb.sql(f'SELECT * FROM read_parquet(\'{glob}\', hive_partitioning = true)')
    print('duckdb', ask(candles).aggregate('count(*), count(DISTINCT sequence), count(low), count(DISTINCT date)').fetchall()[0],
          ask(frames).aggregate('count(*), count(DISTINCT source), count(DISTINCT sender)').fetchall()[0])
if there('polars'):
    import polars
    a, b = (polars.scan_parquet(glob, hive_partitioning=True).collect() for glob in (candles, frames))
    print('polars', (len(a), a['sequence'].n_unique(), a['low'].count(), a['date'].n_unique()),
          (len(b), b['source'].n_unique(), b['sender'].n_unique()))
if there('pandas', 'pyarrow'):
    import pandas
    a, b = (pandas.read_parquet(f'{lake}/kind={kind}') for kind in ('candle', 'frame'))
    print('pandas', (len(a), a['sequence'].nunique(), int(a['low'].count()), a['date'].nunique()),
          (len(b), b['source'].nunique(), b['sender'].nunique()))
";

#[test]
fn others_read_the_lake_by_one_glob() {
    let python = std::env::var("WICK_PYTHON").unwrap_or_else(|_| "python3".into());
    let folder = tempfile::tempdir().expect("a folder");
    let mut bronze = Bronze::open_at(Lake::folder(folder.path()), 10).expect("opens");
    for start in (1..=100).step_by(10) {
        keep(&mut bronze, (start..start + 10).flat_map(|n| [candle(n).into(), frame(n).into()]).collect());
    }
    let ask = || match Command::new(&python).args(["-c", SCRIPT]).arg(folder.path()).output() {
        Err(_) => String::new(),
        Ok(asked) => {
            assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
            String::from_utf8(asked.stdout).expect("text")
        }
    };
    let check = |when: &str| {
        let answers = ask();
        for answer in answers.lines() {
            let (_, found) = answer.split_once(' ').expect("a name");
            assert_eq!(found, "(100, 100, 86, 3) (100, 2, 2)", "{when}: {answer}");
        }
        answers.lines().count()
    };
    let readers = check("small files");
    println!("{readers} of duckdb, polars and pandas read the lake");
    if readers == 0 {
        println!("skipped: {python} has none of duckdb, polars, pandas with pyarrow (WICK_PYTHON names another)");
        return;
    }
    compact(bronze.lake(), 0, LATER, &|_, _| {}).expect("compacts");
    check("compacted");
}
