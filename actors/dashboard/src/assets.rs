//! The page, its scripts and its styles: in the program, compressed once, each with a tag that says whether it changed.

use std::collections::BTreeMap;
use std::io::Write;

use actix_web::http::header::{self, ETag, EntityTag, Header, IfNoneMatch};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::problem;

/// A file's path below `assets/`, its media type, and what is in it.
type File = (&'static str, &'static str, &'static [u8]);

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

macro_rules! files {
    ($($path:literal: $kind:expr),* $(,)?) => {
        &[$(($path, $kind, include_bytes!(concat!("../assets/", $path)).as_slice())),*]
    };
}

/// Every file.
const FILES: &[File] = files![
    "index.html": HTML,
    "icon.svg": "image/svg+xml",
    "manifest.webmanifest": "application/manifest+json",
    "sw.js": SCRIPT,
    "style/base.css": CSS,
    "style/panels.css": CSS,
    "js/main.js": SCRIPT,
    "js/api.js": SCRIPT,
    "js/live.js": SCRIPT,
    "js/state.js": SCRIPT,
    "js/dom.js": SCRIPT,
    "js/format.js": SCRIPT,
    "js/theme.js": SCRIPT,
    "js/chart/candles.js": SCRIPT,
    "js/chart/bands.js": SCRIPT,
    "js/chart/calibration.js": SCRIPT,
    "js/chart/graph.js": SCRIPT,
    "js/panels/head.js": SCRIPT,
    "js/panels/price.js": SCRIPT,
    "js/panels/forecasts.js": SCRIPT,
    "js/panels/scoreboard.js": SCRIPT,
    "js/panels/calibration.js": SCRIPT,
    "js/panels/drift.js": SCRIPT,
    "js/panels/news.js": SCRIPT,
    "js/panels/pipeline.js": SCRIPT,
    "js/panels/models.js": SCRIPT,
    "vendor/lightweight-charts/lightweight-charts.js": SCRIPT,
    "vendor/lightweight-charts/LICENSE": TEXT,
    "vendor/lightweight-charts/NOTICE": TEXT,
];

/// What the service worker keeps of them: all that the page needs to be shown.
const PAGE: &str = "index.html";
/// The service worker, which is told the names and the version of all others.
const WORKER: &str = "sw.js";

/// A file, ready to be sent.
struct Asset {
    kind: &'static str,
    plain: Bytes,
    packed: Bytes,
    tag: String,
}

/// All of them, by path.
pub struct Assets(BTreeMap<&'static str, Asset>);

impl Assets {
    /// Compresses them.
    ///
    /// # Errors
    /// None that a machine with memory has: compression writes to it.
    pub fn new() -> std::io::Result<Self> {
        let mut assets = BTreeMap::new();
        let mut whole = blake3::Hasher::new();
        for (path, kind, content) in FILES.iter().filter(|(path, ..)| *path != WORKER) {
            whole.update(path.as_bytes()).update(content);
            assets.insert(*path, Asset::new(kind, content)?);
        }
        for (path, kind, content) in FILES.iter().filter(|(path, ..)| *path == WORKER) {
            assets.insert(*path, Asset::new(kind, worker(content, &whole.finalize()).as_bytes())?);
        }
        Ok(Self(assets))
    }

    /// What is sent of all files that the page needs, compressed.
    #[must_use]
    pub fn packed_bytes(&self) -> usize {
        self.0.iter().filter(|(_, asset)| asset.kind != TEXT).map(|(_, asset)| asset.packed.len()).sum()
    }
}

impl Asset {
    fn new(kind: &'static str, content: &[u8]) -> std::io::Result<Self> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(content)?;
        Ok(Self {
            kind,
            plain: Bytes::copy_from_slice(content),
            packed: packer.finish()?.into(),
            tag: blake3::hash(content).to_hex()[..32].to_owned(),
        })
    }
}

/// The service worker with the names of what it keeps, and a version that changes with any of it.
fn worker(template: &[u8], version: &blake3::Hash) -> String {
    let kept = FILES.iter().filter(|(path, kind, _)| *path != WORKER && *kind != TEXT);
    let names: Vec<String> =
        kept.map(|(path, ..)| if *path == PAGE { "/".into() } else { format!("/{path}") }).collect();
    String::from_utf8_lossy(template)
        .replace("__VERSION__", &version.to_hex()[..16])
        .replace("[\"__SHELL__\"]", &serde_json::json!(names).to_string())
}

/// Shows a file.
pub async fn show(request: HttpRequest, assets: web::Data<Assets>) -> HttpResponse {
    let path = request.path().trim_start_matches('/');
    let Some(asset) = assets.0.get(if path.is_empty() { PAGE } else { path }) else {
        return problem::nothing(request.path());
    };
    // Weak: the same content, whether it is compressed or not.
    let tag = EntityTag::new_weak(asset.tag.clone());
    let known = IfNoneMatch::parse(&request).is_ok_and(|seen| match seen {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(items) => items.iter().any(|item| item.weak_eq(&tag)),
    });
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "accept-encoding"));
    if known {
        return answer.finish();
    }
    answer.content_type(asset.kind);
    if accepts_gzip(&request) {
        answer.insert_header((header::CONTENT_ENCODING, "gzip")).body(asset.packed.clone())
    } else {
        answer.body(asset.plain.clone())
    }
}

fn accepts_gzip(request: &HttpRequest) -> bool {
    let said = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let refused = |options: &str| options.split(';').any(|option| ["q=0", "q=0.0"].contains(&option.trim()));
    said.is_some_and(|said| {
        said.split(',').any(|one| {
            let (name, options) = one.split_once(';').unwrap_or((one, ""));
            name.trim().eq_ignore_ascii_case("gzip") && !refused(options)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn below(folder: &Path, found: &mut BTreeSet<String>) {
        let root = Path::new("assets");
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                below(&entry, found);
            } else {
                found.insert(entry.strip_prefix(root).expect("below").display().to_string());
            }
        }
    }

    #[test]
    fn every_file_is_in_the_program() {
        let mut found = BTreeSet::new();
        below(Path::new("assets"), &mut found);
        let listed: BTreeSet<String> = FILES.iter().map(|(path, ..)| (*path).to_owned()).collect();
        assert_eq!(found, listed);
    }

    #[test]
    fn the_whole_page_is_small() {
        let bytes = Assets::new().expect("assets").packed_bytes();
        println!("{bytes} bytes, compressed");
        assert!(bytes < 250_000, "{bytes}");
    }

    #[test]
    fn the_worker_keeps_what_the_page_needs() {
        let worker = String::from_utf8(Assets::new().expect("assets").0[WORKER].plain.to_vec()).expect("text");
        assert!(!worker.contains("__VERSION__") && !worker.contains("__SHELL__"));
        assert!(worker.contains("\"/\"") && worker.contains("\"/js/main.js\"") && !worker.contains("LICENSE"));
    }

    #[test]
    fn nothing_is_asked_of_anybody_else() {
        // Links that a person may follow are none; scripts and styles of others would be.
        for (path, _, content) in FILES.iter().filter(|(path, ..)| !path.starts_with("vendor/")) {
            let text = String::from_utf8_lossy(content);
            for forbidden in ["src=\"http", "@import", "url(http", "innerHTML", "style=\"", "onclick=\"", "eval("] {
                assert!(!text.contains(forbidden), "{path}: {forbidden}");
            }
        }
    }
}
