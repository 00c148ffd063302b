//! The laws of the house, as far as a machine can see them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Tests run in their package's folder. One that was compiled in may be of another clone with the same cache.
fn root() -> PathBuf {
    PathBuf::from(".")
}

fn actors() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(root().join("actors"))
        .expect("actors/")
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn crate_of(actor: &str) -> String {
    format!("wick-{}", actor.replace('_', "-"))
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn no_actor_depends_on_another() {
    let all = actors();
    assert!(all.len() >= 8, "{all:?}");
    for actor in &all {
        let manifest = std::fs::read_to_string(root().join("actors").join(actor).join("Cargo.toml")).expect("manifest");
        for other in all.iter().filter(|other| *other != actor) {
            assert!(!manifest.contains(&format!("{} ", crate_of(other))), "{actor} depends on {other}");
        }
    }
    for (folder, below) in [("schemas", vec!["wick-bus"]), ("bus", vec![])] {
        let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("manifest");
        let forbidden = all.iter().map(|actor| crate_of(actor)).chain(below.into_iter().map(str::to_owned));
        for name in forbidden {
            assert!(!manifest.contains(&format!("{name} ")), "{folder} depends on {name}");
        }
    }
}

#[test]
fn a_layer_is_written_in_one_file_of_its_owner() {
    let mut files = Vec::new();
    files_below(&root().join("actors"), &mut files);
    let layers: BTreeSet<(&str, &str)> =
        wick_schemas::table::ALL.iter().map(|table| (table.layer, table.owner)).collect();
    for (layer, owner) in layers {
        let name = format!("{layer}.rs");
        let found: Vec<_> = files.iter().filter(|path| path.file_name().is_some_and(|n| n == name.as_str())).collect();
        assert_eq!(found, [&root().join("actors").join(owner).join("src").join(&name)], "{layer}");
    }
}

#[test]
fn a_stream_is_published_by_those_whom_the_list_names() {
    let published = [
        ("fetcher", <wick_fetcher::Fetcher as wick_bus::Resident>::publishes()),
        ("validator", <wick_validator::Validator as wick_bus::Resident>::publishes()),
        ("feature_builder", <wick_feature_builder::FeatureBuilder as wick_bus::Resident>::publishes()),
        ("predictor", <wick_predictor::Predictor as wick_bus::Resident>::publishes()),
        ("drift_monitor", <wick_drift_monitor::DriftMonitor as wick_bus::Resident>::publishes()),
        ("trainer", <wick_trainer::Trainer as wick_bus::Resident>::publishes()),
    ];
    for (actor, topics) in published {
        for topic in wick_schemas::topic::ALL {
            assert_eq!(topics.contains(topic), topic.publishers.contains(&actor), "{actor} and {}", topic.name);
        }
    }
}

#[test]
fn a_stream_is_read_by_those_whom_the_list_names() {
    fn reads<A: wick_bus::Resident>() -> (&'static str, Vec<&'static str>) {
        (A::NAME, A::routes().0.iter().map(|route| route.topic.name).collect())
    }
    let readers = [
        reads::<wick_fetcher::Fetcher>(),
        reads::<wick_validator::Validator>(),
        reads::<wick_feature_builder::FeatureBuilder>(),
        reads::<wick_predictor::Predictor>(),
        reads::<wick_drift_monitor::DriftMonitor>(),
        reads::<wick_trainer::Trainer>(),
    ];
    for (actor, topics) in readers {
        for topic in wick_schemas::topic::ALL {
            assert_eq!(topics.contains(&topic.name), topic.consumers.contains(&actor), "{actor} and {}", topic.name);
        }
    }
}

#[test]
fn the_top_level_holds_what_the_plan_names_and_no_more() {
    let allowed = ["actors", "bus", "schemas", "deploy", "tests", "docs"];
    for entry in std::fs::read_dir(root()).expect("the root").filter_map(Result::ok) {
        let name = entry.file_name().into_string().expect("a name");
        let ours = !name.starts_with('.') && entry.path().is_dir() && !["target", "data"].contains(&name.as_str());
        assert!(!ours || allowed.contains(&name.as_str()), "{name}/ is not in the plan");
    }
}
