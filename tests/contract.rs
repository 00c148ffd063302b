//! The gateway of a house that lives: it keeps to what it says of itself, whatever it is asked (schemathesis), and a key is
//! seen nowhere but where it was made.

mod harness;

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use harness::living::{ask, ask_with, first_forecast, ready, stop, up};
use harness::{Home, python_with, wait_until};

/// Examples of each route beside those that its description asks for by itself.
const EXAMPLES: &str = "5";

fn wick(data: &Path, words: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_wick")).arg("--data-dir").arg(data).args(words).output();
    let output = output.expect("wick runs");
    assert!(output.status.success(), "{output:?}");
    output
}

#[test]
fn the_gateway_keeps_to_its_description_and_keys_to_themselves() {
    let home = Home::new();
    let (data, log) = (home.join("data"), home.join("log"));
    let errors = File::create(&log).expect("a file");
    let settings =
        ["telemetry.log=debug", "gateway.read_key_required=true", "gateway.cors_origins=[\"http://a.test\"]"];
    let mut house = up(&data, &settings, errors.into());
    let (_, door) = first_forecast(&mut house);
    ready(&door);

    let made = String::from_utf8(wick(&data, &["keys", "create", "contract", "--scope", "operate"]).stdout);
    let key = made.expect("text").trim_end().to_owned();
    let kept = std::fs::read_to_string(data.join("simulated/keys.json")).expect("the house's keys");
    let operator = std::fs::read_to_string(data.join("simulated/operator.key")).expect("the operator's key");
    let head = format!("Authorization: Bearer {key}\r\n");
    let answered = |request: &str, status| {
        let soon = format!("{request} answers {status}");
        wait_until(&soon, Duration::from_secs(5), || ask_with(&door, request, &head).0 == status);
    };
    answered("GET /v1/models", 200);
    assert_eq!(ask(&door, "GET /v1/models").0, 401);

    look(&door);
    check(&door, &key);

    let (status, told) = ask_with(&door, &format!("GET /v1/models/{key}?access_token={key}"), &head);
    assert_eq!(status, 400, "{told}");
    wick(&data, &["keys", "revoke", key.split('_').nth(1).expect("an id")]);
    answered("GET /v1/models", 401);
    let (_, refused) = ask_with(&door, "GET /v1/models", &head);
    let listed = format!("{:?}{:?}", wick(&data, &["keys", "list"]), wick(&data, &["keys", "list", "--json"]));
    assert!(listed.contains("contract"), "{listed}");
    stop(house);
    let log = std::fs::read_to_string(&log).expect("the log");
    assert!(log.len() > 1000, "{log}");
    let secret = key.split('_').nth(2).expect("a secret");
    for (place, text) in
        [("answers", told), ("refusals", refused), ("lists", listed), ("logs", log), ("the file", kept)]
    {
        assert!(!text.contains(secret) && !text.contains(operator.trim()), "{place} hold a key:\n{text}");
    }
}

/// Looks at the page of the API with a browser that may talk to nobody else.
fn look(door: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = format!("--user-data-dir={}", folder.path().display());
    let rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";
    let page = format!("http://{door}/docs");
    let words =
        ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=10000"];
    let browsers = ["chromium", "chromium-browser", "google-chrome"];
    let looked = browsers.iter().find_map(|browser| {
        Command::new(browser).args(words).args([&profile, rules, "--dump-dom", &page]).output().ok()
    });
    let Some(looked) = looked else {
        eprintln!("skipped: no chromium to look at /docs with");
        return;
    };
    let (shown, said) = (String::from_utf8_lossy(&looked.stdout), String::from_utf8_lossy(&looked.stderr));
    for route in ["/v1/predictions/latest", "/v1/models/{hash}/promote", "/readyz"] {
        assert!(shown.contains(&format!("data-path=\"{route}\"")), "{route} is not shown: {shown}\n{said}");
    }
    let refused = said.lines().filter(|line| line.contains("Content Security Policy") || line.contains("Refused to"));
    assert_eq!(refused.collect::<Vec<_>>(), Vec::<&str>::new());
}

/// Asks everything that the description allows, and much that it does not.
fn check(door: &str, key: &str) {
    let Some(python) = python_with("schemathesis") else { return };
    let settings = std::path::absolute("tests/harness/schemathesis.toml").expect("a folder to run in");
    let empty = tempfile::tempdir().expect("a folder");
    // One worker: in Python 3.11 threads share the count of how deep a syntax tree is, and now and then one of them fails
    // (cpython #106905).
    let output = Command::new(&python)
        .current_dir(empty.path())
        .args(["-c", "from schemathesis.cli import schemathesis; schemathesis()", "--no-color", "--config-file"])
        .arg(settings)
        .args(["run", "--checks", "all", "--max-examples", EXAMPLES, "--seed", "1", "--no-shrink", "--workers", "1"])
        .args(["--header", &format!("Authorization: Bearer {key}")])
        .arg(format!("http://{door}/openapi.json"))
        .output()
        .expect("schemathesis runs");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    println!("{}", told.lines().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n"));
}
