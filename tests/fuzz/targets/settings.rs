//! A configuration that makes no sense is refused with its key; no actor's section brings one down.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wick_bus::Config;
use wick_bus::lake::LakeConfig;
use wick_fetcher::config::FetcherConfig;
use wick_validator::config::ValidatorConfig;

fuzz_target!(|data: &[u8]| {
    let folder = tempfile::tempdir_in("/dev/shm").expect("a folder");
    let path = folder.path().join("wick.toml");
    std::fs::write(&path, data).expect("written");
    if let Ok(config) = Config::load(Some(&path), &[]) {
        let _ = config.section::<FetcherConfig>("fetcher");
        let _ = config.section::<ValidatorConfig>("validator");
        let _ = config.section::<LakeConfig>("lake");
        let _ = config.shown();
    }
    let text = String::from_utf8_lossy(data);
    if let Some((key, value)) = text.split_once('=') {
        let _ = Config::load(None, &[(key.to_owned(), value.to_owned())]);
    }
});
