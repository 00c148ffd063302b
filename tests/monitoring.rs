//! What watches Wick from outside: every alert rule and every panel asks for metrics that the code registers, and
//! Prometheus' own tool accepts and tests them. Without `promtool` that part is skipped aloud.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wick_bus::metrics::{Family, Metrics};

/// What each alert is tested by: minute by minute, and those that speak of a day by the quarter of an hour.
const TESTS: [&str; 2] = ["prometheus/alerts_test.yml", "prometheus/alerts_day_test.yml"];

fn deploy(name: &str) -> PathBuf {
    Path::new("deploy").join(name)
}

fn yaml(name: &str) -> Value {
    serde_yaml_ng::from_str(&std::fs::read_to_string(deploy(name)).expect(name)).expect("YAML")
}

fn rules() -> Vec<Value> {
    let groups = yaml("prometheus/alerts.yml");
    let groups = groups["groups"].as_array().expect("groups");
    groups.iter().flat_map(|group| group["rules"].as_array().expect("rules").clone()).collect()
}

fn text<'a>(rule: &'a Value, path: &str) -> &'a str {
    rule.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// The expressions of the dashboard, as Grafana asks them where its variables stand for something.
fn panels() -> Vec<String> {
    fn look(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
                Value::String(text) if name == "expr" => found.push(text.clone()),
                value => look(value, found),
            }),
            Value::Array(values) => values.iter().for_each(|value| look(value, found)),
            _ => {}
        }
    }
    let text = std::fs::read_to_string(deploy("grafana/wick.json")).expect("a dashboard");
    let mut found = Vec::new();
    look(&serde_json::from_str(&text).expect("JSON"), &mut found);
    found.into_iter().map(|expr| expr.replace("$__rate_interval", "5m").replace("$instance", ".*")).collect()
}

/// Metrics that an expression asks for, with the labels that it picks them by.
fn asked(expr: &str) -> Vec<(String, Vec<String>)> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut found = Vec::new();
    let mut rest = expr;
    while let Some(start) = rest.find(word) {
        let end = rest[start..].find(|c| !word(c)).map_or(rest.len(), |length| start + length);
        let (name, after) = (&rest[start..end], &rest[end..]);
        let picked = after.strip_prefix('{').and_then(|inner| inner.split_once('}')).map_or("", |(inner, _)| inner);
        if picked.is_empty()
            && !after.starts_with('[')
            && !["wick_", "wick:", "process_"].iter().any(|p| name.starts_with(p))
        {
            rest = after;
            continue;
        }
        let labels = picked.split(',').filter_map(|one| one.split_once(['=', '!']));
        found.push((name.to_owned(), labels.map(|(label, _)| label.trim().to_owned()).collect()));
        rest = after.strip_prefix('{').and_then(|inner| inner.split_once('}')).map_or(after, |(_, rest)| rest);
    }
    found
}

/// The family that a name of an expression belongs to.
fn family<'a>(families: &'a [Family], name: &str) -> Option<&'a Family> {
    families.iter().find(|family| match family.kind {
        "histogram" => name.strip_prefix(&family.name).is_some_and(|end| ["_bucket", "_sum", "_count"].contains(&end)),
        _ => family.name == name,
    })
}

#[test]
fn what_rules_and_panels_ask_for_is_there() {
    let metrics = Metrics::new().expect("metrics");
    let rules = rules();
    let recorded: BTreeSet<&str> = rules.iter().map(|rule| text(rule, "/record")).collect();
    let panels = panels();
    assert!(rules.len() > 25 && panels.len() > 30, "{} rules, {} panels", rules.len(), panels.len());
    for expr in rules.iter().map(|rule| text(rule, "/expr")).chain(panels.iter().map(String::as_str)) {
        let asked = asked(expr);
        assert!(!asked.is_empty(), "{expr} asks for nothing");
        for (name, labels) in asked {
            if name == "up" || recorded.contains(name.as_str()) {
                continue;
            }
            let family = family(metrics.families(), &name).unwrap_or_else(|| panic!("{expr}: there is no {name}"));
            for label in labels {
                let known = family.labels.contains(&label) || ["job", "instance", "le"].contains(&label.as_str());
                assert!(known, "{expr}: {name} has no label {label}");
            }
        }
    }
}

#[test]
fn what_an_expression_asks_for_is_found() {
    let expr =
        "1 - sum by (horizon) (increase(wick_a_total{loss=\"x\",by!~\"y,z\"}[7d])) / wick:b{c=\"d\"} > nonsense[5m]";
    let pair =
        |name: &str, labels: &[&str]| (name.to_owned(), labels.iter().map(|label| (*label).to_owned()).collect());
    let wanted: [(String, Vec<String>); 3] =
        [pair("wick_a_total", &["loss", "by"]), pair("wick:b", &["c"]), pair("nonsense", &[])];
    assert_eq!(asked(expr), wanted);
}

#[test]
fn every_alert_says_how_grave_it_is_and_what_to_do_and_is_tested() {
    let tests = TESTS.map(|name| yaml(name).to_string()).concat();
    let operations = Path::new("docs/operations.md");
    let operations = std::fs::read_to_string(operations).expect("docs/operations.md");
    let mut alerts = BTreeSet::new();
    for rule in rules().iter().filter(|rule| rule["alert"].is_string()) {
        let name = text(rule, "/alert");
        assert!(["critical", "warning", "info"].contains(&text(rule, "/labels/severity")), "{name}");
        for words in ["/annotations/summary", "/annotations/action"] {
            assert!(text(rule, words).len() > 10, "{name} has no {words}");
        }
        assert!(operations.contains(&format!("`{name}`")), "docs/operations.md says nothing of {name}");
        alerts.insert(name.to_owned());
    }
    for alert in alerts {
        let fires = format!("\"alertname\":\"{alert}\",\"eval_time\"");
        assert!(tests.matches(&fires).count() >= 2, "{alert} is not tested, both firing and silent");
    }
}

/// Runs Prometheus' tool; nothing where there is none.
fn promtool(words: &[&str]) {
    match Command::new("promtool").args(words).output() {
        Ok(output) => {
            let told =
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "promtool {words:?}: {told}");
            assert!(told.contains("SUCCESS"), "{told}");
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: there is no promtool (sudo apt-get install prometheus)");
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn prometheus_accepts_the_config_and_the_rules() {
    promtool(&["check", "config", &deploy("prometheus/prometheus.yml").display().to_string()]);
    promtool(&["check", "rules", &deploy("prometheus/alerts.yml").display().to_string()]);
}

#[test]
fn each_alert_fires_when_it_should_and_only_then() {
    let tests = TESTS.map(|name| deploy(name).display().to_string());
    promtool(&["test", "rules", &tests[0], &tests[1]]);
}

#[test]
fn prometheus_understands_what_the_panels_ask() {
    let rule = |(place, expr): (usize, String)| serde_json::json!({ "record": format!("panel:{place}"), "expr": expr });
    let rules: Vec<Value> = panels().into_iter().enumerate().map(rule).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("panels.yml");
    // What is JSON is YAML.
    std::fs::write(&file, serde_json::json!({ "groups": [{ "name": "panels", "rules": rules }] }).to_string())
        .expect("a file");
    promtool(&["check", "rules", &file.display().to_string()]);
}
