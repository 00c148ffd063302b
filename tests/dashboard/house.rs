//! The dashboard of a whole house, on a simulated market.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::browser::Browser;
use crate::harness::living::{first_forecast, simulated};
use crate::harness::{Home, Running};

#[actix_web::test]
async fn a_house_shows_itself() {
    let Some(mut browser) = Browser::open().await else { return };
    let home = Home::new();
    let mut house = simulated(&home.join("data"), &[], Stdio::inherit());
    let (told, door) = first_forecast(&mut house);
    let url = told.iter().find_map(|line| line.strip_prefix("dashboard  ")).expect("a dashboard").to_owned();

    browser.go(&url).await;
    browser.until("document.querySelectorAll('#forecasts .card').length === 4").await;
    browser.until("document.querySelectorAll('#price canvas').length > 0").await;
    browser.until("document.querySelectorAll('#models .event').length > 0").await;
    browser.until("document.querySelectorAll('#scoreboard td.score').length > 0").await;
    // Every panel has something to say, be it that there is nothing.
    browser
        .until("[...document.querySelectorAll('.panel-body')].every((one) => one.querySelector('.skeleton') === null)")
        .await;
    assert!(browser.text("#banners").await.contains("Nobody traded at these prices"));
    let drawn = browser.eval("[...document.querySelectorAll('.panel')].filter((one) => one.querySelector('.nothing')).map((one) => one.id)").await;
    println!("panels with nothing to show: {drawn}");
    // What the gateway offers, it also answers.
    let offers = |path: &str| {
        format!("fetch('/api/openapi.json').then((told) => told.json()).then((told) => '{path}' in told.paths)")
    };
    if browser.eval(&offers("/v1/pipeline")).await == true {
        browser.until("document.querySelectorAll('#pipeline .node').length >= 6").await;
    }
    if browser.eval(&offers("/v1/live")).await == true {
        browser.until("document.getElementById('connection').innerText === 'live'").await;
    }
    // What is not there yet is no error of the page, but the browser says so on its console.
    let complaints = browser.complaints().await;
    let own: Vec<_> = complaints.iter().filter(|one| !one.contains("Failed to load resource")).collect();
    assert!(own.is_empty(), "{own:#?}");
    by_itself(&door, &home).await;
}

/// A dashboard that is a service of its own asks the gateway that it is told of, and needs no bus.
async fn by_itself(door: &str, home: &Home) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
    command.arg("--data-dir").arg(home.join("apart"));
    for setting in [
        &format!("dashboard.gateway_url=http://{door}"),
        "dashboard.listen=127.0.0.1:0",
        "telemetry.metrics=127.0.0.1:0",
    ] {
        command.arg("--set").arg(setting);
    }
    command.args(["--set", "telemetry.log=warn", "run", "dashboard"]);
    let mut apart = Running(command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("wick starts"));
    let mut told = BufReader::new(apart.0.stdout.take().expect("its words")).lines().map_while(Result::ok);
    let url = told.find_map(|line| line.strip_prefix("dashboard  ").map(str::to_owned)).expect("a dashboard");
    let alive = reqwest::get(format!("{url}api/livez")).await.expect("an answer");
    assert_eq!((alive.status().as_u16(), alive.text().await.expect("text")), (200, "{\"alive\":true}".to_owned()));
}
